"""Where a hospital must acknowledge: a booking is shown as waiting until it did."""

from server import clock
from server.actions.booking import places
from server.actions.booking.telling import tell_booked, tell_cancelled
from server.database import retried, transaction
from server.models import Agreement, Appointment, AppointmentStatus, audit, states, waiting
from server.models import appointment as appointments
from server.models.actor import Actor

A = AppointmentStatus


@retried
def acknowledge(appointment: Appointment, *, by: Actor) -> Appointment:
    """The hospital says yes; saying it twice is saying it once. Raises states.IllegalMove, states.StaleState."""
    at = clock.now()
    with transaction() as session:
        if appointment.status == A.BOOKED:
            return appointment
        states.move(appointment, A.BOOKED, by=by, at=at)
        audit.record("appointment_acknowledged", appointment, by=by, at=at)
        tell_booked(appointment, session.get_one(Agreement, appointment.agreement_id).team_id, at)
    return appointment


@retried
def turn_down(appointment: Appointment, reason: str, *, by: Actor) -> Appointment:
    """The hospital says no: the place goes back, and the resident is told. Raises states.IllegalMove, StaleState."""
    at = clock.now()
    with transaction() as session:
        if appointment.status == A.CANCELLED:
            return appointment
        places.lock_of(session, appointment)
        if appointment.status != A.PENDING:
            raise states.IllegalMove(old=str(appointment.status), new=str(A.CANCELLED))
        appointments.give_back(appointment, by=by, at=at, reason=reason)
        if appointment.waiting_id:
            waiting.turned_down(appointment.waiting_id, by=by, at=at)
        audit.record("appointment_turned_down", appointment, by=by, at=at)
        tell_cancelled(appointment, at)
    return appointment
