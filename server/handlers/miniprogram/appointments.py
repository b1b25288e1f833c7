"""Reserved numbers and my appointments."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import resident as access
from server.actions import booking
from server.handlers import context
from server.handlers.miniprogram.shapes.booking import AppointmentOut, BookIn, HospitalOut, SlotOut, SlotsIn
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.models.appointment import Appointment

blueprint = APIBlueprint("appointments", __name__, url_prefix="/api")


def shown(appointment: Appointment) -> AppointmentOut:
    """Show one of my appointments."""
    return AppointmentOut.of(appointment, context.wiring().policy, clock.now())


@blueprint.get("/hospitals")
def hospitals() -> dict[str, Any]:
    """Hospitals that keep numbers for signed residents."""
    found = access.hospitals(context.wiring().policy.booking.horizon_days)
    return listed([HospitalOut.of(hospital, left).model_dump() for hospital, left in found], None)


@blueprint.get("/slots")
@blueprint.input(SlotsIn, location="query", arg_name="query")
def slots(query: SlotsIn) -> dict[str, Any]:
    """A hospital's coming slots, soonest first."""
    policy, at = context.wiring().policy, clock.now()
    found = access.slots(query.hospital_id, policy.booking.horizon_days, query.cursor)
    return listed([SlotOut.of(slot, policy, at).model_dump() for slot in found.items], found.next)


@blueprint.post("/appointments")
@blueprint.input(BookIn, arg_name="body")
def book(body: BookIn) -> tuple[dict[str, Any], int]:
    """Book one place; 201 when new, 200 when repeated.

    Errors: no_active_agreement, slot_full, slot_closed, slot_past, slot_too_far, too_many_appointments,
    appointments_overlap, not_found.
    """
    appointment, is_new = booking.reserve(
        body.slot_id, context.resident(), policy=context.wiring().policy, by=context.as_resident()
    )
    return shown(appointment).model_dump(), 201 if is_new else 200


@blueprint.get("/appointments")
@blueprint.input(PageIn, location="query", arg_name="query")
def appointments(query: PageIn) -> dict[str, Any]:
    """My appointments, newest first."""
    found = access.appointments(context.resident(), query.cursor)
    return listed([shown(appointment).model_dump() for appointment in found.items], found.next)


@blueprint.post("/appointments/<appointment_id>/cancel")
@blueprint.output(AppointmentOut)
def cancel(appointment_id: str) -> AppointmentOut:
    """Give my place back, before the deadline. Errors: not_found, cancel_too_late, illegal_move."""
    found = access.appointment(appointment_id, context.resident())
    return shown(booking.cancel(found, policy=context.wiring().policy, by=context.as_resident()))
