"""My entitlements: what is promised, what was done, saying yes or no to it, the fee, and the health card."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import fees as fee_access
from server.access import rights as access
from server.actions import insurance, serving, signing
from server.errors import NotFound
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.rights import (
    CardOut,
    DisputeIn,
    EntitlementOut,
    FeeOut,
    InsuranceIn,
    RightsOut,
    ServiceOut,
    entry,
)
from server.models.agreement import Agreement
from server.models.entitlement import Entitlement
from server.models.resident import INSURANCE_LABELS, Resident
from server.models.service_record import ServiceRecord
from server.policy import benefits
from server.policy.catalogue import FREE_LABELS

blueprint = APIBlueprint("rights", __name__, url_prefix="/api")


def shown(records: list[ServiceRecord]) -> list[ServiceOut]:
    """Show some services with what became of them."""
    return [ServiceOut.of(service) for service in access.with_answers(records)]


@blueprint.get("/rights")
@blueprint.output(RightsOut)
def rights() -> RightsOut:
    """What my agreement gives me: items, services to confirm, fee, insurance, card."""
    resident = context.resident()
    agreement = access.in_force(resident.id)
    rules = signing.rules_of(agreement) if agreement else context.policy_for(resident)
    items = access.entitlements(agreement, clock.today()) if agreement else []
    card = access.card_of(resident)
    latest = shown(access.latest(agreement)) if agreement else []
    free = list(rules.packages.free_items) if agreement else []
    return RightsOut(
        agreement=_agreement(agreement),
        items=[EntitlementOut.of(row) for row in items],
        waiting=[one for one in latest if one.can_answer],
        four_ones=[{"label": FREE_LABELS[one], "state": _has(one, agreement, items, resident)} for one in free],
        fee=[FeeOut.of(line) for line in fee_access.lines_of(agreement)] if agreement else [],
        fee_note=rules.wording.fee_note,
        benefits=benefits.lines(rules),
        insurance=resident.insurance,
        insurance_options=[{"key": key, "label": label} for key, label in INSURANCE_LABELS.items()],
        card=CardOut.of(card) if card else None,
    )


def _agreement(agreement: Agreement | None) -> dict[str, str] | None:
    if agreement is None:
        return None
    return {
        "id": agreement.id,
        "package": agreement.package.name,
        "team": agreement.team.name,
        "phone": agreement.team.phone,
        "end_on": agreement.end_on.isoformat() if agreement.end_on else "",
    }


def _has(one: str, agreement: Agreement | None, items: list[Entitlement], resident: Resident) -> str:
    """What became of one of the "four ones"."""
    if one == "team":
        return agreement.team.name if agreement else ""
    if one == "health_card":
        return "已发放" if access.card_of(resident) else "待发放"
    return "已提供" if any(row.kind == one and row.used for row in items) else "待提供"


@blueprint.get("/services")
@blueprint.input(PageIn, location="query", arg_name="query")
def services(query: PageIn) -> dict[str, Any]:
    """What was done for me, newest first."""
    found = access.services(context.resident(), query.cursor)
    return listed([one.model_dump() for one in shown(found.items)], found.next)


@blueprint.get("/services/<service_id>")
@blueprint.output(ServiceOut)
def service(service_id: str) -> ServiceOut:
    """One service with its proof. Errors: not_found."""
    return _one(access.own_service(service_id, context.resident()))


@blueprint.post("/services/<service_id>/confirm")
@blueprint.output(ServiceOut)
def confirm(service_id: str) -> ServiceOut:
    """Yes, so it was. Errors: not_found, service_answered, service_taken_back."""
    found = access.own_service(service_id, context.resident())
    serving.confirm(found, by=context.as_resident())
    return _one(found)


@blueprint.post("/services/<service_id>/dispute")
@blueprint.input(DisputeIn, arg_name="body")
@blueprint.output(ServiceOut)
def dispute(service_id: str, body: DisputeIn) -> ServiceOut:
    """No, it was not; an answer is due within days. Errors: not_found, service_answered, service_taken_back."""
    resident = context.resident()
    found = access.own_service(service_id, resident)
    agreement = access.agreement_of(found)
    rules = signing.rules_of(agreement) if agreement else context.policy_for(resident)
    days = rules.complaints.answer_within_workdays
    serving.dispute(found, body.reason, within_workdays=days, by=context.as_resident())
    return _one(found)


def _one(record: ServiceRecord) -> ServiceOut:
    (found,) = access.with_answers([record])
    return ServiceOut.of(found, with_photo=True)


@blueprint.post("/me/insurance")
@blueprint.input(InsuranceIn, arg_name="body")
@blueprint.output({})
def declare(body: InsuranceIn) -> dict[str, str]:
    """How I am insured, for agreements from now on. Errors: insurance_unknown."""
    resident = insurance.declare(context.resident(), body.insurance, by=context.as_resident())
    return {"insurance": resident.insurance or ""}


@blueprint.get("/health-card")
@blueprint.input(PageIn, location="query", arg_name="query")
def card(query: PageIn) -> dict[str, Any]:
    """My household's health card with its lines, newest first. Errors: not_found."""
    found = access.card_of(context.resident())
    if found is None:
        raise NotFound("没有健康服务卡")
    lines = access.card_entries(found, query.cursor)
    return {"card": CardOut.of(found).model_dump(), **listed([entry(row) for row in lines.items], lines.next)}
