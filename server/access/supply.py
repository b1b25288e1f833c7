"""What administrators see of a hospital: departments, weekly patterns, days off, and a department's week."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    Appointment,
    AppointmentStatus,
    Department,
    Hospital,
    Shift,
    ShiftException,
    ShiftPattern,
    Slot,
    SlotStatus,
    Specialist,
)
from server.models.appointment import AFFECTED

CHOICES = 500


@dataclass(frozen=True)
class Sitting:
    """One session of a week with its numbers: booked and all, of both pools."""

    shift: Shift
    fd_taken: int
    fd_capacity: int
    public_taken: int
    public_capacity: int
    other: int
    unsettled: int = 0
    """Whose number was called off and who has not chosen another time yet."""


def departments(hospital_id: str, cursor: str | None = None) -> Page[Department]:
    """Return a hospital's departments by name."""
    return page(select(Department).where(Department.hospital_id == hospital_id), (Department.name,), cursor)


def department_choices(hospital_id: str) -> list[Department]:
    """Return a hospital's departments for a list to choose from."""
    found = select(Department).where(Department.hospital_id == hospital_id)
    return list(db.session.scalars(found.order_by(Department.name).limit(CHOICES)))


def department(department_id: str) -> Department:
    """Return a department. Raises NotFound."""
    found = db.session.get(Department, department_id)
    if found is None:
        raise NotFound()
    return found


def specialist_choices(hospital_id: str) -> list[Specialist]:
    """Return a hospital's doctors for a list to choose from, by department and name."""
    found = select(Specialist).join(Specialist.department).where(Specialist.hospital_id == hospital_id)
    return list(db.session.scalars(found.order_by(Department.name, Specialist.name).limit(CHOICES)))


def patterns(hospital_id: str, cursor: str | None = None) -> Page[ShiftPattern]:
    """Return a hospital's patterns that still hold, by weekday."""
    holds = ShiftPattern.until_on.is_(None) | (ShiftPattern.until_on >= clock.today())
    found = select(ShiftPattern).where(ShiftPattern.hospital_id == hospital_id, holds)
    return page(found, (ShiftPattern.weekday, ShiftPattern.id), cursor)


def pattern(pattern_id: str, hospital_id: str) -> ShiftPattern:
    """Return a pattern of a hospital. Raises NotFound."""
    found = db.session.get(ShiftPattern, pattern_id)
    if found is None or found.hospital_id != hospital_id:
        raise NotFound()
    return found


def exceptions(hospital_id: str, cursor: str | None = None) -> Page[ShiftException]:
    """Return a hospital's days on which patterns do not hold, those of today and later, soonest over first."""
    found = select(ShiftException).where(
        ShiftException.hospital_id == hospital_id, ShiftException.last_on >= clock.today()
    )
    return page(found, (ShiftException.last_on, ShiftException.id), cursor)


def all_departments() -> list[Department]:
    """Return the region's departments by hospital and name, for a list to choose from."""
    joined = select(Department).join(Department.hospital).options(contains_eager(Department.hospital))
    return list(db.session.scalars(joined.order_by(Hospital.name, Department.name).limit(CHOICES)))


def who_sits(chosen_id: str) -> Specialist | Department:
    """Return whose session it is: a doctor's, or a department's own. Raises NotFound."""
    found = db.session.get(Specialist, chosen_id) or db.session.get(Department, chosen_id)
    if found is None:
        raise NotFound()
    return found


def booked_in(shift_ids: Collection[str]) -> int:
    """Return how many have a number in these sessions, or one kept for them."""
    rows = select(func.count(Appointment.id)).join(Slot, Slot.id == Appointment.slot_id)
    return db.session.scalar(rows.where(Slot.shift_id.in_(shift_ids), Appointment.status.in_(AFFECTED))) or 0


def shift(shift_id: str) -> Shift:
    """Return a session. Raises NotFound."""
    found = db.session.get(Shift, shift_id)
    if found is None:
        raise NotFound()
    return found


def week(department_id: str, monday: date) -> list[tuple[date, list[Sitting]]]:
    """Return a department's week, day by day: three queries, whatever the number of sessions."""
    starts = clock.midnight(monday)
    shifts = list(
        db.session.scalars(
            select(Shift)
            .where(
                Shift.department_id == department_id,
                Shift.starts_at >= starts,
                Shift.starts_at < starts + timedelta(days=7),
            )
            .order_by(Shift.starts_at, Shift.id)
        ).unique()
    )
    slots = db.session.scalars(
        select(Slot).where(
            Slot.department_id == department_id,
            Slot.status.in_([str(status) for status in SlotStatus]),
            Slot.starts_at >= starts,
            Slot.starts_at < starts + timedelta(days=7),
        )
    ).unique()
    by_shift: dict[str, list[Slot]] = {}
    for slot in slots:
        by_shift.setdefault(slot.shift_id, []).append(slot)
    days = [monday + timedelta(days=index) for index in range(7)]
    left = _unsettled([shift.id for shift in shifts if shift.status == SlotStatus.SUSPENDED])
    sat = [
        (clock.local(shift.starts_at).date(), _sitting(shift, by_shift.get(shift.id, []), left.get(shift.id, 0)))
        for shift in shifts
    ]
    return [(day, [sitting for on, sitting in sat if on == day]) for day in days]


def _unsettled(shift_ids: list[str]) -> dict[str, int]:
    rows = select(Slot.shift_id, func.count(Appointment.id)).join(Appointment, Appointment.slot_id == Slot.id)
    waiting = Appointment.status.in_((*AFFECTED, AppointmentStatus.SUSPENDED))
    found = db.session.execute(rows.where(Slot.shift_id.in_(shift_ids), waiting).group_by(Slot.shift_id))
    return {shift_id: int(count) for shift_id, count in found}


def _sitting(shift: Shift, slots: list[Slot], unsettled: int) -> Sitting:
    return Sitting(
        shift,
        sum(slot.fd_taken for slot in slots),
        sum(slot.fd_capacity for slot in slots),
        sum(slot.public_taken for slot in slots),
        sum(slot.public_capacity for slot in slots),
        sum(slot.other_capacity for slot in slots),
        unsettled,
    )
