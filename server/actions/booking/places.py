"""Places of a slot: taken and given back in the caller's transaction. Nothing else writes the counters."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.actions.booking import rules
from server.actions.booking.refusals import SlotFull
from server.errors import NotFound
from server.models import Appointment, Pool, Slot, SlotStatus
from server.models.appointment import WITHOUT_PLACE
from server.models.states import StaleState
from server.policy.schema import Policy


def take(session: Session, slot_id: str, pool: Pool, at: datetime, *, policy: Policy) -> Slot:
    """Take one place, decided by one conditional UPDATE: safe under any number of simultaneous callers.

    Returns:
        The slot as it is now, its row locked until the caller's transaction ends.
    Raises:
        SlotFull, SlotClosed, SlotPast, SlotTooFar, NotFound.
    """
    taken, capacity = (
        (Slot.fd_taken, Slot.fd_capacity) if pool == Pool.FAMILY_DOCTOR else (Slot.public_taken, Slot.public_capacity)
    )
    statement = (
        update(Slot)
        .where(Slot.id == slot_id, Slot.status == SlotStatus.OPEN, taken < capacity, Slot.starts_at > at)
        .values({taken: taken + 1})
        .execution_options(synchronize_session=False)
    )
    is_taken = session.execute(statement).rowcount == 1  # type: ignore[attr-defined]
    slot = session.get(Slot, slot_id, populate_existing=True)
    if slot is None:
        raise NotFound()
    refusal = rules.why_not(slot, policy, at, pool)
    if not is_taken:
        raise (refusal or SlotFull)()
    if refusal not in (None, SlotFull):  # full is what this very booking may have made it
        raise refusal()
    return slot


def lock(session: Session, *slot_ids: str) -> None:
    """Lock slots in one order, so that two who swap do not wait for each other."""
    for slot_id in sorted(set(slot_ids)):
        session.scalar(select(Slot.id).where(Slot.id == slot_id).with_for_update())


def lock_of(session: Session, appointment: Appointment) -> None:
    """Lock the slot of an appointment and look at it again. Raises StaleState when it moved away meanwhile."""
    slot_id = appointment.slot_id
    lock(session, slot_id)
    session.refresh(appointment)
    if appointment.slot_id != slot_id:
        raise StaleState()


def free_number(session: Session, slot: Slot) -> int:
    """Return the smallest free number to wait under; the slot's row is locked, and UNIQUE stands behind it."""
    used = select(Appointment.number).where(
        Appointment.slot_id == slot.id, Appointment.status.not_in([str(status) for status in WITHOUT_PLACE])
    )
    taken = set(session.scalars(used))
    return next(number for number in range(1, slot.capacity + 1) if number not in taken)
