"""The web application with the mistake everybody makes first: look whether there is a place, then take it.

It shows that the load of the tests beside it is heavy enough to oversell.
"""

from typing import Any

from apiflask import APIFlask
from sqlalchemy import func, select

from server import app as real
from server import clock
from server.actions import booking
from server.database import db, transaction
from server.models import Agreement, Appointment, Resident, Slot


def create_app() -> APIFlask:
    """The real application, but for ``booking.reserve``."""
    booking.reserve = look_then_take
    return real.create_app()


def look_then_take(slot_id: str, resident: Resident, **_: Any) -> tuple[Appointment, bool]:
    """Check, then insert."""
    slot = db.session.get(Slot, slot_id)
    assert slot is not None
    booked = select(func.count()).select_from(Appointment).where(Appointment.slot_id == slot_id)
    taken = db.session.scalar(booked) or 0
    if taken >= slot.capacity:
        raise booking.SlotFull()
    agreement_id = db.session.scalar(select(Agreement.id).where(Agreement.active_key == resident.id))
    with transaction() as session:
        appointment = Appointment(
            slot=slot,
            resident=resident,
            agreement_id=agreement_id,
            status="booked",
            active_key=f"{slot_id}:{resident.id}",
            number=taken + 1,
            number_key=resident.id,  # so that only the look decides, not the database
            booked_at=clock.now(),
        )
        session.add(appointment)
    return appointment, True
