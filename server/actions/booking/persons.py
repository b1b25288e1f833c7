"""Who may book: somebody signed and known, not too often, not twice at one time."""

from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking.refusals import (
    AppointmentsOverlap,
    BookingNeedsRealName,
    NoActiveAgreement,
    SameDepartment,
    SharingNotAllowed,
    TooManyAppointments,
)
from server.models import Agreement, Appointment, AppointmentStatus, Channel, RealNameState, Resident, Slot, evidence
from server.models.appointment import OPEN
from server.policy import numbers
from server.policy.schema import Policy

KNOWN = (RealNameState.VERIFIED, RealNameState.STAFF_SEEN)
COUNTED = (*OPEN, AppointmentStatus.CHECKED_IN, AppointmentStatus.DONE)
"""Visits that are counted: coming ones, and those that took place."""


def agreement_of(session: Session, resident: Resident, policy: Policy) -> Agreement:
    """Return the agreement in force, locked: it puts one person's bookings in line, so that the caps per person hold.

    Raises:
        NoActiveAgreement, BookingNeedsRealName.
    """
    found = session.scalar(select(Agreement).where(Agreement.active_key == resident.id).with_for_update(of=Agreement))
    if found is None:
        raise NoActiveAgreement()
    if policy.booking.real_name_needed and resident.real_name_state not in KNOWN:
        raise BookingNeedsRealName()
    return found


def check_consent(agreement: Agreement) -> None:
    """Refuse to tell a hospital of somebody who took that consent back. Raises SharingNotAllowed."""
    if not evidence.stands(agreement.id, "share_with_hospitals"):
        raise SharingNotAllowed()


def check(
    session: Session, resident: Resident, slot: Slot, channel: Channel, *, policy: Policy, but: str | None = None
) -> None:
    """Refuse a booking beyond the caps per person, or at the time of another one (domain.md §5.3).

    Args:
        slot: where a place was taken in this transaction. but: id of the appointment that moves there.
    Raises:
        AppointmentsOverlap, SameDepartment, TooManyAppointments.
    """
    day = clock.local(slot.starts_at).date()
    rows = session.execute(
        select(Slot.starts_at, Slot.ends_at, Slot.department_id)
        .join(Appointment, Appointment.slot_id == Slot.id)
        .where(
            Appointment.resident_id == resident.id,
            Appointment.status.in_(COUNTED),
            Appointment.id != (but or ""),
            Slot.starts_at >= _midnight(numbers.months_after(day, -3)),
            Slot.starts_at < _midnight(numbers.months_after(day, 3) + timedelta(days=1)),
        )
    ).all()
    if any(starts < slot.ends_at and ends > slot.starts_at for starts, ends, _ in rows):
        raise AppointmentsOverlap()
    rules = policy.booking
    if channel in rules.caps_not_for:
        return
    days = [clock.local(starts).date() for starts, _, _ in rows]
    here = sum(visit == day and row.department_id == slot.department_id for visit, row in zip(days, rows, strict=True))
    if here >= rules.max_same_department:
        raise SameDepartment()
    if numbers.is_too_many(day, days, rules):
        raise TooManyAppointments()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), clock.SHANGHAI)
