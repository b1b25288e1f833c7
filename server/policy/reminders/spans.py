"""Which due days a line of the catalogue is about today, what was missed included. Pure."""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.policy.dates import month_end
from server.policy.reminders import Effective
from server.policy.schema import Policy
from server.policy.workdays import Calendar

ONE = timedelta(days=1)
LIFETIME_DAYS = 3
"""How long what is overdue is worth telling, when nothing else ends it."""


@dataclass(frozen=True)
class Span:
    """Rows whose anchor lies from ``first`` to ``last`` are told with a step, which is part of their key."""

    first: date
    last: date
    step: str
    told_for: date
    """The day on which they would have been told on time."""

    @property
    def expires_on(self) -> date:
        """The first day on which telling would mislead: after the due day, or when it is old."""
        return (self.last if self.last >= self.told_for else self.told_for + timedelta(days=LIFETIME_DAYS)) + ONE


@dataclass(frozen=True)
class Today:
    """What a line is about in one run."""

    spans: tuple[Span, ...]
    through: date
    """Everything up to this day is told by it."""


def look(
    line: Effective, local: datetime, planned_through: date | None, policy: Policy, days: Calendar
) -> Today | None:
    """Return what a line is about now; None when it was planned already, or nobody is told today.

    Before the line's hour that is still yesterday. A run after an outage takes up what was missed, no older than the
    profile allows, and of several missed steps of one due day only the latest.

    Args:
        local: Shanghai wall-clock time. planned_through: the last day that was planned; None: none yet.
    Source:
        domain.md §7.1; policy keys reminders.at, reminders.max_age_days.
    """
    today = local.date() if local.timetz().replace(tzinfo=None) >= line.at else local.date() - ONE
    through = days.last_told_on(today) if line.line.moves_to_workday else today
    if through is None or (planned_through is not None and planned_through >= through):
        return None
    first = today - timedelta(days=policy.reminders.max_age_days)
    if planned_through is not None:
        first = max(first, planned_through + ONE)
    found: dict[tuple[date, date], Span] = {}
    day = first
    while day <= through:
        for span in _spans(line, day):
            if span.expires_on > local.date() or not line.line.is_for_residents:
                found[span.first, span.last] = span  # a later step of one day takes the place of an earlier one
        day += ONE
    return Today(tuple(found.values()), through)


def _spans(line: Effective, day: date) -> list[Span]:
    spans = [Span(day - timedelta(days=offset), day - timedelta(days=offset), str(offset), day) for offset in line.days]
    if day.day in {min(number, calendar.monthrange(day.year, day.month)[1]) for number in line.days_of_month}:
        spans.append(Span(day.replace(day=1), month_end(day), f"d{day.day}", day))
    if f"{day:%m-%d}" in line.dates:
        spans.append(Span(day.replace(month=1, day=1), day.replace(month=12, day=31), f"{day:%m-%d}", day))
    return spans
