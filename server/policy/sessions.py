"""How a session of a clinic, a machine or a ward is cut into time ranges, and its numbers spread over them. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta


def times_of(starts: datetime, ends: datetime, minutes: int, numbers: int) -> list[tuple[datetime, datetime]]:
    """Return the time ranges of a session: each ``minutes`` long, the last one to the end.

    Args:
        minutes: 0 makes one range. numbers: no range is made that would have none of them.
    """
    count = 1 if minutes <= 0 else max(1, (ends - starts) // timedelta(minutes=minutes))
    count = min(count, max(numbers, 1))
    if count == 1:
        return [(starts, ends)]
    length = timedelta(minutes=minutes)
    if count * length < ends - starts - length:
        length = (ends - starts) / count  # fewer numbers than ranges: they share the whole session
    edges = [starts + length * index for index in range(count)] + [ends]
    return list(zip(edges, edges[1:], strict=False))


def spread(total: int, room: Sequence[int]) -> list[int]:
    """Spread ``total`` over places in proportion to their room, as evenly as whole numbers allow.

    The parts add up to ``total``; none is more than its room where ``total`` is no more than all of it.
    """
    whole, before, parts = sum(room), 0, []
    for one in room:
        after = before + one
        parts.append(total * after // whole - total * before // whole if whole else 0)
        before = after
    return parts


def takes_place(day: date, weekday: int, every_weeks: int, first_on: date, until_on: date | None) -> bool:
    """Tell whether a weekly session, or one of every second week, is on a day.

    Args:
        weekday: 1 is Monday. first_on: the week it lies in is the first one.
    """
    if day.isoweekday() != weekday or day < first_on or (until_on is not None and day > until_on):
        return False
    monday = first_on - timedelta(days=first_on.isoweekday() - 1)
    return (day - monday).days // 7 % every_weeks == 0
