"""When people may be told, and which reminder of a due day is next. Pure; domain.md §7.1, N-01, N-10."""

import hashlib
from datetime import date, datetime, timedelta

from server.policy.schema import Reminders

JITTER_SECONDS = 1800
"""Messages held back over night go out spread over this time (§7.1: 08:00–09:00 with jitter)."""


def is_quiet(local: datetime, rules: Reminders) -> bool:
    """Tell whether no message may go to a resident now; ``local`` is Shanghai wall-clock time."""
    now = local.timetz().replace(tzinfo=None)
    if rules.quiet_from <= rules.quiet_until:
        return rules.quiet_from <= now < rules.quiet_until
    return now >= rules.quiet_from or now < rules.quiet_until


def quiet_ends(local: datetime, rules: Reminders, key: str) -> datetime:
    """Return when a message held back at ``local`` goes out: the end of quiet hours plus a jitter fixed by its key."""
    end = datetime.combine(local.date(), rules.quiet_until, local.tzinfo)
    if end <= local:
        end += timedelta(days=1)
    spread = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % JITTER_SECONDS
    return end + timedelta(seconds=spread)


def reminder_day(local: datetime, rules: Reminders) -> date:
    """Return the latest day whose reminders may be out by now: before 09:00 that is still yesterday."""
    return local.date() if local.timetz().replace(tzinfo=None) >= rules.at else local.date() - timedelta(days=1)


def steps_before(due_on: date, day: date, days_before: list[int]) -> int:
    """Count the reminder steps (days before the due day, descending) reached on a day."""
    return sum(1 for days in days_before if (due_on - day).days <= days)


def steps_in_month(due_on: date, day: date, days_of_month: list[int]) -> int:
    """Count the notice days of the due day's month reached on a day."""
    return sum(1 for number in days_of_month if due_on.replace(day=number) <= day)
