"""Long prescriptions of my panel: issue, renew, stop, have them brought home."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import followups as panel
from server.access import prescriptions as access
from server.actions import prescriptions
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.handlers.miniprogram.shapes.prescriptions import (
    BringIn,
    MedicineOut,
    PrescribeIn,
    PrescriptionOut,
    RulesOut,
    StopIn,
)
from server.models.prescription import Prescription
from server.policy import prescribing

blueprint = APIBlueprint("doctor_prescriptions", __name__, url_prefix="/api/doctor")
SOON_DAYS = 14


def shown(row: Prescription) -> PrescriptionOut:
    """Show a prescription to the team."""
    return PrescriptionOut.of(row, access.delivery_of(row.id), for_doctor=True)


@blueprint.get("/medicines")
def medicines() -> dict[str, Any]:
    """What can be chosen, and what may not be supplied for long."""
    return {"items": [MedicineOut.of(one).model_dump() for one in prescribing.medicines().values()]}


@blueprint.get("/prescriptions")
@blueprint.input(PageIn, location="query", arg_name="query")
def soon(query: PageIn) -> dict[str, Any]:
    """What waits to be signed or ends within 14 days in my teams, soonest first; that it was shown is written down."""
    found = access.of_team(context.staff(), clock.today(), SOON_DAYS, query.cursor)
    for row in found.items:
        prescriptions.look(row.resident, by=context.as_staff())
    brought = access.deliveries_of([row.id for row in found.items])
    rows = [PrescriptionOut.of(row, brought.get(row.id), for_doctor=True).model_dump() for row in found.items]
    return listed(rows, found.next)


@blueprint.get("/residents/<resident_id>/prescriptions")
@blueprint.input(PageIn, location="query", arg_name="query")
def of_resident(resident_id: str, query: PageIn) -> dict[str, Any]:
    """One resident's prescriptions and what holds here; that they were shown is written down. Errors: not_found."""
    resident = panel.panel_resident(resident_id, context.staff())
    prescriptions.look(resident, by=context.as_staff())
    found = access.of(resident, query.cursor)
    brought = access.deliveries_of([row.id for row in found.items])
    rules = context.policy_for(resident).prescriptions
    rows = [PrescriptionOut.of(row, brought.get(row.id), for_doctor=True).model_dump() for row in found.items]
    here = RulesOut(
        min_days=rules.long_min_days,
        usual_days=rules.long_usual_max_days,
        max_days=rules.long_max_days,
        extended=rules.extended,
        home_delivery=rules.home_delivery,
    )
    person = ContactOut.of(resident).model_dump()
    return {**listed(rows, found.next), "resident": person, "rules": here.model_dump()}


@blueprint.post("/residents/<resident_id>/prescriptions")
@blueprint.input(PrescribeIn, arg_name="body")
def issue(resident_id: str, body: PrescribeIn) -> tuple[dict[str, Any], int]:
    """Issue a prescription; 201 when new.

    Errors: not_found, medicine_not_allowed, supply_invalid, evaluation_needed, extended_not_allowed,
    prescriber_not_qualified, no_contract, prescription_open, start_invalid.
    """
    resident = panel.panel_resident(resident_id, context.staff())
    row, is_new = prescriptions.issue(
        resident, body.draft(), policy=context.policy_for(resident), by=context.as_staff()
    )
    return shown(row).model_dump(), 201 if is_new else 200


@blueprint.post("/prescriptions/<prescription_id>/renew")
@blueprint.input(PrescribeIn, arg_name="body")
def renew(prescription_id: str, body: PrescribeIn) -> tuple[dict[str, Any], int]:
    """Let another one follow; 201 when new. Errors: as for issuing, illegal_move, stale_state."""
    before = access.one(prescription_id, context.staff())
    policy = context.policy_for(before.resident)
    row, is_new = prescriptions.renew(before, body.draft(), policy=policy, by=context.as_staff())
    return shown(row).model_dump(), 201 if is_new else 200


@blueprint.post("/prescriptions/<prescription_id>/stop")
@blueprint.input(StopIn, arg_name="body")
@blueprint.output(PrescriptionOut)
def stop(prescription_id: str, body: StopIn) -> PrescriptionOut:
    """Stop it. Errors: not_found, stop_reason_unknown, illegal_move, stale_state."""
    row = access.one(prescription_id, context.staff())
    return shown(prescriptions.stop(row, body.reason, body.note, by=context.as_staff()))


@blueprint.post("/prescriptions/<prescription_id>/delivery")
@blueprint.input(BringIn, arg_name="body")
@blueprint.output(PrescriptionOut)
def bring(prescription_id: str, body: BringIn) -> PrescriptionOut:
    """Plan that it is brought home, or change the plan. Errors: not_found, delivery_not_here, delivery_invalid, delivery_over."""
    row = access.one(prescription_id, context.staff())
    policy = context.policy_for(row.resident)
    prescriptions.plan(row, body.planned_on, body.courier, body.note, policy=policy, by=context.as_staff())
    return shown(row)
