"""Key populations (domain.md §4): who belongs to which, what is derived, who may certify, what people call it. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from server.policy.dates import add_months
from server.policy.identity.kinds import DocumentType
from server.policy.parts.kinds import Group
from server.policy.parts.oversight import Groups

LABELS = {
    Group.ELDER: "老年人",
    Group.CHILD: "0～6岁儿童",
    Group.MATERNAL: "孕产妇",
    Group.HTN: "高血压",
    Group.DM: "2型糖尿病",
    Group.TB: "肺结核",
    Group.SMI: "严重精神障碍",
    Group.COPD: "慢阻肺",
    Group.STROKE: "脑卒中",
    Group.CHD: "冠心病",
    Group.CANCER: "肿瘤",
    Group.DISABLED: "残疾人",
    Group.SPECIAL_FP: "计划生育特殊家庭",
    Group.OUT_OF_POVERTY: "脱贫人口",
    Group.MONITORED: "三类监测对象",
    Group.LOW_INCOME: "低保或特困人员",
    Group.HARDSHIP_ILLNESS: "大病困难群众",
    Group.IMMOBILE: "行动不便或失能失智",
    Group.FLOATING: "流动人口",
    Group.NONLOCAL: "港澳台居民或外籍人员",
}
GENERAL_LABEL = "一般人群"

DERIVED = (Group.ELDER, Group.CHILD, Group.NONLOCAL)
DECLARED = (Group.MATERNAL, Group.DISABLED, Group.FLOATING)
"""What residents may say of themselves; it counts once staff certified it."""
STAFF = (
    Group.HTN, Group.DM, Group.COPD, Group.STROKE, Group.CHD, Group.CANCER, Group.IMMOBILE,
    Group.MATERNAL, Group.DISABLED, Group.FLOATING,
)  # fmt: skip
"""What doctors and nurses certify themselves."""
LISTED = (
    Group.OUT_OF_POVERTY, Group.MONITORED, Group.LOW_INCOME, Group.SPECIAL_FP, Group.HARDSHIP_ILLNESS,
)  # fmt: skip
"""What an authority says by its lists."""
NOTIFIED = (Group.TB, Group.SMI)
"""What only the designated hospital or a psychiatrist says, by a notice; few may see it."""
RESTRICTED = frozenset(NOTIFIED)
PROGRAMMES: dict[Group, tuple[str, ...]] = {
    Group.HTN: ("htn",),
    Group.DM: ("dm",),
    Group.COPD: ("copd",),
    Group.SMI: ("smi",),
    Group.TB: ("tb",),
    Group.MATERNAL: ("maternal",),
    Group.CHILD: ("child", "immunisation", "tcm_child"),
    Group.ELDER: ("elder", "tcm_elder"),
    Group.DISABLED: ("disabled",),
    Group.SPECIAL_FP: ("special",),
}
"""Which follow-up programmes hang on a group."""
BY_ENROLLING = (Group.HTN, Group.DM, Group.COPD)
"""Whoever staff enrols is certified with it; the other groups come first."""

CHILD_YEARS = 7
PREGNANCY_DAYS = 280
AFTER_DELIVERY_DAYS = 42
LATE_BIRTH_DAYS = 14
"""A pregnancy nobody reported the end of counts until two weeks after its due date, and 42 days (C)."""
HARDSHIP_MONTHS = 12
REASSESS_MONTHS = 12
HK_MACAO_TAIWAN = frozenset(
    {
        DocumentType.HK_MACAO_PERMIT,
        DocumentType.HK_MACAO_PERMIT_FOREIGN,
        DocumentType.TAIWAN_PERMIT,
        DocumentType.RESIDENCE_PERMIT,
    }
)
FOREIGN = frozenset(
    {DocumentType.FOREIGN_PASSPORT, DocumentType.PERMANENT_RESIDENCE, DocumentType.PERMANENT_RESIDENCE_15}
)
DISABILITY_CATEGORIES = {1: "视力", 2: "听力", 3: "言语", 4: "肢体", 5: "智力", 6: "精神", 7: "多重"}


@dataclass(frozen=True)
class Span:
    """From when to when a group holds, both inclusive; ``to`` None: without end."""

    first: date
    to: date | None = None


@dataclass(frozen=True)
class Derived:
    """What birth date and document say today, and when they say something else next (None: never)."""

    spans: dict[Group, Span]
    due_on: date | None


def derive(birth_on: date, document_type: str, today: date, rules: Groups) -> Derived:
    """Return the derived groups of a person.

    Source:
        domain.md §4; policy key groups.elderly_min_age (C-18).
    """
    spans: dict[Group, Span] = {}
    elder, no_child = birthday(birth_on, rules.elderly_min_age), birthday(birth_on, CHILD_YEARS)
    if today >= elder:
        spans[Group.ELDER] = Span(elder)
    if today < no_child:
        spans[Group.CHILD] = Span(birth_on, no_child - timedelta(days=1))
    if nonlocal_kind(document_type):
        spans[Group.NONLOCAL] = Span(birth_on)
    coming = [day for day in (no_child, elder) if day > today]
    return Derived(spans, min(coming, default=None))


def birthday(birth_on: date, years: int) -> date:
    """Return the day on which somebody completes so many years; born on 29 February: on 1 March (domain.md §0.4)."""
    try:
        return birth_on.replace(year=birth_on.year + years)
    except ValueError:
        return date(birth_on.year + years, 3, 1)


def nonlocal_kind(document_type: str) -> str | None:
    """Return which kind of ``signing.nonlocal_signers`` a document makes somebody, None for people of the mainland."""
    if document_type in HK_MACAO_TAIWAN:
        return "hk_macao_taiwan"
    return "foreigner" if document_type in FOREIGN else None


def group_of(programme: str) -> Group | None:
    """Return the group that a programme hangs on; None: it is for anybody."""
    return next((group for group, hanging in PROGRAMMES.items() if programme in hanging), None)


def is_general(groups: Collection[str]) -> bool:
    """Tell whether somebody belongs to no group: the general population (GENERAL is the absence of tags)."""
    return not groups


def label(group: str, on: date, rules: Groups) -> str:
    """Return what people called a group on a day; poverty groups changed their names (C-17)."""
    for named in rules.poverty_labels:
        begun = named.valid_from is None or named.valid_from <= on
        over = named.valid_to is not None and named.valid_to < on
        if named.group == group and begun and not over:
            return named.label
    return LABELS[Group(group)]


def certifiable(groups: Iterable[str]) -> list[str]:
    """Return those of some groups that staff of a team may certify."""
    return [group for group in groups if group in STAFF]


def maternal_span(first: date, *, due_on: date, delivered_on: date | None = None) -> Span:
    """Return how long somebody counts as pregnant or in childbed: until 42 days after the birth."""
    birth = delivered_on or due_on + timedelta(days=LATE_BIRTH_DAYS)
    return Span(first, birth + timedelta(days=AFTER_DELIVERY_DAYS))


def due_date(last_period_on: date) -> date:
    """Return the expected day of birth from the first day of the last period (LMP)."""
    return last_period_on + timedelta(days=PREGNANCY_DAYS)


def listed_until(group: str, first: date) -> date | None:
    """Return the last day a listed group holds without a word: hardship by illness 12 months, others until removed."""
    if group == Group.HARDSHIP_ILLNESS:
        return add_months(first, HARDSHIP_MONTHS) - timedelta(days=1)
    return None


def reassess_on(group: str, certified_on: date) -> date | None:
    """Return by when a doctor looks again: the immobile once a year."""
    return add_months(certified_on, REASSESS_MONTHS) if group == Group.IMMOBILE else None


def disability(number: str) -> dict[str, int]:
    """Return category and grade of a disability certificate's number (digits 19 and 20; grade 1 is the most severe)."""
    return {"category": int(number[18]), "grade": int(number[19])}
