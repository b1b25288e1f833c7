"""Numbers that are still free, as the chat offers them: departments, then the slots of one."""

from datetime import date, timedelta

from sqlalchemy import select

from server import clock
from server.access.resident import reserved
from server.database import db
from server.models import Appointment, AppointmentStatus, Department, Resident, Slot

MOST_DEPARTMENTS = 60
MOST_SLOTS = 200
A = AppointmentStatus


def departments(horizon_days: int, hospital_id: str | None = None) -> list[Department]:
    """Return departments with a free number within the horizon, by name: one look into an index for each.

    Args:
        hospital_id: only of this hospital.
    """
    free = select(Slot.id).where(
        Slot.department_id == Department.id, *reserved(horizon_days), Slot.fd_taken < Slot.fd_capacity
    )
    found = select(Department).where(free.correlate(Department).exists()).order_by(Department.name, Department.id)
    if hospital_id is not None:
        found = found.where(Department.hospital_id == hospital_id)
    return list(db.session.scalars(found.limit(MOST_DEPARTMENTS)))


def slots(department_id: str, horizon_days: int, on: date | None = None) -> list[Slot]:
    """Return the free slots of a department, soonest first; of one day where it is named."""
    found = select(Slot).where(
        Slot.department_id == department_id, *reserved(horizon_days), Slot.fd_taken < Slot.fd_capacity
    )
    if on is not None:
        first = clock.midnight(on)
        found = found.where(Slot.starts_at >= first, Slot.starts_at < first + timedelta(days=1))
    return list(db.session.scalars(found.order_by(Slot.starts_at, Slot.id).limit(MOST_SLOTS)))


def slot(slot_id: str) -> Slot | None:
    """Return a slot that was offered before."""
    return db.session.get(Slot, slot_id)


def coming(resident: Resident, statuses: tuple[AppointmentStatus, ...]) -> list[Appointment]:
    """Return a person's appointments in these states that have not begun, soonest first; a page at most."""
    mine = select(Appointment).join(Slot, Slot.id == Appointment.slot_id)
    mine = mine.where(
        Appointment.resident_id == resident.id, Appointment.status.in_(statuses), Slot.starts_at > clock.now()
    )
    return list(db.session.scalars(mine.order_by(Slot.starts_at, Appointment.id).limit(20)))
