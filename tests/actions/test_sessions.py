"""Sessions cut into time ranges, weekly patterns laid out ahead: each once, the share rounded up per session."""

from datetime import date, datetime, time, timedelta

import pytest
from apiflask import APIFlask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from server import clock as clocks
from server import policy
from server.actions import booking
from server.actions.booking import patterns, planning, sessions, supply
from server.actions.booking.patterns import PatternInvalid, Weekly
from server.actions.booking.sessions import CapacityInvalid, OwnShareTooLarge
from server.actions.booking.supply import ShiftEndsEarly
from server.database import db
from server.models import Shift, ShiftException, ShiftPattern, Slot, SlotKind, Specialist
from server.models.actor import CLOCK
from server.policy.sessions import spread, takes_place, times_of
from tests import make
from tests.conftest import Clock

MIANYANG = policy.load("mianyang")
MORNING = Weekly(weekday=1, starts=time(8), ends=time(11), capacity=10, kind=SlotKind.EXPERT, minutes=60)


@pytest.fixture
def doctor(app: APIFlask) -> Specialist:
    return make.specialist(hospital=make.hospital(name="市中心医院", level=3))


def add(doctor: Specialist, weekly: Weekly = MORNING, rules: policy.Policy = MIANYANG) -> ShiftPattern:
    return patterns.add_pattern(doctor.department, doctor, weekly, policy=rules, by=CLOCK)


def shifts() -> list[Shift]:
    db.session.rollback()
    return list(db.session.query(Shift).order_by(Shift.starts_at))


def slots() -> list[Slot]:
    return list(db.session.query(Slot).order_by(Slot.starts_at))


# ---------------------------------------------------------------- pure rules


@given(st.integers(0, 500), st.lists(st.integers(0, 60), min_size=1, max_size=30))
def test_spreading_loses_nothing_and_fits(total: int, room: list[int]) -> None:
    total = min(total, sum(room))

    parts = spread(total, room)

    assert sum(parts) == total
    assert all(0 <= part <= most for part, most in zip(parts, room, strict=True))


@given(st.integers(0, 240), st.integers(30, 600), st.integers(1, 100))
def test_ranges_lie_side_by_side_from_start_to_end(minutes: int, length: int, numbers: int) -> None:
    starts = datetime(2026, 3, 9, 8, tzinfo=clocks.SHANGHAI)
    ends = starts + timedelta(minutes=length)

    found = times_of(starts, ends, minutes, numbers)

    assert (found[0][0], found[-1][1]) == (starts, ends)
    assert all(before[1] == after[0] for before, after in zip(found, found[1:], strict=False))
    assert all(start < end for start, end in found) and len(found) <= numbers


def test_every_second_week_counts_from_the_first() -> None:
    first = date(2026, 3, 4)
    mondays = [date(2026, 3, 2) + timedelta(weeks=week) for week in range(5)]

    assert [takes_place(day, 1, 2, first, None) for day in mondays] == [False, False, True, False, True]
    assert [takes_place(day, 1, 1, first, date(2026, 3, 16)) for day in mondays] == [False, True, True, False, False]


# ---------------------------------------------------------------- laying out


def test_the_coming_weeks_are_there_at_once_with_their_ranges(doctor: Specialist) -> None:
    add(doctor)

    days = [clocks.local(shift.starts_at).date() for shift in shifts()]
    assert days == [date(2026, 3, 9), date(2026, 3, 16), date(2026, 3, 23), date(2026, 3, 30)]
    first = slots()[:3]
    assert [clocks.local(slot.starts_at).hour for slot in first] == [8, 9, 10]
    assert sum(slot.capacity for slot in first) == 10
    assert sum(slot.fd_capacity for slot in first) == 3 == shifts()[0].fd_places
    assert clocks.local(first[0].release_at) == datetime(2026, 3, 8, 15, tzinfo=clocks.SHANGHAI)


def test_each_day_lays_out_what_came_into_reach_and_nothing_twice(doctor: Specialist, clock: Clock) -> None:
    add(doctor)
    before = len(shifts())

    assert planning.plan_next(MIANYANG) == 0
    for _ in range(7):
        clock.advance(days=1)
        assert planning.plan_next(MIANYANG) == 1
        assert planning.plan_next(MIANYANG) == 0

    assert len(shifts()) == before + 1
    assert len({shift.origin_key for shift in shifts()}) == before + 1


def test_a_run_takes_only_so_many_patterns(doctor: Specialist, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    for weekday in range(1, 6):
        add(doctor, Weekly(weekday, time(8), time(9), 4, SlotKind.EXPERT))
    monkeypatch.setattr(planning, "PATTERNS_AT_ONCE", 2)
    clock.advance(days=1)

    assert [planning.plan_next(MIANYANG) for _ in range(4)] == [2, 2, 1, 0]


def test_a_holiday_makes_no_session_and_a_substitute_sits_in(doctor: Specialist, clock: Clock) -> None:
    other = make.specialist(hospital=doctor.hospital, name="李主任")
    closed = {"hospital_id": doctor.hospital_id, "reason": "清明节", "made_at": clocks.now()}
    make.saved(ShiftException(first_on=date(2026, 3, 14), last_on=date(2026, 3, 16), **closed))
    make.saved(
        ShiftException(
            specialist_id=doctor.id,
            substitute_id=other.id,
            first_on=date(2026, 3, 20),
            last_on=date(2026, 3, 25),
            **closed,
        )
    )

    add(doctor)

    assert [(clocks.local(shift.starts_at).day, shift.who, shift.replaced_id) for shift in shifts()] == [
        (9, doctor.name, None),
        (23, "李主任", doctor.id),
        (30, doctor.name, None),
    ]


def test_nobody_sits_in_two_clinics_at_once(doctor: Specialist) -> None:
    plan = supply.plan_shift(date(2026, 3, 9), time(9), time(10), 5, rules=MIANYANG.booking)
    supply.create_shift(doctor, plan, by=CLOCK)

    add(doctor)
    add(doctor, Weekly(1, time(10), time(12), 5, SlotKind.EXPERT))

    found = [(clocks.local(shift.starts_at).day, clocks.local(shift.starts_at).hour) for shift in shifts()]
    assert found == [(9, 9), (9, 10), (16, 8), (23, 8), (30, 8)]


def test_an_ended_pattern_is_not_laid_out_further(doctor: Specialist, clock: Clock) -> None:
    pattern = add(doctor)
    count = len(shifts())

    patterns.end_pattern(pattern, date(2026, 3, 30), by=CLOCK)
    clock.advance(days=21)

    while planning.plan_next(MIANYANG):
        pass
    assert len(shifts()) == count


def test_what_the_hospital_keeps_counts_into_the_capacity(doctor: Specialist) -> None:
    add(doctor, Weekly(1, time(8), time(10), 10, SlotKind.EXPERT, other=5, minutes=60))

    first = slots()[:2]
    assert [(one.fd_capacity + one.public_capacity + one.other_capacity) for one in first] == [5, 5]
    assert (sum(one.other_capacity for one in first), sum(one.fd_capacity for one in first)) == (5, 3)


@pytest.mark.parametrize(
    ("weekly", "error"),
    [
        (Weekly(1, time(9), time(8), 10, SlotKind.EXPERT), ShiftEndsEarly),
        (Weekly(1, time(8), time(9), 0, SlotKind.EXPERT), CapacityInvalid),
        (Weekly(1, time(8), time(9), 10, SlotKind.EXPERT, other=8), OwnShareTooLarge),
        (Weekly(8, time(8), time(9), 10, SlotKind.EXPERT), PatternInvalid),
        (Weekly(1, time(8), time(9), 10, SlotKind.EXPERT, until_on=date(2026, 3, 1)), PatternInvalid),
    ],
)
def test_a_pattern_that_cannot_be_is_refused(doctor: Specialist, weekly: Weekly, error: type[Exception]) -> None:
    with pytest.raises(error):
        add(doctor, weekly)

    assert db.session.query(ShiftPattern).count() == 0


def test_nobodys_pattern_needs_a_name(doctor: Specialist) -> None:
    with pytest.raises(PatternInvalid):
        patterns.add_pattern(doctor.department, None, MORNING, policy=MIANYANG, by=CLOCK)
    ct = Weekly(2, time(8), time(12), 20, SlotKind.EXAM, label="CT 检查", minutes=30)
    patterns.add_pattern(doctor.department, None, ct, policy=MIANYANG, by=CLOCK)

    assert shifts()[0].who == "CT 检查" and shifts()[0].specialist_id is None


@pytest.mark.parametrize(
    ("region", "shares"),
    [
        ("mianyang", {"EXPERT": 3, "SPECIALIST": 3, "GENERAL": 0, "EXAM": 0, "BED": 10}),
        ("qianjiang", {"EXPERT": 2, "SPECIALIST": 2, "GENERAL": 2, "EXAM": 0, "BED": 2}),
        ("fujian", {"EXPERT": 2, "SPECIALIST": 0, "GENERAL": 0, "EXAM": 2, "BED": 2}),
        ("erqi", {"EXPERT": 2, "SPECIALIST": 0, "GENERAL": 0, "EXAM": 0, "BED": 2}),
        ("changyinsha", {"EXPERT": 0, "SPECIALIST": 0, "GENERAL": 0, "EXAM": 0, "BED": 0}),
    ],
)
def test_five_regions_share_the_same_clinic_differently(
    doctor: Specialist, region: str, shares: dict[str, int]
) -> None:
    """C-06, C-07, C-08: the figure, its kinds and its hospitals are the profile's."""
    rules = policy.load(region)
    for hour, kind in enumerate(shares, start=8):
        weekly = Weekly(1, time(hour), time(hour + 1), 10, SlotKind(kind))
        add(doctor, weekly, rules)

    monday = [shift for shift in shifts() if clocks.local(shift.starts_at).day == 9]
    assert {str(shift.kind): shift.fd_places for shift in monday} == shares


def test_beds_are_open_to_teams_first_and_then_to_everybody(app: APIFlask, clock: Clock) -> None:
    """RF-06 (绵阳): all beds of a day are the teams' until the fall-back; RF-07 (福建): a part of them is."""
    ward = make.specialist().department
    beds = Weekly(1, time(8), time(9), 4, SlotKind.BED, label="心内科病床")
    patterns.add_pattern(ward, None, beds, policy=MIANYANG, by=CLOCK)
    (slot,) = [one for one in db.session.scalars(select(Slot)) if clocks.local(one.starts_at).day == 9]
    taker = make.agreement().resident
    booking.reserve(slot.id, taker, policy=MIANYANG, by=CLOCK)
    assert (slot.fd_capacity, slot.public_capacity) == (4, 0)

    clock.set("2026-03-08 15:00:01")
    while booking.release_next():
        pass

    db.session.refresh(slot)
    assert (slot.fd_capacity, slot.fd_taken, slot.public_capacity) == (1, 1, 3)


def test_a_named_hospital_gives_its_fifth_of_every_kind(app: APIFlask) -> None:
    """RF-03: the three hospitals of the document give 20 % of all bookable numbers, rounded up."""
    rules = policy.load("qianjiang")
    central = make.specialist(hospital=make.hospital(name=rules.booking.quota_hospitals[0], level=2))

    add(central, Weekly(1, time(8), time(9), 8, SlotKind.GENERAL), rules)

    assert shifts()[0].fd_places == 2


def test_a_hospital_the_document_does_not_name_gives_none(app: APIFlask) -> None:
    """C-08: the quota names three hospitals; a fourth one of the guidance is not among them."""
    other = make.specialist(hospital=make.hospital(name="区人民医院", level=2))

    add(other, Weekly(1, time(8), time(9), 8, SlotKind.GENERAL), policy.load("qianjiang"))

    assert shifts()[0].fd_places == 0


def test_an_uneven_cut_is_refused(app: APIFlask) -> None:
    at = datetime(2026, 3, 9, 8, tzinfo=clocks.SHANGHAI)

    with pytest.raises(CapacityInvalid):
        sessions.cut(at, at + timedelta(hours=1), 5, other=6)
