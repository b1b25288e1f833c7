"""Writing down what was done for a resident, and answering what residents dispute."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import rights as access
from server.actions import serving
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.rights import AnswerIn, DisputeOut, EntitlementOut, ServiceIn, ServiceOut
from server.models.entitlement import ServiceAnswer
from server.models.service_record import PLACES, ServiceRecord

blueprint = APIBlueprint("doctor_services", __name__, url_prefix="/api/doctor")


@blueprint.get("/residents/<resident_id>/entitlements")
def entitlements(resident_id: str) -> dict[str, Any]:
    """What a resident of my teams is promised and what was done lately. Errors: not_found."""
    agreement = access.served(resident_id, context.staff())
    serving.note_seen(agreement, by=context.as_staff())
    rows = access.entitlements(agreement, clock.today())
    latest = access.with_answers(access.latest(agreement))
    return {
        "resident": agreement.resident.name_masked,
        "package": agreement.package.name,
        "items": [EntitlementOut.of(row).model_dump() for row in rows],
        "services": [ServiceOut.of(one).model_dump() for one in latest],
        "places": [{"key": key, "label": label} for key, label in PLACES.items()],
    }


@blueprint.post("/entitlements/<entitlement_id>/services")
@blueprint.input(ServiceIn, arg_name="body")
def record(entitlement_id: str, body: ServiceIn) -> tuple[dict[str, Any], int]:
    """Write down a service; 201 when new, 200 when repeated.

    Errors: not_found, entitlement_used_up, service_date_invalid, exam_kind_invalid, service_note_needed,
    performer_needed, photo_invalid.
    """
    promised = access.promised(entitlement_id, context.staff())
    act = serving.Act(**body.model_dump())
    row, is_new = serving.record(promised, act, staff=context.staff(), by=context.as_staff())
    return _shown(row).model_dump(), 201 if is_new else 200


@blueprint.post("/services/<service_id>/take-back")
@blueprint.output(ServiceOut)
def take_back(service_id: str) -> ServiceOut:
    """Take back what was written down by mistake. Errors: not_found, service_answered."""
    found = access.team_service(service_id, context.staff())
    serving.take_back(found, by=context.as_staff())
    return _shown(found)


@blueprint.get("/disputes")
@blueprint.input(PageIn, location="query", arg_name="query")
def disputes(query: PageIn) -> dict[str, Any]:
    """What residents of my teams dispute, the earliest promised answer first."""
    found = access.disputes(context.staff(), query.cursor)
    people = access.residents_of({row.resident_id for row in found.items})
    names = {key: person.name_masked for key, person in people.items()}
    services = {one.record.id: one for one in access.with_answers([row.record for row in found.items])}
    shown = [_dispute(row, services[row.record_id], names[row.resident_id]) for row in found.items]
    return listed([one.model_dump() for one in shown], found.next)


@blueprint.post("/disputes/<dispute_id>/answer")
@blueprint.input(AnswerIn, arg_name="body")
@blueprint.output(DisputeOut)
def answer(dispute_id: str, body: AnswerIn) -> DisputeOut:
    """Answer a dispute; upheld, the record no longer counts. Errors: not_found, reply_needed, stale_state."""
    found = access.dispute(dispute_id, context.staff())
    serving.answer(found, upheld=body.upheld, reply=body.reply, by=context.as_staff())
    people = access.residents_of({found.resident_id})
    (service,) = access.with_answers([found.record])
    return _dispute(found, service, people[found.resident_id].name_masked)


def _dispute(row: ServiceAnswer, service: access.Service, resident: str) -> DisputeOut:
    late = row.outcome is None and row.answer_by_on is not None and row.answer_by_on < clock.today()
    return DisputeOut.of(row, service, resident, is_late=late)


def _shown(record: ServiceRecord) -> ServiceOut:
    (found,) = access.with_answers([record])
    return ServiceOut.of(found)
