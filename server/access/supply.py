"""What administrators see of a hospital: departments, weekly patterns, days off, and a department's week."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import Department, Shift, ShiftException, ShiftPattern, Slot, SlotStatus, Specialist

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


def shift(shift_id: str) -> Shift:
    """Return a session. Raises NotFound."""
    found = db.session.get(Shift, shift_id)
    if found is None:
        raise NotFound()
    return found


def week(department_id: str, monday: date) -> list[tuple[date, list[Sitting]]]:
    """Return a department's week, day by day: two queries, whatever the number of sessions."""
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
    sat = [(clock.local(shift.starts_at).date(), _sitting(shift, by_shift.get(shift.id, []))) for shift in shifts]
    return [(day, [sitting for on, sitting in sat if on == day]) for day in days]


def _sitting(shift: Shift, slots: list[Slot]) -> Sitting:
    return Sitting(
        shift,
        sum(slot.fd_taken for slot in slots),
        sum(slot.fd_capacity for slot in slots),
        sum(slot.public_taken for slot in slots),
        sum(slot.public_capacity for slot in slots),
        sum(slot.other_capacity for slot in slots),
    )
