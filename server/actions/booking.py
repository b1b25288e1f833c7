"""Booking reserved specialist numbers (专科号): reserve, cancel, and what the calendar does to slots and appointments."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, NotFound
from server.ids import new_id
from server.models import (
    Agreement,
    Appointment,
    AppointmentStatus,
    Pool,
    Resident,
    Shift,
    Slot,
    SlotStatus,
    audit,
    evidence,
    states,
)
from server.models import appointment as appointments
from server.models import notification as notifications
from server.models.actor import CLOCK, Actor
from server.policy.schema import Policy

B = AppointmentStatus.BOOKED
REMIND_AT = time(10)  # N-20: 10:00 on the day before, ahead of the cancel deadline


class SharingNotAllowed(Conflict):
    """The resident took back the consent to tell the hospital who comes."""

    code, default_message = "sharing_not_allowed", "您已撤回向医院提供信息的同意，不能预约；可在“我的签约”里重新同意"


class NoActiveAgreement(Conflict):
    """Reserved numbers are for signed residents."""

    code, default_message = "no_active_agreement", "签约生效后才能预约，请先签约家庭医生"


class SlotFull(Conflict):
    """Every place is taken."""

    code, default_message = "slot_full", "该时段已约满，请另选时间"


class SlotClosed(Conflict):
    """The clinic does not take place, or the numbers went to the public."""

    code, default_message = "slot_closed", "该号源已停止预约，请另选时间"


class SlotPast(Conflict):
    """Too late: the clinic began or its booking closed."""

    code, default_message = "slot_past", "该时段已停止预约，请选择更晚的时间"


class SlotTooFar(Conflict):
    """The clinic is further ahead than numbers are given out."""

    code, default_message = "slot_too_far", "该时段还未开放预约，请过几天再来"


class TooManyAppointments(Conflict):
    """One person may hold only so many."""

    code, default_message = "too_many_appointments", "您近期的预约次数已达上限，请先取消不需要的预约"


class AppointmentsOverlap(Conflict):
    """The person has another appointment at that time."""

    code, default_message = "appointments_overlap", "您在同一时间已有其他预约"


class CancelTooLate(Conflict):
    """The deadline has passed."""

    code, default_message = "cancel_too_late", "已过取消时间，如不能就诊请电话联系医院"


def day_before(at: datetime, local_time: time) -> datetime:
    """Return an instant on the Shanghai day before ``at``."""
    return datetime.combine(clock.local(at).date() - timedelta(days=1), local_time, clock.SHANGHAI)


def books_until(slot: Slot, policy: Policy) -> datetime:
    """Until when the slot can be booked. Source: policy key booking.stop_day_before_at."""
    return day_before(slot.starts_at, policy.booking.stop_day_before_at)


def cancels_until(slot: Slot, policy: Policy) -> datetime:
    """Until when an appointment can be cancelled. Source: policy key booking.cancel_day_before_at."""
    return day_before(slot.starts_at, policy.booking.cancel_day_before_at)


def why_not(slot: Slot, policy: Policy, at: datetime) -> type[Conflict] | None:
    """Return the error that booking this slot would raise now, or None."""
    if slot.status != SlotStatus.OPEN or slot.pool != Pool.FAMILY_DOCTOR:
        return SlotClosed
    if at >= books_until(slot, policy):
        return SlotPast
    if slot.starts_at > at + timedelta(days=policy.booking.horizon_days):
        return SlotTooFar
    return SlotFull if slot.places_left <= 0 else None


def reserve(slot_id: str, resident: Resident, *, policy: Policy, by: Actor) -> tuple[Appointment, bool]:
    """Book one place in a slot for a resident.

    Decided by one conditional UPDATE on the slot's row, so it is safe under any number of simultaneous calls.

    Args:
        slot_id: ULID of a slot; it may have changed since it was shown.
    Returns:
        The appointment, its confirmation queued, and whether it is new: repeating the call returns the same booking.
    Raises:
        NoActiveAgreement, SlotFull, SlotClosed, SlotPast, SlotTooFar, TooManyAppointments, AppointmentsOverlap,
        SharingNotAllowed, NotFound.
    Source:
        policy part booking (domain.md §5.3; a region's share by its own document).
    """
    try:
        return _reserve(slot_id, resident, policy=policy, by=by)
    except IntegrityError:
        # the same person's other tap was first: the UPDATE above was rolled back with this transaction
        own = _own(slot_id, resident)
        if own is None:
            raise
        return own, False


@retried
def _reserve(slot_id: str, resident: Resident, *, policy: Policy, by: Actor) -> tuple[Appointment, bool]:
    at = clock.now()
    with transaction() as session:
        # locking the agreement puts one person's bookings in line, so that the caps per person hold
        agreement = session.scalar(
            select(Agreement).where(Agreement.active_key == resident.id).with_for_update(of=Agreement)
        )
        if agreement is None:
            raise NoActiveAgreement()
        own = _own(slot_id, resident)
        if own is not None:
            return own, False
        if not evidence.stands(agreement.id, "share_with_hospitals"):
            raise SharingNotAllowed()
        slot = _take_place(slot_id, policy, at)
        _check_person(resident, slot, policy)
        number = _smallest_free_number(slot)
        appointment = Appointment(
            id=new_id(),
            slot=slot,
            resident=resident,
            agreement_id=agreement.id,
            status=B,
            active_key=f"{slot.id}:{resident.id}",
            number=number,
            number_key=f"{slot.id}:{number}",
            booked_at=at,
        )
        session.add(appointment)
        session.flush()
        states.born(appointment, by=by, at=at)
        audit.record("appointment_booked", appointment, by=by, at=at)
        _tell(appointment, agreement.team_id, at)
    return appointment, True


def _own(slot_id: str, resident: Resident) -> Appointment | None:
    key = f"{slot_id}:{resident.id}"
    return db.session.scalar(select(Appointment).where(Appointment.active_key == key, Appointment.status == B))


def _take_place(slot_id: str, policy: Policy, at: datetime) -> Slot:
    taken = db.session.execute(
        update(Slot)
        .where(
            Slot.id == slot_id,
            Slot.pool == Pool.FAMILY_DOCTOR,
            Slot.status == SlotStatus.OPEN,
            Slot.taken < Slot.capacity,
            Slot.starts_at > at,
        )
        .values(taken=Slot.taken + 1)
        .execution_options(synchronize_session=False)
    )
    slot = db.session.get(Slot, slot_id, populate_existing=True)
    if slot is None:
        raise NotFound()
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise (why_not(slot, policy, at) or SlotFull)()
    refusal = why_not(slot, policy, at)
    if refusal not in (None, SlotFull):  # full is what this very booking may have made it
        raise refusal()
    return slot


def _check_person(resident: Resident, slot: Slot, policy: Policy) -> None:
    """Refuse a booking beyond the caps per person, or at the time of another one (domain.md §5.3)."""
    day = clock.local(slot.starts_at).date()
    rows = db.session.execute(
        select(Slot.starts_at, Shift.ends_at)
        .join(Appointment, Appointment.slot_id == Slot.id)
        .join(Shift, Shift.id == Slot.shift_id)
        .where(
            Appointment.resident_id == resident.id,
            Appointment.status == B,
            Slot.starts_at >= _midnight(day - timedelta(days=6)),
            Slot.starts_at < _midnight(day + timedelta(days=7)),
        )
    ).all()
    if any(starts < slot.shift.ends_at and ends > slot.starts_at for starts, ends in rows):
        raise AppointmentsOverlap()
    days = [clock.local(starts).date() for starts, _ in rows]
    if days.count(day) >= policy.booking.max_same_day:
        raise TooManyAppointments()
    for first in (day - timedelta(days=back) for back in range(7)):
        if sum(first <= other < first + timedelta(days=7) for other in days) >= policy.booking.max_seven_days:
            raise TooManyAppointments()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), clock.SHANGHAI)


def _smallest_free_number(slot: Slot) -> int:
    """Return the number to wait under; the slot's row is locked by the UPDATE, and UNIQUE stands behind it."""
    used = set(
        db.session.scalars(select(Appointment.number).where(Appointment.slot_id == slot.id, Appointment.status == B))
    )
    return next(number for number in range(1, slot.capacity + 1) if number not in used)


def facts_of(appointment: Appointment) -> dict[str, str]:
    """Return the neutral words for a message about an appointment."""
    specialist = appointment.slot.shift.specialist
    return {
        "hospital": specialist.hospital.name,
        "department": specialist.department,
        "starts_at": clock.local(appointment.slot.starts_at).isoformat(),
        "appointment_id": appointment.id,
    }


def _tell(appointment: Appointment, team_id: str, at: datetime) -> None:
    """Queue the confirmation now and the reminder for the day before."""
    slot = appointment.slot
    remind_at = day_before(slot.starts_at, REMIND_AT)
    common: dict[str, Any] = {
        "subject_id": appointment.id,
        "resident_id": appointment.resident_id,
        "team_id": team_id,
        "facts": facts_of(appointment),
        "expires_at": slot.starts_at,
    }
    notifications.queue("appointment_booked", dedupe_key=f"appointment_booked:{appointment.id}", at=at, **common)
    if remind_at > at:
        key = f"appointment_reminder:{appointment.id}:{clock.local(slot.starts_at).date()}"
        notifications.queue("appointment_reminder", dedupe_key=key, at=at, due_at=remind_at, **common)


@retried
def cancel(appointment: Appointment, *, policy: Policy, by: Actor) -> Appointment:
    """Cancel an appointment and give its place back, before the deadline; cancelling twice is cancelling once.

    Raises:
        CancelTooLate, states.IllegalMove, states.StaleState.
    Source:
        policy key booking.cancel_day_before_at.
    """
    at = clock.now()
    with transaction() as session:
        if appointment.status == AppointmentStatus.CANCELLED:
            return appointment
        slot_id = appointment.slot_id
        # the slot's row first, then the appointment: the same order as in reserve()
        slot = session.scalar(select(Slot).where(Slot.id == slot_id).with_for_update(of=Slot))
        assert slot is not None
        if at >= cancels_until(slot, policy):
            raise CancelTooLate()
        appointments.give_back(appointment, by=by, at=at)
        session.refresh(slot)
        notifications.cancel(subject_id=appointment.id, kinds=("appointment_booked", "appointment_reminder"))
        audit.record("appointment_cancelled", appointment, by=by, at=at)
        notifications.queue(
            "appointment_cancelled",
            dedupe_key=f"appointment_cancelled:{appointment.id}",
            subject_id=appointment.id,
            at=at,
            resident_id=appointment.resident_id,
            facts=facts_of(appointment),
            expires_at=slot.starts_at,
        )
    return appointment


@retried
def release_next_reserved(policy: Policy) -> bool:
    """Give the unused family-doctor numbers of one slot to the public when their time has come (domain.md §5.2).

    Returns:
        Whether there was one.
    """
    at = clock.now()
    with transaction() as session:
        slot = session.scalar(
            select(Slot)
            .where(Slot.pool == Pool.FAMILY_DOCTOR, Slot.status == SlotStatus.OPEN, Slot.release_at <= at)
            .order_by(Slot.release_at)
            .limit(1)
            .with_for_update(of=Slot)
        )
        if slot is None:
            return False
        unused = slot.places_left
        public = select(Slot).where(Slot.shift_id == slot.shift_id, Slot.pool == Pool.PUBLIC).with_for_update(of=Slot)
        rest = session.scalar(public)
        if rest is None:
            rest = Slot(
                shift_id=slot.shift_id,
                hospital_id=slot.hospital_id,
                pool=Pool.PUBLIC,
                capacity=0,
                taken=0,
                starts_at=slot.starts_at,
                release_at=slot.release_at,
            )
            session.add(rest)
        rest.capacity += unused
        slot.capacity -= unused
        slot.status = SlotStatus.RELEASED
        session.flush()
        audit.record("slot_released", slot, by=CLOCK, at=at)
    return True


@retried
def finish_next() -> bool:
    """Close one appointment whose clinic session is over."""
    at = clock.now()
    with transaction() as session:
        appointment = session.scalar(
            select(Appointment)
            .join(Slot, Slot.id == Appointment.slot_id)
            .join(Shift, Shift.id == Slot.shift_id)
            .where(Appointment.status == B, Shift.ends_at <= at)
            .order_by(Appointment.id)
            .limit(1)
        )
        if appointment is None:
            return False
        states.move(appointment, AppointmentStatus.DONE, by=CLOCK, at=at)
    return True
