"""Visits that did not take place: the window passed, or somebody wrote down why; and what comes after."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from server import clock
from server.actions.followups.following import check_day
from server.actions.followups.planning import free_day, plan
from server.actions.followups.refusals import DateInvalid
from server.actions.followups.visits import OLDEST_VISIT_DAYS
from server.database import db, retried, transaction
from server.models import (
    Enrolment,
    FollowUp,
    FollowUpStatus,
    NotVisited,
    Programme,
    audit,
    notification,
)
from server.models import (
    followup as followups,
)
from server.models.actor import CLOCK, Actor
from server.models.followup import REMINDERS
from server.models.states import move
from server.policy.dates import add_months
from server.policy.schema import FollowUps, Policy

ROUTINE = (Programme.HTN, Programme.DM, Programme.SMI, Programme.COPD, Programme.DISABLED)
"""Planned from visit to visit: after a missed one there is a new day, nobody drops out."""
ENDS = (NotVisited.DEAD, NotVisited.MOVED)
OUTCOMES = {
    NotVisited.DEAD: FollowUpStatus.CLOSED,
    NotVisited.MOVED: FollowUpStatus.CLOSED,
    NotVisited.LOST: FollowUpStatus.LOST,
    NotVisited.REFUSED: FollowUpStatus.NOT_DONE,
    NotVisited.NOT_MET: FollowUpStatus.NOT_DONE,
}


@dataclass(frozen=True)
class Absence:
    """A visit that did not take place, and what follows."""

    followup: FollowUp
    next: FollowUp | None
    ending_hint: str | None
    """The event to register with the agreement, "death" or "moved"; None: nothing."""


@retried
def not_visited(
    row: FollowUp, reason: NotVisited, on: date, *, note: str | None, next_on: date | None, by: Actor, policy: Policy
) -> Absence:
    """Write down why a visit did not take place.

    Dead or moved: every programme ends at once, and the agreement is to be ended by its own steps. Lost or not met: the
    next attempt is planned. Refused: recorded, and asked again when the next routine visit would be.

    Args:
        on: the day it was tried. next_on: when to try again, where the team wants another day than the usual one.
    Raises:
        DateInvalid, states.IllegalMove, states.StaleState.
    Source:
        domain.md §2.0 Outcome of visit (A).
    """
    at = clock.now()
    today = clock.local(at).date()
    if not today - timedelta(days=OLDEST_VISIT_DAYS) <= on <= today:
        raise DateInvalid("日期不能晚于今天，也不能早于一年前")
    if next_on is not None:
        check_day(next_on, None, None, today)
    with transaction() as session:
        result = followups.kept_note(note, on)
        move(
            row, OUTCOMES[reason], by=by, at=at, reason=reason,
            not_visited=reason, entered_at=at, entered_by=by.id, result=result,
        )  # fmt: skip
        notification.cancel(subject_id=row.id, kinds=REMINDERS)
        audit.record("followup_not_visited", row, by=by, at=at)
        if reason in ENDS:
            followups.end_programmes(row.resident_id, reason, by=by, at=at)
            return Absence(row, None, "death" if reason is NotVisited.DEAD else "moved")
        enrolment = session.get_one(Enrolment, row.enrolment_id)
        day = next_on or _again_on(row, reason, today, policy.followups)
        following = _plan_again(
            row, enrolment, day, is_wished=next_on is not None, numbers=policy.followups, by=by, at=at
        )
    return Absence(row, following, None)


def _again_on(row: FollowUp, reason: NotVisited, today: date, numbers: FollowUps) -> date:
    if reason is NotVisited.REFUSED:
        return add_months(today, numbers.controlled_next_months)
    return today + timedelta(days=numbers.uncontrolled_next_days)


def _plan_again(
    row: FollowUp, enrolment: Enrolment, day: date, *, is_wished: bool, numbers: FollowUps, by: Actor, at: datetime
) -> FollowUp | None:
    """The one planned already, or a new one: of a window only as long as it is open, of a month never twice."""
    planned = db.session.scalar(
        select(FollowUp)
        .where(
            FollowUp.enrolment_id == enrolment.id,
            FollowUp.status == FollowUpStatus.PLANNED,
            FollowUp.kind_key == row.kind_key,
        )
        .order_by(FollowUp.due_on)
        .limit(1)
    )
    if planned is not None or enrolment.ended_on is not None:
        return planned
    if row.programme not in ROUTINE and not is_wished:
        last = row.window_end_on
        today = clock.local(at).date()
        if last <= today or row.not_visited == NotVisited.REFUSED:
            return None
        day = min(day, last)
    grace = numbers.routine_grace_days if row.programme in ROUTINE else 0
    following = plan(enrolment, free_day(enrolment, day, day, None), grace, by=by, at=at)
    following.kind_key, following.title = row.kind_key, row.title
    following.window_end_on = max(following.window_end_on, row.window_end_on)
    db.session.flush()
    return following


@retried
def mark_missed_next(policy: Policy) -> bool:
    """Mark one follow-up whose window has passed as missed; a chronic patient gets a new date, nobody drops out.

    Source:
        domain.md §2.0 Deadlines; the new date in 14 days is ours (C), until a doctor decides otherwise.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        row = session.scalar(
            select(FollowUp)
            .where(FollowUp.status == FollowUpStatus.PLANNED, FollowUp.window_end_on < today)
            .order_by(FollowUp.window_end_on, FollowUp.id)
            .limit(1)
            .execution_options(populate_existing=True)
        )
        if row is None:
            return False
        move(row, FollowUpStatus.MISSED, by=CLOCK, at=at, reason="window_passed")
        notification.cancel(subject_id=row.id, kinds=REMINDERS)
        enrolment = session.get_one(Enrolment, row.enrolment_id)
        if row.programme in ROUTINE:
            day = today + timedelta(days=policy.followups.uncontrolled_next_days)
            _plan_again(row, enrolment, day, is_wished=False, numbers=policy.followups, by=CLOCK, at=at)
    return True
