"""Referral by the rules of a region: deadlines, what counts for the insurance, who pays for a wrong way. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from server.policy.parts.hospital import Referral
from server.policy.schema import Policy

Benefit = Literal[
    "difference_only", "no_second_deductible", "no_down_deductible", "first_deductible_less", "stepwise", "extra_points"
]
Deduction = Literal["team_fee", "institution_fee"]

BENEFIT_LABELS: dict[Benefit, str] = {
    "difference_only": "只补起付标准差额",
    "no_second_deductible": "不设二次起付标准",
    "no_down_deductible": "下转不另计起付标准",
    "first_deductible_less": "首次住院起付线下调",
    "stepwise": "逐级转诊起付线累积计算",
    "extra_points": "报销比例提高",
}
DEDUCTION_LABELS: dict[Deduction, str] = {
    "team_fee": "未经团队转诊：扣减签约服务费",
    "institution_fee": "不符合转诊要求：扣减机构签约服务费",
}


@dataclass(frozen=True)
class Compliance:
    """What the insurer wants to know of one referral. ``retro_in_time`` is None where nothing was registered later."""

    referred_by_team: bool
    meets_standard: bool
    retro_in_time: bool | None = None


def counts(flags: Compliance, rules: Referral) -> bool:
    """Tell whether the benefits of a referral are due: referred and proper, or registered afterwards in time.

    Source:
        domain.md §5.4; CYS annex 2 三（一）2: registered too late, no benefit, where the region says so.
    """
    if flags.referred_by_team:
        return flags.meets_standard
    if flags.retro_in_time is None:
        return False
    return flags.retro_in_time or rules.retro_late == "recorded_only"


def benefits(flags: Compliance, policy: Policy, *, down: bool, realtime: bool = False) -> list[Benefit]:
    """Return what the insurance owes for one referral.

    Args:
        down: he was sent back. realtime: the insurer could read the referral at once.
    Source:
        policy part insurance (PK-25, PK-27 to PK-29).
    """
    if not counts(flags, policy.referral):
        return []
    rules, found = policy.insurance, list[Benefit]()
    if rules.inpatient_up == "difference_only":
        found.append("difference_only")
    if rules.inpatient_up == "no_second":
        found.append("no_second_deductible")
    if down and rules.inpatient_down == "none":
        found.append("no_down_deductible")
    if rules.first_deductible_discount_pct:
        found.append("first_deductible_less")
    if rules.stepwise_accumulates:
        found.append("stepwise")
    if realtime and rules.realtime_extra_points:
        found.append("extra_points")
    return found


def deductions(flags: Compliance, policy: Policy) -> list[Deduction]:
    """Return whose fee is cut for one way to a hospital.

    Source:
        policy part fee_use (PK-30): not referred by the team, or referred against the requirements.
    """
    if not flags.referred_by_team:
        cut = policy.fee_use.unreferred_deducts_team_fee and not flags.retro_in_time
        return ["team_fee"] if cut else []
    if not flags.meets_standard and policy.fee_use.improper_referral_deducts_institution_fee:
        return ["institution_fee"]
    return []


def meets_standard(reason: str, rules: Referral, *, in_combination: bool, outside_reason: str) -> bool:
    """Tell whether a referral meets the requirements: for a proper reason, to the team's hospitals or with a reason why not.

    Source:
        policy key referral.improper_reasons; domain.md §5.4, MY (十).
    """
    return reason not in rules.improper_reasons and (in_combination or bool(outside_reason.strip()))


def answer_by(at: datetime, rules: Referral, *, urgent: bool) -> datetime:
    """Return until when the hospital answers a referral that was submitted now."""
    return at + (timedelta(minutes=rules.answer_urgent_minutes) if urgent else timedelta(hours=rules.answer_hours))


def ends_at(at: datetime, rules: Referral) -> datetime:
    """Return when a referral submitted now ends without an answer."""
    return at + timedelta(hours=rules.expire_hours)


def retro_by(admitted_at: datetime, rules: Referral) -> datetime | None:
    """Return the last second in which a direct admission is registered in time; None where nothing is asked."""
    if rules.retro_registration_hours is None:
        return None
    return admitted_at.replace(microsecond=0) + timedelta(hours=rules.retro_registration_hours)


def is_in_time(registered_at: datetime, until: datetime | None) -> bool | None:
    """Tell whether a registration counts, to the second, the last one included; None where nothing is asked."""
    return None if until is None else registered_at.replace(microsecond=0) <= until


def retro_reminders(admitted_at: datetime, rules: Referral) -> list[datetime]:
    """Return when the limit is called to mind (N-27), earliest first: after the admission, or before the limit."""
    until = retro_by(admitted_at, rules)
    if until is None:
        return []
    hours = rules.retro_reminder_hours
    return sorted((admitted_at if one > 0 else until) + timedelta(hours=one) for one in hours)


def contact_by(discharged_on: date, rules: Referral) -> date:
    """Return the last day of the first contact after a discharge."""
    return discharged_on + timedelta(days=rules.contact_days)


def consent_words(hospital: str, team: str) -> str:
    """Return what a patient agrees to when he is referred."""
    return (
        f"我同意{team}将我转诊到{hospital}，并把本次转诊需要的病情摘要、联系方式提供给该医院转诊办公室；"
        "我知道可以拒绝或随时撤回，拒绝不影响签约服务。"
    )
