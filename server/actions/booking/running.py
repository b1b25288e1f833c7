"""What the calendar does to slots and appointments."""

from sqlalchemy import select, update

from server import clock
from server.database import retried, transaction
from server.models import Appointment, AppointmentStatus, Hospital, Slot, audit, states
from server.models.actor import CLOCK

A = AppointmentStatus


@retried
def release_next() -> bool:
    """Give the unused family-doctor numbers of one slot to the public when their time has come (domain.md §5.2).

    Returns:
        Whether there was one.
    """
    at = clock.now()
    with transaction() as session:
        slot = session.scalar(
            select(Slot)
            .where(Slot.released_at.is_(None), Slot.release_at <= at)
            .order_by(Slot.release_at)
            .limit(1)
            .with_for_update(of=Slot)
        )
        if slot is None:
            return False
        unused = Slot.fd_capacity - Slot.fd_taken
        # in this order: MySQL reads a column's new value once it is set
        statement = update(Slot).where(Slot.id == slot.id, Slot.released_at.is_(None))
        moved = statement.ordered_values(
            (Slot.public_capacity, Slot.public_capacity + unused),
            (Slot.given_over, Slot.given_over + unused),
            (Slot.fd_capacity, Slot.fd_taken),
            (Slot.released_at, at),
        )
        session.execute(moved.execution_options(synchronize_session=False))
        had_some = slot.fd_capacity > 0
        session.refresh(slot)
        if had_some:
            audit.record("slot_released", slot, by=CLOCK, at=at)
    return True


@retried
def finish_next() -> bool:
    """Close one appointment whose session is over: whoever checked in, and everybody where nobody checks in."""
    at = clock.now()
    with transaction() as session:
        appointment = session.scalar(
            select(Appointment)
            .join(Slot, Slot.id == Appointment.slot_id)
            .join(Hospital, Hospital.id == Slot.hospital_id)
            .where(
                (Appointment.status == A.CHECKED_IN) | ((Appointment.status == A.BOOKED) & ~Hospital.checks_in),
                Slot.ends_at <= at,
            )
            .order_by(Appointment.id)
            .limit(1)
        )
        if appointment is None:
            return False
        states.move(appointment, A.DONE, by=CLOCK, at=at)
    return True
