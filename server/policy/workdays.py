"""Chinese working days with the days moved by the State Council (调休). Pure.

The days come from the library ``chinesecalendar``, which knows the years the State Council has published; a region's profile
adds or changes days (``reminders.days_off``, ``days_worked``) and says for which years its own list is complete. Of any
other year only weekends are known, and ``knows`` says so, so that somebody sees it.
"""

import functools
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar

from server.policy.schema import Reminders

SATURDAY = 5
ONE = timedelta(days=1)
PUBLISHED_IN = 11
"""Month in which the State Council has published the next year's days."""


@functools.cache
def published() -> frozenset[int]:
    """Return the years the library knows."""
    return frozenset(day.year for day in chinese_calendar.constants.holidays)


@dataclass(frozen=True)
class Calendar:
    """The days of a region."""

    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()
    years: frozenset[int] = frozenset()

    def knows(self, year: int) -> bool:
        """Whether holidays of a year are known, and not only its weekends."""
        return year in self.years or year in published()

    def unknown(self, today: date) -> list[int]:
        """Return the years somebody should fill in by now: this one, and from November on the next one, too."""
        soon = [today.year, today.year + 1] if today.month >= PUBLISHED_IN else [today.year]
        return [year for year in soon if not self.knows(year)]

    def is_workday(self, day: date) -> bool:
        """Whether people work on a day; of an unknown year, whether it is no weekend."""
        if day in self.off or day in self.worked:
            return day in self.worked
        if day.year in self.years or day.year not in published():
            return day.weekday() < SATURDAY
        return bool(chinese_calendar.is_workday(day))

    def before(self, day: date) -> date:
        """Return the day itself if it is worked, else the last working day before it (§7.1)."""
        while not self.is_workday(day):
            day -= ONE
        return day

    def last_told_on(self, day: date) -> date | None:
        """Return the last day whose staff reminders are given on a day: holidays that follow included (§7.1).

        None when nobody works on the day itself: what falls on it was told on the working day before.
        """
        if not self.is_workday(day):
            return None
        while not self.is_workday(day + ONE):
            day += ONE
        return day


def calendar(rules: Reminders) -> Calendar:
    """Return a region's calendar.

    Source:
        policy keys reminders.days_off, days_worked, calendar_years.
    """
    return Calendar(frozenset(rules.days_off), frozenset(rules.days_worked), frozenset(rules.calendar_years))
