"""The catalogue a region starts with: one package for each of policy packages.types, with the items its papers name. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from server.policy import fees
from server.policy.parts.benefits import PackageType
from server.policy.schema import Policy

EXAM_LABELS = {
    "blood_routine": "血常规",
    "urine_routine": "尿常规",
    "stool_routine": "大便常规",
    "chest_fluoroscopy": "胸部透视",
}
FREE_LABELS = {
    "team": "家庭医生团队",
    "health_card": "健康服务卡",
    "health_prescription": "个性化健康处方",
    "nursing_training": "家庭护理技能培训",
}
TIER_LABELS = {"basic": "基本", "primary": "初级", "intermediate": "中级", "advanced": "高级", "other": "其他"}


@dataclass(frozen=True)
class Item:
    """One service; ``times`` 0 = as needed; ``per`` year or term."""

    name: str
    times: int = 0
    per: str = "year"
    kind: str = "service"
    is_minimum: bool = False
    price_fen: int = 0
    unit: str = "次"


@dataclass(frozen=True)
class Draft:
    """A package as somebody wants it to stand in the catalogue."""

    code: str
    name: str
    tier: str
    summary: str
    population: str
    groups: tuple[str, ...]
    shares: dict[str, int]
    guidance_fen: int
    accounts: dict[str, str]
    items: tuple[Item, ...]

    @property
    def price_fen(self) -> int:
        """What all payers bear together, a year."""
        return sum(self.shares.values())


HOUSE = (
    Item("健康档案建立和更新", 1),
    Item("健康咨询和用药指导", kind="consultation"),
    Item("常见病门诊诊疗"),
    Item("预约和转诊"),
)
CARE = {"HTN": (Item("血压随访", 4, kind="followup"),), "DM": (Item("血糖随访", 4, kind="followup"),)}
MIXED = (Item("血压血糖随访", 4, kind="followup"),)
CHECKUP = (Item("年度健康体检", 1), Item("健康评估和指导", 1))


def drafts(policy: Policy) -> list[Draft]:
    """Return a package for each type the region's papers name, the basic one first.

    Prices are what the document fixes; where it leaves them to a price list that we have not, they are 0 until somebody
    enters them. How often follow-ups are due is the national norm (§2.1, §2.2), a default of ours.

    Source:
        policy keys packages.types, packages.free_items, fee.payers, limits.*, followups.home_visit_mode.
    """
    return [_draft(kind, policy) for kind in policy.packages.types]


def _draft(kind: PackageType, policy: Policy) -> Draft:
    fixed = {} if kind.free or not is_priced_by_document(kind, policy) else (fees.listed(policy) or {})
    names = [FREE_LABELS[one] for one in policy.packages.free_items]
    return Draft(
        code=kind.code,
        name=kind.name,
        tier=kind.tier,
        summary="、".join(names) if names else "，".join(item.name for item in items_of(kind, policy)[:3]),
        population=_population(kind, policy),
        groups=tuple(str(group) for group in kind.groups),
        shares=fixed,
        guidance_fen=fees.listed_guidance(policy) if fixed else 0,
        accounts=fees.listed_accounts(policy),
        items=items_of(kind, policy),
    )


def is_priced_by_document(kind: PackageType, policy: Policy) -> bool:
    """Tell whether a type's price is the fee of the region's document: that of the first, basic one."""
    return policy.fee.set_by == "document" and kind.tier == "basic"


def is_priced(kind: PackageType, policy: Policy) -> bool:
    """Tell whether a type can be offered from the start: its price is known, and it is nobody's gift to everybody.

    What another list says, and for whom a package without a price is, the administrator enters first.
    """
    local_and_nothing = policy.fee.set_by == "local" and policy.fee.resident_fen == 0 and kind.tier == "basic"
    given = kind.free and (policy.fee.set_by == "free" or bool(kind.groups))
    return given or is_priced_by_document(kind, policy) or local_and_nothing


def is_listed(shares: Mapping[str, int], guidance_fen: int, kind: PackageType, policy: Policy) -> bool:
    """Tell whether a split is what the region's document lists; where it leaves the price to others, any is."""
    paid = {payer: fen for payer, fen in shares.items() if fen}
    if kind.free or policy.fee.set_by == "free":
        return "resident" not in paid
    if not is_priced_by_document(kind, policy):
        return True
    return paid == fees.listed(policy) and guidance_fen == fees.listed_guidance(policy)


def type_of(code: str, policy: Policy) -> PackageType | None:
    """Return a type of the region by its code."""
    return next((kind for kind in policy.packages.types if kind.code == code), None)


def items_of(kind: PackageType, policy: Policy) -> tuple[Item, ...]:
    """Return what a package of a type holds to begin with."""
    groups = [str(group) for group in kind.groups]
    own = MIXED if len(groups) > 1 else tuple(item for group in groups for item in CARE.get(group, ()))
    more = _four_ones(policy) if policy.packages.free_items else (*own, *(CHECKUP if kind.tier == "advanced" else ()))
    items = (*HOUSE, *more)
    if policy.packages.yearly_frequency_required:
        # "as needed" is no frequency: at least once a year (C)
        items = tuple(item if item.times else replace(item, times=1, is_minimum=True) for item in items)
    return items


def _four_ones(policy: Policy) -> tuple[Item, ...]:
    """What the papers add for households that pay nothing (CYS annex 3)."""
    found = []
    if policy.followups.home_visit_mode == "monthly":
        found.append(Item("家庭健康访视", 12, kind="home_visit"))
    if policy.limits.exam_items_max is not None:
        found.append(Item("常规检查", policy.limits.exam_items_max, per="term", kind="exam", unit="项次"))
    if least := policy.limits.specialist_visits_min:
        found.append(Item("专科医生面对面服务", least, per="term", kind="specialist_visit", is_minimum=True))
    if "health_prescription" in policy.packages.free_items:
        found.append(Item("个性化健康处方", 1, per="term", kind="health_prescription", is_minimum=True, unit="张"))
    if "nursing_training" in policy.packages.free_items:
        found.append(Item("家庭护理技能培训", 1, per="term", kind="nursing_training", is_minimum=True))
    return tuple(found)


def _population(kind: PackageType, policy: Policy) -> str:
    labels = {"HTN": "高血压居民", "DM": "糖尿病居民"}
    named = [labels.get(str(group), str(group)) for group in kind.groups]
    if len(named) > 1:
        return "同时有高血压和糖尿病的居民" if set(map(str, kind.groups)) == {"HTN", "DM"} else "、".join(named)
    special = ("本方案列明的家庭",) if policy.groups.applies_to else ("全体居民",)
    return (named or special)[0]
