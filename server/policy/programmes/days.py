"""Distances of the tables on the calendar (domain.md §0.4)."""

from datetime import date, timedelta

from server.policy.dates import add_months
from server.policy.programmes.schedule import Number, Offset
from server.policy.programmes.scope import number_of
from server.policy.schema import FollowUps


def moved(day: date, offset: Offset, numbers: FollowUps, times: int = 1) -> date:
    """Return the day so far away: birthdays first, then months with the clamp, then weeks and days."""

    def amount(number: Number) -> int:
        return int(number_of(number, numbers)) * times

    day = birthday(day, amount(offset.years))
    return add_months(day, amount(offset.months)) + timedelta(weeks=amount(offset.weeks), days=amount(offset.days))


def birthday(born_on: date, years: int) -> date:
    """Return the n-th birthday; born on 29 February, it is 1 March in other years."""
    try:
        return born_on.replace(year=born_on.year + years)
    except ValueError:
        return date(born_on.year + years, 3, 1)


def joint_next(dates: list[date]) -> date:
    """Return when somebody in several programmes comes next: the earliest day, one encounter for all.

    Raises: ValueError if there is none. Source: domain.md §2.0 "Two programmes" (C).
    """
    return min(dates)
