"""Giving a place back, in time or late."""

from sqlalchemy import select

from server import clock
from server.actions.booking import blocking, places, rules
from server.actions.booking.refusals import CancelTooLate
from server.actions.booking.telling import hush, tell_cancelled, tell_offer_over
from server.database import retried, transaction
from server.models import Appointment, AppointmentStatus, audit, states
from server.models import appointment as appointments
from server.models.actor import CLOCK, Actor
from server.policy.schema import Policy

A = AppointmentStatus
ENDED = (A.CANCELLED, A.LATE_CANCELLED)


@retried
def cancel(appointment: Appointment, *, policy: Policy, by: Actor, late: bool = False, reason: str = "") -> Appointment:
    """Cancel an appointment and give its place back, before the deadline; cancelling twice is cancelling once.

    Args:
        late: the resident was told that it is late and that this is written down: after the deadline, and before the
            session begins, the number is void (LATE_CANCELLED).
    Raises:
        CancelTooLate, states.IllegalMove, states.StaleState.
    Source:
        domain.md §5.2; policy key booking.cancel_day_before_at.
    """
    at = clock.now()
    with transaction() as session:
        if appointment.status in ENDED:
            return appointment
        # the slot's row first, then the appointment: the same order as when a place is taken
        places.lock_of(session, appointment)
        if appointment.status in ENDED:
            return appointment
        slot, is_free = appointment.slot, appointment.status in (A.HELD, A.SUSPENDED)
        if is_free or at < rules.cancels_until(slot, policy):
            appointments.give_back(appointment, by=by, at=at, reason=reason)
        elif late and at < slot.starts_at:
            states.move(appointment, A.LATE_CANCELLED, by=by, at=at, reason=reason, cancelled_at=at)
            blocking.note_late_cancel(session, appointment, policy=policy, at=at)
        else:
            raise CancelTooLate()
        session.refresh(slot)
        audit.record("appointment_cancelled", appointment, by=by, at=at)
        if is_free:
            hush(appointment)
        else:
            tell_cancelled(appointment, at)
    return appointment


@retried
def expire_holds_next() -> bool:
    """Give back one place that was held and not confirmed in time. Returns whether there was one."""
    at = clock.now()
    with transaction() as session:
        found = session.scalar(
            select(Appointment)
            .where(Appointment.status == A.HELD, Appointment.expires_at <= at)
            .order_by(Appointment.expires_at)
            .limit(1)
        )
        if found is None:
            return False
        places.lock_of(session, found)
        if found.status == A.HELD:  # else it was confirmed while we waited for the slot
            appointments.give_back(found, A.EXPIRED, by=CLOCK, at=at)
            if found.waiting_id:
                tell_offer_over(found, at)
    return True
