"""What a guardian does about the agreements of his ward: look, ask to end one, change his mind, answer what went on."""

from typing import Any

from apiflask import APIBlueprint

from server.access import families as access
from server.access import resident as residents
from server.actions import reading, signing
from server.handlers import context
from server.handlers.miniprogram import endings, renewals
from server.handlers.miniprogram.agreements import shown, shown_all
from server.handlers.miniprogram.shapes.agreements import AgreementOut
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.endings import EndIn, EndingOptionsOut
from server.handlers.miniprogram.shapes.terms import ConfirmIn, RenewalOut
from server.models import Agreement

blueprint = APIBlueprint("wards", __name__, url_prefix="/api/family/wards")


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="query")
def agreements(query: PageIn) -> dict[str, Any]:
    """The agreements in force or on their way of those whose guardian I am, newest first."""
    found = access.ward_agreements(context.resident(), query.cursor)
    _note_read(*found.items)
    return listed([out.model_dump() for out in shown_all(found.items)], found.next)


@blueprint.get("/<agreement_id>")
@blueprint.output(AgreementOut)
def agreement(agreement_id: str) -> AgreementOut:
    """One agreement of my ward. Errors: not_found."""
    found = access.ward_agreement(agreement_id, context.resident())
    _note_read(found)
    return shown(found).with_text(found).with_wish(residents.last_termination(found.id))


@blueprint.get("/<agreement_id>/termination")
@blueprint.output(EndingOptionsOut)
def options(agreement_id: str) -> EndingOptionsOut:
    """For which reasons I may ask to end it now, and how long a decision may take. Errors: not_found."""
    return endings.options_of(access.ward_agreement(agreement_id, context.resident()))


@blueprint.post("/<agreement_id>/termination")
@blueprint.input(EndIn, arg_name="body")
def ask(agreement_id: str, body: EndIn) -> tuple[dict[str, Any], int]:
    """Ask to end it for my ward; 201 when new, 200 when repeated.

    Errors: not_found, term_not_allowed_in_term, signature_invalid, illegal_move, stale_state.
    """
    return endings.ask_for(access.ward_agreement(agreement_id, context.resident()), body)


@blueprint.post("/<agreement_id>/termination/withdraw")
@blueprint.output(AgreementOut)
def take_back(agreement_id: str) -> AgreementOut:
    """Let it go on after all, until somebody decided. Errors: not_found, illegal_move, stale_state."""
    return endings.going_on(access.ward_agreement(agreement_id, context.resident()))


@blueprint.post("/<agreement_id>/renewal")
@blueprint.output(RenewalOut)
def renewal(agreement_id: str) -> RenewalOut:
    """What I have to confirm for my ward after it went on by itself; that I saw it is kept. Errors: not_found, illegal_move."""
    return renewals.to_confirm(access.ward_agreement(agreement_id, context.resident()))


@blueprint.post("/<agreement_id>/renewal/confirm")
@blueprint.input(ConfirmIn, arg_name="body")
@blueprint.output(AgreementOut)
def confirm(agreement_id: str, body: ConfirmIn) -> AgreementOut:
    """Say yes for my ward. Errors: not_found, guardian_needed, agreement_text_changed, illegal_move, stale_state."""
    me = context.resident()
    return renewals.confirmed(access.ward_agreement(agreement_id, me), body, guardian=me)


@blueprint.post("/<agreement_id>/renewal/decline")
@blueprint.output(AgreementOut)
def decline(agreement_id: str) -> AgreementOut:
    """Say no for my ward: it ends today. Errors: not_found, guardian_needed, illegal_move, stale_state."""
    me = context.resident()
    found = access.ward_agreement(agreement_id, me)
    return shown(signing.decline(found, by=context.as_resident(), guardian=me))


def _note_read(*agreements: Agreement) -> None:
    people = [one.resident for one in agreements]
    reading.note_family_read("agreements_read", people, me=context.resident(), by=context.as_resident())
