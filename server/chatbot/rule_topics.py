"""What a region's policy says to each question of residents: which reviewed sentence fits, and the values it is filled with.

Each topic is one sentence of ``answers/rules*.toml``, named ``rule_<topic>``. A rule that no document of the region settles
(its source is our own rule book) has no variant: the sentence then says so, and that the team will tell. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server import policy as policies
from server.chatbot import rule_words as words
from server.policy.schema import Policy

OURS = "domain.md"
"""The source of our own defaults: no document a resident could look up."""


@dataclass(frozen=True)
class Said:
    """What the policy says: ``path`` is the rule that decides, ``variant`` the sentence; empty where it is left open."""

    path: str
    variant: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)
    is_open: bool = False


def is_stated(policy: Policy, path: str) -> bool:
    """Tell whether a document settles a rule, ``part.key``, for this region."""
    part, _, key = path.partition(".")
    return policies.rules(policy.region)[part, key].entry.source != OURS


def _open(path: str, **filled: str) -> Said:
    return Said(path, filled=filled, is_open=True)


# ---------------------------------------------------------------- the agreement


def _term(policy: Policy) -> Said:
    rules = policy.signing
    if rules.fixed_end_on:
        return Said("signing.fixed_end_on", "until", {"until": words.day(rules.fixed_end_on)})
    if rules.term_months_min < rules.term_months_max:
        span = {"least": words.months(rules.term_months_min), "most": words.months(rules.term_months_max)}
        return Said("signing.term_months_max", "longer" if rules.term_extendable else "between", span)
    usual = {"usual": words.months(rules.term_months)}
    path = "signing.term_months"
    return Said(path, "one", usual) if is_stated(policy, path) else _open(path, **usual)


def _start(policy: Policy) -> Said:
    return Said("signing.effective_from", policy.signing.effective_from)


def _renewal(policy: Policy) -> Said:
    days = {"days": str(policy.renewal.reconfirm_within_days)}
    return _mode(policy, "renewal.mode", policy.renewal.mode, days)


def _leaving(policy: Policy) -> Said:
    rules = policy.termination
    filled = {"days": str(rules.decide_within_workdays), "exceptions": words.exceptions(rules.exceptions)}
    return _mode(policy, "termination.in_term", rules.in_term, filled)


def _team_change(policy: Policy) -> Said:
    return _mode(policy, "renewal.team_change_mode", policy.renewal.team_change_mode)


def _units(policy: Policy) -> Said:
    units = set(policy.signing.units)
    household = "hukou" if policy.signing.members_from == "hukou_book" else "household"
    either = "either" if "person" in units else household
    variant = "organisation" if "organisation" in units else either if "household" in units else "person"
    return _mode(policy, "signing.units", variant, opens=False)


def _signer(policy: Policy) -> Said:
    return Said("signing.household_signer", policy.signing.household_signer)


def _one_team(_: Policy) -> Said:
    return Said("signing.teams_at_a_time")


def _outsiders(policy: Policy) -> Said:
    who = policy.signing.nonlocal_signers
    return _mode(policy, "signing.nonlocal_signers", "welcome" if who else "none", {"outsiders": words.outsiders(who)})


def _crossing(policy: Policy) -> Said:
    return _mode(policy, "area.cross_region", policy.area.cross_region)


def _key_groups(policy: Policy) -> Said:
    listed = {"groups": words.groups(policy.groups.key, policy.groups.elderly_min_age)}
    return _mode(policy, "groups.key", "listed", listed, opens=False)


def _complaint(policy: Policy) -> Said:
    return _mode(policy, "complaints.route", policy.complaints.route[0], opens=False)


# ---------------------------------------------------------------- money


def _packages(policy: Policy) -> Said:
    return _mode(policy, "packages.types", "listed", {"packages": words.packages(policy.packages.types)}, opens=False)


def _fee(policy: Policy) -> Said:
    note, path = {"fee_note": policy.wording.fee_note}, "wording.fee_note"
    return Said(path, "set", note) if policy.fee.set_by != "local" else _open(path, **note)


def _subsidy(policy: Policy) -> Said:
    who = policy.fee.subsidy_groups
    filled = {"groups": words.groups(who, policy.groups.elderly_min_age)}
    return Said("fee.subsidy_groups", "local", filled) if who else _open("fee.subsidy_groups")


def _registration(policy: Policy) -> Said | None:
    return Said("insurance.registration_fee_waived", "waived") if policy.insurance.registration_fee_waived else None


def _points(policy: Policy) -> Said | None:
    points = policy.insurance.realtime_extra_points
    return Said("insurance.realtime_extra_points", "more", {"points": str(points)}) if points else None


def _limit(policy: Policy) -> Said | None:
    rise = policy.insurance.outpatient_limit
    if rise is None:
        return None
    filled = {"before": words.yuan(rise.before_fen), "after": words.yuan(rise.after_fen)}
    return Said("insurance.outpatient_limit", "raised", filled)


def _prescription(policy: Policy) -> Said | None:
    rate = policy.insurance.prescription
    if rate is None:
        return None
    percents = {"before": str(rate.after_pct - rate.extra_points), "after": str(rate.after_pct)}
    filled = {"limit": words.yuan(rate.limit_fen), "points": str(rate.extra_points), **percents}
    return Said("insurance.prescription", "more", filled)


def _employees(policy: Policy) -> Said | None:
    rates = policy.insurance.employee_rates
    return Said("insurance.employee_rates", "more", {"rates": words.rates(rates)}) if rates else None


def _outpatient(policy: Policy) -> Said | None:
    path, preference = "insurance.outpatient_preference", policy.insurance.outpatient_preference
    if preference == "as_listed":
        return None
    return _open(path) if preference == "none" else Said(path, preference, is_open=True)


def _deductible(policy: Policy) -> Said:
    rules = policy.insurance
    if rules.first_deductible_discount_pct:
        discount = {"discount": str(rules.first_deductible_discount_pct)}
        variant = "stepwise" if rules.stepwise_accumulates else "discount"
        return Said("insurance.first_deductible_discount_pct", variant, discount)
    path = "insurance.inpatient_up"
    return _open(path) if rules.inpatient_up == "full" else Said(path, rules.inpatient_up)


# ---------------------------------------------------------------- care


def _quota(policy: Policy) -> Said:
    rules, path = policy.booking, "booking.share_basis"
    filled = {
        "where": words.hospitals(rules.quota_hospitals, rules.hospital_levels),
        "share": str(rules.share_pct),
        "kinds": words.slots(rules.slot_types),
    }
    if not is_stated(policy, path):
        return _open(path)
    return Said(path, rules.share_basis, filled, is_open=rules.share_basis == "unspecified")


def _priority(policy: Policy) -> Said | None:
    first = policy.booking.priority_for
    return Said("booking.priority_for", "listed", {"priority": words.priority(first)}) if first else None


def _acute(policy: Policy) -> Said:
    rules, path = policy.referral, "referral.retro_registration_hours"
    if rules.retro_registration_hours is None:
        return _open(path)
    variant = "must" if rules.retro_late == "no_benefit" else "should"
    return Said(path, variant, {"hours": str(rules.retro_registration_hours)})


def _long_prescription(policy: Policy) -> Said:
    rules = policy.prescriptions
    span = {"span": words.span(rules.long_min_days, rules.long_max_days)}
    return _mode(policy, "prescriptions.long_max_days", "span", span)


def _extended(policy: Policy) -> Said | None:
    return Said("prescriptions.extended", "yes") if policy.prescriptions.extended else None


def _delivery(policy: Policy) -> Said | None:
    return Said("prescriptions.home_delivery", "yes") if policy.prescriptions.home_delivery else None


def _home_visit(policy: Policy) -> Said:
    rules = policy.followups
    who = rules.home_visit_groups or policy.groups.applies_to
    filled = {"groups": words.groups(who, policy.groups.elderly_min_age)}
    return _mode(policy, "followups.home_visit_promise", rules.home_visit_promise, filled)


def _elder_check(policy: Policy) -> Said:
    return Said("groups.elderly_min_age", filled={"age": str(policy.groups.elderly_min_age)})


# ---------------------------------------------------------------- households with rules of their own


def _special(policy: Policy) -> Policy:
    """Return the variant for special households, where the region has one."""
    return next((policies.load(name) for name in policies.variants(policy.region)), policy)


def _special_kit(policy: Policy) -> Said:
    rules, path = _special(policy), "packages.free_items"
    who = words.groups(rules.groups.applies_to, rules.groups.elderly_min_age) or "困难家庭"
    if not rules.packages.free_items:
        return _open(path, who=who)
    return Said(path, "listed", {"who": who, "items": words.items(rules.packages.free_items)})


def _health_card(policy: Policy) -> Said | None:
    value = _special(policy).health_card.value_fen
    return Said("health_card.value_fen", "given", {"yuan": words.yuan(value)}) if value else None


def _exam_limit(policy: Policy) -> Said | None:
    limits = _special(policy).limits
    if limits.exam_items_max is None:
        return None
    filled = {"most": str(limits.exam_items_max), "visits": str(limits.specialist_visits_min)}
    return Said("limits.exam_items_max", "most", filled)


def _mode(
    policy: Policy, path: str, variant: str, filled: Mapping[str, str] | None = None, *, opens: bool = True
) -> Said:
    """Return the sentence of a mode that a document settles, else the open one."""
    if is_stated(policy, path):
        return Said(path, variant, filled or {})
    return Said(path, filled=filled or {}, is_open=opens)


def region_of(policy: Policy, topic: str) -> str:
    """Return the profile a topic's rules stand in."""
    return _special(policy).region if topic in SPECIAL else policy.region


SPECIAL = frozenset({"special_kit", "health_card", "exam_limit"})
"""Topics about households with rules of their own."""

TOPICS: dict[str, Callable[[Policy], Said | None]] = {
    "term": _term,
    "start": _start,
    "renewal": _renewal,
    "leaving": _leaving,
    "team_change": _team_change,
    "units": _units,
    "signer": _signer,
    "one_team": _one_team,
    "outsiders": _outsiders,
    "crossing": _crossing,
    "key_groups": _key_groups,
    "complaint": _complaint,
    "packages": _packages,
    "fee": _fee,
    "subsidy": _subsidy,
    "registration": _registration,
    "points": _points,
    "limit": _limit,
    "prescription": _prescription,
    "employees": _employees,
    "outpatient": _outpatient,
    "deductible": _deductible,
    "quota": _quota,
    "priority": _priority,
    "acute": _acute,
    "long_prescription": _long_prescription,
    "extended": _extended,
    "delivery": _delivery,
    "home_visit": _home_visit,
    "elder_check": _elder_check,
    "special_kit": _special_kit,
    "health_card": _health_card,
    "exam_limit": _exam_limit,
}
"""Every topic; the placeholders ``{rule_<topic>}`` of the answers. None: nothing is said about it here."""
