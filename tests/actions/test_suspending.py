"""A clinic is called off: nobody books it, everybody affected may choose again, goes first, and bears nothing for it."""

from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock as clocks
from server import policy as policies
from server.actions import booking
from server.database import db
from server.models import AppointmentStatus, FreedPlace, NoShowMark, Notification, Pool, Resident, Slot
from server.models.actor import Actor, ActorKind
from tests import make

POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
DESK = Actor(ActorKind.ADMIN, "desk")
S = AppointmentStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


def signed(**fields: Any) -> Resident:
    return make.agreement(resident=make.resident(), **fields).resident  # type: ignore[no-any-return]


def everybody_is_told() -> int:
    told = 0
    while booking.suspend_next():
        told += 1
    return told


def kinds() -> Counter[str]:
    return Counter(n.kind for n in db.session.scalars(select(Notification)) if n.status == "created")


def test_everybody_affected_is_told_and_nobody_books_any_more() -> None:
    lead = make.staff()
    make.user(staff=lead)
    team = make.team(lead=lead)
    slot = make.slot(starts=at("2026-03-07 09:00"))
    visits = [booking.reserve(slot.id, signed(team=team), policy=POLICY, by=BY)[0] for _ in range(3)]
    held, _ = booking.hold(slot.id, signed(team=team), policy=POLICY, by=BY)

    booking.suspend(slot.shift, by=DESK)
    booking.suspend(slot.shift, by=DESK)
    with pytest.raises(booking.SlotClosed):
        booking.reserve(slot.id, signed(), policy=POLICY, by=BY)
    assert everybody_is_told() == 4

    for visit in (*visits, held):
        db.session.refresh(visit)
    assert {visit.status for visit in (*visits, held)} == {S.SUSPENDED}
    assert kinds() == {"appointment_suspended": 3, "appointment_suspended_for_team": 3}
    now = db.session.get_one(Slot, slot.id, populate_existing=True)
    assert (now.fd_taken, now.capacity) == (0, 5)
    assert db.session.scalar(select(func.count()).select_from(FreedPlace)) == 0  # nobody is offered a place in it


def suspended(slot: Slot) -> Any:
    visit, _ = booking.reserve(slot.id, signed(), policy=POLICY, by=BY)
    booking.suspend(slot.shift, by=DESK)
    assert everybody_is_told() == 1
    db.session.refresh(visit)
    return visit


def test_another_time_is_chosen_after_every_deadline_and_from_the_public_pool(clock: Any) -> None:
    clock.set("2026-03-02 08:00")
    visit = suspended(make.slot(starts=at("2026-03-04 09:00")))
    clock.set("2026-03-03 20:00")  # past the deadline of the old one
    full = make.slot(capacity=1, taken=1, public=4, starts=at("2026-03-05 09:00"))

    booking.reschedule(visit, full.id, policy=POLICY, by=BY)

    assert (visit.status, visit.pool, visit.slot_id) == (S.BOOKED, Pool.PUBLIC, full.id)
    assert db.session.get_one(Slot, full.id, populate_existing=True).public_taken == 1


def test_somebody_else_gets_no_public_place() -> None:
    mine, _ = booking.reserve(make.slot(starts=at("2026-03-09 09:00")).id, signed(), policy=POLICY, by=BY)
    full = make.slot(capacity=1, taken=1, public=4, starts=at("2026-03-07 09:00"))

    with pytest.raises(booking.SlotFull):
        booking.reschedule(mine, full.id, policy=POLICY, by=BY)


def test_letting_it_be_costs_nothing(clock: Any) -> None:
    visit = suspended(make.slot(starts=at("2026-03-07 09:00")))
    clock.set("2026-03-07 08:00")

    booking.cancel(visit, policy=POLICY, by=BY)

    assert (visit.status, visit.cancelled_at is not None) == (S.CANCELLED, True)
    clock.set("2026-03-08 10:00")
    assert booking.mark_no_show_next(POLICY) is False
    assert db.session.scalar(select(func.count()).select_from(NoShowMark)) == 0


def test_a_session_that_is_over_is_not_called_off(clock: Any) -> None:
    slot = make.slot(starts=at("2026-03-07 09:00"))
    clock.set("2026-03-07 12:00")

    with pytest.raises(booking.ShiftOver):
        booking.suspend(slot.shift, by=DESK)
