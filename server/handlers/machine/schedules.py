"""Sessions and their time ranges, sent by the hospital's system (FHIR Schedule and Slot)."""

import re
from typing import Any

from apiflask import APIBlueprint

from server.access import machines as access
from server.actions import booking
from server.actions.booking import schedules
from server.errors import NotFound
from server.handlers.context import wiring
from server.handlers.machine import shapes
from server.handlers.machine.repeating import once
from server.handlers.machine.shapes import ScheduleIn, SlotsIn
from server.handlers.machine.signing import as_hospital, hospital_of_request
from server.models import Shift, SlotKind

blueprint = APIBlueprint("machine_schedules", __name__, url_prefix="/machine/Schedule", enable_openapi=False)

IDENTIFIER = re.compile(r"^[A-Za-z0-9._-]{1,64}$")


def _key(identifier: str) -> str:
    if not IDENTIFIER.match(identifier):
        raise NotFound()
    return schedules.key_of(identifier)


def _shown(shift: Shift) -> dict[str, Any]:
    return shapes.schedule(shift, access.slots_of(shift.id))


@blueprint.get("/<identifier>")
def read(identifier: str) -> dict[str, Any]:
    """Show a session: whose its numbers are, how many are free. Errors: not_found."""
    return _shown(access.shift(hospital_of_request(), _key(identifier)))


@blueprint.put("/<identifier>")
@once
@blueprint.input(ScheduleIn, arg_name="body")
def put(identifier: str, body: ScheduleIn) -> tuple[dict[str, Any], int]:
    """Make a session, 201, or change its ranges, 200.

    Errors: ranges_invalid, shift_in_past, shift_too_far, shift_ends_early, shift_overlaps, capacity_invalid,
    own_share_too_large, capacity_below_booked, not_found.
    """
    _key(identifier)
    shift, is_new = schedules.put(
        hospital_of_request(),
        identifier,
        department=body.specialty,
        specialist=(body.actor.name, body.actor.title) if body.actor else None,
        kind=SlotKind(body.serviceCategory),
        label=body.comment,
        parts=tuple(slot.part() for slot in body.slot),
        policy=wiring().policy,
        by=as_hospital(),
    )
    return _shown(shift), 201 if is_new else 200


@blueprint.put("/<identifier>/Slot")
@once
@blueprint.input(SlotsIn, arg_name="body")
def put_slots(identifier: str, body: SlotsIn) -> dict[str, Any]:
    """Give a session these ranges; one that is left out keeps only what is booked in it.

    Errors: not_found, ranges_invalid, shift_in_past, capacity_invalid, own_share_too_large, capacity_below_booked.
    """
    shift = access.shift(hospital_of_request(), _key(identifier))
    parts = tuple(slot.part() for slot in body.slot)
    return _shown(schedules.change(shift, parts, policy=wiring().policy, by=as_hospital()))


@blueprint.post("/<identifier>/suspend")
@once
def suspend(identifier: str) -> dict[str, Any]:
    """Call a session off: everybody who has a number is told and may choose another one. Errors: not_found, shift_over."""
    return _shown(booking.suspend(access.shift(hospital_of_request(), _key(identifier)), by=as_hospital()))
