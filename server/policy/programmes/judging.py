"""One visit → class, rule, referral, next date, who is told. The only interpreter of the tables' rules."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from server.policy.programmes import conditions
from server.policy.programmes.days import moved
from server.policy.programmes.kinds import History, Judgement, Person, Values
from server.policy.programmes.rows import ClassRow, Rule
from server.policy.programmes.schedule import Offset
from server.policy.programmes.scope import national, scope_of
from server.policy.programmes.table import Programme
from server.policy.programmes.values import read
from server.policy.schema import FollowUps

INCOMPLETE = "incomplete"
SELF_MEASURED = "self_measured"
REFERRAL_CHECK = Offset(days="$referral_check_days")
RECORDED, UNCLASSIFIED, OWN_VALUE = "已记录", "未分类", "自测值"


def judge(
    programme: Programme,
    values: Mapping[str, Any],
    person: Person,
    on: date,
    history: History | None = None,
    *,
    numbers: FollowUps | None = None,
) -> Judgement:
    """Judge a visit that took place.

    Args:
        values: what ``check`` finds no hard problem in; values that are merely missing leave the class open.
        on: day of the visit. history: the visit before. numbers: the region's, the national ones if not given.
    Raises:
        ValueError: a value that ``check`` refuses.
    Source:
        precedence of domain.md §2.0; each rule names its clause.
    """
    history, numbers = history or History(), numbers or national()
    clean, scope = _scope(programme, values, person, on, history, numbers)
    row = _class(programme, scope)
    scope["class"] = row.code if row else None
    rule = _first(programme, scope)
    told = _told(programme, scope, rule)
    flags = tuple(flag.key for flag in programme.flags if scope[flag.key])
    findings = _findings(programme, clean, scope, person)
    if rule is None:
        advice = programme.incomplete_advice
        return Judgement(INCOMPLETE, None, UNCLASSIFIED, False, None, None, False, None, advice, told, flags, findings)
    label = programme.emergency_label if rule.is_emergency else row.label if row else RECORDED
    check = REFERRAL_CHECK if rule.refer else rule.check
    return Judgement(
        rule=rule.id,
        outcome_class=row.code if row else None,
        class_label=label,
        is_emergency=rule.is_emergency,
        refer=rule.refer,
        next_on=_next(rule, on, history, numbers),
        has_grace=rule.has_grace,
        check_on=moved(on, check, numbers) if check else None,
        advice=rule.advice,
        alerts=told,
        flags=flags,
        findings=findings,
    )


def measured(
    programme: Programme, values: Mapping[str, Any], person: Person, on: date, *, numbers: FollowUps | None = None
) -> Judgement:
    """Judge what somebody measured at home: an emergency or not, never a class, a referral or a next date.

    Args, Raises: as ``judge``.
    Source:
        domain.md §2.0 self-measured values, T40.
    """
    clean, scope = _scope(programme, values, person, on, History(), numbers or national())
    rule = next((one for one in programme.rules if one.is_emergency and one.holds(scope)), None)
    return Judgement(
        rule=rule.id if rule else SELF_MEASURED,
        outcome_class=None,
        class_label=programme.emergency_label if rule else OWN_VALUE,
        is_emergency=rule is not None,
        refer=None,
        next_on=None,
        has_grace=False,
        check_on=None,
        advice=rule.advice if rule else "",
        alerts=_told(programme, scope, rule) if rule else (),
        flags=tuple(flag.key for flag in programme.flags if scope[flag.key]),
        findings=_findings(programme, clean, scope, person),
    )


def _scope(
    programme: Programme, values: Mapping[str, Any], person: Person, on: date, history: History, numbers: FollowUps
) -> tuple[Values, dict[str, Any]]:
    clean, problems = read(programme, values, on)
    scope = scope_of(programme, clean, person, on, history, numbers)
    refused = [one.field for one in problems] + [one.field for one in programme.checks if one.holds(scope)]
    if refused:
        raise ValueError(f"{programme.name}: refused values of {', '.join(refused)}")
    return clean, scope


def _class(programme: Programme, scope: Mapping[str, Any]) -> ClassRow | None:
    row = next((one for one in programme.classes if one.holds(dict(scope))), None)
    return row if row and all(scope.get(key) is not None for key in row.needs) else None


def _first(programme: Programme, scope: dict[str, Any]) -> Rule | None:
    return next((one for one in programme.rules if one.holds(scope)), None)


def _told(programme: Programme, scope: dict[str, Any], rule: Rule | None) -> tuple[str, ...]:
    told = ["lead"] if rule and rule.is_emergency else []
    for alert in programme.alerts:
        told += alert.to if alert.holds(scope) else []
    return tuple(dict.fromkeys(told))


def _next(rule: Rule, on: date, history: History, numbers: FollowUps) -> date | None:
    if rule.next.by == "plan":
        return None
    interval: timedelta | None = history.previous.interval if history.previous else None
    if rule.next.by == "previous" and interval:
        return on + interval
    return moved(on, rule.next, numbers)


def _findings(programme: Programme, clean: Values, scope: dict[str, Any], person: Person) -> dict[str, str]:
    found: dict[str, str] = {}
    for field in programme.fields:
        amount = conditions.number(clean.get(field.key)) if field.bands else None
        label = field.band(amount, person.sex) if amount is not None else None
        if label:
            found[field.key] = label
    for row in programme.findings:
        if row.key not in found and row.holds(scope):
            found[row.key] = row.label
    return found
