"""Days on which patterns do not hold: a holiday calls sessions off, or another doctor sits in (停诊、替诊)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking.supply import ShiftOverlaps
from server.actions.booking.telling import facts_of
from server.database import db, retried, transaction
from server.errors import Invalid
from server.models import Appointment, Department, Hospital, Shift, ShiftException, Slot, SlotStatus, Specialist
from server.models import notification as notifications
from server.models.actor import Actor
from server.models.appointment import OPEN
from server.models.audit import record

MOST_DAYS = 60


class ExceptionInvalid(Invalid):
    """Days that are over or too many, or a substitute for nobody."""

    code, default_message = (
        "exception_invalid",
        f"请检查日期（从今天起，最长 {MOST_DAYS} 天）和科室；替诊须选择原来的专家和同科室的另一位专家",
    )


@dataclass(frozen=True)
class Days:
    """Days off, or a substitute's, as they are typed; ``department`` None: the whole hospital."""

    first_on: date
    last_on: date
    reason: str
    department: Department | None = None
    specialist: Specialist | None = None
    substitute: Specialist | None = None


def foresee(hospital: Hospital, days: Days) -> list[str]:
    """Return the ids of the sessions that such days would touch, without keeping them. Raises ExceptionInvalid."""
    at = clock.now()
    _check(hospital, days)
    return list(db.session.scalars(select(Shift.id).where(_meant(_row(hospital, days, at)), Shift.starts_at > at)))


@retried
def add_exception(hospital: Hospital, days: Days, *, by: Actor) -> ShiftException:
    """Keep days on which patterns do not hold, and bring the sessions that were laid out already in line.

    Without a substitute they are called off, and whoever has a number is told and may choose another one; with one, he
    sits in, numbers stay, and everybody who has one is told.

    Raises:
        ExceptionInvalid; ShiftOverlaps: the substitute sits elsewhere then.
    """
    at = clock.now()
    _check(hospital, days)
    try:
        with transaction() as session:
            made = _row(hospital, days, at)
            session.add(made)
            session.flush()
            record("exception_added", made, by=by, at=at)
            ids = list(session.scalars(select(Shift.id).where(_meant(made), Shift.starts_at > at)))
            if days.substitute is not None:
                _sit_in(session, ids, made, at)
            else:
                _call_off(session, ids)
    except IntegrityError as cause:
        raise ShiftOverlaps() from cause
    return made


def _row(hospital: Hospital, days: Days, at: datetime) -> ShiftException:
    return ShiftException(
        hospital_id=hospital.id,
        department_id=days.department.id if days.department else None,
        specialist_id=days.specialist.id if days.specialist else None,
        substitute_id=days.substitute.id if days.substitute else None,
        first_on=days.first_on,
        last_on=days.last_on,
        reason=days.reason,
        made_at=at,
    )


def _check(hospital: Hospital, days: Days) -> None:
    department, specialist, substitute = days.department, days.specialist, days.substitute
    if not clock.today() <= days.first_on <= days.last_on or (days.last_on - days.first_on).days >= MOST_DAYS:
        raise ExceptionInvalid()
    if any(row.hospital_id != hospital.id for row in (department, specialist, substitute) if row is not None):
        raise ExceptionInvalid()
    if department is not None and specialist is not None and specialist.department_id != department.id:
        raise ExceptionInvalid()
    if substitute is not None and (
        specialist is None or substitute.id == specialist.id or substitute.department_id != specialist.department_id
    ):
        raise ExceptionInvalid()


def _meant(exception: ShiftException) -> ColumnElement[bool]:
    """The open sessions an exception is about: one range of the hospital's or department's index."""
    starts = datetime.combine(exception.first_on, datetime.min.time(), clock.SHANGHAI)
    days = (exception.last_on - exception.first_on).days + 1
    meant = [
        Shift.hospital_id == exception.hospital_id,
        Shift.status == SlotStatus.OPEN,
        Shift.starts_at >= starts,
        Shift.starts_at < starts + timedelta(days=days),
    ]
    if exception.department_id:
        meant.append(Shift.department_id == exception.department_id)
    if exception.specialist_id:
        meant.append(Shift.specialist_id == exception.specialist_id)
    return and_(*meant)


def _call_off(session: Session, shift_ids: list[str]) -> None:
    """Close sessions at once; a job tells those who had a number, one by one."""
    for model, column in ((Shift, Shift.id), (Slot, Slot.shift_id)):
        statement: Any = update(model).where(column.in_(shift_ids)).values(status=SlotStatus.SUSPENDED)
        session.execute(statement.execution_options(synchronize_session=False))


def _sit_in(session: Session, shift_ids: list[str], exception: ShiftException, at: datetime) -> None:
    other = exception.substitute_id
    session.get(Specialist, other, with_for_update=True)
    for shift in session.scalars(select(Shift).where(Shift.id.in_(shift_ids))):
        taken = select(Shift.id).where(
            Shift.specialist_id == other, Shift.starts_at < shift.ends_at, Shift.ends_at > shift.starts_at
        )
        if session.scalar(taken.limit(1)):
            raise ShiftOverlaps()
    session.execute(
        update(Shift)
        .where(Shift.id.in_(shift_ids))
        .values(replaced_id=exception.specialist_id, specialist_id=other)
        .execution_options(synchronize_session=False)
    )
    booked = (
        select(Appointment)
        .join(Slot, Slot.id == Appointment.slot_id)
        .where(Slot.shift_id.in_(shift_ids), Appointment.status.in_(OPEN))
    )
    notes: list[dict[str, Any]] = [
        {
            "kind": "clinic_doctor_changed",
            "dedupe_key": f"clinic_doctor_changed:{appointment.id}:{exception.id}",
            "subject_id": appointment.id,
            "at": at,
            "resident_id": appointment.resident_id,
            "facts": facts_of(appointment),
            "expires_at": appointment.slot.starts_at,
        }
        for appointment in session.scalars(booked).unique()
    ]
    notifications.queue_many(notes)
