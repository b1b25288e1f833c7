"""One session (排班) as rows: a shift and the slots it is cut into, the family doctors' share rounded up per shift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from server.actions.booking.rules import day_before
from server.errors import Invalid
from server.ids import new_id
from server.models import Hospital, Shift, Slot, SlotKind, SlotStatus
from server.policy import numbers
from server.policy.parts.hospital import Booking
from server.policy.sessions import spread, times_of

MAX_CAPACITY = 500


class CapacityInvalid(Invalid):
    """No clinic has so many numbers."""

    code, default_message = "capacity_invalid", f"号源总数须在 1 至 {MAX_CAPACITY} 之间"


class OwnShareTooLarge(Invalid):
    """What the hospital keeps for itself leaves too little for the family doctors."""

    code, default_message = "own_share_too_large", "医院自留的号源太多，剩下的不够留给家庭医生"


@dataclass(frozen=True)
class Part:
    """One time range. ``other`` of its numbers are given out by the hospital itself."""

    starts_at: datetime
    ends_at: datetime
    capacity: int
    other: int = 0


@dataclass(frozen=True)
class Plan:
    """A session as it would be laid out."""

    hospital: Hospital
    department_id: str
    specialist_id: str | None
    kind: SlotKind
    label: str
    parts: tuple[Part, ...]
    origin_key: str | None = None
    pattern_id: str | None = None
    replaced_id: str | None = None

    @property
    def starts_at(self) -> datetime:
        """When it begins."""
        return min(part.starts_at for part in self.parts)

    @property
    def ends_at(self) -> datetime:
        """When it ends."""
        return max(part.ends_at for part in self.parts)

    @property
    def capacity(self) -> int:
        """All its numbers."""
        return sum(part.capacity for part in self.parts)


def cut(starts_at: datetime, ends_at: datetime, capacity: int, *, other: int = 0, minutes: int = 0) -> tuple[Part, ...]:
    """Cut a session into time ranges of ``minutes`` (0: one range). Raises CapacityInvalid."""
    if not 1 <= capacity <= MAX_CAPACITY or not 0 <= other <= capacity:
        raise CapacityInvalid()
    times = times_of(starts_at, ends_at, minutes, capacity)
    counts = spread(capacity, [1] * len(times))
    kept = spread(other, counts)
    return tuple(
        Part(start, end, count, own) for (start, end), count, own in zip(times, counts, kept, strict=True) if count
    )


def shares_of(plan: Plan, pct: int) -> list[int]:
    """Return the family doctors' numbers by time range: ``pct`` of all, rounded up once for the whole session.

    Raises:
        OwnShareTooLarge, CapacityInvalid.
    """
    if not 1 <= plan.capacity <= MAX_CAPACITY:
        raise CapacityInvalid()
    kept = numbers.places_of(plan.capacity, pct)
    room = [part.capacity - part.other for part in plan.parts]
    if kept > sum(room):
        raise OwnShareTooLarge()
    return spread(kept, room)


def rows_of(plan: Plan, pct: int, release: time) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the shift and its slots as rows; unused numbers go to the public at ``release`` on the day before.

    Raises:
        OwnShareTooLarge, CapacityInvalid.
    """
    kept = shares_of(plan, pct)
    shift = {
        "id": new_id(),
        "hospital_id": plan.hospital.id,
        "department_id": plan.department_id,
        "specialist_id": plan.specialist_id,
        "kind": plan.kind,
        "label": plan.label,
        "status": SlotStatus.OPEN,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "capacity": plan.capacity,
        "share_pct": pct,
        "fd_places": sum(kept),
        "origin_key": plan.origin_key,
        "pattern_id": plan.pattern_id,
        "replaced_id": plan.replaced_id,
    }
    at = day_before(plan.starts_at, release)
    return shift, [slot_row(shift, part, count, at) for part, count in zip(plan.parts, kept, strict=True)]


def slot_row(shift: dict[str, Any], part: Part, kept: int, release: datetime) -> dict[str, Any]:
    """Return a slot's row; ``kept`` of its numbers are the family doctors'."""
    return {
        "id": new_id(),
        "shift_id": shift["id"],
        "hospital_id": shift["hospital_id"],
        "department_id": shift["department_id"],
        "kind": shift["kind"],
        "status": SlotStatus.OPEN,
        "capacity": part.capacity,
        "fd_capacity": kept,
        "fd_taken": 0,
        "public_capacity": part.capacity - part.other - kept,
        "public_taken": 0,
        "other_capacity": part.other,
        "given_over": 0,
        "starts_at": part.starts_at,
        "ends_at": part.ends_at,
        "release_at": release,
    }


def save(session: Session, plans: Sequence[Plan], rules: Booking) -> list[str]:
    """Insert sessions in the caller's transaction, two statements for all of them. Returns the shifts' ids.

    Raises:
        OwnShareTooLarge, CapacityInvalid; IntegrityError where one of them is there already.
    Source:
        policy keys booking.share_pct, slot_types, quota_hospitals, release_day_before_at, exceptions.
    """
    made = []
    for plan in plans:
        hospital = plan.hospital
        pct = numbers.share_of(rules, hospital.name, hospital.level, plan.kind)
        release = numbers.rules_for(rules, hospital.name, plan.kind).release_day_before_at
        made.append(rows_of(plan, pct, release))
    insert_rows(session, made)
    return [shift["id"] for shift, _ in made]


def insert_rows(session: Session, made: Sequence[tuple[dict[str, Any], list[dict[str, Any]]]]) -> None:
    """Insert shifts and their slots as ``rows_of`` returns them."""
    if made:
        session.execute(insert(Shift), [shift for shift, _ in made])
        session.execute(insert(Slot), [slot for _, slots in made for slot in slots])
