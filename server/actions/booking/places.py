"""Places of a slot: taken and given back in the caller's transaction. Nothing else writes the counters."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from server.actions.booking import rules
from server.actions.booking.refusals import SlotFull
from server.database import id_of, plain
from server.errors import NotFound
from server.models import Appointment, Pool, Slot, SlotStatus
from server.models.appointment import WITHOUT_PLACE
from server.models.states import StaleState
from server.policy.schema import Policy

# Built once: booking is where many people come at the same moment (performance.md §1e).
_SLOT, _APPOINTMENT = plain(Slot), plain(Appointment)


def _taking(taken: Any, capacity: Any, *also: Any) -> Any:
    return (
        update(_SLOT)
        .where(
            _SLOT.c.id == bindparam("slot_id"),
            _SLOT.c.status == SlotStatus.OPEN,
            taken < capacity,
            _SLOT.c.starts_at > bindparam("now"),
            *also,
        )
        .values({taken.key: taken + 1})
    )


_TAKE = {
    Pool.FAMILY_DOCTOR: _taking(_SLOT.c.fd_taken, _SLOT.c.fd_capacity, _SLOT.c.released_at.is_(None)),
    Pool.PUBLIC: _taking(_SLOT.c.public_taken, _SLOT.c.public_capacity),
}
_NUMBERS = select(func.count(), func.max(_APPOINTMENT.c.number)).where(
    _APPOINTMENT.c.slot_id == bindparam("slot_id"),
    _APPOINTMENT.c.status.not_in([str(status) for status in WITHOUT_PLACE]),
)


def look(session: Session, slot_id: str, pool: Pool, at: datetime, *, policy: Policy) -> Slot:
    """Return a slot that can be booked as far as one sees without a lock.

    Raises:
        SlotFull, SlotClosed, SlotPast, SlotTooFar, NotFound.
    """
    slot = session.get(Slot, slot_id, populate_existing=True)
    if slot is None:
        raise NotFound()
    if refusal := rules.why_not(slot, policy, at, pool):
        raise refusal()
    return slot


def take_seen(session: Session, slot: Slot, pool: Pool, at: datetime, *, policy: Policy) -> None:
    """Take one place in a slot that was looked at in this transaction: one conditional UPDATE decides, safe under any
    number of simultaneous callers. The row is locked until the transaction ends.

    Raises:
        SlotFull, SlotClosed, SlotPast, SlotTooFar: it changed meanwhile.
    """
    session.flush()
    taken = session.connection().execute(_TAKE[Pool(pool)], {"slot_id": id_of(slot), "now": at})
    if taken.rowcount != 1:
        session.refresh(slot)
        raise (rules.why_not(slot, policy, at, pool) or SlotFull)()
    session.expire(slot, ["fd_taken", "public_taken"])  # others took some, too


def take(session: Session, slot_id: str, pool: Pool, at: datetime, *, policy: Policy) -> Slot:
    """Look and take one place.

    Returns:
        The slot, its row locked until the caller's transaction ends.
    Raises:
        SlotFull, SlotClosed, SlotPast, SlotTooFar, NotFound.
    """
    slot = look(session, slot_id, pool, at, policy=policy)
    take_seen(session, slot, pool, at, policy=policy)
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
    count, highest = session.connection().execute(_NUMBERS, {"slot_id": id_of(slot)}).one()
    if count == (highest or 0):
        return int(count) + 1  # nobody gave one back
    used = select(Appointment.number).where(
        Appointment.slot_id == slot.id, Appointment.status.not_in([str(status) for status in WITHOUT_PLACE])
    )
    taken = set(session.scalars(used))
    return next(number for number in range(1, slot.capacity + 1) if number not in taken)
