"""Who is next for a place: clinical priority, then arrival. Reading only; whoever acts on it decides again in his row."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from server.database import db
from server.models import Shift, Slot, SlotStatus, WaitingEntry, WaitingOffer, WaitingSkip, WaitingStatus

DEPARTMENTS_AT_ONCE = 50
SLOTS_AT_ONCE = 200
ORDER = (WaitingEntry.priority, WaitingEntry.arrived_at, WaitingEntry.id)


def first_for(slot: Slot, at: datetime) -> WaitingEntry | None:
    """Return who is next for a place of a slot: one index range, left at the first who suits."""
    return db.session.scalar(
        select(WaitingEntry)
        .where(
            WaitingEntry.department_id == slot.department_id,
            WaitingEntry.from_at <= slot.starts_at,
            WaitingEntry.until_at > slot.starts_at,
            or_(WaitingEntry.specialist_id.is_(None), WaitingEntry.specialist_id == slot.shift.specialist_id),
            or_(WaitingEntry.kind.is_(None), WaitingEntry.kind == slot.kind),
            *_untried(slot.id, at),
        )
        .order_by(*ORDER)
        .limit(1)
    )


def departments_after(after: str) -> list[str]:
    """Return the next departments in which somebody waits."""
    waiting = WaitingEntry.status == WaitingStatus.WAITING
    found = select(WaitingEntry.department_id).where(waiting, WaitingEntry.department_id > after).distinct()
    return list(db.session.scalars(found.order_by(WaitingEntry.department_id).limit(DEPARTMENTS_AT_ONCE)))


def slots_with_places(department_ids: list[str], at: datetime, last: datetime) -> list[str]:
    """Return slots of these departments with free places that suit somebody who was not asked yet; soonest first."""
    suits = and_(
        WaitingEntry.department_id == Slot.department_id,
        WaitingEntry.from_at <= Slot.starts_at,
        WaitingEntry.until_at > Slot.starts_at,
        or_(WaitingEntry.specialist_id.is_(None), WaitingEntry.specialist_id == Shift.specialist_id),
        or_(WaitingEntry.kind.is_(None), WaitingEntry.kind == Slot.kind),
    )
    somebody = select(WaitingEntry.id).where(suits, *_untried(Slot.id, at)).correlate(Slot, Shift)
    found = (
        select(Slot.id)
        .join(Shift, Shift.id == Slot.shift_id)
        .where(
            Slot.department_id.in_(department_ids),
            Slot.status == SlotStatus.OPEN,
            Slot.starts_at > at,
            Slot.starts_at < last,
            Slot.released_at.is_(None),
            Slot.fd_taken < Slot.fd_capacity,
            somebody.exists(),
        )
        .order_by(Slot.starts_at, Slot.id)
        .limit(SLOTS_AT_ONCE)
    )
    return list(db.session.scalars(found))


def _untried(slot_id: object, at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Waits, was never offered this slot, and could not be found unable to take it a short while ago."""
    offered = select(WaitingOffer.id).where(WaitingOffer.entry_id == WaitingEntry.id, WaitingOffer.slot_id == slot_id)
    skipped = select(WaitingSkip.id).where(
        WaitingSkip.entry_id == WaitingEntry.id, WaitingSkip.slot_id == slot_id, WaitingSkip.again_at > at
    )
    return (
        WaitingEntry.status == WaitingStatus.WAITING,
        ~offered.correlate(WaitingEntry, Slot).exists(),
        ~skipped.correlate(WaitingEntry, Slot).exists(),
    )
