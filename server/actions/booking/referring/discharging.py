"""A hospital lets somebody go home: the team is told, and what it has to do is written down in the same transaction."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking.referring import telling
from server.actions.booking.referring.drafting import number
from server.actions.booking.referring.refusals import (
    DischargeContentNeeded,
    DischargeInvalid,
    DischargeNotWanted,
    MessageKeyReused,
    NotUnderContract,
    ReferralReasonInvalid,
)
from server.database import db, retried, transaction
from server.ids import new_id
from server.models import (
    Agreement,
    Direction,
    Discharge,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    Hospital,
    Programme,
    Referral,
    ReferralStatus,
    Resident,
    audit,
    evidence,
    states,
)
from server.models.actor import Actor
from server.policy import referring as rules
from server.policy.schema import Policy

S = ReferralStatus
OLDEST_DAYS = 90
"""No step of the ordinary reminders: the notices of a discharge are queued with it."""


@dataclass(frozen=True)
class Push:
    """What the hospital says. ``down_reason`` sends him back to the team's care at once."""

    key: str
    body_sha256: str
    discharged_on: date
    diagnosis: str
    drugs: str
    needs: str
    source: str = "machine"
    admitted_on: date | None = None
    next_clinic_on: date | None = None
    down_reason: str | None = None


def receive(
    hospital: Hospital, resident: Resident | None, push: Push, *, policy: Policy, by: Actor
) -> tuple[Discharge, bool]:
    """Keep a discharge, plan the first contact within the region's days, and move his referral on, all at once.

    Args:
        resident: None when nobody with the document is known.
    Returns:
        The discharge, and whether it is new: the same key with the same body is kept once.
    Raises:
        DischargeNotWanted, DischargeInvalid, DischargeContentNeeded, NotUnderContract, MessageKeyReused,
        ReferralReasonInvalid.
    Source:
        FJ 三（六）; policy keys referral.discharge_push, referral.contact_days; domain.md §5.4, N-28, N-29.
    """
    _check(push, policy)
    key = f"{hospital.id}:{push.key}"
    try:
        return _receive(hospital, resident, push, key, policy=policy, by=by)
    except IntegrityError:
        known = db.session.scalar(select(Discharge).where(Discharge.message_key == key))
        if known is None:
            raise
        return _same(known, push), False


@retried
def _receive(
    hospital: Hospital, resident: Resident | None, push: Push, key: str, *, policy: Policy, by: Actor
) -> tuple[Discharge, bool]:
    at = clock.now()
    with transaction() as session:
        known = session.scalar(select(Discharge).where(Discharge.message_key == key))
        if known is not None:
            return _same(known, push), False
        agreement = _agreement(session, resident)
        assert resident is not None
        due_on = max(rules.contact_by(push.discharged_on, policy.referral), clock.local(at).date())
        followup = plan_contact(session, agreement, due_on, by=by, at=at, discharged_on=push.discharged_on)
        referral = _referral(session, hospital, resident)
        row = Discharge(
            id=new_id(),
            hospital=hospital,
            message_key=key,
            body_sha256=push.body_sha256,
            source=push.source,
            resident=resident,
            agreement_id=agreement.id,
            team_id=agreement.team_id,
            referral_id=referral.id if referral else None,
            followup_id=followup.id,
            admitted_on=push.admitted_on,
            discharged_on=push.discharged_on,
            diagnosis=push.diagnosis.strip(),
            drugs=push.drugs.strip(),
            needs=push.needs.strip(),
            next_clinic_on=push.next_clinic_on,
            received_at=at,
            contact_by_on=followup.due_on,
        )
        session.add(row)
        session.flush()
        audit.record("discharge_received", row, by=by, at=at)
        if referral is not None:
            states.move(referral, S.DISCHARGED, by=by, at=at, due_at=None, followup_id=followup.id)
        if push.down_reason:
            row.referral_id = _send_down(session, referral, row, agreement, push.down_reason, policy, by, at).id
        lead = agreement.team.lead
        telling.tell_discharge(row, lead.id if lead else None, agreement.team.name, at, policy=policy)
    return row, True


def plan_contact(
    session: Session, agreement: Agreement, due_on: date, *, by: Actor, at: datetime, discharged_on: date | None = None
) -> FollowUp:
    """Plan the first contact after a hospital, in the caller's transaction; one planned for that day serves for both."""
    open_key = f"{agreement.resident_id}:{Programme.DISCHARGE}"
    enrolment = session.scalar(select(Enrolment).where(Enrolment.open_key == open_key).with_for_update(of=Enrolment))
    if enrolment is None:
        enrolment = Enrolment(
            resident_id=agreement.resident_id,
            team_id=agreement.team_id,
            programme=Programme.DISCHARGE,
            started_on=clock.local(at).date(),
            open_key=open_key,
        )
        session.add(enrolment)
        session.flush()
    if discharged_on is not None:
        _plan_second(session, enrolment, discharged_on, clock.local(at).date())
    planned = select(FollowUp).where(
        FollowUp.enrolment_id == enrolment.id, FollowUp.due_on == due_on, FollowUp.status == FollowUpStatus.PLANNED
    )
    taken = select(Discharge.id).where(Discharge.followup_id == FollowUp.id).exists()
    found = session.scalar(planned.where(~taken))
    if found is not None:
        return found
    followup = FollowUp(
        id=new_id(),
        enrolment_id=enrolment.id,
        resident_id=agreement.resident_id,
        team_id=agreement.team_id,
        programme=Programme.DISCHARGE,
        due_on=_free_day(session, enrolment.id, due_on),
        window_end_on=due_on,
    )
    followup.window_end_on = max(due_on, followup.due_on)
    session.add(followup)
    session.flush()
    states.born(followup, by=by, at=at)
    return followup


def _plan_second(session: Session, enrolment: Enrolment, discharged_on: date, today: date) -> None:
    """Let the windows after this discharge be planned, the first contact apart; those of an earlier one are over."""
    again = update(FollowUp).where(FollowUp.enrolment_id == enrolment.id, FollowUp.status != FollowUpStatus.PLANNED)
    session.execute(again.values(plan_key=None).execution_options(synchronize_session=False))
    enrolment.facts = {"discharged": discharged_on.isoformat(), "FIRST": discharged_on.isoformat()}
    enrolment.replan_on = today


def _free_day(session: Session, enrolment_id: str, due_on: date) -> date:
    """UNIQUE(enrolment, due day): a second discharge of the same week is contacted a day earlier."""
    taken = set(session.scalars(select(FollowUp.due_on).where(FollowUp.enrolment_id == enrolment_id)))
    return next(day for day in (due_on - timedelta(days=back) for back in range(400)) if day not in taken)


def _agreement(session: Session, resident: Resident | None) -> Agreement:
    if resident is None:
        raise NotUnderContract()
    agreement = session.scalar(
        select(Agreement).where(Agreement.active_key == resident.id).with_for_update(of=Agreement)
    )
    if agreement is None or not evidence.stands(agreement.id, "health_data"):
        raise NotUnderContract()
    return agreement


def _referral(session: Session, hospital: Hospital, resident: Resident) -> Referral | None:
    """The stay this discharge ends."""
    return session.scalar(
        select(Referral)
        .where(
            Referral.resident_id == resident.id,
            Referral.hospital_id == hospital.id,
            Referral.status == S.ADMITTED,
        )
        .order_by(Referral.id.desc())
        .limit(1)
    )


def _send_down(
    session: Session,
    referral: Referral | None,
    row: Discharge,
    agreement: Agreement,
    reason: str,
    policy: Policy,
    by: Actor,
    at: datetime,
) -> Referral:
    due_at = at + timedelta(days=policy.referral.down_accept_days)
    if referral is not None:
        down: dict[str, Any] = {"down_reason_code": reason, "down_summary": row.needs, "due_at": due_at}
        states.move(referral, S.DOWN_SENT, by=by, at=at, **down)
    else:
        referral = born_down(row, agreement, reason, due_at, at)
        session.add(referral)
        session.flush()
        states.born(referral, by=by, at=at)
    audit.record("referral_down_sent", referral, by=by, at=at)
    telling.tell_down(referral, at)
    return referral


def born_down(row: Discharge, agreement: Agreement, reason: str, due_at: datetime, at: datetime) -> Referral:
    """Return the referral of somebody the team had not sent: the hospital begins it."""
    return Referral(
        id=new_id(),
        number=number(at),
        direction=Direction.DOWN,
        status=S.DOWN_SENT,
        client_key=row.message_key,
        resident=row.resident,
        agreement_id=agreement.id,
        team=agreement.team,
        hospital=row.hospital,
        hospital_name=row.hospital.name,
        reason_code=reason,
        summary="",
        in_combination=True,
        referred_by_team=False,
        meets_standard=False,
        down_reason_code=reason,
        down_summary=row.needs,
        followup_id=row.followup_id,
        created_at=at,
        counted_on=clock.local(at).date(),
        due_at=due_at,
    )


def _same(known: Discharge, push: Push) -> Discharge:
    if known.body_sha256 != push.body_sha256:
        raise MessageKeyReused()
    return known


def _check(push: Push, policy: Policy) -> None:
    today = clock.today()
    if policy.referral.discharge_push == "off":
        raise DischargeNotWanted()
    if not today - timedelta(days=OLDEST_DAYS) <= push.discharged_on <= today:
        raise DischargeInvalid()
    if push.admitted_on is not None and push.admitted_on > push.discharged_on:
        raise DischargeInvalid()
    content = (push.diagnosis, push.needs)
    if policy.referral.discharge_push == "required" and not all(one.strip() for one in content):
        raise DischargeContentNeeded()
    if push.down_reason is not None and push.down_reason not in policy.referral.down_reasons:
        raise ReferralReasonInvalid()
