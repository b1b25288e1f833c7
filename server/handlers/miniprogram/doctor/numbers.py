"""The numbers kept for a doctor's residents: what is left, what goes to the public soon, and booking for one of them."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from server import clock
from server.access import doctor_numbers as access
from server.access import resident as resident_access
from server.access import rights
from server.actions import booking, serving
from server.actions.booking import Origin
from server.handlers import context
from server.handlers.miniprogram.shapes.booking import AppointmentOut, SlotOut
from server.handlers.miniprogram.shapes.edges import In, PageIn, instant, listed
from server.models import Channel

blueprint = APIBlueprint("doctor_numbers", __name__, url_prefix="/api/doctor")
DOCTOR = Origin(Channel.DOCTOR)


class ForResidentIn(In):
    """Which number."""

    slot_id: str = Field(max_length=26)


@blueprint.get("/numbers")
def numbers() -> dict[str, Any]:
    """What is left by hospital, and how many coming numbers my residents hold."""
    found = access.quota(context.wiring().policy.booking.horizon_days)
    return {
        "booked": access.booked(context.staff()),
        "items": [
            {
                "id": one.hospital.id,
                "name": one.hospital.name,
                "left": one.left,
                "soon": one.soon,
                "first_at": instant(one.first_at) if one.first_at else None,
            }
            for one in found
        ],
    }


@blueprint.get("/numbers/<hospital_id>")
@blueprint.input(PageIn, location="query", arg_name="query")
def slots(hospital_id: str, query: PageIn) -> dict[str, Any]:
    """A hospital's coming numbers, soonest first, with when unused ones go to the public."""
    policy, at = context.wiring().policy, clock.now()
    found = resident_access.slots(hospital_id, policy.booking.horizon_days, query.cursor)
    rows = [
        SlotOut.of(slot, policy, at).model_dump() | {"release_at": instant(slot.release_at)} for slot in found.items
    ]
    return listed(rows, found.next)


@blueprint.post("/residents/<resident_id>/appointments")
@blueprint.input(ForResidentIn, arg_name="body")
def book(resident_id: str, body: ForResidentIn) -> tuple[dict[str, Any], int]:
    """Book for a resident of my teams, who is told; 201 when new, 200 when repeated.

    Errors: not_found, no_active_agreement, slot_full, slot_closed, slot_past, slot_too_far, too_many_appointments,
    appointments_overlap, same_department, booking_needs_real_name, sharing_not_allowed.
    """
    agreement = rights.served(resident_id, context.staff())
    serving.note_seen(agreement, by=context.as_staff())
    policy = context.wiring().policy
    made, is_new = booking.reserve(
        body.slot_id, agreement.resident, policy=policy, by=context.as_staff(), origin=DOCTOR
    )
    return AppointmentOut.of(made, policy, clock.now()).model_dump(), 201 if is_new else 200
