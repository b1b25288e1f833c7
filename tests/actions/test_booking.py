"""Booking: one statement decides, a double tap books once, a cancelled place can be booked again."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.actions import booking
from server.database import db
from server.errors import NotFound
from server.models import Appointment, AppointmentStatus, Notification, Pool, Slot, SlotStatus
from server.models.actor import Actor, ActorKind
from tests import make

POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def signed(**fields: Any) -> Any:
    """A resident with an agreement in force."""
    resident = make.resident(**fields)
    make.agreement(resident=resident)
    return resident


def reserve(slot: Slot, resident: Any) -> tuple[Appointment, bool]:
    return booking.reserve(slot.id, resident, policy=POLICY, by=BY)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=clocks.SHANGHAI)


def taken(slot: Slot) -> int:
    found = db.session.get(Slot, slot.id, populate_existing=True)
    assert found is not None
    return found.fd_taken


def test_reserve_takes_a_place_and_queues_confirmation_and_reminder() -> None:
    slot = make.slot(starts=at("2026-03-07 09:00"))

    appointment, is_new = reserve(slot, signed())

    assert is_new
    assert (appointment.status, appointment.number, taken(slot)) == (AppointmentStatus.BOOKED, 1, 1)
    queued = {n.kind: n for n in db.session.scalars(select(Notification))}
    assert set(queued) == {"appointment_booked", "appointment_reminder", "appointment_today"}
    assert queued["appointment_today"].next_attempt_at == at("2026-03-07 07:00")
    assert queued["appointment_reminder"].next_attempt_at == at("2026-03-06 10:00")


def test_reserve_twice_books_once() -> None:
    slot, resident = make.slot(), signed()
    first, _ = reserve(slot, resident)

    second, is_new = reserve(slot, resident)

    assert (second.id, is_new, taken(slot)) == (first.id, False, 1)


def test_a_double_tap_on_the_last_place_is_not_told_full() -> None:
    slot, resident = make.slot(capacity=1), signed()
    first, _ = reserve(slot, resident)

    again, _ = reserve(slot, resident)

    assert again.id == first.id


def test_the_last_place_can_be_sold_and_not_one_more() -> None:
    slot = make.slot(capacity=2)
    reserve(slot, signed())
    last, _ = reserve(slot, signed())

    with pytest.raises(booking.SlotFull):
        reserve(slot, signed())

    assert (last.number, taken(slot)) == (2, 2)


def test_cancel_gives_the_place_and_its_number_back() -> None:
    slot = make.slot(capacity=2)
    first, _ = reserve(slot, signed())
    reserve(slot, signed())

    booking.cancel(first, policy=POLICY, by=BY)
    booking.cancel(first, policy=POLICY, by=BY)
    third, _ = reserve(slot, signed())

    assert first.status == AppointmentStatus.CANCELLED
    assert (third.number, taken(slot)) == (1, 2)


def test_cancel_stops_what_was_still_to_be_told() -> None:
    appointment, _ = reserve(make.slot(), signed())

    booking.cancel(appointment, policy=POLICY, by=BY)

    states = {n.kind: n.status for n in db.session.scalars(select(Notification))}
    assert states == {
        "appointment_booked": "cancelled",
        "appointment_reminder": "cancelled",
        "appointment_today": "cancelled",
        "appointment_cancelled": "created",
    }


def test_after_cancelling_the_same_person_can_book_again() -> None:
    slot, resident = make.slot(capacity=1), signed()
    first, _ = reserve(slot, resident)
    booking.cancel(first, policy=POLICY, by=BY)

    second, is_new = reserve(slot, resident)

    assert is_new and second.id != first.id


def test_cancel_after_the_deadline_is_refused(clock: Any) -> None:
    appointment, _ = reserve(make.slot(starts=at("2026-03-07 09:00")), signed())

    clock.set("2026-03-06 15:00")
    with pytest.raises(booking.CancelTooLate):
        booking.cancel(appointment, policy=POLICY, by=BY)


def test_without_an_agreement_in_force_nothing_can_be_booked() -> None:
    slot = make.slot()

    with pytest.raises(booking.NoActiveAgreement):
        reserve(slot, make.resident())

    assert taken(slot) == 0


@pytest.mark.parametrize(
    ("slot", "error"),
    [
        ({"starts": "2026-03-01 09:00"}, booking.SlotPast),
        ({"starts": "2026-03-02 11:00"}, booking.SlotPast),
        ({"starts": "2026-04-30 09:00"}, booking.SlotTooFar),
        ({"status": SlotStatus.SUSPENDED}, booking.SlotClosed),
        ({"released": True}, booking.SlotClosed),
        ({"pool": Pool.PUBLIC}, booking.SlotClosed),
        ({"capacity": 0}, booking.SlotFull),
    ],
)
def test_slots_that_cannot_be_booked_say_why_and_lose_no_place(slot: dict[str, Any], error: type[Exception]) -> None:
    if "starts" in slot:
        slot = slot | {"starts": at(slot["starts"])}
    made = make.slot(**slot)

    with pytest.raises(error):
        reserve(made, signed())

    assert taken(made) == 0


def test_booking_closes_on_the_afternoon_before(clock: Any) -> None:
    slot = make.slot(starts=at("2026-03-07 09:00"))

    clock.set("2026-03-06 14:59")
    reserve(slot, signed())
    clock.set("2026-03-06 15:00")
    with pytest.raises(booking.SlotPast):
        reserve(slot, signed())


def test_an_unknown_slot_is_not_found() -> None:
    with pytest.raises(NotFound):
        booking.reserve("no such slot", signed(), policy=POLICY, by=BY)


def test_two_appointments_at_one_time_are_refused() -> None:
    resident = signed()
    reserve(make.slot(starts=at("2026-03-07 09:00")), resident)
    other = make.slot(starts=at("2026-03-07 11:00"))

    with pytest.raises(booking.AppointmentsOverlap):
        reserve(other, resident)

    assert taken(other) == 0


def test_caps_per_person_count_visit_dates() -> None:
    resident = signed()
    for day in ("2026-03-07", "2026-03-09", "2026-03-11"):
        reserve(make.slot(starts=at(f"{day} 09:00")), resident)

    with pytest.raises(booking.TooManyAppointments):
        reserve(make.slot(starts=at("2026-03-13 09:00")), resident)
    reserve(make.slot(starts=at("2026-03-14 09:00")), resident)


def test_three_on_one_day_are_one_too_many() -> None:
    resident = signed()
    reserve(make.slot(starts=at("2026-03-07 08:00")), resident)
    reserve(make.slot(starts=at("2026-03-07 13:00")), resident)

    with pytest.raises(booking.TooManyAppointments):
        reserve(make.slot(starts=at("2026-03-07 18:00")), resident)


def test_unused_numbers_go_to_the_public_at_their_time(clock: Any) -> None:
    slot = make.slot(capacity=5, starts=at("2026-03-07 09:00"))
    reserve(slot, signed())

    assert booking.release_next() is False
    clock.set("2026-03-06 15:00")
    assert booking.release_next() is True
    assert booking.release_next() is False

    now = db.session.get_one(Slot, slot.id, populate_existing=True)
    assert now.released_at is not None and now.released_at >= at("2026-03-06 15:00")
    assert (now.fd_capacity, now.fd_taken) == (1, 1)
    assert (now.status, now.public_capacity, now.public_taken) == (SlotStatus.OPEN, 4, 0)
    assert (now.capacity, now.given_over) == (5, 4)


def test_an_appointment_is_over_when_its_clinic_is(clock: Any) -> None:
    appointment, _ = reserve(make.slot(starts=at("2026-03-07 09:00")), signed())

    assert booking.finish_next() is False
    clock.set("2026-03-07 12:00")
    assert booking.finish_next() is True

    assert appointment.status == AppointmentStatus.DONE
