"""What the rule tables say about one visit: who the person is, what came before, what is wrong, what follows."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, select

from server.actions.followups.refusals import ConfirmationNeeded, MeasurementInvalid
from server.database import db
from server.models import FollowUp, FollowUpStatus, Resident, population, referral_check
from server.models.referral_check import COMPLETED
from server.policy import programmes
from server.policy.parts.kinds import Group
from server.policy.programmes import History, Judgement, Person, Previous, Problem
from server.policy.schema import FollowUps

SEXES = {1: "M", 2: "F"}
TARGET = "target_"
"""Facts of an enrolment that begin so are the person's own limits, by field."""


def person_of(resident: Resident, facts: Mapping[str, Any], on: date) -> Person:
    """Return what the rules want to know about somebody on a day."""
    groups = population.groups_of([resident.id], on).get(resident.id, frozenset())
    targets = {name.removeprefix(TARGET): value for name, value in facts.items() if name.startswith(TARGET)}
    return Person(resident.birth_on, SEXES.get(resident.sex, ""), Group.MATERNAL in groups, targets)


def done(followup: FollowUp) -> Select[FollowUp]:
    """Visits of the same person and programme that took place."""
    return select(FollowUp).where(
        FollowUp.resident_id == followup.resident_id,
        FollowUp.programme == followup.programme,
        FollowUp.status == FollowUpStatus.DONE,
        FollowUp.id != followup.id,
    )


def history_of(followup: FollowUp, visited_on: date) -> History:
    """Return the latest earlier visit that has the measurement; missed ones neither reset nor add (domain.md §2.0)."""
    before = db.session.scalar(
        done(followup)
        .where(FollowUp.visited_on <= visited_on, FollowUp.outcome_class.is_not(None))
        .order_by(FollowUp.visited_on.desc(), FollowUp.entered_at.desc())
        .limit(1)
    )
    if before is None:
        return History()
    kept, asked = before.judgement, referral_check.of(before.id)
    flags = kept.get("flags", [])
    next_on = kept.get("next_on")
    return History(
        Previous(
            before.outcome_class,
            adverse="adverse" in flags,
            uncontrolled="uncontrolled" in flags,
            referral_completed=asked is not None and asked.result in COMPLETED,
            on=before.visited_on,
            next_on=date.fromisoformat(next_on) if next_on else None,
        )
    )


def checked(
    table: programmes.Programme,
    values: Mapping[str, Any],
    person: Person,
    on: date,
    *,
    is_confirmed: bool,
    numbers: FollowUps,
) -> dict[str, Any]:
    """Return a form's values in the table's units, the derived ones included.

    Raises:
        MeasurementInvalid: hard problems. ConfirmationNeeded: unusual values nobody confirmed.
    """
    problems = programmes.check(table, values, person, on, numbers=numbers)
    hard = [problem for problem in problems if problem.is_hard]
    if hard:
        raise MeasurementInvalid(hard[0].message, problems=shown(hard))
    if problems and not is_confirmed:
        raise ConfirmationNeeded(problems=shown(problems))
    clean, _ = programmes.read(table, values, on)
    return clean


def shown(problems: list[Problem]) -> list[dict[str, Any]]:
    """Return problems as a page reads them."""
    return [
        {"field": one.field, "code": str(one.code), "message": one.message, "hard": one.is_hard} for one in problems
    ]


def kept_values(clean: Mapping[str, Any]) -> str:
    """Return values as they are kept: JSON, decimals as text, days as ISO text."""
    return json.dumps(clean, ensure_ascii=False, default=_plain)


def kept_judgement(judged: Judgement, note: str | None) -> str:
    """Return what is kept of a judgement: JSON."""
    return json.dumps(
        {
            "rule": judged.rule,
            "class_label": judged.class_label,
            "emergency": judged.is_emergency,
            "refer": judged.refer,
            "advice": judged.advice,
            "flags": judged.flags,
            "findings": judged.findings,
            "next_on": judged.next_on.isoformat() if judged.next_on else None,
            "note": note,
        },
        ensure_ascii=False,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"cannot keep {type(value).__name__}")
