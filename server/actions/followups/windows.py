"""Windows: what the rule table plans by age, week or calendar, some weeks ahead and each once."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from server import clock
from server.actions.followups.judging import SEXES
from server.database import db, retried, transaction
from server.models import Enrolment, FollowUp, FollowUpStatus, notification, states
from server.models.actor import CLOCK, Actor
from server.models.followup import REMINDERS
from server.policy import programmes
from server.policy.programmes import Due
from server.policy.schema import FollowUps, Policy

HORIZON_DAYS = 60
"""How far ahead of a window's first day it is planned (domain.md §2.7: reminders from 60 days before)."""
LOOK_AGAIN_DAYS = 30
START = "start"
"""The enrolment's first day, unless the doctor knows when treatment began."""
STEP = 50
"""Enrolments in one transaction."""


def is_windowed(table: programmes.Programme) -> bool:
    """Tell whether a programme is planned by windows, not from visit to visit."""
    return bool(table.windows or table.repeats or table.calendar)


def facts_of(enrolment: Enrolment) -> dict[str, Any]:
    """Return what the plan is made from: birth, sex, start, the last visit, what the enrolment knows; days as dates."""
    who = enrolment.resident
    facts: dict[str, Any] = {"birth": who.birth_on, "sex": SEXES.get(who.sex, ""), START: enrolment.started_on}
    last = db.session.scalar(
        select(func.max(FollowUp.visited_on)).where(
            FollowUp.enrolment_id == enrolment.id, FollowUp.status == FollowUpStatus.DONE
        )
    )
    if last is not None:
        facts["last"] = last
    return facts | {name: _day_or_text(value) for name, value in enrolment.facts.items()}


def _day_or_text(value: Any) -> Any:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return value


def plan_windows(
    enrolment: Enrolment, today: date, *, by: Actor, at: datetime, numbers: FollowUps, at_least: int = 0
) -> list[FollowUp]:
    """Plan an enrolment's windows that come near, in the caller's transaction; those whose day changed move.

    Args:
        at_least: plan so many however far away they are.
    Returns:
        What was added, the earliest first.
    """
    table = programmes.load(enrolment.programme, today)
    dues = programmes.plan(table, facts_of(enrolment), today, numbers=numbers)
    known = _known(enrolment)
    _follow_facts({due.key: due for due in dues}, known, today, by, at)
    new = [due for due in dues if due.key not in known]
    near = today + timedelta(days=HORIZON_DAYS)
    soon = [due for number, due in enumerate(new) if due.from_on <= near or number < at_least]
    added = [_add(enrolment, due, by, at) for due in soon]
    enrolment.replan_on = _look_again(table, dues, [due for due in new if due not in soon], today)
    db.session.flush()
    return added


def _look_again(table: programmes.Programme, dues: list[Due], later: list[Due], today: date) -> date:
    """When the next window comes near, at the latest in a month; what repeats is seen a few times ahead only."""
    days = [today + timedelta(days=LOOK_AGAIN_DAYS)]
    if later:
        days = [min(due.from_on for due in later) - timedelta(days=HORIZON_DAYS)]
    if table.repeats:
        days += [due.due_on + timedelta(days=1) for due in dues]
    return max(min(days), today + timedelta(days=1))


def _known(enrolment: Enrolment) -> dict[str, FollowUp]:
    rows = select(FollowUp).where(FollowUp.enrolment_id == enrolment.id, FollowUp.plan_key.is_not(None))
    return {row.kind_key: row for row in db.session.scalars(rows)}


def _follow_facts(dues: dict[str, Due], known: dict[str, FollowUp], today: date, by: Actor, at: datetime) -> None:
    """Move what a new fact moved, such as a birth before its time, and cancel what it made needless."""
    for key, row in known.items():
        if row.status != FollowUpStatus.PLANNED or row.window_end_on < today:
            continue
        due = dues.get(key)
        if due is None:
            states.move(row, FollowUpStatus.CANCELLED, by=by, at=at, reason="no_longer_due")
            notification.cancel(subject_id=row.id, kinds=REMINDERS)
        elif due.due_on != (row.rule_due_on or row.due_on):
            row.due_on, row.window_start_on, row.window_end_on = due.due_on, due.from_on, due.until_on
            row.rule_due_on, row.due_reason = None, None
            notification.cancel(subject_id=row.id, kinds=REMINDERS)


def _add(enrolment: Enrolment, due: Due, by: Actor, at: datetime) -> FollowUp:
    row = FollowUp(
        enrolment_id=enrolment.id,
        resident_id=enrolment.resident_id,
        team_id=enrolment.team_id,
        programme=enrolment.programme,
        status=FollowUpStatus.PLANNED,
        due_on=due.due_on,
        window_start_on=due.from_on,
        window_end_on=due.until_on,
        kind_key=due.key,
        plan_key=f"{enrolment.id}:{due.key}",
        title=due.title,
    )
    db.session.add(row)
    db.session.flush()
    states.born(row, by=by, at=at)
    return row


@retried
def plan_windows_next(policy: Policy) -> bool:
    """Plan the windows that come near of up to fifty enrolments whose day to look again has come."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        found = (
            select(Enrolment)
            .where(Enrolment.replan_on <= today)
            .order_by(Enrolment.replan_on, Enrolment.id)
            .limit(STEP)
            .with_for_update(of=Enrolment)
            .execution_options(populate_existing=True)
        )
        rows = session.scalars(found).unique().all()
        for row in rows:
            plan_windows(row, today, by=CLOCK, at=at, numbers=policy.followups)
    return bool(rows)
