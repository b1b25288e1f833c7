"""The waiting list."""

from datetime import date, timedelta
from typing import Any, Self

from pydantic import Field

from server import clock
from server.actions.booking.waiting import Wish
from server.handlers.miniprogram.shapes.edges import Day, In, Out, Whole, instant
from server.handlers.miniprogram.shapes.people import PatientOut
from server.models.hospital import Department, Specialist
from server.models.slot import KIND_LABELS, SlotKind
from server.models.waiting import OPEN, Priority, WaitingEntry, WaitingOffer
from server.policy.schema import Policy


class DepartmentIn(In):
    """Which department."""

    department_id: str = Field(max_length=26)


class JoinIn(DepartmentIn):
    """What I wait for, and for whom of my family; days inclusive."""

    for_id: str | None = Field(default=None, max_length=26)
    specialist_id: str | None = Field(default=None, max_length=26)
    kind: SlotKind | None = None
    from_on: Day
    until_on: Day

    def wish(self) -> Wish:
        """The same, as the action takes it."""
        return Wish(self.department_id, self.from_on, self.until_on, self.specialist_id, self.kind)


class PriorityIn(In):
    """Who goes first, and why."""

    priority: Whole = Field(ge=1, le=3)
    reason: str = Field(default="", max_length=200)

    def wanted(self) -> Priority:
        """The priority."""
        return Priority(self.priority)


class WaitOptionsOut(Out):
    """Where one can wait, for whom there, and on which days."""

    hospital: dict[str, str]
    department: str
    department_id: str
    specialists: list[dict[str, str]]
    first_on: str
    last_on: str

    @classmethod
    def of(cls, department: Department, specialists: list[Specialist], policy: Policy, today: date) -> Self:
        """Show a department."""
        return cls(
            hospital={"id": department.hospital_id, "name": department.hospital.name},
            department=department.name,
            department_id=department.id,
            specialists=[{"id": one.id, "name": one.name, "title": one.title} for one in specialists],
            first_on=(today + timedelta(days=1)).isoformat(),
            last_on=(today + timedelta(days=policy.waiting.max_days)).isoformat(),
        )


class WaitingOut(Out):
    """Where somebody stands; ``ahead``: how many are before him; ``offer``: what is held for him."""

    id: str
    status: str
    status_label: str
    is_open: bool
    person: dict[str, str]
    hospital: dict[str, str]
    department: str
    department_id: str
    wanted: str
    from_on: str
    until_on: str
    arrived_at: str
    priority: int
    priority_label: str
    ahead: int | None
    offer: dict[str, Any] | None

    @classmethod
    def of(cls, entry: WaitingEntry, ahead: int | None, offer: WaitingOffer | None) -> Self:
        """Show a wait to his family."""
        where = entry.department
        return cls(
            id=entry.id,
            status=entry.status,
            status_label=entry.status_label,
            is_open=entry.status in OPEN,
            person={"id": entry.resident_id, "name": entry.resident.name},
            hospital={"id": where.hospital_id, "name": where.hospital.name},
            department=where.name,
            department_id=where.id,
            wanted=_wanted(entry),
            from_on=entry.from_on.isoformat(),
            until_on=entry.until_on.isoformat(),
            arrived_at=instant(entry.arrived_at),
            priority=entry.priority,
            priority_label=entry.priority_label,
            ahead=ahead,
            offer=_offer(offer) if offer else None,
        )


class TeamWaitingOut(WaitingOut):
    """The same for the team, masked, with the reason of the priority."""

    resident: PatientOut
    priority_reason: str | None

    @classmethod
    def for_team(cls, entry: WaitingEntry, ahead: int | None, offer: WaitingOffer | None, today: date) -> Self:
        """Show a wait to the team."""
        plain = WaitingOut.of(entry, ahead, offer).model_dump()
        plain["person"] = {"id": entry.resident_id, "name": entry.resident.name_masked}
        return cls(**plain, resident=PatientOut.of(entry.resident, today), priority_reason=entry.priority_reason)


def _wanted(entry: WaitingEntry) -> str:
    if entry.specialist is not None:
        return f"{entry.specialist.name} {entry.specialist.title}"
    return KIND_LABELS[SlotKind(entry.kind)] if entry.kind else "这个科室的号都可以"


def _offer(offer: WaitingOffer) -> dict[str, Any]:
    slot = offer.slot
    left = max(int((offer.expires_at - clock.now()).total_seconds() // 60), 0)
    return {
        "starts_at": instant(slot.starts_at),
        "ends_at": instant(slot.ends_at),
        "specialist": {"name": slot.shift.who, "title": slot.shift.title},
        "hold_until_at": instant(offer.expires_at),
        "minutes_left": left,
    }
