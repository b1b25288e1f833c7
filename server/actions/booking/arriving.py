"""The hospital's desk: who came, who did not, and what was a mistake."""

import hmac
from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.actions.booking import blocking
from server.actions.booking.refusals import CheckInCodeInvalid, CheckInWrongDay, CorrectionOver
from server.database import db, retried, transaction
from server.models import Appointment, AppointmentStatus, Hospital, MarkKind, Slot, audit, states
from server.models.actor import CLOCK, Actor
from server.policy.schema import Policy

A = AppointmentStatus


def appointment_of(code: str) -> Appointment:
    """Return the appointment whose code was scanned. Raises CheckInCodeInvalid."""
    found = db.session.get(Appointment, code.strip().partition(".")[0])
    if found is None or not hmac.compare_digest(found.check_in_code.encode(), code.strip().encode()):
        raise CheckInCodeInvalid()
    return found


@retried
def check_in(appointment: Appointment, *, by: Actor) -> Appointment:
    """Write down that somebody came (取号), on the day of his visit; twice is once.

    Raises:
        CheckInWrongDay, states.IllegalMove, states.StaleState.
    """
    at = clock.now()
    with transaction():
        if appointment.status == A.CHECKED_IN:
            return appointment
        if clock.local(appointment.slot.starts_at).date() != clock.local(at).date():
            raise CheckInWrongDay()
        states.move(appointment, A.CHECKED_IN, by=by, at=at)
        audit.record("appointment_checked_in", appointment, by=by, at=at)
    return appointment


@retried
def seen(appointment: Appointment, *, by: Actor) -> Appointment:
    """Write down that the visit took place; twice is once. Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction():
        if appointment.status == A.DONE:
            return appointment
        if appointment.status != A.CHECKED_IN:
            raise states.IllegalMove(old=str(appointment.status), new=str(A.DONE))
        states.move(appointment, A.DONE, by=by, at=at)
        audit.record("appointment_seen", appointment, by=by, at=at)
    return appointment


@retried
def mark_no_show_next(policy: Policy) -> bool:
    """Mark one visit nobody came to, some minutes after its session, where the hospital records who comes.

    Returns:
        Whether there was one.
    Source:
        domain.md §5.2; policy key booking.no_show_after_minutes.
    """
    at = clock.now()
    over = at - timedelta(minutes=policy.booking.no_show_after_minutes)
    with transaction() as session:
        found = session.scalar(
            select(Appointment)
            .join(Slot, Slot.id == Appointment.slot_id)
            .join(Hospital, Hospital.id == Slot.hospital_id)
            .where(Appointment.status == A.BOOKED, Hospital.checks_in, Slot.ends_at <= over)
            .order_by(Appointment.id)
            .limit(1)
        )
        if found is None:
            return False
        states.move(found, A.NO_SHOW, by=CLOCK, at=at)
        blocking.mark(session, found, MarkKind.NO_SHOW, policy=policy, at=at)
    return True


@retried
def correct_no_show(appointment: Appointment, reason: str, *, policy: Policy, by: Actor) -> Appointment:
    """He was there after all: the visit no longer counts, and a pause that rests on it ends.

    Raises:
        CorrectionOver, states.IllegalMove, states.StaleState.
    Source:
        domain.md §5.2; policy key booking.no_show_correct_days.
    """
    at = clock.now()
    with transaction() as session:
        if at > appointment.slot.ends_at + timedelta(days=policy.booking.no_show_correct_days):
            raise CorrectionOver()
        states.move(appointment, A.DONE, by=by, at=at, reason=reason[:255])
        blocking.void(session, appointment.id, reason, rules=policy.booking, by=by, at=at)
        audit.record("no_show_corrected", appointment, by=by, at=at)
    return appointment
