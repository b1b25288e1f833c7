"""What became of a number that was given back: booked again, gone to the public, or expired with a reason. One row each."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import places
from server.database import retried, transaction
from server.models import FreedOutcome, FreedPlace, Pool, Slot, SlotStatus

F = FreedOutcome
LOOK_AGAIN = timedelta(minutes=30)
RELEASE_SOON = timedelta(minutes=1)


@retried
def account(row_id: str) -> None:
    """Settle a freed place that was offered to nobody now, or say when it is looked at again."""
    at = clock.now()
    with transaction() as session:
        row = session.get_one(FreedPlace, row_id)
        places.lock(session, row.slot_id)
        session.refresh(row)
        if row.settled_at is not None:
            return
        slot = session.get_one(Slot, row.slot_id, populate_existing=True)
        settled = _what_became(session, row, slot, at)
        if settled is not None:
            row.settle(settled[0], at, settled[1])
        else:
            row.due_at = _look_again(slot, at)


def _what_became(session: Session, row: FreedPlace, slot: Slot, at: datetime) -> tuple[FreedOutcome, str] | None:
    """Return outcome and reason; None: the place is still free and may be booked."""
    if slot.status == SlotStatus.SUSPENDED:
        return F.EXPIRED, "suspended"
    if row.pool == Pool.PUBLIC:
        return F.PUBLIC, "public_place"
    if slot.released_at is not None:
        return _after_release(session, row, slot, slot.released_at)
    if slot.starts_at <= at:
        return F.EXPIRED, "session_began"
    if _count(session, slot.id, FreedPlace.settled_at.is_(None)) > slot.left(Pool.FAMILY_DOCTOR):
        return F.REBOOKED, "booked_directly"
    return None


def _after_release(session: Session, row: FreedPlace, slot: Slot, released_at: datetime) -> tuple[FreedOutcome, str]:
    """Of the places freed before the fall-back only so many can have gone over as went over then."""
    if row.freed_at >= released_at:
        return F.PUBLIC, "freed_after_release"
    later = _count(session, slot.id, FreedPlace.freed_at >= released_at)
    gone = _count(session, slot.id, FreedPlace.freed_at < released_at, FreedPlace.outcome == F.PUBLIC)
    return (F.PUBLIC, "released") if gone < slot.given_over - later else (F.REBOOKED, "booked_directly")


def _count(session: Session, slot_id: str, *which: object) -> int:
    found = select(func.count()).where(
        FreedPlace.slot_id == slot_id,
        FreedPlace.pool == Pool.FAMILY_DOCTOR,
        *which,  # type: ignore[arg-type]
    )
    return session.scalar(found) or 0


def _look_again(slot: Slot, at: datetime) -> datetime:
    release = slot.release_at if slot.release_at > at else at + RELEASE_SOON
    return min(at + LOOK_AGAIN, release)
