"""Writing a referral, and sending it off with the patient's consent and, where there is one, a number."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import claiming, persons, places
from server.actions.booking.claiming import Origin
from server.actions.booking.referring import telling
from server.actions.booking.referring.refusals import (
    OtherHospitalsSlot,
    OutsideReasonNeeded,
    PatientConsentMissing,
    ReferralOpen,
    ReferralReasonInvalid,
    ReferralTextChanged,
    SummaryNeeded,
    VerbalConsentNotAllowed,
)
from server.database import db, retried, transaction
from server.errors import NotFound
from server.ids import new_id
from server.models import (
    Agreement,
    Appointment,
    AppointmentStatus,
    Channel,
    Department,
    Direction,
    Hospital,
    Referral,
    ReferralStatus,
    Resident,
    Slot,
    Staff,
    TeamSupport,
    audit,
    evidence,
    states,
)
from server.models.actor import Actor
from server.policy import referring as rules
from server.policy.schema import Policy

S = ReferralStatus


@dataclass(frozen=True)
class Plan:
    """Where somebody is sent, and why. ``client_id`` comes from the phone and makes a double tap one referral."""

    client_id: str
    hospital_id: str
    reason_code: str
    summary: str
    department_id: str | None = None
    is_urgent: bool = False
    outside_reason: str = ""
    slot_id: str | None = None


@dataclass(frozen=True)
class Consent:
    """How the patient agreed: his drawn signature, or his word, heard by the doctor."""

    method: Literal["signature", "verbal"]
    text_sha256: str
    proof: str


def in_combination(team_id: str, hospital: Hospital, policy: Policy) -> bool:
    """Tell whether a hospital stands behind a team ("3+2+X"), or guides the whole region (QJ 四)."""
    if hospital.name in policy.combination.guidance_hospitals:
        return True
    named = select(TeamSupport.id).where(TeamSupport.team_id == team_id, TeamSupport.institution == hospital.name)
    return db.session.scalar(named.limit(1)) is not None


def words_for(hospital_name: str, team_name: str) -> tuple[str, str]:
    """Return what the patient agrees to, and its SHA-256."""
    words = rules.consent_words(hospital_name, team_name)
    return words, hashlib.sha256(words.encode()).hexdigest()


def refer(
    resident: Resident, plan: Plan, consent: Consent | None, *, staff: Staff, policy: Policy, by: Actor
) -> tuple[Referral, bool]:
    """Send a resident to a hospital; the number is claimed in the same transaction.

    Args:
        consent: None: it waits as a draft, the number held for a while, until he agrees in the mini-program.
    Returns:
        The referral, and whether it is new: the same ``client_id`` refers once.
    Raises:
        NoActiveAgreement, SharingNotAllowed, ReferralReasonInvalid, SummaryNeeded, OutsideReasonNeeded, ReferralOpen,
        VerbalConsentNotAllowed, ReferralTextChanged, PatientConsentMissing, OtherHospitalsSlot, NotFound, and what
        ``claim`` raises.
    Source:
        domain.md §5.4; policy part referral.
    """
    key = f"{staff.id}:{hashlib.sha256(plan.client_id.encode()).hexdigest()[:48]}"
    try:
        return _refer(resident, plan, consent, key, staff=staff, policy=policy, by=by)
    except IntegrityError as cause:
        known = db.session.scalar(select(Referral).where(Referral.client_key == key))
        if known is None:
            raise ReferralOpen() from cause
        return known, False


@retried
def _refer(
    resident: Resident, plan: Plan, consent: Consent | None, key: str, *, staff: Staff, policy: Policy, by: Actor
) -> tuple[Referral, bool]:
    at = clock.now()
    with transaction() as session:
        agreement = persons.agreement_of(session, resident, policy)
        known = session.scalar(select(Referral).where(Referral.client_key == key))
        if known is not None:
            return known, False
        persons.check_consent(agreement)
        hospital, department = _target(session, plan)
        is_in = in_combination(agreement.team_id, hospital, policy)
        _check(plan, is_in, policy)
        referral = Referral(
            id=new_id(),
            number=number(at),
            direction=Direction.UP,
            status=S.DRAFT,
            open_key=f"{resident.id}:{hospital.id}",
            client_key=key,
            is_urgent=plan.is_urgent,
            resident=resident,
            agreement_id=agreement.id,
            team=agreement.team,
            hospital=hospital,
            hospital_name=hospital.name,
            department=department,
            staff_id=staff.id,
            reason_code=plan.reason_code,
            summary=plan.summary.strip(),
            in_combination=is_in,
            outside_reason=None if is_in else plan.outside_reason.strip(),
            referred_by_team=True,
            meets_standard=rules.meets_standard(
                plan.reason_code, policy.referral, in_combination=is_in, outside_reason=plan.outside_reason
            ),
            created_at=at,
            counted_on=clock.local(at).date(),
        )
        session.add(referral)
        session.flush()
        states.born(referral, by=by, at=at)
        audit.record("referral_written", referral, by=by, at=at)
        if consent is None:
            if plan.slot_id:
                minutes = policy.referral.consent_hold_minutes
                claim(session, referral, plan.slot_id, hold_for=timedelta(minutes=minutes), policy=policy, by=by, at=at)
            telling.tell_resident("referral_consent", referral, at)
        else:
            _check_consent(referral, consent, policy)
            if plan.slot_id:
                claim(session, referral, plan.slot_id, policy=policy, by=by, at=at)
            _send(session, referral, agreement, consent.method, consent.text_sha256, consent.proof, policy, by, at)
    return referral, True


@retried
def agree(referral: Referral, text_sha256: str, *, policy: Policy, by: Actor) -> Referral:
    """The patient says yes in the mini-program: it goes to the hospital, and a number held for him is his.

    Agreeing twice is agreeing once.

    Raises:
        ReferralTextChanged, NoActiveAgreement, SharingNotAllowed, states.IllegalMove, states.StaleState.
    """
    at = clock.now()
    with transaction() as session:
        if referral.status != S.DRAFT and referral.consent_method == "app":
            return referral
        agreement = persons.agreement_of(session, referral.resident, policy)
        persons.check_consent(agreement)
        if text_sha256 != words_for(referral.hospital_name, referral.team.name)[1]:
            raise ReferralTextChanged()
        held = referral.appointment
        if held is not None:
            places.lock_of(session, held)
            if held.status == AppointmentStatus.HELD and held.expires_at and held.expires_at > at:
                claiming.settle(held, agreement, by=by, at=at)
        _send(session, referral, agreement, "app", text_sha256, "", policy, by, at)
    return referral


def claim(
    session: Session,
    referral: Referral,
    slot_id: str,
    *,
    hold_for: timedelta | None = None,
    policy: Policy,
    by: Actor,
    at: datetime,
) -> Appointment:
    """Give a referral its number in the caller's transaction. Raises OtherHospitalsSlot and what ``claim`` raises."""
    owner = session.scalar(select(Slot.hospital_id).where(Slot.id == slot_id))
    if owner is None:
        raise NotFound()
    if owner != referral.hospital_id:
        raise OtherHospitalsSlot()
    origin = Origin(channel=Channel.REFERRAL, referral_id=referral.id)
    appointment, _ = claiming.claim(
        session,
        slot_id,
        referral.resident,
        is_hold=hold_for is not None,
        hold_for=hold_for,
        origin=origin,
        policy=policy,
        by=by,
        at=at,
    )
    referral.appointment = appointment
    session.flush()
    return appointment


def number(at: datetime) -> str:
    """Return a new referral's number."""
    return f"ZZ{clock.local(at):%y%m%d}{new_id()[-8:]}"


def _target(session: Session, plan: Plan) -> tuple[Hospital, Department | None]:
    hospital = session.get(Hospital, plan.hospital_id)
    department = session.get(Department, plan.department_id) if plan.department_id else None
    if hospital is None or (plan.department_id and (department is None or department.hospital_id != hospital.id)):
        raise NotFound("没有找到这家医院或科室，请返回重新选择")
    return hospital, department


def _check(plan: Plan, is_in: bool, policy: Policy) -> None:
    if plan.reason_code not in policy.referral.up_reasons:
        raise ReferralReasonInvalid()
    if not plan.summary.strip():
        raise SummaryNeeded()
    if not is_in and not plan.outside_reason.strip():
        raise OutsideReasonNeeded()


def _check_consent(referral: Referral, consent: Consent, policy: Policy) -> None:
    if consent.text_sha256 != words_for(referral.hospital_name, referral.team.name)[1]:
        raise ReferralTextChanged()
    if not consent.proof.strip():
        raise PatientConsentMissing()
    if consent.method == "signature" and not consent.proof.startswith("data:image/png;base64,"):
        raise PatientConsentMissing()
    allowed = policy.referral.verbal_consent
    if consent.method == "verbal" and (allowed == "never" or (allowed == "urgent" and not referral.is_urgent)):
        raise VerbalConsentNotAllowed()


def _send(
    session: Session,
    referral: Referral,
    agreement: Agreement,
    method: str,
    text_sha256: str,
    proof: str,
    policy: Policy,
    by: Actor,
    at: datetime,
) -> None:
    """Submit, with the consent written into the chain of evidence of his agreement."""
    states.move(
        referral,
        S.SUBMITTED,
        by=by,
        at=at,
        consent_method=method,
        consent_at=at,
        consent_by=by.id,
        consent_text_sha256=text_sha256,
        consent_evidence=proof or None,
        submitted_at=at,
        due_at=rules.answer_by(at, policy.referral, urgent=referral.is_urgent),
        expires_at=rules.ends_at(at, policy.referral),
    )
    facts = {
        "referral": referral.id,
        "text": text_sha256,
        "method": method,
        "proof": evidence.sha256(proof),
        "actor": {"kind": by.kind, "id": by.id},
    }
    evidence.append(evidence.package_for(agreement, at=at), evidence.EntryKind.REFERRAL, facts, at=at)
    audit.record("referral_submitted", referral, by=by, at=at)
    telling.hush(referral, "referral_consent")
