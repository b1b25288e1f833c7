"""Chinese working days: what the State Council published, what a region adds, and what nobody knows yet."""

from datetime import date, timedelta

import pytest

from server import policy
from server.policy.workdays import Calendar, calendar, published

PLAIN = Calendar()


@pytest.mark.parametrize(
    ("day", "is_worked"),
    [
        (date(2026, 2, 14), True),  # a Saturday, worked for the Spring Festival
        (date(2026, 2, 17), False),  # a Tuesday, New Year's Day of the lunar calendar
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 3, 2), True),
        (date(2026, 3, 7), False),
    ],
)
def test_days_moved_around_holidays(day: date, is_worked: bool) -> None:
    assert PLAIN.is_workday(day) is is_worked


def test_of_a_year_nobody_published_only_weekends_are_known() -> None:
    year = max(published()) + 1

    assert not PLAIN.knows(year)
    assert not PLAIN.is_workday(_weekday(year, 5)) and not PLAIN.is_workday(_weekday(year, 6))
    assert PLAIN.is_workday(_weekday(year, 0))


def test_the_table_of_a_region_goes_before_the_library() -> None:
    changed = Calendar(off=frozenset({date(2026, 3, 2)}), worked=frozenset({date(2026, 3, 7)}))

    assert not changed.is_workday(date(2026, 3, 2))
    assert changed.is_workday(date(2026, 3, 7))


def test_a_year_the_table_says_all_of_is_known_and_not_asked_of_the_library() -> None:
    whole = Calendar(off=frozenset({date(2027, 1, 1)}), years=frozenset({2027}))

    assert whole.knows(2027)
    assert not whole.is_workday(date(2027, 1, 1))
    assert whole.is_workday(date(2027, 1, 4))


def test_staff_hear_before_the_holiday_and_not_in_it() -> None:
    # 2026-09-30 is a Wednesday, 10-01 to 10-07 are off, 10-08 is worked
    assert PLAIN.last_told_on(date(2026, 9, 30)) == date(2026, 10, 7)
    assert PLAIN.last_told_on(date(2026, 10, 3)) is None
    assert PLAIN.last_told_on(date(2026, 10, 8)) == date(2026, 10, 8)
    assert PLAIN.before(date(2026, 10, 7)) == date(2026, 9, 30)
    assert PLAIN.before(date(2026, 10, 8)) == date(2026, 10, 8)


def test_a_regions_calendar_is_its_profile() -> None:
    rules = policy.load(policy.BASE).reminders.model_copy(
        update={"days_off": [date(2027, 1, 1)], "days_worked": [date(2027, 1, 3)], "calendar_years": [2027]}
    )

    found = calendar(rules)

    assert (found.knows(2027), found.is_workday(date(2027, 1, 1)), found.is_workday(date(2027, 1, 3))) == (
        True,
        False,
        True,
    )


def _weekday(year: int, weekday: int) -> date:
    day = date(year, 1, 10)
    return day + timedelta(days=(weekday - day.weekday()) % 7)
