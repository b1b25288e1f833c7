"""Hospitals, slots and appointments."""

from datetime import datetime
from typing import Any, Self

import segno
from pydantic import Field

from server.access.families import Signable
from server.actions import booking
from server.handlers.miniprogram.shapes.edges import Day, In, Out, PageIn, instant
from server.models.appointment import CHANNEL_LABELS, Appointment, AppointmentStatus, Channel
from server.models.block import BookingBlock
from server.models.hospital import Department, Hospital
from server.models.resident import Resident
from server.models.slot import KIND_LABELS, Slot, SlotKind
from server.policy.schema import Booking, Policy

S = AppointmentStatus
HINT = "请带身份证，提前30分钟到医院{department}报到，说明是家庭医生签约预约。"


class SlotsIn(In):
    """Which hospital's slots."""

    hospital_id: str | None = Field(default=None, max_length=26)
    department_id: str | None = Field(default=None, max_length=26)
    kind: SlotKind | None = None
    day: Day | None = None
    cursor: str | None = Field(default=None, max_length=500)


class BookIn(In):
    """Which slot to book, and for whom of my family."""

    slot_id: str = Field(max_length=26)
    for_id: str | None = Field(default=None, max_length=26)


class MoveIn(In):
    """Which slot to move to."""

    slot_id: str = Field(max_length=26)


class ForIn(PageIn):
    """Whose list."""

    for_id: str | None = Field(default=None, max_length=26)


class AppealIn(In):
    """Why the pause is wrong."""

    text: str = Field(min_length=1, max_length=300)


class PersonOut(Out):
    """Somebody I may book for."""

    id: str
    name: str
    relation: str
    is_me: bool

    @classmethod
    def of(cls, one: Signable, me: Resident) -> Self:
        """Show him to me; his name is known in the family."""
        return cls(id=one.resident.id, name=one.resident.name, relation=one.relation, is_me=one.resident.id == me.id)


class DepartmentOut(Out):
    """A department to choose."""

    id: str
    name: str

    @classmethod
    def of(cls, department: Department) -> Self:
        """Show a department."""
        return cls(id=department.id, name=department.name)


class BlockOut(Out):
    """A pause in booking online."""

    status: str
    status_label: str
    from_on: str
    until_on: str
    count: int
    appeal_until_on: str
    can_appeal: bool
    appeal: str | None
    decision: str | None

    @classmethod
    def of(cls, block: BookingBlock, rules: Booking) -> Self:
        """Show somebody his own pause, with what was answered to his objection."""
        return cls(
            status=block.status,
            status_label=block.status_label,
            from_on=block.from_on.isoformat(),
            until_on=block.until_on.isoformat(),
            count=block.count,
            appeal_until_on=booking.appeal_until(block, rules).isoformat(),
            can_appeal=booking.may_appeal(block, rules),
            appeal=block.appeal_text,
            decision=block.decision_reason,
        )


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
    kind: str
    kind_label: str
    hospital: dict[str, str]
    department: str
    department_id: str
    specialist: dict[str, str]
    starts_at: str
    ends_at: str
    places_left: int
    bookable: bool
    why_not: str | None
    can_wait: bool
    """Full, and not otherwise closed: one can get in line."""

    @classmethod
    def of(cls, slot: Slot, policy: Policy, at: datetime) -> Self:
        """Show a slot, and why it cannot be booked if it cannot."""
        shift = slot.shift
        refusal = booking.why_not(slot, policy, at)
        return cls(
            id=slot.id,
            hospital={"id": slot.hospital_id, "name": shift.hospital.name},
            kind=slot.kind,
            kind_label=KIND_LABELS[SlotKind(slot.kind)],
            department=shift.department.name,
            department_id=slot.department_id,
            specialist={"name": shift.who, "title": shift.title},
            starts_at=instant(slot.starts_at),
            ends_at=instant(slot.ends_at),
            places_left=slot.places_left,
            bookable=refusal is None,
            why_not=refusal.default_message if refusal else None,
            can_wait=refusal is booking.SlotFull,
        )


def _is_open(appointment: Appointment) -> bool:
    return appointment.status in (S.BOOKED, S.PENDING)


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
    can_cancel_late: bool
    can_move: bool
    hint: str
    floor: str
    bring: str
    department_id: str
    kind: str
    channel_label: str
    hold_until_at: str | None
    person: dict[str, str]

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
            can_cancel=_is_open(appointment) and at < until,
            can_cancel_late=_is_open(appointment) and until <= at < slot.starts_at,
            can_move=appointment.status == S.SUSPENDED or (appointment.status == S.BOOKED and at < until),
            floor=shift.department.floor,
            bring=shift.department.bring,
            department_id=slot.department_id,
            kind=slot.kind,
            channel_label=CHANNEL_LABELS[Channel(appointment.channel)],
            hold_until_at=instant(appointment.expires_at) if appointment.expires_at else None,
            person={"id": appointment.resident_id, "name": appointment.resident.name},
            hint=HINT.format(department=department),
        )


class CardOut(AppointmentOut):
    """An appointment as the card for the day: with the code for the desk."""

    code: str
    qr: str
    """A picture of the code, as a data URL."""

    @classmethod
    def of(cls, appointment: Appointment, policy: Policy, at: datetime) -> Self:
        """Show the card to the person it is for, or to his family."""
        code = appointment.check_in_code
        picture = segno.make(code, error="m").png_data_uri(scale=6, border=2)
        plain = AppointmentOut.of(appointment, policy, at)
        return cls(**plain.model_dump(), code=code, qr=picture)
