"""Schedules, slots and appointments as hospitals' systems send and read them: FHIR's words, our numbers."""

import re
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from server.actions.booking.sessions import Part
from server.handlers.miniprogram.shapes.edges import In, Whole, instant
from server.models import Appointment, AppointmentStatus, Hospital, Shift, Slot, SlotStatus

MOST_RANGES = 60
FHIR_STATUS = {
    AppointmentStatus.HELD: "proposed",
    AppointmentStatus.PENDING: "pending",
    AppointmentStatus.BOOKED: "booked",
    AppointmentStatus.CHECKED_IN: "arrived",
    AppointmentStatus.DONE: "fulfilled",
    AppointmentStatus.NO_SHOW: "noshow",
    AppointmentStatus.CANCELLED: "cancelled",
    AppointmentStatus.LATE_CANCELLED: "cancelled",
    AppointmentStatus.EXPIRED: "cancelled",
    AppointmentStatus.SUSPENDED: "cancelled",
}
"""FHIR R4 AppointmentStatus."""
COMING = (AppointmentStatus.PENDING, AppointmentStatus.BOOKED, AppointmentStatus.CHECKED_IN)
"""Only who is going to come, or is there, is told by name."""


def _instant_as_text(value: Any) -> Any:
    if not isinstance(value, str) or not re.match(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", value):
        raise ValueError("an instant is ISO 8601 with its offset")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_instant_as_text)]


class SlotIn(In):
    """One time range. ``reserved``: how many of its numbers the hospital gives out by itself."""

    resourceType: Literal["Slot"] = "Slot"  # noqa: N815 - FHIR's spelling
    start: Instant
    end: Instant
    capacity: Whole = Field(ge=0, le=500)
    reserved: Whole = Field(default=0, ge=0, le=500)

    def part(self) -> Part:
        """Return it as we plan with it."""
        return Part(self.start, self.end, self.capacity, self.reserved)


class SlotsIn(In):
    """All time ranges of a session."""

    slot: list[SlotIn] = Field(min_length=1, max_length=MOST_RANGES)


class ActorIn(In):
    """The doctor."""

    name: str = Field(min_length=1, max_length=64)
    title: str = Field(min_length=1, max_length=64)


class ScheduleIn(SlotsIn):
    """A session: of a doctor (``actor``), or of a machine or ward (``comment`` names it)."""

    resourceType: Literal["Schedule"] = "Schedule"  # noqa: N815
    serviceCategory: Literal["GENERAL", "SPECIALIST", "EXPERT", "EXAM", "BED"]  # noqa: N815
    specialty: str = Field(min_length=1, max_length=64)
    actor: ActorIn | None = None
    comment: str = Field(default="", max_length=64)


class ReasonIn(In):
    """Why, in words for the person."""

    reason: str = Field(min_length=1, max_length=100)


class ChangesIn(In):
    """From where on."""

    since: str | None = Field(default=None, max_length=500)


def schedule(shift: Shift, slots: list[Slot]) -> dict[str, Any]:
    """Show a session with its ranges: how many are whose, how many are free."""
    return {
        "resourceType": "Schedule",
        "identifier": (shift.origin_key or "").removeprefix("machine:"),
        "active": shift.status == SlotStatus.OPEN,
        "serviceCategory": shift.kind,
        "specialty": shift.department.name,
        "actor": {"name": shift.who, "title": shift.title},
        "familyDoctorPercent": shift.share_pct,
        "familyDoctorCapacity": shift.fd_places,
        "slot": [_slot(slot) for slot in slots],
    }


def _slot(slot: Slot) -> dict[str, Any]:
    is_full = slot.fd_taken + slot.public_taken >= slot.fd_capacity + slot.public_capacity
    open_status = "busy" if is_full else "free"
    return {
        "resourceType": "Slot",
        "id": slot.id,
        "start": instant(slot.starts_at),
        "end": instant(slot.ends_at),
        "status": open_status if slot.status == SlotStatus.OPEN else "busy-unavailable",
        "capacity": slot.capacity,
        "familyDoctor": {"capacity": slot.fd_capacity, "taken": slot.fd_taken},
        "public": {"capacity": slot.public_capacity, "taken": slot.public_taken},
        "reserved": slot.other_capacity,
        "releaseAt": instant(slot.release_at),
    }


def appointment(row: Appointment, hospital: Hospital, shared: set[str]) -> dict[str, Any]:
    """Show a booking to the hospital where it is; elsewhere it is cancelled for this one.

    Args:
        shared: agreements under which the person allows us to say who comes.
    """
    if row.slot.hospital_id != hospital.id:
        return {"resourceType": "Appointment", "id": row.id, "status": "cancelled", "reason": "moved"}
    shift = row.slot.shift
    shown: dict[str, Any] = {
        "resourceType": "Appointment",
        "id": row.id,
        "status": FHIR_STATUS[AppointmentStatus(row.status)],
        "ourStatus": row.status,
        "schedule": (shift.origin_key or "").removeprefix("machine:"),
        "slot": row.slot_id,
        "start": instant(row.slot.starts_at),
        "end": instant(row.slot.ends_at),
        "number": row.number,
        "version": row.sequence,
    }
    if row.status in COMING and row.agreement_id in shared:
        shown["patient"] = {
            "name": row.resident.name,
            "documentType": row.resident.document_type,
            "documentNumber": row.resident.identity_number,
            "phone": row.resident.phone or "",
        }
    return shown
