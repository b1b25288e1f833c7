"""Numbers and bookings as a resident may see them: his own, and those of the people of his family."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, or_, select

from server import clock
from server.access import families
from server.access.paging import Page, page
from server.access.resident import reserved
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Agreement, Appointment, BookingBlock, Department, Resident, Slot, Team
from server.models.block import BlockStatus

MOST_DEPARTMENTS = 60


def people(me: Resident) -> list[families.Signable]:
    """Return for whom I may book: myself, my wards, who authorised me, and the adults who joined my household."""
    found = families.signable(me, clock.today(), head_signs=True)
    mine = [one for one in found if one.ground is not None or one.resident.id == me.id]
    return sorted(mine, key=lambda one: one.resident.id != me.id)


def person(resident_id: str | None, me: Resident) -> Resident:
    """Return for whom something is asked: myself where nobody is named. Raises NotFound."""
    return families.among(people, resident_id, me)


def appointment(appointment_id: str, me: Resident) -> Appointment:
    """Return an appointment of mine or of my family. Raises NotFound."""
    found = db.session.get(Appointment, appointment_id)
    if found is None:
        raise NotFound("没有找到这个预约")
    if found.resident_id != me.id and found.resident_id not in {one.resident.id for one in people(me)}:
        raise NotFound("没有找到这个预约")
    return found


def departments(hospital_id: str) -> list[Department]:
    """Return a hospital's departments by name."""
    rows = select(Department).where(Department.hospital_id == hospital_id).order_by(Department.name)
    return list(db.session.scalars(rows.limit(MOST_DEPARTMENTS)))


def slots(
    hospital_id: str | None,
    department_id: str | None,
    kind: str | None,
    day: date | None,
    horizon_days: int,
    cursor: str | None,
) -> Page[Slot]:
    """Return coming reserved slots, soonest first: one range of the index of the narrowest place that is named."""
    statement = select(Slot).where(*reserved(horizon_days))
    if department_id:
        statement = statement.where(Slot.department_id == department_id)
    elif hospital_id:
        statement = statement.where(Slot.hospital_id == hospital_id)
    if kind:
        statement = statement.where(Slot.kind == kind)
    if day:
        first = clock.midnight(day)
        statement = statement.where(Slot.starts_at >= first, Slot.starts_at < first + timedelta(days=1))
    return page(statement, (Slot.starts_at, Slot.id), cursor)


def block(me: Resident) -> BookingBlock | None:
    """Return my pause in booking online: the one that holds, else the last."""
    active = select(BookingBlock).where(BookingBlock.resident_id == me.id)
    order = (BookingBlock.live_key.is_(None), BookingBlock.id.desc())
    return db.session.scalar(active.order_by(*order).limit(1))


# ---------------------------------------------------------------- the hospital's desk


def of_the_day(hospital_id: str, day: date, cursor: str | None) -> Page[Appointment]:
    """Return who is to come to a hospital on a day, by when it was booked."""
    first = clock.midnight(day)
    ids = select(Slot.id).where(
        Slot.hospital_id == hospital_id, Slot.starts_at >= first, Slot.starts_at < first + timedelta(days=1)
    )
    shown = ("pending", "booked", "checked_in", "no_show", "done")
    statement = select(Appointment).where(Appointment.slot_id.in_(ids), Appointment.status.in_(shown))
    return page(statement, (Appointment.id,), cursor)


def any_appointment(appointment_id: str) -> Appointment:
    """Return an appointment for the desk. Raises NotFound."""
    found = db.session.get(Appointment, appointment_id)
    if found is None:
        raise NotFound()
    return found


def appeals(cursor: str | None, *, by: AdminLogin) -> Page[BookingBlock]:
    """Return the objections that wait for an answer: of people whom this institution serves, or nobody any more."""
    waiting = select(BookingBlock).where(
        _here(by),
        BookingBlock.status == BlockStatus.ACTIVE,
        BookingBlock.appealed_at.is_not(None),
        BookingBlock.decided_at.is_(None),
    )
    return page(waiting, (BookingBlock.id,), cursor)


def appealed(block_id: str, *, by: AdminLogin) -> BookingBlock:
    """Return a pause that somebody of this institution's people objected to. Raises NotFound."""
    statement = select(BookingBlock).where(
        BookingBlock.id == block_id, BookingBlock.appealed_at.is_not(None), _here(by)
    )
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound()
    return found


def _here(by: AdminLogin) -> ColumnElement[bool]:
    """Of whom a team of this institution takes care; who has no agreement any more is everybody's."""
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    signed = select(Agreement.id).where(Agreement.active_key == BookingBlock.resident_id)
    return or_(signed.where(Agreement.team_id.in_(teams)).exists(), ~signed.exists())
