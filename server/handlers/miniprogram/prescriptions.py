"""My long prescriptions, and those of whom I sign for."""

from typing import Any

from apiflask import APIBlueprint

from server.access import measurements as cared_for
from server.access import prescriptions as access
from server.actions import prescriptions
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import listed
from server.handlers.miniprogram.shapes.measurements import WhoseIn
from server.handlers.miniprogram.shapes.prescriptions import KnowIn, PrescriptionOut

blueprint = APIBlueprint("prescriptions", __name__, url_prefix="/api/prescriptions")


@blueprint.get("")
@blueprint.input(WhoseIn, location="query", arg_name="query")
def mine(query: WhoseIn) -> dict[str, Any]:
    """My prescriptions, or those of one I sign for, the latest first. Errors: not_found."""
    who = cared_for.person(query.for_id, context.resident())
    found = access.of(who, query.cursor)
    brought = access.deliveries_of([row.id for row in found.items])
    return listed([PrescriptionOut.of(row, brought.get(row.id)).model_dump() for row in found.items], found.next)


@blueprint.post("/<prescription_id>/sign")
@blueprint.input(KnowIn, arg_name="body")
@blueprint.output(PrescriptionOut)
def sign(prescription_id: str, body: KnowIn) -> PrescriptionOut:
    """I have read what was explained and sign, or say no.

    Errors: not_found, knowledge_changed, drawing_invalid, illegal_move, stale_state.
    """
    row = access.own(prescription_id, context.resident())
    row = prescriptions.sign(row, body.text_sha256, body.signature, by=context.as_resident())
    return PrescriptionOut.of(row, access.delivery_of(row.id))
