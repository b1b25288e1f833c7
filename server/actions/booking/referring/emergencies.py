"""Emergencies admitted directly: announced, and registered afterwards, in time or late (CYS annex 2 三（一）2)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import refusals
from server.actions.booking.referring import telling
from server.actions.booking.referring.drafting import number
from server.actions.booking.referring.refusals import EmergencyInvalid
from server.database import db, retried, transaction
from server.ids import new_id
from server.models import (
    Agreement,
    Direction,
    Hospital,
    Referral,
    ReferralStatus,
    Resident,
    audit,
    prescription,
    states,
)
from server.models.actor import Actor
from server.policy import referring as rules
from server.policy.schema import Policy

S = ReferralStatus
OLDEST = timedelta(days=30)


@dataclass(frozen=True)
class Emergency:
    """What is reported: hospital, time and diagnosis are the evidence, and who reported it."""

    client_id: str
    hospital_name: str
    admitted_at: datetime
    diagnosis: str = ""
    caller: str = ""
    caller_phone: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether it can stand as a registration."""
        return all(one.strip() for one in (self.diagnosis, self.caller, self.caller_phone))


def report(resident: Resident, told: Emergency, *, policy: Policy, by: Actor) -> tuple[Referral, bool]:
    """Write down that somebody was admitted directly. Complete, it is the registration; else the clock runs (N-27).

    A registration after the limit is kept all the same, without the benefits.

    Returns:
        The referral, and whether it is new: the same ``client_id`` reports once.
    Raises:
        EmergencyInvalid, NoActiveAgreement.
    Source:
        policy keys referral.retro_registration_hours, referral.retro_late.
    """
    key = f"{resident.id}:{hashlib.sha256(told.client_id.encode()).hexdigest()[:48]}"
    try:
        return _report(resident, told, key, policy=policy, by=by)
    except IntegrityError:
        known = db.session.scalar(select(Referral).where(Referral.client_key == key))
        if known is None:
            raise
        return known, False


@retried
def _report(resident: Resident, told: Emergency, key: str, *, policy: Policy, by: Actor) -> tuple[Referral, bool]:
    at = clock.now()
    _check(told, at)
    with transaction() as session:
        agreement = session.scalar(
            select(Agreement).where(Agreement.active_key == resident.id).with_for_update(of=Agreement)
        )
        if agreement is None:
            raise refusals.NoActiveAgreement()
        known = session.scalar(select(Referral).where(Referral.client_key == key))
        if known is not None:
            return known, False
        hospital = session.scalar(select(Hospital).where(Hospital.name == told.hospital_name.strip()))
        until = rules.retro_by(told.admitted_at, policy.referral)
        complete = told.is_complete
        registered = at.replace(microsecond=0) if complete else None
        referral = Referral(
            id=new_id(),
            number=number(at),
            direction=Direction.UP,
            status=S.ADMITTED,
            client_key=key,
            is_urgent=True,
            resident=resident,
            agreement_id=agreement.id,
            team=agreement.team,
            hospital=hospital,
            hospital_name=told.hospital_name.strip(),
            reason_code="emergency",
            summary="",
            in_combination=True,
            referred_by_team=False,
            meets_standard=False,
            admitted_at=told.admitted_at.replace(microsecond=0),
            retro_due_at=until,
            retro_registered_at=registered,
            retro_in_time=rules.is_in_time(registered, until) if registered else None,
            retro_diagnosis=told.diagnosis.strip() or None,
            retro_caller=_caller(told) or None,
            created_at=at,
            counted_on=clock.local(at).date(),
            due_at=None if complete else until,
        )
        session.add(referral)
        session.flush()
        states.born(referral, by=by, at=at)
        prescription.stop_all(resident.id, "admitted", by=by, at=at)
        audit.record("emergency_registered" if complete else "emergency_announced", referral, by=by, at=at)
        if complete:
            _tell(referral, at)
        else:
            telling.tell_retro(referral, at, policy=policy)
    return referral, True


@retried
def register(referral: Referral, diagnosis: str, caller: str, caller_phone: str, *, by: Actor) -> Referral:
    """Complete the formalities of an emergency that was announced; the second decides. Twice is once.

    Raises:
        EmergencyInvalid: something is missing, or nothing has to be registered.
    """
    if not (diagnosis.strip() and caller.strip() and caller_phone.strip()) or referral.referred_by_team:
        raise EmergencyInvalid()
    at = clock.now()
    with transaction() as session:
        registered = at.replace(microsecond=0)
        if _claim(session, referral, registered):
            session.refresh(referral)
            referral.retro_diagnosis = diagnosis.strip()
            referral.retro_caller = f"{caller.strip()} {caller_phone.strip()}"
            audit.record("emergency_registered", referral, by=by, at=at)
            telling.hush(referral, "retro_running", "retro_running_for_team")
            _tell(referral, at)
        else:
            session.refresh(referral)
    return referral


def _claim(session: Session, referral: Referral, registered: datetime) -> bool:
    """Write the second of registration, once: what comes later changes nothing."""
    judged = rules.is_in_time(registered, referral.retro_due_at)
    statement = (
        update(Referral)
        .where(Referral.id == referral.id, Referral.retro_registered_at.is_(None))
        .values(retro_registered_at=registered, retro_in_time=judged, due_at=None)
        .execution_options(synchronize_session=False)
    )
    return session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _tell(referral: Referral, at: datetime) -> None:
    result = "已登记，未按时" if referral.retro_in_time is False else "已登记"
    telling.tell_resident("referral_answered", referral, at, key=":registered", result=result)


def _caller(told: Emergency) -> str:
    return " ".join(one.strip() for one in (told.caller, told.caller_phone) if one.strip())


def _check(told: Emergency, at: datetime) -> None:
    if not told.hospital_name.strip() or told.admitted_at > at or told.admitted_at < at - OLDEST:
        raise EmergencyInvalid()
