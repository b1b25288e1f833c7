"""Who comes, and what the hospital says about it (FHIR Appointment)."""

from typing import Any

from apiflask import APIBlueprint

from server.access import machines as access
from server.actions import booking, machines
from server.actions.booking import arriving
from server.handlers.context import wiring
from server.handlers.machine import shapes
from server.handlers.machine.repeating import once
from server.handlers.machine.shapes import ChangesIn, ReasonIn
from server.handlers.machine.signing import as_hospital, hospital_of_request
from server.models import Appointment

blueprint = APIBlueprint("machine_appointments", __name__, url_prefix="/machine/Appointment", enable_openapi=False)


@blueprint.get("")
@blueprint.input(ChangesIn, location="query", arg_name="query")
def changed(query: ChangesIn) -> dict[str, Any]:
    """Show the bookings that changed after ``since``; that their names were read is recorded. Errors: cursor_invalid."""
    hospital = hospital_of_request()
    found = access.changes(hospital, query.since)
    shared = access.shared(row.agreement_id for row in found.items)
    items = [shapes.appointment(row, hospital, shared) for row in found.items]
    named = [row for row, shown in zip(found.items, items, strict=True) if "patient" in shown]
    machines.note_read(named, by=as_hospital())
    return {"items": items, "next": found.cursor, "more": found.more}


@blueprint.post("/<appointment_id>/acknowledge")
@once
def acknowledge(appointment_id: str) -> dict[str, Any]:
    """The hospital says yes to a booking that waits for it. Errors: not_found, illegal_move, stale_state."""
    return _answer(booking.acknowledge(_found(appointment_id), by=as_hospital()))


@blueprint.post("/<appointment_id>/turn-down")
@once
@blueprint.input(ReasonIn, arg_name="body")
def turn_down(appointment_id: str, body: ReasonIn) -> dict[str, Any]:
    """The hospital says no: the place goes back, the resident is told. Errors: not_found, illegal_move, stale_state."""
    return _answer(booking.turn_down(_found(appointment_id), body.reason, by=as_hospital()))


@blueprint.post("/<appointment_id>/check-in")
@once
def check_in(appointment_id: str) -> dict[str, Any]:
    """He is there. Errors: not_found, check_in_wrong_day, illegal_move, stale_state."""
    return _answer(booking.check_in(_found(appointment_id), by=as_hospital()))


@blueprint.post("/<appointment_id>/seen")
@once
def seen(appointment_id: str) -> dict[str, Any]:
    """The visit took place. Errors: not_found, illegal_move, stale_state."""
    return _answer(arriving.seen(_found(appointment_id), by=as_hospital()))


@blueprint.post("/<appointment_id>/correct")
@once
@blueprint.input(ReasonIn, arg_name="body")
def correct(appointment_id: str, body: ReasonIn) -> dict[str, Any]:
    """He was there after all. Errors: not_found, correction_over, illegal_move, stale_state."""
    found, policy = _found(appointment_id), wiring().policy
    return _answer(booking.correct_no_show(found, body.reason, policy=policy, by=as_hospital()))


def _found(appointment_id: str) -> Appointment:
    return access.appointment(appointment_id, hospital_of_request())


def _answer(row: Appointment) -> dict[str, Any]:
    """Show what became of it, without the person: answers are kept to be repeated."""
    return shapes.appointment(row, hospital_of_request(), set())
