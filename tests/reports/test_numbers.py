"""Share and use by hospital and month: what was owed, what was given, what rotted."""

from datetime import date, datetime, time, timedelta

import pytest
from apiflask import APIFlask

from server import clock as clocks
from server import policy
from server.actions.booking import patterns
from server.actions.booking.patterns import Weekly
from server.database import db, transaction
from server.models import Hospital, Shift, ShiftPattern, Slot, SlotKind
from server.models.actor import CLOCK
from server.reports import numbers as reports
from tests import make
from tests.conftest import Clock

MIANYANG = policy.load("mianyang")
MARCH = date(2026, 3, 1)


@pytest.fixture
def central(app: APIFlask) -> Hospital:
    return make.hospital(name="市中心医院", level=3)


def slot(hospital: Hospital, day: date, **more: object) -> Slot:
    at = datetime.combine(day, time(9), clocks.SHANGHAI)
    return make.slot(hospital=hospital, starts=at, **more)  # type: ignore[arg-type]


def test_a_month_is_met_by_its_sum_and_months_are_local(central: Hospital) -> None:
    slot(central, date(2026, 3, 2), capacity=3, public=7)
    slot(central, date(2026, 3, 31), capacity=4, public=6)
    slot(central, date(2026, 4, 1), capacity=3, public=7)

    [march] = reports.compliance(MARCH)

    assert (march.hospital, march.sessions, march.capacity, march.given, march.owed) == ("市中心医院", 2, 20, 7, 6)
    assert march.is_met and march.pct == 35


def test_single_numbers_leave_a_month_below(central: Hospital) -> None:
    """A session of one number gives none; whether the share was kept is seen over the month (domain.md §5.3)."""
    for day in range(1, 11):
        made = slot(central, date(2026, 2, day), capacity=0, public=1)
        with transaction() as session:
            session.get_one(Shift, made.shift_id).share_pct = 30

    [low] = reports.below(date(2026, 3, 2))

    assert (low.month, low.owed, low.given, low.is_met) == (date(2026, 2, 1), 3, 0, False)


def test_what_was_called_off_is_not_owed(central: Hospital) -> None:
    made = slot(central, date(2026, 3, 2), capacity=3, public=7)
    with transaction() as session:
        session.get_one(Shift, made.shift_id).status = "suspended"  # type: ignore[assignment]

    assert reports.compliance(MARCH) == []


def test_numbers_are_used_fall_back_or_are_left(central: Hospital) -> None:
    slot(central, date(2026, 3, 2), capacity=5, taken=3)
    slot(central, date(2026, 3, 3), capacity=4, released=True)
    slot(make.hospital(name="县医院"), date(2026, 3, 3), capacity=20, taken=19)

    found = reports.utilisation(MARCH, date(2026, 3, 31))

    assert [(use.name, use.offered, use.used, use.fell_back, use.unused) for use in found] == [
        ("市中心医院", 9, 3, 4, 2),
        ("县医院", 20, 19, 0, 1),
    ]


@pytest.mark.parametrize(("taken", "is_low"), [(4, True), (5, False)])
def test_monday_speaks_of_low_use_in_the_week_before(central: Hospital, taken: int, is_low: bool) -> None:
    """N-25."""
    slot(central, date(2026, 2, 25), capacity=10, taken=taken)
    slot(central, date(2026, 3, 2), capacity=10, taken=0)

    assert bool(reports.low_use(reports.week_before(date(2026, 3, 2)))) is is_low
    assert reports.week_before(date(2026, 3, 1)) == date(2026, 2, 16)


def test_few_numbers_say_nothing(central: Hospital) -> None:
    slot(central, date(2026, 2, 25), capacity=9, taken=0)

    assert reports.low_use(reports.week_before(date(2026, 3, 2))) == []


def test_rotting_numbers_are_offered_to_a_session_that_is_short(central: Hospital, clock: Clock) -> None:
    clock.set("2026-01-05 10:00")
    one = make.specialist(hospital=central)
    other = make.specialist(hospital=central, department=one.department, name="李主任")
    rot, short = (
        patterns.add_pattern(
            who.department, who, Weekly(3, time(9), time(11), 20, SlotKind.EXPERT), policy=MIANYANG, by=CLOCK
        )
        for who in (one, other)
    )
    full(short)
    today = date(2026, 2, 9)

    found = reports.suggestions(today - timedelta(weeks=8), today - timedelta(days=1))

    assert [(item.pattern.id, item.is_short, item.better and item.better.id) for item in found] == [
        (rot.id, False, short.id),
        (short.id, True, None),
    ]


def full(pattern: ShiftPattern) -> None:
    with transaction() as session:
        for made in session.query(Slot).join(Shift).filter(Shift.pattern_id == pattern.id):
            made.fd_taken = made.fd_capacity


def test_each_report_is_one_query_and_the_hospitals(central: Hospital) -> None:
    from sqlalchemy import event

    for day in range(2, 9):
        slot(central, date(2026, 3, day), capacity=3)
    seen: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    reports.utilisation(MARCH, date(2026, 3, 31))

    assert len([one for one in seen if one.startswith("SELECT")]) == 2
