"""The hospital's answer: a number or a bed, or a reason why not."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import persons, places
from server.actions.booking.referring import drafting, telling
from server.actions.booking.referring.refusals import BedDayInvalid, PlaceNeeded, RejectReasonInvalid
from server.actions.booking.telling import tell_booked, tell_cancelled
from server.database import retried, transaction
from server.models import Appointment, AppointmentStatus, Referral, ReferralStatus, audit, states
from server.models import appointment as appointments
from server.models.actor import Actor
from server.models.referral import REJECT_LABELS
from server.policy.schema import Policy

A, S = AppointmentStatus, ReferralStatus
ALIVE = (A.HELD, A.PENDING, A.BOOKED)
BED_DAYS_AHEAD = 92


@dataclass(frozen=True)
class Place:
    """What the hospital gives: a number, or a bed from a day on; neither keeps the number the doctor chose."""

    slot_id: str | None = None
    bed: str = ""
    bed_on: date | None = None


@retried
def accept(referral: Referral, place: Place, *, policy: Policy, by: Actor) -> Referral:
    """Take somebody in: his number is claimed, or his bed noted, in the same transaction. Twice is once.

    Raises:
        PlaceNeeded, BedDayInvalid, OtherHospitalsSlot, states.IllegalMove, states.StaleState, and what ``claim`` raises.
    """
    at = clock.now()
    with transaction() as session:
        if referral.status == S.ACCEPTED:
            return referral
        states_ok(referral, S.ACCEPTED)
        chosen = _number(session, referral, place, policy=policy, by=by, at=at)
        bed = place.bed.strip() or None
        if bed and not _is_bed_day(place.bed_on, clock.local(at).date()):
            raise BedDayInvalid()
        if chosen is None and bed is None:
            raise PlaceNeeded()
        day = _day_of(chosen, place.bed_on if bed else None)
        until = clock.midnight(day + timedelta(days=policy.referral.not_attended_days + 1))
        states.move(
            referral,
            S.ACCEPTED,
            by=by,
            at=at,
            appointment_id=chosen.id if chosen else None,
            bed=bed,
            bed_on=place.bed_on if bed else None,
            answered_at=at,
            answered_by=by.id,
            due_at=until,
        )
        audit.record("referral_accepted", referral, by=by, at=at)
        telling.tell_resident("referral_answered", referral, at, key=":accepted", result="医院已接收")
        telling.tell_team("referral_answered_for_team", referral, at, key=":accepted", result="医院已接收")
    return referral


@retried
def reject(referral: Referral, code: str, note: str, *, by: Actor) -> Referral:
    """Say no, with a reason the team reads; a number that was chosen goes back. Twice is once.

    Raises:
        RejectReasonInvalid, states.IllegalMove, states.StaleState.
    """
    if code not in REJECT_LABELS or (code == "other" and not note.strip()):
        raise RejectReasonInvalid()
    at = clock.now()
    with transaction() as session:
        if referral.status == S.REJECTED:
            return referral
        states_ok(referral, S.REJECTED)
        give_back(session, referral, by=by, at=at)
        states.move(
            referral,
            S.REJECTED,
            by=by,
            at=at,
            reason=code,
            reject_code=code,
            reject_note=note.strip() or None,
            answered_at=at,
            answered_by=by.id,
            due_at=None,
            open_key=None,
        )
        audit.record("referral_rejected", referral, by=by, at=at)
        telling.tell_resident("referral_answered", referral, at, key=":rejected", result="医院未接收")
        telling.tell_team("referral_answered_for_team", referral, at, key=":rejected", result="医院未接收")
    return referral


def states_ok(referral: Referral, to: ReferralStatus) -> None:
    """Refuse early what has no arrow, before anything is locked. Raises states.IllegalMove."""
    if to not in Referral.MOVES[S(referral.status)]:
        raise states.IllegalMove(old=str(referral.status), new=str(to))


def give_back(session: Session, referral: Referral, *, by: Actor, at: datetime) -> None:
    """Free the number of a referral that comes to nothing, in the caller's transaction."""
    chosen = referral.appointment
    if chosen is None:
        return
    places.lock_of(session, chosen)
    if chosen.status in ALIVE:
        was_told = chosen.status != A.HELD
        appointments.give_back(chosen, by=by, at=at, reason="referral")
        if was_told:
            tell_cancelled(chosen, at)


def _number(
    session: Session, referral: Referral, place: Place, *, policy: Policy, by: Actor, at: datetime
) -> Appointment | None:
    """Return the number he goes with: a new one, or the one his doctor chose if that is still his."""
    agreement = persons.agreement_of(session, referral.resident, policy)
    before = referral.appointment
    if place.slot_id and (before is None or before.slot_id != place.slot_id or before.status not in ALIVE):
        give_back(session, referral, by=by, at=at)
        drafting.claim(session, referral, place.slot_id, policy=policy, by=by, at=at)
    chosen = referral.appointment
    if chosen is None or chosen.status not in ALIVE:
        return None
    places.lock_of(session, chosen)
    if chosen.status == A.PENDING:  # the desk's word is the hospital's
        states.move(chosen, A.BOOKED, by=by, at=at)
        tell_booked(chosen, agreement.team_id, at)
    return chosen if chosen.status == A.BOOKED else None


def _is_bed_day(day: date | None, today: date) -> bool:
    return day is not None and today <= day <= today + timedelta(days=BED_DAYS_AHEAD)


def _day_of(chosen: Appointment | None, bed_on: date | None) -> date:
    days = [day for day in (clock.local(chosen.slot.starts_at).date() if chosen else None, bed_on) if day]
    return max(days)
