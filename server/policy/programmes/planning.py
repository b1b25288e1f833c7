"""What a programme with windows plans for somebody, from the facts of the enrolment."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from server.policy.dates import month_end
from server.policy.programmes.days import birthday, moved
from server.policy.programmes.kinds import Due
from server.policy.programmes.schedule import Calendar, NamedAnchor, Repeat, Window
from server.policy.programmes.scope import national, number_of
from server.policy.programmes.table import Programme
from server.policy.schema import FollowUps

Facts = Mapping[str, date | str]
BIRTH, LAST = "birth", "last"


def plan(programme: Programme, facts: Facts, today: date, *, numbers: FollowUps | None = None) -> list[Due]:
    """Return what is due and not yet over, by day.

    Args:
        facts: what the enrolment knows, by the names the table uses (``birth``, ``lmp``, ``discharged`` …; dates, or codes
            as text). A fact named like a key (``M2``, ``HepB1``) says that this was done.
        today: windows that ended before are left out.
        numbers: the region's, the national ones if not given.
    """
    numbers = numbers or national()
    known = dict(facts)
    for anchor in programme.anchors:
        start = known.get(anchor.of)
        if anchor.key not in known and isinstance(start, date) and _is_told(anchor, known):
            known[anchor.key] = moved(start, anchor, numbers)
    found = [
        *(due for window in programme.windows for due in _window(window, known, numbers)),
        *(due for repeat in programme.repeats for due in _repeat(repeat, known, today, numbers)),
        *(due for row in programme.calendar for due in _calendar(row, known, today, numbers)),
    ]
    open_ones = [due for due in found if due.until_on >= today and due.key not in known]
    return sorted(open_ones, key=lambda due: (due.due_on, due.key))


def deadline(programme: Programme, key: str, since: datetime) -> datetime:
    """Return by when something must have happened, to the hour: the 72 hours of the first home visit.

    Raises: KeyError if the table has no such deadline. Hours are not moved by holidays (domain.md §7.1).
    """
    hours = {row.key: row.hours for row in programme.deadlines}[key]
    return since + timedelta(hours=hours)


def _applies(row: Window | Repeat | Calendar, facts: Facts) -> bool:
    return (
        _is_told(row, facts)
        and all(str(facts.get(name)) in codes.split("|") for name, codes in row.only.items())
        and not any(str(facts.get(name)) in codes.split("|") for name, codes in row.other_than.items())
    )


def _is_told(row: NamedAnchor | Window | Repeat | Calendar, facts: Facts) -> bool:
    return all(name in facts for name in row.needs) and not any(name in facts for name in row.unless)


def _window(row: Window, facts: Facts, numbers: FollowUps) -> Iterator[Due]:
    start = facts.get(row.anchor)
    if not isinstance(start, date) or not _applies(row, facts):
        return
    if not (row.anchor_from or date.min) <= start <= (row.anchor_until or date.max):
        return
    from_on = moved(start, row.since, numbers)
    until_on = moved(start, row.until, numbers) - timedelta(days=row.until_day_before)
    due_on = moved(start, row.due, numbers) if row.due else from_on
    counts = moved(start, row.counts, numbers) if row.counts else None
    yield Due(row.key, due_on, from_on, until_on, row.title, counts)


def _repeat(row: Repeat, facts: Facts, today: date, numbers: FollowUps) -> Iterator[Due]:
    start, end = facts.get(row.anchor), facts.get(row.until) if row.until else None
    if not isinstance(start, date) or not _applies(row, facts) or (row.until and not isinstance(end, date)):
        return
    first = facts.get(row.not_before.of) if row.not_before else None
    earliest = moved(first, row.not_before, numbers) if row.not_before and isinstance(first, date) else start
    number, ahead = 0, 0
    while True:
        number += 1
        due_on = moved(start, row.every, numbers, number)
        if isinstance(end, date) and due_on > end:
            return
        if due_on < earliest:
            continue
        until_on = due_on + timedelta(days=row.grace_days)
        yield Due(f"{row.key}{number}", due_on, due_on, until_on, row.title)
        ahead += until_on >= today
        if row.until is None and ahead >= row.ahead:
            return


def _calendar(row: Calendar, facts: Facts, today: date, numbers: FollowUps) -> Iterator[Due]:
    if not _applies(row, facts):
        return
    last, born = facts.get(LAST), facts.get(BIRTH)
    if row.every == "month":
        first = today.replace(day=1)
        for _ in range(row.ahead):
            end = month_end(first)
            if not (isinstance(last, date) and last >= first):
                yield Due(f"{row.key}-{first:%Y-%m}", end, first, end, row.title)
            first = end + timedelta(days=1)
        return
    for year in range(today.year, today.year + row.ahead):
        end = date(year, 12, 31)
        if row.min_age is not None:
            age = int(number_of(row.min_age, numbers))
            if not isinstance(born, date) or born.year + age > year:
                continue
        if isinstance(last, date) and last.year >= year:
            continue
        due_on = birthday(last, year - last.year) if isinstance(last, date) else end
        yield Due(f"{row.key}-{year}", due_on, date(year, 1, 1), end, row.title)
