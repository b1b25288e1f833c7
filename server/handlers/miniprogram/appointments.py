"""Reserved numbers and appointments, mine and my family's."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from server import clock
from server.access import bookings as access
from server.access import resident as residents
from server.actions import booking, reading
from server.handlers import context
from server.handlers.miniprogram import calendars
from server.handlers.miniprogram.shapes.booking import (
    AppealIn,
    AppointmentOut,
    BlockOut,
    BookIn,
    CardOut,
    DepartmentOut,
    ForIn,
    HospitalOut,
    MoveIn,
    PersonOut,
    SlotOut,
    SlotsIn,
)
from server.handlers.miniprogram.shapes.edges import listed
from server.models.appointment import Appointment
from server.models.block import BookingBlock
from server.models.resident import Resident

blueprint = APIBlueprint("appointments", __name__, url_prefix="/api")


def shown(appointment: Appointment) -> AppointmentOut:
    """Show an appointment."""
    return AppointmentOut.of(appointment, context.wiring().policy, clock.now())


@blueprint.get("/hospitals")
def hospitals() -> dict[str, Any]:
    """Hospitals that keep numbers for signed residents."""
    found = residents.hospitals(context.wiring().policy.booking.horizon_days)
    return listed([HospitalOut.of(hospital, left).model_dump() for hospital, left in found], None)


@blueprint.get("/hospitals/<hospital_id>/departments")
def departments(hospital_id: str) -> dict[str, Any]:
    """A hospital's departments, by name."""
    return {"items": [DepartmentOut.of(row).model_dump() for row in access.departments(hospital_id)]}


@blueprint.get("/slots")
@blueprint.input(SlotsIn, location="query", arg_name="query")
def slots(query: SlotsIn) -> dict[str, Any]:
    """Coming slots, soonest first: of a hospital, a department, a need, a day."""
    policy, at = context.wiring().policy, clock.now()
    found = access.slots(
        query.hospital_id, query.department_id, query.kind, query.day, policy.booking.horizon_days, query.cursor
    )
    return listed([SlotOut.of(slot, policy, at).model_dump() for slot in found.items], found.next)


@blueprint.get("/bookable-people")
def people() -> dict[str, Any]:
    """For whom I may book: me first, then my family."""
    me = context.resident()
    return {"items": [PersonOut.of(one, me).model_dump() for one in access.people(me)]}


@blueprint.post("/appointments")
@blueprint.input(BookIn, arg_name="body")
def book(body: BookIn) -> tuple[dict[str, Any], int]:
    """Book one place; 201 when new, 200 when repeated.

    Errors: no_active_agreement, slot_full, slot_closed, slot_past, slot_too_far, too_many_appointments,
    appointments_overlap, same_department, booking_blocked, booking_needs_real_name, not_found.
    """
    who = access.person(body.for_id, context.resident())
    appointment, is_new = booking.reserve(body.slot_id, who, policy=context.wiring().policy, by=context.as_resident())
    return shown(appointment).model_dump(), 201 if is_new else 200


@blueprint.post("/appointments/hold")
@blueprint.input(BookIn, arg_name="body")
def hold(body: BookIn) -> tuple[dict[str, Any], int]:
    """Keep one place for some minutes; 201 when new. Errors: as for booking."""
    who = access.person(body.for_id, context.resident())
    appointment, is_new = booking.hold(body.slot_id, who, policy=context.wiring().policy, by=context.as_resident())
    return shown(appointment).model_dump(), 201 if is_new else 200


@blueprint.post("/appointments/<appointment_id>/confirm")
@blueprint.output(AppointmentOut)
def confirm(appointment_id: str) -> AppointmentOut:
    """Book the place that is held. Errors: not_found, hold_expired, illegal_move, stale_state."""
    found = access.appointment(appointment_id, context.resident())
    return shown(booking.confirm(found, policy=context.wiring().policy, by=context.as_resident()))


@blueprint.get("/appointments")
@blueprint.input(ForIn, location="query", arg_name="query")
def appointments(query: ForIn) -> dict[str, Any]:
    """My appointments, or those of one of my family, newest first."""
    who = access.person(query.for_id, context.resident())
    _note_read(who)
    found = residents.appointments(who, query.cursor)
    return listed([shown(appointment).model_dump() for appointment in found.items], found.next)


@blueprint.get("/appointments/<appointment_id>")
@blueprint.output(CardOut)
def card(appointment_id: str) -> CardOut:
    """The card for the day: floor, time, what to bring, the code for the desk. Errors: not_found."""
    found = access.appointment(appointment_id, context.resident())
    _note_read(found.resident)
    return CardOut.of(found, context.wiring().policy, clock.now())


@blueprint.get("/appointments/<appointment_id>/calendar.ics")
def calendar(appointment_id: str) -> Response:
    """A calendar entry; opened again after a change of time, it replaces the one before. Errors: not_found."""
    found = access.appointment(appointment_id, context.resident())
    _note_read(found.resident)
    return Response(calendars.entry(found, clock.now()), mimetype="text/calendar")


@blueprint.post("/appointments/<appointment_id>/move")
@blueprint.input(MoveIn, arg_name="body")
@blueprint.output(AppointmentOut)
def move(appointment_id: str, body: MoveIn) -> AppointmentOut:
    """Choose another time; whatever fails, the old one stays.

    Errors: not_found, cancel_too_late, same_slot, move_needs_hospital, slot_full, slot_closed, slot_past, slot_too_far,
    appointments_overlap, same_department, too_many_appointments, illegal_move, stale_state.
    """
    found = access.appointment(appointment_id, context.resident())
    return shown(booking.reschedule(found, body.slot_id, policy=context.wiring().policy, by=context.as_resident()))


@blueprint.post("/appointments/<appointment_id>/cancel")
@blueprint.output(AppointmentOut)
def cancel(appointment_id: str) -> AppointmentOut:
    """Give the place back, before the deadline. Errors: not_found, cancel_too_late, illegal_move."""
    found = access.appointment(appointment_id, context.resident())
    return shown(booking.cancel(found, policy=context.wiring().policy, by=context.as_resident()))


@blueprint.post("/appointments/<appointment_id>/cancel-late")
@blueprint.output(AppointmentOut)
def cancel_late(appointment_id: str) -> AppointmentOut:
    """Cancel also after the deadline, which is written down. Errors: not_found, cancel_too_late, illegal_move."""
    found = access.appointment(appointment_id, context.resident())
    return shown(booking.cancel(found, policy=context.wiring().policy, by=context.as_resident(), late=True))


def _note_read(whose: Resident) -> None:
    reading.note_family_read("bookings_read", [whose], me=context.resident(), by=context.as_resident())


@blueprint.get("/booking-block")
def block() -> dict[str, Any]:
    """My pause in booking online, null when there never was one."""
    return _block(access.block(context.resident()))


@blueprint.post("/booking-block/appeal")
@blueprint.input(AppealIn, arg_name="body")
def appeal(body: AppealIn) -> dict[str, Any]:
    """Object to my pause. Errors: appeal_over, appeal_reason_needed."""
    found = access.block(context.resident())
    if found is None:
        raise booking.AppealOver()
    return _block(booking.appeal(found, body.text, policy=context.wiring().policy, by=context.as_resident()))


def _block(found: BookingBlock | None) -> dict[str, Any]:
    rules = context.wiring().policy.booking
    return {"block": BlockOut.of(found, rules).model_dump() if found else None}
