"""Calendar arithmetic of the rules (domain.md §0.4): months clamp to the month's end, agreements end inclusively."""

from calendar import monthrange
from datetime import date, timedelta


def add_months(day: date, months: int) -> date:
    """Return the same day ``months`` later, clamped to the month's end (2026-11-30 + 3 = 2027-02-28)."""
    month = day.year * 12 + day.month - 1 + months
    year, month = divmod(month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def agreement_end(start_on: date, months: int) -> date:
    """Return the last day of an agreement, inclusive (2026-03-02 for 12 months ends 2027-03-01)."""
    return add_months(start_on, months) - timedelta(days=1)


def month_end(day: date) -> date:
    """Return the last day of the day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


SATURDAY = 5


def workdays_after(day: date, number: int) -> date:
    """Return the day so many working days later. Public holidays count as working days: the promise is never too late."""
    while number > 0:
        day += timedelta(days=1)
        number -= day.weekday() < SATURDAY
    return day
