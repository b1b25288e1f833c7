"""Working time of a team: several periods a day, on the Chinese calendar with its moved days. Pure; instants are aware."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from server.policy.schema import Answering
from server.policy.workdays import Calendar

HERE: Final = ZoneInfo("Asia/Shanghai")
DAY: Final = timedelta(days=1)
MOST_DAYS: Final = 60
"""Days looked ahead for working time; a team that never works in between has none."""
WEEK: Final = "一二三四五六日"


@dataclass(frozen=True)
class Period:
    """From a minute of the day until just before another one; minutes after local midnight, 0 … 1440."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{_clock(self.start)}-{_clock(self.end)}"


@dataclass(frozen=True)
class Hours:
    """When a team works."""

    workday: tuple[Period, ...]
    restday: tuple[Period, ...]
    calendar: Calendar

    def of_day(self, day: date) -> tuple[Period, ...]:
        """Return the periods of one day."""
        return self.workday if self.calendar.is_workday(day) else self.restday

    def is_open(self, at: datetime) -> bool:
        """Tell whether the team works at an instant."""
        return any(start <= at < end for start, end in self._periods(at, 1))

    def after(self, at: datetime, minutes: float) -> datetime:
        """Return the instant at which so much working time has passed; plain time where a team has no hours at all."""
        left = timedelta(minutes=minutes)
        for start, end in self._periods(at, MOST_DAYS):
            begin = max(start, at)
            if end - begin >= left:
                return begin + left
            left -= max(end - begin, timedelta())
        return at + timedelta(minutes=minutes)

    def minutes(self, start: datetime, end: datetime) -> int:
        """Return the minutes of working time between two instants, rounded."""
        days = (end.astimezone(HERE).date() - start.astimezone(HERE).date()).days + 1
        worked = timedelta()
        for begin, stop in self._periods(start, days):
            worked += max(min(stop, end) - max(begin, start), timedelta())
        return round(worked.total_seconds() / 60)

    def _periods(self, at: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        first = at.astimezone(HERE).date()
        for number in range(days):
            day = first + number * DAY
            midnight = datetime.combine(day, time(), HERE)
            for period in self.of_day(day):
                begin, end = (midnight + timedelta(minutes=minute) for minute in (period.start, period.end))
                if end > at:
                    yield begin, end


def parse(text: str) -> Period:
    """Return a period written "08:00-12:00". Raises ValueError."""
    start, _, end = text.partition("-")
    begin, stop = _minutes(start), _minutes(end)
    if begin >= stop:
        raise ValueError(f"{text!r} ends before it begins")
    return Period(begin, stop)


def ordered(periods: Sequence[Period]) -> tuple[Period, ...]:
    """Return the periods of a day in order. Raises ValueError when two overlap."""
    rows = tuple(sorted(periods, key=lambda period: period.start))
    for one, other in zip(rows, rows[1:], strict=False):
        if one.end > other.start:
            raise ValueError(f"{one} and {other} overlap")
    return rows


def of_region(rules: Answering, calendar: Calendar) -> Hours:
    """Return the hours of teams that have none of their own.

    Source:
        policy keys answering.workday_hours, answering.restday_hours.
    """
    return Hours(ordered([*map(parse, rules.workday_hours)]), ordered([*map(parse, rules.restday_hours)]), calendar)


def spoken(at: datetime, now: datetime) -> str:
    """Return an instant for people: 今天 16:30, 明天 08:20, 11月24日（周二）08:20."""
    there, here = at.astimezone(HERE), now.astimezone(HERE)
    if there.second or there.microsecond:
        there = there.replace(second=0, microsecond=0) + timedelta(minutes=1)
    days = (there.date() - here.date()).days
    named = {0: "今天", 1: "明天"}.get(days, f"{there.month}月{there.day}日（周{WEEK[there.weekday()]}）")
    return f"{named} {there:%H:%M}" if days in (0, 1) else f"{named}{there:%H:%M}"


def _minutes(text: str) -> int:
    hour, colon, minute = text.strip().partition(":")
    if not colon or not (hour.isdecimal() and minute.isdecimal()) or int(minute) > 59 or len(minute) != 2:
        raise ValueError(f"{text!r} is no time of day")
    found = int(hour) * 60 + int(minute)
    if found > 24 * 60:
        raise ValueError(f"{text!r} is no time of day")
    return found


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
