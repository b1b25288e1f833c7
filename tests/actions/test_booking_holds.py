"""Holds, the hospital's word, another time, late cancels: the place always belongs to exactly one person or to nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.actions import booking
from server.database import db, transaction
from server.models import Appointment, AppointmentStatus, FreedPlace, Notification, Pool, Resident, Slot, SlotStatus
from server.models import appointment as appointments
from server.models.actor import Actor, ActorKind
from tests import make

POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
S = AppointmentStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def signed(**fields: Any) -> Resident:
    return make.agreement(resident=make.resident(**fields)).resident  # type: ignore[no-any-return]


def reserve(slot: Slot, resident: Resident | None = None) -> Appointment:
    return booking.reserve(slot.id, resident or signed(), policy=POLICY, by=BY)[0]


def hold(slot: Slot, resident: Resident | None = None) -> Appointment:
    return booking.hold(slot.id, resident or signed(), policy=POLICY, by=BY)[0]


def counts(slot: Slot) -> tuple[int, int, int, int]:
    now = db.session.get_one(Slot, slot.id, populate_existing=True)
    return now.fd_capacity, now.fd_taken, now.public_capacity, now.public_taken


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


def told() -> list[str]:
    return sorted(n.kind for n in db.session.scalars(select(Notification)) if n.status == "created")


def freed() -> list[str]:
    return [row.why for row in db.session.scalars(select(FreedPlace).order_by(FreedPlace.freed_at))]


def test_a_hold_takes_the_place_and_tells_nobody() -> None:
    slot = make.slot(capacity=1)

    held = hold(slot)

    assert (held.status, counts(slot), told()) == (S.HELD, (1, 1, 0, 0), [])
    assert held.expires_at == held.booked_at + timedelta(minutes=10)
    with pytest.raises(booking.SlotFull):
        hold(slot)


def test_a_hold_is_confirmed_once() -> None:
    held = hold(make.slot())

    booking.confirm(held, policy=POLICY, by=BY)
    booking.confirm(held, policy=POLICY, by=BY)

    assert (held.status, held.expires_at) == (S.BOOKED, None)
    assert told() == ["appointment_booked", "appointment_reminder", "appointment_today"]


def test_holding_twice_is_holding_once_and_reserving_confirms_it() -> None:
    slot, resident = make.slot(), signed()
    held = hold(slot, resident)

    assert hold(slot, resident).id == held.id
    assert reserve(slot, resident).id == held.id
    assert (held.status, counts(slot)) == (S.BOOKED, (5, 1, 0, 0))


def test_a_hold_that_ran_out_gives_the_place_back(clock: Any) -> None:
    slot, resident = make.slot(capacity=1), signed()
    held = hold(slot, resident)

    assert booking.expire_holds_next() is False
    clock.set("2026-03-02 10:10:01")
    with pytest.raises(booking.HoldExpired):
        booking.confirm(held, policy=POLICY, by=BY)
    assert booking.expire_holds_next() is True
    assert booking.expire_holds_next() is False

    assert (held.status, counts(slot), freed()) == (S.EXPIRED, (1, 0, 0, 0), ["expired"])
    assert hold(slot, resident).id != held.id


def test_a_hospital_that_must_confirm_has_the_last_word() -> None:
    slot = make.slot(hospital=make.hospital(must_confirm=True))

    yes, no = reserve(slot), reserve(slot)
    assert (yes.status, told()) == (S.PENDING, [])
    booking.acknowledge(yes, by=BY)
    booking.turn_down(no, "当天停号", by=BY)

    assert (yes.status, no.status, counts(slot)) == (S.BOOKED, S.CANCELLED, (5, 1, 0, 0))
    assert told() == ["appointment_booked", "appointment_cancelled", "appointment_reminder", "appointment_today"]


def test_another_time_is_one_step() -> None:
    old, new = make.slot(starts=at("2026-03-07 09:00")), make.slot(starts=at("2026-03-08 09:00"))
    mine = reserve(old)

    booking.reschedule(mine, new.id, policy=POLICY, by=BY)

    assert (mine.status, mine.slot_id, mine.sequence) == (S.BOOKED, new.id, 1)
    assert (counts(old), counts(new), freed()) == ((5, 0, 0, 0), (5, 1, 0, 0), ["moved"])
    reminders = select(Notification).where(
        Notification.kind == "appointment_reminder", Notification.status == "created"
    )
    assert [n.next_attempt_at for n in db.session.scalars(reminders)] == [at("2026-03-07 10:00")]


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"capacity": 1, "taken": 1}, booking.SlotFull),
        ({"status": SlotStatus.SUSPENDED}, booking.SlotClosed),
        ({"starts": "2026-04-30 09:00"}, booking.SlotTooFar),
        ({"must_confirm": True}, booking.MoveNeedsHospital),
        ({"beside": True}, booking.AppointmentsOverlap),
    ],
)
def test_whatever_fails_the_old_place_stays(wish: dict[str, Any], error: type[Exception]) -> None:
    old, resident = make.slot(starts=at("2026-03-07 09:00")), signed()
    if wish.pop("beside", False):
        reserve(make.slot(starts=at("2026-03-09 10:00")), resident)
    if wish.pop("must_confirm", False):
        wish["hospital"] = make.hospital(must_confirm=True)
    new = make.slot(**(wish | {"starts": at(wish.get("starts", "2026-03-09 09:00"))}))
    mine, before = reserve(old, resident), counts(new)

    with pytest.raises(error):
        booking.reschedule(mine, new.id, policy=POLICY, by=BY)

    assert (mine.status, mine.slot_id, mine.sequence) == (S.BOOKED, old.id, 0)
    assert (counts(old), counts(new), freed()) == ((5, 1, 0, 0), before, [])


def test_moving_to_where_it_is_and_after_the_deadline_are_refused(clock: Any) -> None:
    old, new = make.slot(starts=at("2026-03-07 09:00")), make.slot(starts=at("2026-03-10 09:00"))
    mine = reserve(old)

    with pytest.raises(booking.SameSlot):
        booking.reschedule(mine, old.id, policy=POLICY, by=BY)
    clock.set("2026-03-06 15:00")
    with pytest.raises(booking.CancelTooLate):
        booking.reschedule(mine, new.id, policy=POLICY, by=BY)


def test_a_late_cancel_voids_the_number(clock: Any) -> None:
    slot = make.slot(starts=at("2026-03-07 09:00"))
    mine = reserve(slot)

    clock.set("2026-03-06 15:00")
    booking.cancel(mine, policy=POLICY, by=BY, late=True)
    assert (mine.status, counts(slot), freed()) == (S.LATE_CANCELLED, (5, 1, 0, 0), [])

    other = reserve(make.slot(starts=at("2026-03-09 09:00")))
    clock.set("2026-03-09 09:00")
    with pytest.raises(booking.CancelTooLate):
        booking.cancel(other, policy=POLICY, by=BY, late=True)


def test_what_is_given_back_after_the_fall_back_is_the_publics(clock: Any) -> None:
    slot = make.slot(capacity=3, public=7, starts=at("2026-03-07 09:00"))
    mine, _ = reserve(slot), reserve(slot)
    clock.set("2026-03-06 15:00")
    assert booking.release_next() is True
    assert counts(slot) == (2, 2, 8, 0)

    with transaction():
        appointments.free_place(slot.id, Pool(mine.pool))

    assert counts(slot) == (1, 1, 9, 0)


def test_releasing_and_giving_back_keep_the_sum(clock: Any) -> None:
    """The places of a slot are never more and never fewer, whoever has them."""
    slot = make.slot(capacity=3, public=7, starts=at("2026-03-07 09:00"))
    booking.cancel(reserve(slot), policy=POLICY, by=BY)
    assert counts(slot) == (3, 0, 7, 0)
    clock.set("2026-03-06 15:00")
    booking.release_next()

    assert counts(slot) == (0, 0, 10, 0)


def test_somebody_nobody_knows_books_nothing() -> None:
    slot = make.slot()

    with pytest.raises(booking.BookingNeedsRealName):
        reserve(slot, signed(real_name_state="unverified"))

    assert counts(slot) == (5, 0, 0, 0)


def test_one_department_once_a_day() -> None:
    morning, resident = make.slot(starts=at("2026-03-07 08:00")), signed()
    reserve(morning, resident)

    with pytest.raises(booking.SameDepartment):
        reserve(make.slot(hospital=morning.shift.hospital, starts=at("2026-03-07 14:00")), resident)


def test_who_checked_in_is_done_and_nobody_else_where_arrivals_are_recorded(clock: Any) -> None:
    slot = make.slot(hospital=make.hospital(checks_in=True), starts=at("2026-03-07 09:00"))
    came, stayed = reserve(slot), reserve(slot)
    make.saved_change(came, status=S.CHECKED_IN)
    clock.set("2026-03-07 12:00")

    assert (booking.finish_next(), booking.finish_next()) == (True, False)

    db.session.refresh(stayed)
    assert (db.session.get_one(Appointment, came.id, populate_existing=True).status, stayed.status) == (
        S.DONE,
        S.BOOKED,
    )
