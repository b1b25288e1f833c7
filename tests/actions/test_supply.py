"""Shifts, the family doctors' share, and when it goes to the public."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time

import pytest
from apiflask import APIFlask

from server import clock, policy
from server.access import admin as access
from server.actions.booking import supply
from server.actions.booking.supply import (
    CapacityInvalid,
    HospitalExists,
    ShiftEndsEarly,
    ShiftInPast,
    ShiftOverlaps,
    ShiftPlan,
    ShiftTooFar,
    SpecialistExists,
)
from server.database import db
from server.models import Pool, Shift, Slot, SlotStatus, Specialist
from server.models.actor import Actor, ActorKind
from tests import conftest

BY = Actor(ActorKind.ADMIN, "01ADMIN")
RULES = policy.load("mianyang").booking
DAY = date(2026, 3, 5)


@pytest.fixture
def specialist(app: APIFlask) -> Specialist:
    hospital = supply.create_hospital("市中心医院", level=3, address="长虹大道12号", by=BY)
    return supply.create_specialist(hospital, department="心内科", name="王主任", title="主任医师", by=BY)


def plan(day: date = DAY, starts: str = "08:30", ends: str = "11:30", capacity: int = 10) -> ShiftPlan:
    return supply.plan_shift(day, time.fromisoformat(starts), time.fromisoformat(ends), capacity, rules=RULES)


@pytest.mark.parametrize(
    ("capacity", "thirty", "twenty"),
    [(2, 1, 1), (3, 1, 1), (5, 2, 1), (8, 3, 2), (10, 3, 2), (15, 5, 3), (20, 6, 4), (33, 10, 7)],
)
def test_share_is_rounded_up(capacity: int, thirty: int, twenty: int) -> None:
    """The table of domain.md §5.3."""
    assert supply.family_doctor_places(capacity, 30) == thirty
    assert supply.family_doctor_places(capacity, 20) == twenty


@pytest.mark.parametrize(
    ("capacity", "pct", "kept"), [(1, 30, 0), (1, 99, 0), (1, 100, 1), (10, 0, 0), (10, 100, 10), (100, 29, 29)]
)
def test_share_at_the_edges(capacity: int, pct: int, kept: int) -> None:
    assert supply.family_doctor_places(capacity, pct) == kept


def test_plan_says_places_and_release_in_shanghai_time() -> None:
    made = plan(capacity=15)

    assert (made.family_doctor_places, made.public_places, made.share_pct) == (5, 10, 30)
    assert made.starts_at == datetime(2026, 3, 5, 8, 30, tzinfo=clock.SHANGHAI)
    assert made.release_at == datetime(2026, 3, 4, 15, 0, tzinfo=clock.SHANGHAI)


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"capacity": 0}, CapacityInvalid),
        ({"capacity": 501}, CapacityInvalid),
        ({"ends": "08:30"}, ShiftEndsEarly),
        ({"ends": "08:00"}, ShiftEndsEarly),
        ({"day": date(2026, 3, 1)}, ShiftInPast),
        ({"day": date(2026, 3, 2), "starts": "10:00"}, ShiftInPast),  # it is 10:00 on that day
        ({"day": date.min}, ShiftInPast),
        ({"day": date.max}, ShiftTooFar),
        ({"day": date(2026, 8, 30)}, ShiftTooFar),
    ],
)
def test_impossible_plans_are_refused(fields: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        plan(**fields)  # type: ignore[arg-type]


def test_later_the_same_day_is_possible() -> None:
    assert plan(day=date(2026, 3, 2), starts="10:30").release_at < clock.now()


def test_create_shift_saves_both_pools(specialist: Specialist) -> None:
    shift = supply.create_shift(specialist, plan(), by=BY)

    (slot,) = db.session.query(Slot).filter_by(shift_id=shift.id)
    assert {pool: (slot.left(pool), slot.status) for pool in Pool} == {
        Pool.FAMILY_DOCTOR: (3, SlotStatus.OPEN),
        Pool.PUBLIC: (7, SlotStatus.OPEN),
    }
    assert (slot.fd_taken, slot.public_taken, slot.capacity) == (0, 0, 10)
    assert (slot.hospital_id, slot.department_id) == (specialist.hospital_id, specialist.department_id)
    assert slot.release_at == plan().release_at
    assert (shift.capacity, shift.share_pct, shift.fd_places) == (10, 30, 3)


def test_a_single_number_is_public(specialist: Specialist) -> None:
    supply.create_shift(specialist, plan(capacity=1), by=BY)

    (slot,) = db.session.query(Slot)
    assert (slot.fd_capacity, slot.public_capacity) == (0, 1)


@pytest.mark.parametrize(
    ("starts", "ends", "is_free"),
    [
        ("08:30", "11:30", False),
        ("08:30", "09:00", False),
        ("08:00", "08:31", False),
        ("09:00", "10:00", False),
        ("08:00", "12:00", False),
        ("11:30", "12:00", True),
        ("08:00", "08:30", True),
    ],
)
def test_a_specialist_sits_in_one_clinic_at_a_time(
    specialist: Specialist, starts: str, ends: str, is_free: bool
) -> None:
    supply.create_shift(specialist, plan(), by=BY)

    if is_free:
        supply.create_shift(specialist, plan(starts=starts, ends=ends), by=BY)
    else:
        with pytest.raises(ShiftOverlaps):
            supply.create_shift(specialist, plan(starts=starts, ends=ends), by=BY)

    assert db.session.query(Shift).count() == 1 + is_free


def test_a_plan_that_became_past_is_refused(specialist: Specialist, clock: conftest.Clock) -> None:
    made = plan()
    clock.set("2026-03-05 08:30")

    with pytest.raises(ShiftInPast):
        supply.create_shift(specialist, made, by=BY)


def test_duplicates_are_refused(specialist: Specialist) -> None:
    with pytest.raises(HospitalExists):
        supply.create_hospital("市中心医院", level=2, address="别处", by=BY)
    with pytest.raises(SpecialistExists):
        supply.create_specialist(specialist.hospital, department="心内科", name="王主任", title="医师", by=BY)

    supply.create_specialist(specialist.hospital, department="外科", name="王主任", title="医师", by=BY)
    assert db.session.query(Specialist).count() == 2


def test_two_administrators_at_once_save_one_shift(app: APIFlask, specialist: Specialist) -> None:
    """Different starts, so only the order of writers decides, not the unique key."""
    plans = [plan(starts=f"08:{minute:02d}") for minute in range(8)]
    specialist_id = specialist.id
    db.session.rollback()

    def save(made: ShiftPlan) -> str:
        with app.app_context():
            try:
                supply.create_shift(access.specialist(specialist_id), made, by=BY)
            except ShiftOverlaps as refused:
                return refused.code
            finally:
                db.session.remove()
            return "saved"

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(save, plans))

    assert answers == ["saved"] + ["shift_overlaps"] * 7
    assert db.session.query(Shift).count() == 1
