"""Hypertension follow-up (高血压随访): class, advice and next date of one visit. Pure; domain.md §2.0, §2.1 rules H1–H7."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum, StrEnum

from server.policy.dates import add_months
from server.policy.schema import FollowUps

SYSTOLIC_RANGE = range(50, 301)
"""mmHg, hard limits of domain.md §2.0: outside is a typing error, not a patient."""
DIASTOLIC_RANGE = range(30, 201)


class OutcomeClass(IntEnum):
    """The four classes of the national form; the highest that holds is stored (domain.md §2.0)."""

    CONTROLLED = 1
    UNCONTROLLED = 2
    ADVERSE_REACTION = 3
    COMPLICATION = 4


CLASS_LABELS = {
    OutcomeClass.CONTROLLED: "控制满意",
    OutcomeClass.UNCONTROLLED: "控制不满意",
    OutcomeClass.ADVERSE_REACTION: "药物不良反应",
    OutcomeClass.COMPLICATION: "出现或加重并发症",
}
EMERGENCY_LABEL = "危急"


class Problem(StrEnum):
    """Why a pair of values cannot be a blood pressure."""

    SYSTOLIC_OUT_OF_RANGE = "systolic_out_of_range"
    DIASTOLIC_OUT_OF_RANGE = "diastolic_out_of_range"
    NOT_A_PAIR = "systolic_not_above_diastolic"


@dataclass(frozen=True)
class Visit:
    """What a visit found. Pressures in mmHg; ``age`` in full years on the day of the visit."""

    visited_on: date
    age: int
    systolic: int
    diastolic: int
    adverse_reaction: bool = False
    new_complication: bool = False
    is_pregnant: bool = False
    is_critical: bool = False
    """The doctor judged a symptom as critical."""


@dataclass(frozen=True)
class Previous:
    """The immediately previous visit that took place; missed ones neither reset nor add."""

    outcome_class: int
    adverse_reaction: bool = False
    referral_completed: bool = False
    """A referral after it was attended: counting starts anew."""


@dataclass(frozen=True)
class Judgement:
    """What follows from a visit. ``rule`` is H1 … H7 of domain.md §2.1."""

    rule: str
    outcome_class: OutcomeClass
    is_emergency: bool
    refer: bool
    next_on: date
    has_grace: bool
    """False: ``next_on`` is a hard deadline (14-day tasks)."""
    advice: str

    @property
    def class_label(self) -> str:
        """The class, for people."""
        return EMERGENCY_LABEL if self.is_emergency else CLASS_LABELS[self.outcome_class]


ADVICE = {
    "H1": "保持健康生活方式，按期随访。",
    "H2": "调整用药并指导生活方式，两周内随访。",
    "H3": "调整用药，两周内随访药物反应。",
    "H4": "连续两次控制不满意，建议转诊到上级医院，两周内追踪转诊结果。",
    "H5": "药物不良反应难以控制，建议转诊到上级医院，两周内追踪转诊结果。",
    "H6": "出现新的并发症或原有并发症加重，建议转诊到上级医院，两周内追踪转诊结果。",
    "H7": "情况危急：立即处理，拨打 120 并紧急转诊，两周内追踪转诊结果。",
}


def problem_of(systolic: int, diastolic: int) -> Problem | None:
    """Tell why two values cannot be taken, or None. mmHg; hard ranges of domain.md §2.0."""
    if systolic not in SYSTOLIC_RANGE:
        return Problem.SYSTOLIC_OUT_OF_RANGE
    if diastolic not in DIASTOLIC_RANGE:
        return Problem.DIASTOLIC_OUT_OF_RANGE
    return Problem.NOT_A_PAIR if systolic <= diastolic else None


def is_emergency(systolic: int, diastolic: int, rules: FollowUps) -> bool:
    """Tell whether the values alone are an emergency (≥180 or ≥110 nationally)."""
    return systolic >= rules.systolic_emergency or diastolic >= rules.diastolic_emergency


def is_above_target(visit: Visit, rules: FollowUps) -> bool:
    """Tell whether a pressure is not below its target; from 65 the systolic target is higher."""
    elderly = visit.age >= rules.elderly_min_age
    limit = rules.systolic_limit_elderly if elderly else rules.systolic_limit
    return visit.systolic >= limit or visit.diastolic >= rules.diastolic_limit


def judge(visit: Visit, previous: Previous | None, rules: FollowUps) -> Judgement:
    """Return class, rule, referral and next date of a visit.

    Args:
        previous: the latest earlier visit of the programme that took place, None if this is the first.
        rules: the region's numbers.
    Source:
        domain.md §2.1 H1–H7; precedence emergency > 4 > 3 > 2 > 1 (§2.0).
    """
    outcome = _class_of(visit, rules)
    emergency = _is_emergency_visit(visit, rules)
    rule = "H7" if emergency else _rule(outcome, previous)
    controlled = rule == "H1"
    next_on = (
        add_months(visit.visited_on, rules.controlled_next_months)
        if controlled
        else visit.visited_on + timedelta(days=rules.uncontrolled_next_days)
    )
    return Judgement(
        rule=rule,
        outcome_class=outcome,
        is_emergency=emergency,
        refer=rule in ("H4", "H5", "H6", "H7"),
        next_on=next_on,
        has_grace=controlled,
        advice=ADVICE[rule],
    )


def _class_of(visit: Visit, rules: FollowUps) -> OutcomeClass:
    if visit.new_complication:
        return OutcomeClass.COMPLICATION
    if visit.adverse_reaction:
        return OutcomeClass.ADVERSE_REACTION
    return OutcomeClass.UNCONTROLLED if is_above_target(visit, rules) else OutcomeClass.CONTROLLED


def _is_emergency_visit(visit: Visit, rules: FollowUps) -> bool:
    # in pregnancy any pressure above normal is one
    high = visit.systolic >= rules.systolic_limit or visit.diastolic >= rules.diastolic_limit
    return visit.is_critical or is_emergency(visit.systolic, visit.diastolic, rules) or (visit.is_pregnant and high)


def _rule(outcome: OutcomeClass, previous: Previous | None) -> str:
    counts = previous is not None and not previous.referral_completed
    if outcome is OutcomeClass.COMPLICATION:
        return "H6"
    if outcome is OutcomeClass.ADVERSE_REACTION:
        return "H5" if counts and previous and previous.adverse_reaction else "H3"
    if outcome is OutcomeClass.UNCONTROLLED:
        return "H4" if counts and previous and previous.outcome_class == OutcomeClass.UNCONTROLLED else "H2"
    return "H1"
