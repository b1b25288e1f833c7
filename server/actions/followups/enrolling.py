"""Taking somebody into a programme and out of it again; who looks after him there."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.followups.judging import TARGET
from server.actions.followups.planning import LATEST_START_DAYS, is_monthly, plan
from server.actions.followups.refusals import (
    AlreadyEnrolled,
    DateInvalid,
    FactInvalid,
    GroupNeeded,
    HealthConsentMissing,
    NoAgreement,
    NothingToPlan,
    TooYoung,
)
from server.actions.followups.windows import START, is_windowed, plan_windows
from server.database import db, retried, transaction
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
    followup,
    population,
)
from server.models import (
    enrolment as enrolments,
)
from server.models.actor import Actor
from server.policy import populations, programmes
from server.policy.dates import month_end
from server.policy.parts.kinds import Group
from server.policy.schema import FollowUps, Policy

ENDED_BY_STAFF = "staff"
FACT_LENGTH = 20


def enrol(
    resident: Resident,
    programme: Programme,
    start_on: date,
    *,
    by: Actor,
    policy: Policy,
    facts: Mapping[str, Any] | None = None,
    staff_id: str | None = None,
) -> FollowUp:
    """Take a resident into a programme and plan the first follow-up; asking again returns the same one.

    Args:
        start_on: first due day; monthly home visits are due on the last day of its month. Programmes with windows count
            from it where the table says "start".
        facts: days and phases that the plan is made from, over those the group knows. staff_id: who looks after him.
    Raises:
        NoAgreement, TooYoung, DateInvalid, AlreadyEnrolled, HealthConsentMissing, GroupNeeded, NothingToPlan.
    """
    try:
        return _enrol(resident, programme, start_on, dict(facts or {}), staff_id, by=by, policy=policy)
    except IntegrityError as cause:  # a double tap: the other one was first
        known = _planned(resident, programme, _first_due(programme, start_on, policy.followups))
        if known is None:
            raise AlreadyEnrolled() from cause
        return known


@retried
def _enrol(
    resident: Resident,
    programme: Programme,
    start_on: date,
    facts: dict[str, Any],
    staff_id: str | None,
    *,
    by: Actor,
    policy: Policy,
) -> FollowUp:
    at = clock.now()
    today = clock.local(at).date()
    if not today <= start_on <= today + timedelta(days=LATEST_START_DAYS):
        raise DateInvalid("开始日期应在今天之后的一年之内")
    group = populations.group_of(programme)
    if group in populations.BY_ENROLLING and resident.age_on(today) < policy.followups.htn_min_age:
        raise TooYoung(min_age=policy.followups.htn_min_age)
    check_facts(programme, facts, today)
    with transaction() as session:
        agreement = session.scalar(
            select(Agreement).where(Agreement.active_key == resident.id).with_for_update(of=Agreement)
        )
        if agreement is None:
            raise NoAgreement()
        if session.scalar(select(Enrolment.id).where(Enrolment.open_key == f"{resident.id}:{programme}")):
            known = _planned(resident, programme, _first_due(programme, start_on, policy.followups))
            if known is None:
                raise AlreadyEnrolled()
            return known
        if not all(evidence.stands(agreement.id, key) for key in ("health_data", "minor_data")):
            raise HealthConsentMissing()
        tag = _tag(resident, group, today) if group else None
        if group and tag is None and group not in populations.BY_ENROLLING:
            raise GroupNeeded()
        return begin(
            agreement, programme, start_on,
            enrolments.begun(programme, start_on) | enrolments.facts_from(tag.detail if tag else None) | facts,
            staff_id=staff_id, by=by, at=at, numbers=policy.followups,
        )  # fmt: skip


def begin(
    agreement: Agreement,
    programme: Programme,
    start_on: date,
    facts: dict[str, Any],
    *,
    staff_id: str | None,
    by: Actor,
    at: datetime,
    numbers: FollowUps,
) -> FollowUp:
    """Add an enrolment with its first follow-up to the caller's transaction. Raises NothingToPlan."""
    enrolment = Enrolment(
        resident=agreement.resident,
        resident_id=agreement.resident_id,
        team_id=agreement.team_id,
        programme=programme,
        started_on=start_on,
        open_key=f"{agreement.resident_id}:{programme}",
        staff_id=staff_id,
        facts=facts,
    )
    db.session.add(enrolment)
    db.session.flush()
    audit.record("followup_enrolled", enrolment, by=by, at=at)
    group = populations.group_of(programme)
    if group in populations.BY_ENROLLING:
        _certify(agreement.resident, str(group), by, at)
    today = clock.local(at).date()
    if programme != Programme.HOME_VISIT and is_windowed(programmes.load(programme, today)):
        planned = plan_windows(enrolment, today, by=by, at=at, numbers=numbers, at_least=1)
        if not planned:
            raise NothingToPlan()
        return planned[0]
    due_on = _first_due(programme, start_on, numbers)
    return plan(enrolment, due_on, _grace(programme, numbers), by=by, at=at)


def check_facts(programme: Programme, facts: Mapping[str, Any], today: date) -> None:
    """Refuse facts the programme's table does not ask for. Raises FactInvalid."""
    table = programmes.load(programme, today)
    own = {f"{TARGET}{limit.target}" for limit in table.limits if limit.target}
    asked = {name: value for name, value in facts.items() if name not in own | {START}}
    _, problems = programmes.read_facts(table, asked, today)
    if problems:
        raise FactInvalid(problems[0].message, fact=problems[0].field)
    for name, value in facts.items():
        if not 0 < len(str(value)) <= FACT_LENGTH or (name == START and not _is_day(value)):
            raise FactInvalid(fact=name)


def _is_day(value: Any) -> bool:
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True


def _tag(resident: Resident, group: str, today: date) -> PopulationTag | None:
    return db.session.scalar(
        select(PopulationTag)
        .where(PopulationTag.resident_id == resident.id, PopulationTag.group == group, population.counting(today))
        .limit(1)
    )


def _certify(resident: Resident, group: str, by: Actor, at: datetime) -> None:
    """Who is followed up for a chronic disease belongs to its group: enrolling is the doctor's word for it."""
    key = population.open_key(resident.id, group)
    if db.session.scalar(select(PopulationTag.id).where(PopulationTag.open_key == key)) is None:
        tag = population.add(
            resident.id, group, TagSource.STAFF, clock.local(at).date(),
            evidence=f"纳入{populations.LABELS[Group(group)]}随访", certified_by=by.id, by=by, at=at,
        )  # fmt: skip
        audit.record("group_added", tag, by=by, at=at)


def _first_due(programme: Programme, start_on: date, numbers: FollowUps) -> date:
    return month_end(start_on) if is_monthly(programme, numbers) else start_on


def _grace(programme: Programme, numbers: FollowUps) -> int:
    return 0 if is_monthly(programme, numbers) else numbers.routine_grace_days


def _planned(resident: Resident, programme: Programme, due_on: date) -> FollowUp | None:
    """What asking again returns: the follow-up of that day, or the next window."""
    return db.session.scalar(
        select(FollowUp)
        .join(Enrolment, Enrolment.id == FollowUp.enrolment_id)
        .where(
            Enrolment.open_key == f"{resident.id}:{programme}",
            (FollowUp.due_on == due_on) | (FollowUp.kind_key != ""),
            FollowUp.status == FollowUpStatus.PLANNED,
        )
        .order_by(FollowUp.due_on)
        .limit(1)
    )


@retried
def end(enrolment: Enrolment, *, by: Actor) -> Enrolment:
    """Take somebody out of a programme; what was planned is cancelled. Twice is once. His group stays as it is."""
    at = clock.now()
    with transaction() as session:
        if enrolment.ended_on is None:
            followup.end_programmes(
                enrolment.resident_id, ENDED_BY_STAFF, by=by, at=at, programmes=(enrolment.programme,)
            )
            session.refresh(enrolment)
            audit.record("followup_ended", enrolment, by=by, at=at)
    return enrolment


@retried
def note_facts(enrolment: Enrolment, facts: Mapping[str, Any], *, by: Actor, policy: Policy) -> Enrolment:
    """Note what is newly known for the plan: days, phases, own limits; the windows follow at once.

    Raises:
        FactInvalid, NoAgreement (the enrolment has ended).
    """
    at = clock.now()
    today = clock.local(at).date()
    check_facts(Programme(enrolment.programme), facts, today)
    with transaction() as session:
        enrolment = session.get_one(Enrolment, enrolment.id, with_for_update={"of": Enrolment}, populate_existing=True)
        if enrolment.ended_on is not None:
            raise NoAgreement("该居民已不在此项目中")
        enrolment.facts = enrolment.facts | dict(facts)
        if enrolment.programme != Programme.HOME_VISIT and is_windowed(programmes.load(enrolment.programme, today)):
            plan_windows(enrolment, today, by=by, at=at, numbers=policy.followups)
        audit.record("followup_facts_noted", enrolment, by=by, at=at)
    return enrolment


@retried
def assign(enrolment: Enrolment, staff_id: str, *, by: Actor) -> Enrolment:
    """Say who of the team looks after somebody in a programme."""
    at = clock.now()
    with transaction() as session:
        enrolment = session.get_one(Enrolment, enrolment.id, with_for_update={"of": Enrolment}, populate_existing=True)
        if enrolment.staff_id != staff_id:
            enrolment.staff_id = staff_id
            audit.record("followup_assigned", enrolment, by=by, at=at)
    return enrolment
