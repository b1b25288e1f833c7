"""Who is in which programme, what is due next, and what was missed."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import (
    Agreement,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    PopulationTag,
    Programme,
    Resident,
    TagSource,
    audit,
    evidence,
    notification,
    population,
)
from server.models.actor import CLOCK, Actor
from server.models.followup import REMINDERS
from server.models.states import born, move
from server.policy import visiting
from server.policy.dates import add_months, month_end
from server.policy.parts.kinds import Group
from server.policy.schema import FollowUps, Policy

MONTHLY = "monthly"
LATEST_START_DAYS = 366


class NoAgreement(Conflict):
    """Programmes are for residents with an agreement in force."""

    code, default_message = "no_active_agreement", "该居民没有履约中的签约，不能纳入管理"


class AlreadyEnrolled(Conflict):
    """One open enrolment per person and programme."""

    code, default_message = "already_enrolled", "该居民已在管，请查看随访列表"


class TooYoung(Invalid):
    """The programme has a youngest age."""

    code, default_message = "too_young", "该居民未到此项目的年龄要求"


class DateInvalid(Invalid):
    """The day cannot be meant."""

    code, default_message = "date_invalid", "日期有误，请检查后再提交"


class HealthConsentMissing(Conflict):
    """The resident took back the consent to have his health data handled for the service."""

    code, default_message = "health_consent_missing", "居民已撤回健康信息处理的同意，不能新建健康管理项目"


def enrol(resident: Resident, programme: Programme, start_on: date, *, by: Actor, policy: Policy) -> FollowUp:
    """Take a resident into a programme and plan the first follow-up; asking again returns the same one.

    Args:
        start_on: first due day; monthly home visits are due on the last day of its month.
    Raises:
        NoAgreement, TooYoung, DateInvalid, AlreadyEnrolled, HealthConsentMissing.
    """
    try:
        return _enrol(resident, programme, start_on, by=by, policy=policy)
    except IntegrityError as cause:  # a double tap: the other one was first
        known = _planned(resident, programme, _first_due(programme, start_on, policy.followups))
        if known is None:
            raise AlreadyEnrolled() from cause
        return known


@retried
def _enrol(resident: Resident, programme: Programme, start_on: date, *, by: Actor, policy: Policy) -> FollowUp:
    at = clock.now()
    today = clock.local(at).date()
    if not today <= start_on <= today + timedelta(days=LATEST_START_DAYS):
        raise DateInvalid("开始日期应在今天之后的一年之内")
    if programme is Programme.HTN and resident.age_on(today) < policy.followups.htn_min_age:
        raise TooYoung(min_age=policy.followups.htn_min_age)
    due_on = _first_due(programme, start_on, policy.followups)
    with transaction() as session:
        agreement = session.scalar(
            select(Agreement).where(Agreement.active_key == resident.id).with_for_update(of=Agreement)
        )
        if agreement is None:
            raise NoAgreement()
        if session.scalar(select(Enrolment.id).where(Enrolment.open_key == f"{resident.id}:{programme}")):
            known = _planned(resident, programme, due_on)
            if known is None:
                raise AlreadyEnrolled()
            return known
        if not all(evidence.stands(agreement.id, key) for key in ("health_data", "minor_data")):
            raise HealthConsentMissing()
        enrolment = Enrolment(
            resident_id=resident.id,
            team_id=agreement.team_id,
            programme=programme,
            started_on=start_on,
            open_key=f"{resident.id}:{programme}",
        )
        session.add(enrolment)
        session.flush()
        audit.record("followup_enrolled", enrolment, by=by, at=at)
        if programme is Programme.HTN:
            _certify_htn(resident, by, at)
        return plan(enrolment, due_on, _grace(programme, policy.followups), by=by, at=at)


def _certify_htn(resident: Resident, by: Actor, at: datetime) -> None:
    """Who is followed up for hypertension belongs to its group: enrolling is the doctor's word for it."""
    key = population.open_key(resident.id, Group.HTN)
    if db.session.scalar(select(PopulationTag.id).where(PopulationTag.open_key == key)) is None:
        tag = population.add(
            resident.id, Group.HTN, TagSource.STAFF, clock.local(at).date(),
            evidence="纳入高血压随访", certified_by=by.id, by=by, at=at,
        )  # fmt: skip
        audit.record("group_added", tag, by=by, at=at)


def _first_due(programme: Programme, start_on: date, numbers: FollowUps) -> date:
    return month_end(start_on) if is_monthly(programme, numbers) else start_on


def is_monthly(programme: Programme, numbers: FollowUps) -> bool:
    """Tell whether a programme goes by calendar months here (domain.md §2.9)."""
    return programme == Programme.HOME_VISIT and numbers.home_visit_mode == MONTHLY


def _grace(programme: Programme, numbers: FollowUps) -> int:
    return 0 if is_monthly(programme, numbers) else numbers.routine_grace_days


def _planned(resident: Resident, programme: Programme, due_on: date) -> FollowUp | None:
    return db.session.scalar(
        select(FollowUp)
        .join(Enrolment, Enrolment.id == FollowUp.enrolment_id)
        .where(
            Enrolment.open_key == f"{resident.id}:{programme}",
            FollowUp.due_on == due_on,
            FollowUp.status == FollowUpStatus.PLANNED,
        )
    )


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
        remind_step=0,
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
        notification.cancel(subject_id=row.id, kinds=tuple(REMINDERS.values()))
        enrolment = session.get_one(Enrolment, row.enrolment_id)
        planned = session.scalar(
            select(FollowUp.id)
            .where(FollowUp.enrolment_id == enrolment.id, FollowUp.status == FollowUpStatus.PLANNED)
            .limit(1)
        )
        if row.programme == Programme.HTN and enrolment.ended_on is None and planned is None:
            wanted = today + timedelta(days=policy.followups.uncontrolled_next_days)
            due_on = free_day(enrolment, wanted, today, None)
            plan(enrolment, due_on, policy.followups.routine_grace_days, by=CLOCK, at=at)
    return True
