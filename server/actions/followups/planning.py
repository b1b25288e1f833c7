"""Planning one follow-up, and the monthly home visits."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.models import (
    Agreement,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    PopulationTag,
    Programme,
    population,
)
from server.models.actor import CLOCK, Actor
from server.models.states import born
from server.policy import visiting
from server.policy.dates import add_months, month_end
from server.policy.schema import FollowUps, Policy

MONTHLY = "monthly"
LATEST_START_DAYS = 366


def is_monthly(programme: Programme, numbers: FollowUps) -> bool:
    """Tell whether a programme goes by calendar months here (domain.md §2.9)."""
    return programme == Programme.HOME_VISIT and numbers.home_visit_mode == MONTHLY


def plan(enrolment: Enrolment, due_on: date, grace_days: int, *, by: Actor, at: datetime) -> FollowUp:
    """Add a planned follow-up to the caller's transaction; ``grace_days`` 0 makes its day a hard deadline."""
    followup = FollowUp(
        enrolment_id=enrolment.id,
        resident_id=enrolment.resident_id,
        team_id=enrolment.team_id,
        programme=enrolment.programme,
        status=FollowUpStatus.PLANNED,
        due_on=due_on,
        window_end_on=due_on + timedelta(days=grace_days),
    )
    db.session.add(followup)
    db.session.flush()
    born(followup, by=by, at=at)
    return followup


def plan_visits_next(policy: Policy) -> bool:
    """Plan one missing monthly home visit, of this month or the next, for people with an agreement in force.

    Source:
        policy key followups.home_visit_mode; domain.md §2.9 (each calendar month, due its last day).
    """
    whom = visiting.monthly(policy)
    if not whom.everybody and not whom.groups:
        return False
    try:
        return _plan_visit(clock.now(), None if whom.everybody else sorted(whom.groups))
    except IntegrityError:
        return True  # another scheduler planned it


@retried
def _plan_visit(at: datetime, groups: list[str] | None) -> bool:
    today = clock.local(at).date()
    with transaction() as session:
        for due_on in (month_end(today), month_end(add_months(today.replace(day=1), 1))):
            found = unplanned(due_on)
            if groups is not None:
                found = found.where(_belongs(groups, today))
            enrolment = session.scalar(found.limit(1))
            if enrolment is not None and _is_open(enrolment):
                plan(enrolment, due_on, 0, by=CLOCK, at=at)
                return True
    return False


def _belongs(groups: list[str], today: date) -> ColumnElement[bool]:
    return exists().where(
        PopulationTag.resident_id == Enrolment.resident_id, PopulationTag.group.in_(groups), population.counting(today)
    )


def _is_open(enrolment: Enrolment) -> bool:
    """Lock an enrolment, and tell whether it is still open: somebody may be ending it at this moment."""
    still = select(Enrolment.id).where(Enrolment.id == enrolment.id, Enrolment.open_key.is_not(None))
    return db.session.scalar(still.with_for_update()) is not None


def unplanned(due_on: date) -> Select[Enrolment]:
    """Open home-visit enrolments without a visit due that day, whose agreement still runs in that month."""
    return (
        select(Enrolment)
        .join(Agreement, Agreement.active_key == Enrolment.resident_id)
        .where(
            Enrolment.programme == Programme.HOME_VISIT,
            Enrolment.open_key.is_not(None),
            Enrolment.started_on <= due_on,
            Agreement.end_on >= due_on.replace(day=1),
            ~exists().where(FollowUp.enrolment_id == Enrolment.id, FollowUp.due_on == due_on),
        )
        .order_by(Enrolment.id)
    )


def free_day(enrolment: Enrolment, due_on: date, visited_on: date, planned: FollowUp | None) -> date:
    """Return the day, or the nearest earlier one that no other follow-up of the enrolment has (never later, §2.0)."""
    statement = select(FollowUp.due_on).where(FollowUp.enrolment_id == enrolment.id)
    if planned is not None:
        statement = statement.where(FollowUp.id != planned.id)
    taken = set(db.session.scalars(statement))
    day = due_on
    while day in taken and day > visited_on:
        day -= timedelta(days=1)
    while day in taken:
        day += timedelta(days=1)
    return day
