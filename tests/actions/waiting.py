"""A small clinic and people in line for it."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.actions import booking
from server.actions.booking import waiting
from server.database import db
from server.models import (
    Appointment,
    FreedPlace,
    Notification,
    Resident,
    Slot,
    WaitingEntry,
    WaitingOffer,
    WaitingSkip,
)
from server.models.actor import Actor, ActorKind
from tests import make

POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
TEAM = Actor(ActorKind.STAFF, "doctor", "127.0.0.1")


def signed(**fields: Any) -> Resident:
    return make.agreement(resident=make.resident(**fields)).resident  # type: ignore[no-any-return]


def booked(slot: Slot, resident: Resident | None = None) -> Appointment:
    return booking.reserve(slot.id, resident or signed(), policy=POLICY, by=BY)[0]


def full(capacity: int = 1, **fields: Any) -> tuple[Slot, list[Appointment]]:
    """A slot whose places are all booked."""
    slot = make.slot(capacity=capacity, **fields)
    return slot, [booked(slot) for _ in range(capacity)]


def wish(slot: Slot, **fields: Any) -> waiting.Wish:
    day = clocks.local(slot.starts_at).date()
    values = {"department_id": slot.department_id, "from_on": clocks.today(), "until_on": day + timedelta(days=1)}
    return waiting.Wish(**(values | fields))


def joined(slot: Slot, resident: Resident | None = None, **fields: Any) -> WaitingEntry:
    return waiting.join(resident or signed(), wish(slot, **fields), policy=POLICY, by=BY)[0]


def cancelled(appointment: Appointment) -> None:
    booking.cancel(appointment, policy=POLICY, by=BY)


def offered() -> int:
    """Run the job once. Returns how many freed places it took up."""
    steps = 0
    while waiting.offer_next(policy=POLICY):
        steps += 1
        assert steps < 200
    return steps


def lapsed() -> None:
    """Give back holds whose time is over."""
    while booking.expire_holds_next():
        pass


def states_of(*entries: WaitingEntry) -> list[str]:
    db.session.rollback()
    db.session.expire_all()
    return [str(entry.status) for entry in entries]


def offers() -> list[WaitingOffer]:
    db.session.rollback()
    return list(
        db.session.scalars(select(WaitingOffer).order_by(WaitingOffer.id).execution_options(populate_existing=True))
    )


def freed() -> list[tuple[str | None, str]]:
    """What became of the freed places, oldest first: outcome and reason."""
    db.session.rollback()
    rows = db.session.scalars(select(FreedPlace).order_by(FreedPlace.freed_at, FreedPlace.id))
    return [(row.outcome and str(row.outcome), row.reason) for row in rows.unique()]


def skipped() -> list[str]:
    return [row.reason for row in db.session.scalars(select(WaitingSkip).order_by(WaitingSkip.id))]


def told(kind: str) -> list[Notification]:
    rows = select(Notification).where(Notification.kind == kind).order_by(Notification.id)
    return list(db.session.scalars(rows))


def counts(slot: Slot) -> tuple[int, int, int, int]:
    now = db.session.get_one(Slot, slot.id, populate_existing=True)
    return now.fd_capacity, now.fd_taken, now.public_capacity, now.public_taken


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


def day(text: str) -> date:
    return date.fromisoformat(text)
