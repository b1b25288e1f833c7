"""Holidays, substitutes, and the word to the doctors before numbers go to the public."""

from collections.abc import Callable
from datetime import date, datetime, time

import pytest
from apiflask import APIFlask

from server import clock as clocks
from server import policy
from server.actions import booking
from server.actions.booking import digesting, patterns
from server.actions.booking.exceptions import Days, ExceptionInvalid, add_exception
from server.actions.booking.patterns import Weekly
from server.actions.booking.supply import ShiftOverlaps
from server.database import db
from server.models import (
    Appointment,
    AppointmentStatus,
    Notification,
    RealNameState,
    ReleaseDigest,
    Shift,
    ShiftException,
    SlotKind,
    Specialist,
)
from server.models.actor import CLOCK
from tests import make
from tests.conftest import Clock

MIANYANG = policy.load("mianyang")


@pytest.fixture
def doctor(app: APIFlask) -> Specialist:
    made = make.specialist(hospital=make.hospital(name="市中心医院", level=3))
    weekly = Weekly(1, time(8), time(11), 10, SlotKind.EXPERT)
    patterns.add_pattern(made.department, made, weekly, policy=MIANYANG, by=CLOCK)
    return made


@pytest.fixture
def booked(doctor: Specialist) -> Appointment:
    lin = make.resident(real_name_state=RealNameState.VERIFIED)
    make.agreement(resident=lin)
    return booking.reserve(first().slots[0], lin, policy=MIANYANG, by=CLOCK)[0]


class First:
    def __init__(self, shift: Shift) -> None:
        from server.access.machines import slots_of

        self.shift, self.slots = shift, [slot.id for slot in slots_of(shift.id)]


def first() -> First:
    db.session.rollback()
    return First(db.session.query(Shift).order_by(Shift.starts_at).first())


def closed(doctor: Specialist, first_on: date, last_on: date, **more: object) -> ShiftException:
    return add_exception(doctor.hospital, Days(first_on, last_on, "节日", **more), by=CLOCK)  # type: ignore[arg-type]


def kinds() -> list[str]:
    db.session.rollback()
    return [note.kind for note in db.session.query(Notification).order_by(Notification.id)]


def test_a_holiday_calls_off_what_is_laid_out_and_frees_everybody(doctor: Specialist, booked: Appointment) -> None:
    closed(doctor, date(2026, 3, 9), date(2026, 3, 16))
    assert [shift.status for shift in db.session.query(Shift).order_by(Shift.starts_at)][:3] == [
        "suspended",
        "suspended",
        "open",
    ]

    while booking.suspend_next():
        pass

    db.session.expire_all()
    assert booked.status == AppointmentStatus.SUSPENDED
    assert "appointment_suspended" in kinds()


def test_a_substitute_takes_over_and_the_number_stays(doctor: Specialist, booked: Appointment) -> None:
    other = make.specialist(hospital=doctor.hospital, department=doctor.department, name="李主任")

    closed(doctor, date(2026, 3, 9), date(2026, 3, 9), specialist=doctor, substitute=other)

    db.session.expire_all()
    assert (first().shift.who, first().shift.replaced_id) == ("李主任", doctor.id)
    assert booked.status == AppointmentStatus.BOOKED and booked.slot.shift.who == "李主任"
    assert kinds().count("clinic_doctor_changed") == 1


def test_a_substitute_who_sits_elsewhere_is_refused(doctor: Specialist) -> None:
    other = make.specialist(hospital=doctor.hospital, department=doctor.department, name="李主任")
    weekly = Weekly(1, time(10), time(12), 10, SlotKind.EXPERT)
    patterns.add_pattern(doctor.department, other, weekly, policy=MIANYANG, by=CLOCK)

    with pytest.raises(ShiftOverlaps):
        closed(doctor, date(2026, 3, 9), date(2026, 3, 9), specialist=doctor, substitute=other)

    assert db.session.query(ShiftException).count() == 0
    assert first().shift.replaced_id is None


@pytest.mark.parametrize(
    ("first_on", "last_on"),
    [(date(2026, 3, 1), date(2026, 3, 9)), (date(2026, 3, 9), date(2026, 3, 8)), (date(2026, 3, 9), date(2026, 6, 9))],
)
def test_days_that_cannot_be_are_refused(doctor: Specialist, first_on: date, last_on: date) -> None:
    with pytest.raises(ExceptionInvalid):
        closed(doctor, first_on, last_on)


def test_nobodys_substitute_is_refused(doctor: Specialist) -> None:
    stranger = make.specialist(name="张主任")

    for more in ({"substitute": stranger}, {"specialist": doctor, "substitute": doctor}, {"specialist": stranger}):
        with pytest.raises(ExceptionInvalid):
            closed(doctor, date(2026, 3, 9), date(2026, 3, 9), **more)


# ---------------------------------------------------------------- N-24


@pytest.fixture
def doctors(app: APIFlask) -> Callable[[int], list[str]]:
    return lambda count: sorted(str(make.user(staff=make.team().lead).id) for _ in range(count))


def told() -> list[tuple[str, int]]:
    db.session.rollback()
    found = db.session.query(Notification).filter_by(kind="slots_falling_back").order_by(Notification.user_id)
    return [(note.user_id or "", note.facts["count"]) for note in found]


def run() -> int:
    steps = 0
    while digesting.digest_next():
        steps += 1
    return steps


def release(day: int = 4) -> datetime:
    return datetime(2026, 3, day - 1, 15, tzinfo=clocks.SHANGHAI)


def slot(left: int, hospital: object = None, **more: object) -> None:
    at = datetime(2026, 3, 4, 9, tzinfo=clocks.SHANGHAI)
    make.slot(capacity=left + 1, taken=1, starts=at, hospital=hospital, release_at=release(), **more)  # type: ignore[arg-type]


def test_each_doctor_hears_once_24_and_once_2_hours_before(doctors: Callable[[int], list[str]], clock: Clock) -> None:
    ids = doctors(2)
    one = make.hospital(name="市中心医院")
    slot(2, one)
    slot(3, one, kind="EXAM")
    slot(2, make.hospital(name="县医院"))

    clock.set("2026-03-02 14:55")
    assert (run(), told()) == (0, [])
    clock.set("2026-03-02 15:00:01")
    run()
    assert told() == [(user_id, 7) for user_id in ids]
    note = db.session.query(Notification).filter_by(kind="slots_falling_back").first()
    assert (note.facts["hospital"], note.facts["hospitals"]) == ("市中心医院", 2)
    clock.set("2026-03-03 12:55")
    assert run() == 0
    clock.set("2026-03-03 13:00:01")
    run()
    assert len(told()) == 4
    clock.set("2026-03-03 14:00")
    assert run() == 0


def test_many_doctors_are_told_in_steps(
    doctors: Callable[[int], list[str]], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digesting, "DOCTORS_AT_ONCE", 2)
    ids = doctors(5)
    slot(2)
    clock.set("2026-03-03 14:00")

    assert run() == 3
    assert told() == [(user_id, 2) for user_id in ids]


def test_nobody_hears_of_what_is_full_called_off_or_gone(doctors: Callable[[int], list[str]], clock: Clock) -> None:
    doctors(1)
    slot(0)
    slot(3, status="suspended")
    make.slot(capacity=4, released=True, release_at=release(), starts=datetime(2026, 3, 4, 9, tzinfo=clocks.SHANGHAI))
    clock.set("2026-03-03 14:00")

    run()

    assert told() == [] and db.session.query(ReleaseDigest).count() == 0
