"""The waiting list: fair order, timed offers, and an account of every number given back."""

from datetime import timedelta
from typing import Any

import pytest

from server.actions import booking
from server.actions.booking import waiting
from server.database import db
from server.models import AppointmentStatus, BookingBlock, Channel, Priority, RealNameState, states
from server.models import appointment as appointments
from server.models.actor import CLOCK
from tests import make
from tests.actions.waiting import (
    BY,
    POLICY,
    TEAM,
    at,
    booked,
    cancelled,
    counts,
    day,
    freed,
    full,
    joined,
    lapsed,
    offered,
    offers,
    signed,
    skipped,
    states_of,
    told,
    wish,
)


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database; the clock stands at 10:00 on 2026-03-02."""


# ---------------------------------------------------------------- getting in line


def test_joining_twice_is_joining_once() -> None:
    slot, _ = full()
    resident = signed()

    entry, is_new = waiting.join(resident, wish(slot), policy=POLICY, by=BY)
    again, is_newer = waiting.join(resident, wish(slot), policy=POLICY, by=BY)

    assert (is_new, is_newer, again.id) == (True, False, entry.id)
    assert (entry.priority, entry.from_on, entry.until_on) == (Priority.NORMAL, day("2026-03-02"), day("2026-03-08"))
    assert len(told("waiting_joined")) == 1


def test_nobody_waits_where_there_is_a_place() -> None:
    slot = make.slot(capacity=1)

    with pytest.raises(waiting.PlacesFree):
        joined(slot)

    assert joined(slot, until_on=day("2026-03-06")).until_on == day("2026-03-06")  # the free one is on the 7th


@pytest.mark.parametrize(
    "days", [("2026-03-05", "2026-03-04"), ("2026-03-01", "2026-03-02"), ("2026-03-02", "2026-05-02")]
)
def test_days_that_cannot_be_waited_for(days: tuple[str, str]) -> None:
    slot, _ = full()

    with pytest.raises(waiting.WaitingDaysInvalid):
        joined(slot, from_on=day(days[0]), until_on=day(days[1]))


def test_who_may_not_book_may_not_wait() -> None:
    slot, _ = full()

    with pytest.raises(booking.NoActiveAgreement):
        joined(slot, make.resident())
    with pytest.raises(booking.BookingNeedsRealName):
        joined(slot, signed(real_name_state=RealNameState.UNVERIFIED))


def test_a_pause_in_booking_online_holds_for_waiting_too() -> None:
    slot, _ = full()
    resident = signed()
    values = {"resident_id": resident.id, "live_key": resident.id, "status": "active", "count": 3}
    days = {"from_on": day("2026-03-01"), "until_on": day("2026-05-30")}
    make.saved(BookingBlock(**values, **days, policy_version="1"))

    with pytest.raises(booking.BookingBlocked):
        joined(slot, resident)
    team = Channel.DOCTOR
    assert waiting.join(resident, wish(slot), policy=POLICY, by=TEAM, channel=team)[1]


def test_one_person_waits_in_three_departments() -> None:
    resident = signed()
    for _ in range(3):
        joined(full()[0], resident)

    with pytest.raises(waiting.TooManyLists):
        joined(full()[0], resident)


def test_leaving_gives_the_place_in_line_up() -> None:
    slot, _ = full()
    entry = joined(slot)

    waiting.leave(entry, by=BY)
    waiting.leave(entry, by=BY)

    assert (states_of(entry), entry.open_key) == (["given_up"], None)
    assert states_of(joined(slot, entry.resident)) == ["waiting"]


# ---------------------------------------------------------------- order


def test_first_come_first_served(clock: Any) -> None:
    slot, (one, two) = full(2)
    first = joined(slot)
    clock.set("2026-03-02 10:01")
    second, third = joined(slot), joined(slot)

    cancelled(one)
    cancelled(two)
    assert offered() == 2

    assert states_of(first, second, third) == ["offered", "offered", "waiting"]
    assert (counts(slot), freed()) == ((2, 2, 0, 0), [("offered", "waiting_list")] * 2)
    assert len({offer.freed_place_id for offer in offers()}) == 2


def test_clinical_priority_goes_before_arrival() -> None:
    slot, (one,) = full()
    first, urgent, preferred = joined(slot), joined(slot), joined(slot)
    waiting.set_priority(preferred, Priority.PREFERRED, "疼痛加重", by=TEAM)
    waiting.set_priority(urgent, Priority.URGENT, "术后复查", by=TEAM)

    cancelled(one)
    offered()
    assert states_of(first, urgent, preferred) == ["waiting", "offered", "waiting"]
    waiting.decline(urgent, policy=POLICY, by=BY)
    offered()
    assert states_of(first, urgent, preferred) == ["waiting", "waiting", "offered"]


def test_a_priority_needs_a_reason() -> None:
    entry = joined(full()[0])

    with pytest.raises(waiting.PriorityReasonNeeded):
        waiting.set_priority(entry, Priority.URGENT, " ", by=TEAM)
    waiting.leave(entry, by=BY)
    with pytest.raises(waiting.WaitingOver):
        waiting.set_priority(entry, Priority.URGENT, "术后复查", by=TEAM)


def test_whose_clinic_was_called_off_goes_first() -> None:
    slot, (one, two) = full(2)
    first = joined(slot)
    with make.transaction():
        appointments.give_back(one, AppointmentStatus.SUSPENDED, by=CLOCK, at=one.booked_at)
    booked(slot)  # somebody took the place
    called_off = joined(slot, one.resident)

    cancelled(two)
    offered()

    assert called_off.priority == Priority.PREFERRED
    assert states_of(first, called_off) == ["waiting", "offered"]


def test_whoever_cannot_take_it_keeps_his_place_with_the_reason(clock: Any) -> None:
    slot, (one,) = full(starts=at("2026-03-07 09:00"))
    busy, next_one = joined(slot), joined(slot)
    other = booked(make.slot(starts=at("2026-03-07 10:00")), busy.resident)

    cancelled(one)
    offered()
    assert (states_of(busy, next_one), skipped()) == (["waiting", "offered"], ["appointments_overlap"])

    cancelled(other)
    clock.set("2026-03-02 10:31")
    waiting.decline(next_one, policy=POLICY, by=BY)
    offered()
    assert states_of(busy, next_one) == ["offered", "waiting"]


def test_a_void_number_of_his_own_stands_in_nobody_elses_way(clock: Any) -> None:
    slot, (one, two) = full(2, starts=at("2026-03-07 09:00"))
    late, next_one = joined(slot, one.resident), joined(slot)
    with make.transaction() as session:
        session.refresh(one)
        states.move(one, AppointmentStatus.LATE_CANCELLED, by=CLOCK, at=one.booked_at, cancelled_at=one.booked_at)

    cancelled(two)
    offered()

    assert (states_of(late, next_one), skipped()) == (["waiting", "offered"], ["slot_closed"])


def test_a_consent_taken_back_is_a_reason_too() -> None:
    slot, (one,) = full()
    ended = joined(slot)
    with make.transaction() as session:
        session.refresh(ended.resident)
        ended.resident.real_name_state = RealNameState.UNVERIFIED

    cancelled(one)
    offered()

    assert (states_of(ended), skipped(), freed()) == (["waiting"], ["booking_needs_real_name"], [(None, "")])


@pytest.mark.parametrize("wanted", ["day", "specialist", "kind"])
def test_only_what_suits_is_offered(wanted: str) -> None:
    slot, (one,) = full(starts=at("2026-03-07 09:00"))
    other = make.specialist(department=slot.shift.department, hospital=slot.shift.hospital)
    what: dict[str, Any] = {
        "day": {"from_on": day("2026-03-08"), "until_on": day("2026-03-09")},
        "specialist": {"specialist_id": other.id},
        "kind": {"kind": "EXAM"},
    }[wanted]
    entry = joined(slot, **what)

    cancelled(one)
    offered()

    assert states_of(entry) == ["waiting"]


# ---------------------------------------------------------------- offers


def test_an_offer_holds_two_hours_and_is_taken_in_one_step(clock: Any) -> None:
    slot, (one,) = full()
    entry = joined(slot)
    cancelled(one)
    offered()
    (offer,) = offers()
    assert abs(offer.expires_at - offer.offered_at - timedelta(hours=2)) < timedelta(seconds=1)
    assert [n.expires_at for n in told("waiting_offer")] == [offer.expires_at]

    clock.set("2026-03-02 11:59")
    appointment = waiting.accept(entry, policy=POLICY, by=BY)
    assert waiting.accept(entry, policy=POLICY, by=BY).id == appointment.id

    assert (appointment.status, appointment.channel, states_of(entry)) == ("booked", "waiting", ["booked"])
    assert (freed(), counts(slot)) == ([("rebooked", "waiting_list")], (1, 1, 0, 0))
    assert [n.status for n in told("waiting_offer")] == ["cancelled"]


def test_an_offer_that_runs_out_goes_to_the_next(clock: Any) -> None:
    slot, (one,) = full()
    first, second = joined(slot), joined(slot)
    cancelled(one)
    offered()

    clock.set("2026-03-02 12:01")
    with pytest.raises(booking.HoldExpired):
        waiting.accept(first, policy=POLICY, by=BY)
    lapsed()
    assert (states_of(first, second), freed()) == (["waiting", "waiting"], [(None, "")])
    offered()

    assert states_of(first, second) == ["waiting", "offered"]
    assert (freed(), len(told("waiting_offer_over"))) == ([("offered", "waiting_list")], 1)
    with pytest.raises(waiting.NothingOffered):
        waiting.accept(first, policy=POLICY, by=BY)


def test_nobody_is_offered_the_same_slot_again() -> None:
    slot, (one,) = full()
    entry = joined(slot)
    cancelled(one)
    offered()

    waiting.decline(entry, policy=POLICY, by=BY)
    offered()

    assert (states_of(entry), freed(), counts(slot)) == (["waiting"], [(None, "")], (1, 0, 0, 0))


def test_near_the_end_of_booking_an_offer_is_shorter_and_then_none_is_made(clock: Any) -> None:
    slot, (one, two) = full(2, starts=at("2026-03-07 09:00"))
    first, second = joined(slot), joined(slot)

    clock.set("2026-03-06 14:30")
    cancelled(one)
    offered()
    assert [offer.expires_at for offer in offers()] == [at("2026-03-06 15:00")]
    clock.set("2026-03-06 14:51")
    cancelled(two)
    offered()

    assert states_of(first, second) == ["offered", "waiting"]


def test_an_offer_of_the_night_runs_from_the_morning(clock: Any) -> None:
    slot, (one,) = full()
    joined(slot)
    clock.set("2026-03-02 23:00")
    cancelled(one)
    offered()

    (offer,) = offers()
    assert at("2026-03-03 10:00") <= offer.expires_at <= at("2026-03-03 10:30")


def test_leaving_with_an_offer_passes_it_on() -> None:
    slot, (one,) = full()
    first, second = joined(slot), joined(slot)
    cancelled(one)
    offered()

    waiting.leave(first, by=BY)
    offered()

    assert (states_of(first, second), counts(slot)) == (["given_up", "offered"], (1, 1, 0, 0))


def test_after_three_offers_not_taken_the_wait_ends() -> None:
    slots = [make.slot(starts=at(f"2026-03-0{n} 09:00"), capacity=1) for n in (6, 7, 8)]
    for slot in slots[1:]:
        with make.transaction() as session:
            session.refresh(slot)
            slot.department_id = slots[0].department_id
    bookings = [booked(slot) for slot in slots]
    entry = joined(slots[0], until_on=day("2026-03-09"))
    for n, appointment in enumerate(bookings, 1):
        assert waiting.end_next(policy=POLICY) is False
        cancelled(appointment)
        offered()
        waiting.decline(entry, policy=POLICY, by=BY)
        assert entry.offers == n

    assert waiting.end_next(policy=POLICY) is True
    assert waiting.end_next(policy=POLICY) is False
    assert (states_of(entry), len(told("waiting_ended"))) == (["expired"], 1)


def test_a_wait_ends_with_its_last_day(clock: Any) -> None:
    entry = joined(full()[0], until_on=day("2026-03-06"))

    clock.set("2026-03-05 23:59")
    assert waiting.end_next(policy=POLICY) is False
    clock.set("2026-03-06 00:00")  # for the day itself one had to book the day before
    assert waiting.end_next(policy=POLICY) is True

    assert states_of(entry) == ["expired"]


def test_who_found_a_number_himself_no_longer_waits() -> None:
    slot, (one, two) = full(2)
    entry, second = joined(slot), joined(slot)
    cancelled(one)
    booked(slot, entry.resident)

    cancelled(two)
    offered()

    assert states_of(entry, second) == ["booked", "offered"]


def test_a_hospital_that_says_no_puts_him_back_in_line() -> None:
    slot, (one,) = full(hospital=make.hospital(must_confirm=True))
    entry = joined(slot)
    cancelled(one)
    offered()
    appointment = waiting.accept(entry, policy=POLICY, by=BY)
    assert (appointment.status, states_of(entry)) == ("pending", ["booked"])

    booking.turn_down(appointment, "当天停号", by=BY)

    assert states_of(entry) == ["waiting"]


# ---------------------------------------------------------------- every freed number is accounted for


def test_a_place_nobody_waits_for_goes_to_the_public(clock: Any) -> None:
    slot, (one, two) = full(2, starts=at("2026-03-07 09:00"))
    cancelled(one)
    assert (offered(), offered()) == (1, 0)
    assert freed() == [(None, "")]

    clock.set("2026-03-06 14:59")
    cancelled(two)
    offered()
    clock.set("2026-03-06 15:00")
    booking.release_next()
    offered()

    assert freed() == [("public", "released")] * 2


def test_a_place_booked_directly_is_accounted_for() -> None:
    slot, (one,) = full()
    cancelled(one)
    booked(slot)

    offered()

    assert freed() == [("rebooked", "booked_directly")]


def test_of_two_freed_before_the_release_one_was_booked(clock: Any) -> None:
    slot, (one, two) = full(2, starts=at("2026-03-07 09:00"))
    cancelled(one)
    cancelled(two)
    offered()
    booked(slot)
    clock.set("2026-03-06 15:00")
    booking.release_next()

    offered()

    assert sorted(freed()) == [("public", "released"), ("rebooked", "booked_directly")]


def test_an_offer_open_at_the_release_is_accounted_for_when_it_is_given_back(clock: Any) -> None:
    slot, (one,) = full(starts=at("2026-03-07 09:00"))
    entry = joined(slot)
    clock.set("2026-03-06 14:40")
    cancelled(one)
    offered()
    clock.set("2026-03-06 15:00")
    booking.release_next()
    lapsed()
    offered()

    assert (states_of(entry), freed(), counts(slot)) == (["waiting"], [("public", "released")], (0, 0, 1, 0))


def test_a_clinic_called_off_ends_the_offer_and_the_number(clock: Any) -> None:
    slot, (one, two) = full(2)
    entry = joined(slot)
    cancelled(one)
    offered()
    (offer,) = offers()
    cancelled(two)
    with make.transaction() as session:
        held = session.get_one(appointments.Appointment, offer.appointment_id)
        session.get_one(type(slot), slot.id).status = "suspended"
        appointments.give_back(held, AppointmentStatus.SUSPENDED, by=CLOCK, at=held.booked_at)
    offered()

    assert (states_of(entry), freed()) == (["waiting"], [("expired", "suspended")] * 2)
    assert [str(offer.outcome) for offer in offers()] == ["called_off"]


def test_a_public_place_given_back_is_the_publics() -> None:
    slot = make.slot(capacity=1, taken=1, public=1)
    entry = joined(slot)
    origin = booking.Origin(pool=appointments.Pool.PUBLIC)
    mine = booking.reserve(slot.id, signed(), policy=POLICY, by=BY, origin=origin)[0]
    cancelled(mine)

    offered()

    assert (states_of(entry), freed()) == (["waiting"], [("public", "public_place")])


def test_new_sessions_are_offered_too(clock: Any) -> None:
    slot, _ = full()
    first, second = joined(slot), joined(slot)
    make.slot(specialist=slot.shift.specialist, starts=at("2026-03-06 14:00"), capacity=1)

    after = ""
    while after := waiting.offer_free_next(after, policy=POLICY):
        pass

    assert states_of(first, second) == ["offered", "waiting"]
    clock.set("2026-03-02 12:01")
    lapsed()
    offered()
    assert (states_of(first, second), freed()) == (["waiting", "offered"], [("offered", "waiting_list")])
    db.session.rollback()
