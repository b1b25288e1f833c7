"""Keys of hospitals' systems, and what those systems may see: their own hospital's rows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

from server import clock
from server.access.paging import Page, cursor_of, page
from server.database import db
from server.errors import NotFound
from server.models import (
    AgreementConsent,
    Appointment,
    AppointmentEvent,
    Hospital,
    MachineAnswer,
    MachineKey,
    Shift,
    Slot,
)

CHANGES = 50
SETTLED_AFTER = timedelta(seconds=10)
"""A change is told when nobody who wrote earlier can still be at it: the next page never skips one."""
FIRST_DAYS = timedelta(days=7)
SHARES = "share_with_hospitals"
MOVED = "moved:"
_KEYS = (AppointmentEvent.at, AppointmentEvent.id)


@dataclass(frozen=True)
class Changes:
    """Appointments that changed, each as it is now; ``cursor`` asks on, ``more``: at once."""

    items: list[Appointment]
    cursor: str | None
    more: bool


def key_of(key_id: str, at: datetime) -> MachineKey | None:
    """Return a key that opens something now."""
    if len(key_id) != 26 or not key_id.isascii():
        return None
    return db.session.scalar(
        select(MachineKey).where(MachineKey.id == key_id, or_(MachineKey.ends_at.is_(None), MachineKey.ends_at > at))
    )


def keys(hospital_id: str, cursor: str | None = None) -> Page[MachineKey]:
    """Return a hospital's keys, newest first; pages never show the secrets."""
    mine = select(MachineKey).where(MachineKey.hospital_id == hospital_id)
    return page(mine, (MachineKey.issued_at, MachineKey.id), cursor, newest_first=True)


def answer_of(hospital_id: str, idempotency_key: str) -> MachineAnswer | None:
    """Return what a request under this key was answered."""
    return db.session.scalar(
        select(MachineAnswer).where(
            MachineAnswer.hospital_id == hospital_id, MachineAnswer.idempotency_key == idempotency_key
        )
    )


def shift(hospital: Hospital, origin_key: str) -> Shift:
    """Return a session of the hospital by the name it gave it. Raises NotFound."""
    found = db.session.scalar(select(Shift).where(Shift.hospital_id == hospital.id, Shift.origin_key == origin_key))
    if found is None:
        raise NotFound()
    return found


def slots_of(shift_id: str) -> list[Slot]:
    """Return a session's time ranges in their order."""
    found = select(Slot).where(Slot.shift_id == shift_id).order_by(Slot.starts_at)
    return list(db.session.scalars(found.execution_options(populate_existing=True)))


def appointment(appointment_id: str, hospital: Hospital) -> Appointment:
    """Return a booking at this hospital. Raises NotFound."""
    found = db.session.scalar(
        select(Appointment)
        .join(Slot, Slot.id == Appointment.slot_id)
        .where(Appointment.id == appointment_id, Slot.hospital_id == hospital.id)
    )
    if found is None:
        raise NotFound()
    return found


def changes(hospital: Hospital, cursor: str | None) -> Changes:
    """Return bookings of a hospital that changed after ``cursor``, in the order of the changes.

    Args:
        cursor: of the answer before; None: the last seven days. One that moved to another hospital is among them.
    Raises:
        CursorInvalid.
    """
    at, before = clock.now(), aliased(Slot)
    found = (
        select(AppointmentEvent)
        .join(Appointment, Appointment.id == AppointmentEvent.subject_id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .outerjoin(before, before.id == func.substr(AppointmentEvent.reason, len(MOVED) + 1))
        .where(
            AppointmentEvent.at <= at - SETTLED_AFTER,
            AppointmentEvent.at > at - FIRST_DAYS,
            or_(Slot.hospital_id == hospital.id, before.hospital_id == hospital.id),
        )
    )
    events = page(found, _KEYS, cursor, rows=CHANGES)
    ids = list(dict.fromkeys(event.subject_id for event in events.items))
    rows = {row.id: row for row in db.session.scalars(select(Appointment).where(Appointment.id.in_(ids))).unique()}
    last = cursor_of(events.items[-1], _KEYS) if events.items else cursor
    return Changes([rows[row_id] for row_id in ids], last, events.next is not None)


def shared(agreement_ids: Iterable[str]) -> set[str]:
    """Return under which agreements the consent to tell hospitals who comes stands."""
    wanted = set(agreement_ids)
    rows = db.session.execute(
        select(AgreementConsent.agreement_id, func.count(AgreementConsent.live_key))
        .where(AgreementConsent.agreement_id.in_(wanted), AgreementConsent.key == SHARES)
        .group_by(AgreementConsent.agreement_id)
    )
    withdrawn = {agreement_id for agreement_id, live in rows if not live}
    return wanted - withdrawn
