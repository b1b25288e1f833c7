"""Places of a slot: taken and given back in the caller's transaction. Nothing else writes the counters."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from server.actions.booking import rules
from server.actions.booking.refusals import SlotFull
from server.database import plain
from server.errors import NotFound
from server.models import Appointment, Pool, Slot, SlotStatus
from server.models.appointment import WITHOUT_PLACE
from server.models.states import StaleState
from server.policy.schema import Policy

# Built once: booking is where many people come at the same moment (performance.md §1e).
_SLOT, _APPOINTMENT = plain(Slot), plain(Appointment)


def _taking(taken: Any, capacity: Any) -> Any:
    return (
        update(_SLOT)
        .where(
            _SLOT.c.id == bindparam("slot_id"),
            _SLOT.c.status == SlotStatus.OPEN,
            taken < capacity,
            _SLOT.c.starts_at > bindparam("now"),
        )
        .values({taken.key: taken + 1})
    )


_TAKE = {
    Pool.FAMILY_DOCTOR: _taking(_SLOT.c.fd_taken, _SLOT.c.fd_capacity),
    Pool.PUBLIC: _taking(_SLOT.c.public_taken, _SLOT.c.public_capacity),
}
_NUMBERS = select(func.count(), func.max(_APPOINTMENT.c.number)).where(
    _APPOINTMENT.c.slot_id == bindparam("slot_id"),
    _APPOINTMENT.c.status.not_in([str(status) for status in WITHOUT_PLACE]),
)


def take(session: Session, slot_id: str, pool: Pool, at: datetime, *, policy: Policy) -> Slot:
    """Take one place, decided by one conditional UPDATE: safe under any number of simultaneous callers.

    Returns:
        The slot as it is now, its row locked until the caller's transaction ends.
    Raises:
        SlotFull, SlotClosed, SlotPast, SlotTooFar, NotFound.
    """
    session.flush()
    is_taken = session.connection().execute(_TAKE[Pool(pool)], {"slot_id": slot_id, "now": at}).rowcount == 1
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
    count, highest = session.connection().execute(_NUMBERS, {"slot_id": slot.id}).one()
    if count == (highest or 0):
        return int(count) + 1  # nobody gave one back
    used = select(Appointment.number).where(
        Appointment.slot_id == slot.id, Appointment.status.not_in([str(status) for status in WITHOUT_PLACE])
    )
    taken = set(session.scalars(used))
    return next(number for number in range(1, slot.capacity + 1) if number not in taken)
