"""What comes next after an encounter: one day for all its programmes, the rule's or the doctor's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from server import clock
from server.actions.followups.judging import done
from server.actions.followups.planning import LATEST_START_DAYS, free_day, is_monthly, plan, unplanned
from server.actions.followups.refusals import DateInvalid, ReasonNeeded
from server.actions.followups.windows import plan_windows
from server.database import db
from server.models import Enrolment, FollowUp, FollowUpStatus, Programme, notification
from server.models.actor import Actor
from server.models.followup import REMINDERS
from server.policy import programmes
from server.policy.dates import add_months, month_end
from server.policy.programmes import Judgement
from server.policy.schema import FollowUps

NEAR_DAYS = 3
"""A window that begins so little later serves for the rule's next visit (C)."""


@dataclass(frozen=True)
class Wish:
    """The day of the visit, and the doctor's own next day with its reason."""

    visited_on: date
    next_on: date | None = None
    reason: str | None = None


def follow(
    visits: Sequence[tuple[FollowUp, Judgement]], wish: Wish, *, by: Actor, at: datetime, numbers: FollowUps
) -> list[FollowUp | None]:
    """Plan what follows from each visit of an encounter, in the caller's transaction.

    The one already planned moves, or a new one is added. The doctor's day may be earlier than the rule's; later needs a
    reason.

    Raises:
        DateInvalid, ReasonNeeded.
    Source:
        domain.md §2.0: two programmes, doctor may override next date.
    """
    today = clock.local(at).date()
    days = [judged.next_on for _, judged in visits if judged.next_on is not None]
    due_on = max(programmes.joint_next(days), today) if days else None
    if wish.next_on is not None:
        check_day(wish.next_on, due_on, wish.reason, today)
        due_on = wish.next_on
    return [_follow(row, judged, due_on, wish, today, numbers, by, at) for row, judged in visits]


def check_day(wanted: date, rule_on: date | None, reason: str | None, today: date) -> None:
    """Refuse a day the doctor may not choose. Raises DateInvalid, ReasonNeeded."""
    if not today <= wanted <= today + timedelta(days=LATEST_START_DAYS):
        raise DateInvalid("下次随访日期应在今天之后的一年之内")
    if rule_on is not None and wanted > rule_on and not (reason or "").strip():
        raise ReasonNeeded(latest_on=rule_on.isoformat())


def _follow(
    followup: FollowUp,
    judged: Judgement,
    due_on: date | None,
    wish: Wish,
    today: date,
    numbers: FollowUps,
    by: Actor,
    at: datetime,
) -> FollowUp | None:
    enrolment = db.session.get_one(Enrolment, followup.enrolment_id)
    planned = _planned(enrolment, "" if judged.next_on else None)
    # a late entry of an old visit does not overrule what a newer one decided
    newer = db.session.scalar(done(followup).where(FollowUp.visited_on > wish.visited_on).limit(1))
    if enrolment.ended_on is not None or newer is not None:
        return planned
    if due_on is None or (judged.next_on is None and wish.next_on is None):
        return _by_calendar(followup, enrolment, planned, today, numbers, by, at)
    window = _planned(enrolment, None) if planned is None and wish.next_on is None else None
    if window is not None and window.due_on <= due_on + timedelta(days=NEAR_DAYS):
        return window  # what the table plans anyway is soon enough
    own = max(judged.next_on or due_on, today)
    day = free_day(enrolment, due_on, wish.visited_on, planned)
    grace = numbers.routine_grace_days if judged.has_grace else 0
    if planned is None:
        planned = plan(enrolment, day, grace, by=by, at=at)
    else:
        move_to(planned, day, grace)
    planned.window_start_on = max(wish.visited_on, day - timedelta(days=grace)) if grace else None
    planned.rule_due_on = own if own != day else None
    planned.due_reason = (wish.reason or "").strip() or None if wish.next_on else None
    db.session.flush()
    return planned


def move_to(planned: FollowUp, day: date, grace: int) -> None:
    """Move a planned follow-up to another day, in the caller's transaction; its reminders begin anew."""
    if planned.due_on == day:
        return
    planned.due_on, planned.window_end_on = day, day + timedelta(days=grace)
    if planned.window_start_on is not None:
        planned.window_start_on = min(planned.window_start_on, day)
    notification.cancel(subject_id=planned.id, kinds=REMINDERS)


def _planned(enrolment: Enrolment, kind_key: str | None) -> FollowUp | None:
    """The next one planned; of those that follow from each other if ``kind_key`` is "", else of any kind."""
    statement = select(FollowUp).where(FollowUp.enrolment_id == enrolment.id, FollowUp.status == FollowUpStatus.PLANNED)
    if kind_key is not None:
        statement = statement.where(FollowUp.kind_key == kind_key)
    return db.session.scalar(statement.order_by(FollowUp.due_on).limit(1))


def _by_calendar(
    followup: FollowUp,
    enrolment: Enrolment,
    planned: FollowUp | None,
    today: date,
    numbers: FollowUps,
    by: Actor,
    at: datetime,
) -> FollowUp | None:
    """What the programme's windows or the calendar months say."""
    if followup.programme == Programme.HOME_VISIT:
        return planned or _next_home_visit(followup, enrolment, numbers, by, at)
    plan_windows(enrolment, today, by=by, at=at, numbers=numbers)
    return planned or _planned(enrolment, None)


def _next_home_visit(
    followup: FollowUp, enrolment: Enrolment, numbers: FollowUps, by: Actor, at: datetime
) -> FollowUp | None:
    if not is_monthly(Programme(followup.programme), numbers):
        return None
    due_on = month_end(add_months(followup.due_on.replace(day=1), 1))
    wanted = db.session.scalar(unplanned(due_on).where(Enrolment.id == enrolment.id))
    return plan(enrolment, due_on, 0, by=by, at=at) if wanted else None
