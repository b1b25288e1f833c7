"""What became of the numbers that were given back in a month, hospital by hospital: no number without an account."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select

from server import clock
from server.database import db
from server.models import FreedPlace, Hospital, Slot


@dataclass
class Account:
    """Numbers given back at one hospital. ``outcomes`` and ``reasons`` add up to ``total``; "" is still free."""

    hospital: str
    total: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)

    @property
    def late(self) -> int:
        """Numbers of clinics that are over and that nobody accounted for: must be 0."""
        return self.outcomes.get("late", 0)


def month(first: date) -> list[Account]:
    """Return the accounts of the numbers that came free in the month beginning with ``first``, by hospital."""
    after = (first + timedelta(days=31)).replace(day=1)
    began, ended = (clock.midnight(day) for day in (first, after))
    outcome = func.coalesce(FreedPlace.outcome, "")
    is_over = Slot.ends_at <= clock.now()
    statement = (
        select(Hospital.name, outcome, FreedPlace.reason, is_over, func.count())
        .select_from(FreedPlace)
        .join(Slot, Slot.id == FreedPlace.slot_id)
        .join(Hospital, Hospital.id == Slot.hospital_id)
        .where(FreedPlace.freed_at >= began, FreedPlace.freed_at < ended)
        .group_by(Hospital.name, outcome, FreedPlace.reason, is_over)
        .order_by(Hospital.name)
    )
    found: dict[str, Account] = {}
    for hospital, what, reason, over, count in db.session.execute(statement):
        account = found.setdefault(hospital, Account(hospital))
        kind = "late" if over and what in ("", "offered") else what
        account.total += count
        account.outcomes[kind] = account.outcomes.get(kind, 0) + count
        account.reasons[kind, reason] = account.reasons.get((kind, reason), 0) + count
    return list(found.values())
