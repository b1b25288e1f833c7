"""Choosing another time (改约): the old place is given up in the same transaction in which the new one is taken."""

from datetime import datetime

from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import persons, places, rules
from server.actions.booking.claiming import first_status
from server.actions.booking.refusals import CancelTooLate, MoveNeedsHospital, SameSlot, SlotClosed, SlotFull
from server.actions.booking.telling import hush, tell_booked
from server.database import retried, transaction
from server.models import Appointment, AppointmentStatus, Channel, Pool, Slot, audit, states
from server.models.actor import Actor
from server.models.appointment import free_place
from server.models.slot import freed
from server.policy.schema import Policy

A = AppointmentStatus
MOVED = "moved"


@retried
def reschedule(appointment: Appointment, slot_id: str, *, policy: Policy, by: Actor) -> Appointment:
    """Move an appointment to another slot, in its own row: whatever fails, the old place stays.

    A suspended one is moved without regard to the deadline: its clinic does not take place.

    Raises:
        CancelTooLate, SameSlot, MoveNeedsHospital, states.IllegalMove, states.StaleState, and as ``reserve``.
    """
    at = clock.now()
    with transaction() as session:
        agreement = persons.agreement_of(session, appointment.resident, policy)
        places.lock(session, appointment.slot_id, slot_id)
        session.refresh(appointment)
        if appointment.status not in (A.BOOKED, A.SUSPENDED):
            raise states.IllegalMove(old=str(appointment.status), new=str(A.BOOKED))
        old_slot_id, old_pool, has_place = (
            appointment.slot_id,
            Pool(appointment.pool),
            appointment.active_key is not None,
        )
        if has_place and old_slot_id == slot_id:
            raise SameSlot()
        if has_place and at >= rules.cancels_until(appointment.slot, policy):
            raise CancelTooLate()
        persons.check_consent(agreement)
        pool, slot = _take(session, slot_id, appointment, policy, at)
        to = first_status(slot)
        if has_place and to == A.PENDING:
            raise MoveNeedsHospital()
        channel = Channel(appointment.channel)
        persons.check(session, appointment.resident, slot, channel, policy=policy, but=appointment.id)
        number = places.free_number(session, slot)
        states.move(
            appointment,
            to,
            by=by,
            at=at,
            reason=f"{MOVED}:{old_slot_id}",
            slot_id=slot.id,
            pool=pool,
            active_key=f"{slot.id}:{appointment.resident_id}",
            number=number,
            number_key=f"{slot.id}:{number}",
            sequence=Appointment.sequence + 1,
            booked_at=at,
            cancelled_at=None,
            agreement_id=agreement.id,
        )
        if has_place:
            free_place(old_slot_id, old_pool)
            freed(old_slot_id, old_pool, MOVED, at)
        hush(appointment)
        audit.record("appointment_moved", appointment, by=by, at=at)
        if to == A.BOOKED:
            tell_booked(appointment, agreement.team_id, at)
    return appointment


def _take(session: Session, slot_id: str, appointment: Appointment, policy: Policy, at: datetime) -> tuple[Pool, Slot]:
    """Take the new place; whose clinic was called off goes before others: a public number may be his, too (§5.2)."""
    try:
        return Pool.FAMILY_DOCTOR, places.take(session, slot_id, Pool.FAMILY_DOCTOR, at, policy=policy)
    except (SlotFull, SlotClosed):
        if appointment.status != A.SUSPENDED:
            raise
        return Pool.PUBLIC, places.take(session, slot_id, Pool.PUBLIC, at, policy=policy)
