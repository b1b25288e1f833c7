"""How hospitals keep their share, and what becomes of the family doctors' numbers: one grouped query each.

The queries name the hospitals, so that each is a few ranges of (hospital, …, starts_at), however many slots there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import case, func, select

from server import clock
from server.database import db
from server.models import Hospital, Shift, ShiftPattern, Slot, SlotStatus
from server.policy.numbers import months_after

MONTHS = 12
LOW_PCT = 50
"""Below it a hospital's use is low (domain.md N-25 names no figure)."""
SHORT_PCT = 95
LEAST = 10
"""Fewer numbers say nothing."""
MOST = 20
_ANY = [str(status) for status in SlotStatus]


@dataclass(frozen=True)
class Compliance:
    """One hospital's month, or one kind of its numbers: what it gave, and what it owed by its sessions' percentages."""

    hospital: str
    month: date
    sessions: int
    capacity: int
    given: int
    owed: int

    @property
    def is_met(self) -> bool:
        """Whether it gave at least what it owed."""
        return self.given >= self.owed

    @property
    def pct(self) -> int | None:
        """Its family doctors' share in percent, rounded down."""
        return self.given * 100 // self.capacity if self.capacity else None


@dataclass(frozen=True)
class Use:
    """What became of numbers: ``offered`` = used + fell_back + unused (not gone to the public, or not yet)."""

    id: str
    name: str
    offered: int
    used: int
    fell_back: int

    @property
    def unused(self) -> int:
        """Neither booked nor given to the public."""
        return self.offered - self.used - self.fell_back

    @property
    def pct(self) -> int | None:
        """Used of offered, rounded down."""
        return self.used * 100 // self.offered if self.offered else None

    @property
    def is_low(self) -> bool:
        """Whether somebody should look at it."""
        return self.offered >= LEAST and self.used * 100 < self.offered * LOW_PCT


@dataclass(frozen=True)
class Suggestion:
    """A weekly session whose numbers rot, or are short; ``better`` is a short one of the same department."""

    pattern: ShiftPattern
    use: Use
    is_short: bool
    better: ShiftPattern | None


def _hospital_ids() -> list[str]:
    return list(db.session.scalars(select(Hospital.id)))


def compliance(month: date, months: int = 1) -> list[Compliance]:
    """Return each hospital's months, newest first; sessions that ask for no share do not count.

    Args:
        month: first day of the last month. months: how many, at most 12.
    """
    firsts = [months_after(month, -back) for back in range(months)]
    which = case(*[(Shift.starts_at >= clock.midnight(first), index) for index, first in enumerate(firsts)])
    rows = db.session.execute(
        select(
            Hospital.name,
            which,
            func.count(Shift.id),
            func.sum(Shift.capacity),
            func.sum(Shift.fd_places),
            func.sum(Shift.capacity * Shift.share_pct),
        )
        .join(Hospital, Hospital.id == Shift.hospital_id)
        .where(
            Shift.hospital_id.in_(_hospital_ids()),
            Shift.starts_at >= clock.midnight(firsts[-1]),
            Shift.starts_at < clock.midnight(months_after(month, 1)),
            Shift.share_pct > 0,
            Shift.status == SlotStatus.OPEN,
        )
        .group_by(Hospital.name, which)
    )
    found = [
        Compliance(name, firsts[int(index)], int(sessions), int(capacity), int(given), -(-int(owed) // 100))
        for name, index, sessions, capacity, given, owed in rows
    ]
    return sorted(found, key=lambda one: (-one.month.toordinal(), one.hospital))


def below(today: date) -> list[Compliance]:
    """Return the months of the last year in which a hospital gave less than it owed."""
    return [one for one in compliance(today.replace(day=1), MONTHS) if not one.is_met]


def utilisation(first: date, last: date) -> list[Use]:
    """Return what became of the family doctors' numbers of each hospital's days, the least used first."""
    rows = db.session.execute(
        select(Hospital.id, Hospital.name, *_sums())
        .join(Hospital, Hospital.id == Slot.hospital_id)
        .where(*_of(_hospital_ids(), first, last))
        .group_by(Hospital.id, Hospital.name)
    )
    return sorted((_use(*row) for row in rows), key=lambda use: (use.pct is None, use.pct, use.name))


def week_before(today: date) -> date:
    """Return the Monday of last week."""
    return today - timedelta(days=today.weekday() + 7)


def low_use(monday: date) -> list[Use]:
    """Return the hospitals whose numbers were little used from a Monday to its Sunday (N-25)."""
    return [use for use in utilisation(monday, monday + timedelta(days=6)) if use.is_low]


def suggestions(first: date, last: date) -> list[Suggestion]:
    """Return the weekly sessions whose numbers rot most, each with one that is short beside it, and those that are short."""
    rotting, short = _patterns(first, last, is_short=False), _patterns(first, last, is_short=True)
    found = [Suggestion(pattern, use, False, _beside(pattern, short)) for pattern, use in rotting]
    return found + [Suggestion(pattern, use, True, None) for pattern, use in short]


def _beside(pattern: ShiftPattern, short: Sequence[tuple[ShiftPattern, Use]]) -> ShiftPattern | None:
    same = (one for one, _ in short if (one.department_id, one.kind) == (pattern.department_id, pattern.kind))
    return next(same, None)


def _patterns(first: date, last: date, *, is_short: bool) -> list[tuple[ShiftPattern, Use]]:
    offered, used, fell_back = _sums()
    wanted = used * 100 >= offered * SHORT_PCT if is_short else used * 100 < offered * LOW_PCT
    rows = db.session.execute(
        select(Shift.pattern_id, offered, used, fell_back)
        .join(Shift, Shift.id == Slot.shift_id)
        .where(*_of(_hospital_ids(), first, last), Shift.pattern_id.is_not(None))
        .group_by(Shift.pattern_id)
        .having(offered >= LEAST, wanted)
        .order_by(fell_back.desc() if not is_short else offered.desc(), Shift.pattern_id)
        .limit(MOST)
    ).all()
    uses = {row[0]: _use(row[0], "", *row[1:]) for row in rows}
    loaded = db.session.scalars(select(ShiftPattern).where(ShiftPattern.id.in_(uses))).unique()
    by_id = {pattern.id: pattern for pattern in loaded}
    return [(by_id[pattern_id], use) for pattern_id, use in uses.items()]


def _sums() -> tuple[Any, Any, Any]:
    return func.sum(Slot.fd_capacity + Slot.given_over), func.sum(Slot.fd_taken), func.sum(Slot.given_over)


def _of(hospital_ids: list[str], first: date, last: date) -> tuple[Any, ...]:
    return (
        Slot.hospital_id.in_(hospital_ids),
        Slot.status.in_(_ANY),
        Slot.starts_at >= clock.midnight(first),
        Slot.starts_at < clock.midnight(last + timedelta(days=1)),
    )


def _use(row_id: str, name: str, offered: Any, used: Any, fell_back: Any) -> Use:
    return Use(row_id, name, int(offered), int(used), int(fell_back))
