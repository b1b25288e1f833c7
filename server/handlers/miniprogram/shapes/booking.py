"""Hospitals, slots and appointments."""

from datetime import datetime
from typing import Any, Self

from pydantic import Field

from server.actions import booking
from server.handlers.miniprogram.shapes.edges import In, Out, instant
from server.models.appointment import Appointment, AppointmentStatus
from server.models.hospital import Hospital
from server.models.slot import Slot
from server.policy.schema import Policy

HINT = "请带身份证，提前30分钟到医院{department}报到，说明是家庭医生签约预约。"


class SlotsIn(In):
    """Which hospital's slots."""

    hospital_id: str = Field(max_length=26)
    cursor: str | None = Field(default=None, max_length=500)


class BookIn(In):
    """Which slot to book."""

    slot_id: str = Field(max_length=26)


class HospitalOut(Out):
    """A hospital with numbers for signed residents."""

    id: str
    name: str
    level: int
    address: str
    places_left: int

    @classmethod
    def of(cls, hospital: Hospital, places_left: int) -> Self:
        """Show a hospital."""
        return cls(
            id=hospital.id,
            name=hospital.name,
            level=hospital.level,
            address=hospital.address,
            places_left=places_left,
        )


class SlotOut(Out):
    """A slot that may be booked."""

    id: str
    hospital: dict[str, str]
    department: str
    specialist: dict[str, str]
    starts_at: str
    ends_at: str
    places_left: int
    bookable: bool
    why_not: str | None

    @classmethod
    def of(cls, slot: Slot, policy: Policy, at: datetime) -> Self:
        """Show a slot, and why it cannot be booked if it cannot."""
        shift = slot.shift
        refusal = booking.why_not(slot, policy, at)
        return cls(
            id=slot.id,
            hospital={"id": slot.hospital_id, "name": shift.hospital.name},
            department=shift.department.name,
            specialist={"name": shift.who, "title": shift.title},
            starts_at=instant(slot.starts_at),
            ends_at=instant(slot.ends_at),
            places_left=slot.places_left,
            bookable=refusal is None,
            why_not=refusal.default_message if refusal else None,
        )


class AppointmentOut(Out):
    """An appointment with what one needs on the day."""

    id: str
    status: str
    status_label: str
    hospital: dict[str, Any]
    department: str
    specialist: dict[str, str]
    starts_at: str
    ends_at: str
    number: int
    cancel_before_at: str
    can_cancel: bool
    hint: str

    @classmethod
    def of(cls, appointment: Appointment, policy: Policy, at: datetime) -> Self:
        """Show an appointment to the person it is for."""
        slot = appointment.slot
        shift = slot.shift
        hospital, department = shift.hospital, shift.department.name
        until = booking.cancels_until(slot, policy)
        return cls(
            id=appointment.id,
            status=appointment.status,
            status_label=appointment.status_label,
            hospital={"id": hospital.id, "name": hospital.name, "address": hospital.address},
            department=department,
            specialist={"name": shift.who, "title": shift.title},
            starts_at=instant(slot.starts_at),
            ends_at=instant(slot.ends_at),
            number=appointment.number,
            cancel_before_at=instant(until),
            can_cancel=appointment.status == AppointmentStatus.BOOKED and at < until,
            hint=HINT.format(department=department),
        )
