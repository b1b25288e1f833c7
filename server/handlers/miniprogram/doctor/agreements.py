"""Requests to accept and the panel."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import doctor as access
from server.access import families
from server.access import populations as population_access
from server.actions import reveals, signing, verification
from server.handlers import context
from server.handlers.miniprogram.shapes.agreements import (
    PanelAgreementOut,
    PanelResidentOut,
    RejectIn,
    WhichIn,
)
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.endings import CloseIn
from server.handlers.miniprogram.shapes.people import PhoneOut, RealNameOut
from server.handlers.miniprogram.shapes.terms import AcceptIn
from server.models.agreement import Agreement
from server.policy.populations import label

blueprint = APIBlueprint("doctor_agreements", __name__, url_prefix="/api/doctor")


def shown(agreement: Agreement) -> PanelAgreementOut:
    """Show an agreement to the team."""
    return PanelAgreementOut.for_team(agreement, clock.today())


@blueprint.get("/agreements")
@blueprint.input(WhichIn, location="query", arg_name="query")
def agreements(query: WhichIn) -> dict[str, Any]:
    """The team's agreements: waiting for an answer, in force, ending within 90 days, ended without a next one, or gone
    on by themselves and to be confirmed."""
    found = access.agreements(context.staff(), query.status, query.cursor)
    return listed([one.model_dump() for one in _shown_all(found.items)], found.next)


def _shown_all(agreements: list[Agreement]) -> list[PanelAgreementOut]:
    today = clock.today()
    sizes = families.joint_sizes({row.joint_id for row in agreements if row.joint_id})
    return [PanelAgreementOut.for_team(row, today, sizes.get(row.joint_id or "", 1)) for row in agreements]


@blueprint.post("/joint/<joint_id>/accept")
@blueprint.input(AcceptIn, location="query", arg_name="query")
def accept_joint(joint_id: str, query: AcceptIn) -> dict[str, Any]:
    """Accept all that one signature asked for, or nothing of it.

    Errors: cap_exceeded, not_pending, witness_needed, extension_not_confirmed, fixed_end_passed.
    """
    staff = context.staff()
    made = signing.accept_joint(
        joint_id,
        access.team_of(staff).id,
        policy=context.wiring().policy,
        by=context.as_staff(),
        staff=staff,
        confirms_extension=query.confirms_extension,
    )
    return listed([one.model_dump() for one in _shown_all(made)], None)


@blueprint.post("/agreements/<agreement_id>/witness")
@blueprint.output(PanelAgreementOut)
def witness(agreement_id: str) -> PanelAgreementOut:
    """Say that I saw him put his mark. Errors: not_found, not_pending."""
    found = access.agreement(agreement_id, context.staff())
    return shown(signing.witness(found, by=context.as_staff(), staff=context.staff()))


@blueprint.post("/agreements/<agreement_id>/accept")
@blueprint.input(AcceptIn, location="query", arg_name="query")
@blueprint.output(PanelAgreementOut)
def accept(agreement_id: str, query: AcceptIn) -> PanelAgreementOut:
    """Accept a request; a longer term than usual only with the doctor's own yes to it.

    Errors: not_found, cap_exceeded, witness_needed, real_name_needed, team_closed, extension_not_confirmed, fixed_end_passed,
    not_renewable, illegal_move, stale_state.
    """
    found = access.agreement(agreement_id, context.staff())
    accepted = signing.accept(
        found,
        policy=context.wiring().policy,
        by=context.as_staff(),
        staff=context.staff(),
        confirms_extension=query.confirms_extension,
    )
    return shown(accepted)


@blueprint.post("/agreements/<agreement_id>/renewal/confirm")
@blueprint.output(PanelAgreementOut)
def confirm_renewal(agreement_id: str) -> PanelAgreementOut:
    """Confirm for the team what went on by itself. Errors: not_found, illegal_move, stale_state."""
    found = access.agreement(agreement_id, context.staff())
    return shown(signing.confirm(found, by=context.as_staff()))


@blueprint.post("/agreements/<agreement_id>/seen")
@blueprint.output(RealNameOut)
def seen(agreement_id: str) -> RealNameOut:
    """I compared the resident of a request with the original of his document; recorded. Errors: not_found."""
    found = access.agreement(agreement_id, context.staff())
    return RealNameOut.of(verification.staff_seen(found.resident, by=context.as_staff()))


@blueprint.post("/agreements/<agreement_id>/reject")
@blueprint.input(RejectIn, arg_name="body")
@blueprint.output(PanelAgreementOut)
def reject(agreement_id: str, body: RejectIn) -> PanelAgreementOut:
    """Decline a request with a reason. Errors: not_found, illegal_move, stale_state."""
    found = access.agreement(agreement_id, context.staff())
    by, staff = context.as_staff(), context.staff()
    return shown(signing.reject(found, reason=body.reason_code, note=body.note, by=by, staff=staff))


@blueprint.post("/agreements/<agreement_id>/close")
@blueprint.input(CloseIn, arg_name="body")
@blueprint.output(PanelAgreementOut)
def close(agreement_id: str, body: CloseIn) -> PanelAgreementOut:
    """Register that the resident died or moved away: all that was still to come ends with it.

    Errors: not_found, closing_date_invalid, illegal_move, stale_state.
    """
    found = access.agreement(agreement_id, context.staff())
    return shown(signing.close(found, body.event, body.on, by=context.as_staff()))


@blueprint.get("/residents")
@blueprint.input(PageIn, location="query", arg_name="query")
def residents(query: PageIn) -> dict[str, Any]:
    """The team's panel, whose agreement ends first in front."""
    page, today = access.panel(context.staff(), query.cursor), clock.today()
    ids = [agreement.resident_id for agreement in page.items]
    programmes, due = access.programmes(ids, context.staff()), access.next_due(ids)
    groups = population_access.groups_shown(ids, context.staff(), today)
    rules = context.wiring().policy.groups
    words = {row_id: [label(group, today, rules) for group in found] for row_id, found in groups.items()}
    shown_ones = [
        PanelResidentOut.signed(
            row, programmes.get(row.resident_id, []), due.get(row.resident_id), words.get(row.resident_id, []), today
        )
        for row in page.items
    ]
    return listed([one.model_dump() for one in shown_ones], page.next)


@blueprint.post("/residents/<resident_id>/phone")
@blueprint.output(PhoneOut)
def phone(resident_id: str) -> PhoneOut:
    """The full number of a resident I have a reason to call; recorded. Errors: not_found, phone_unknown."""
    resident = access.callable_resident(resident_id, context.staff())
    return PhoneOut(phone=reveals.phone(resident, by=context.as_staff()))
