"""Ending one of my agreements before its last day: ask, see what became of it, change my mind."""

from typing import Any

from apiflask import APIBlueprint

from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.agreements import shown
from server.handlers.miniprogram.shapes.agreements import AgreementOut
from server.handlers.miniprogram.shapes.endings import EndIn, EndingOptionsOut, TerminationOut

blueprint = APIBlueprint("endings", __name__, url_prefix="/api/agreements")


@blueprint.get("/<agreement_id>/termination")
@blueprint.output(EndingOptionsOut)
def options(agreement_id: str) -> EndingOptionsOut:
    """For which reasons I may ask to end it now, and how long a decision may take. Errors: not_found."""
    found = access.agreement(agreement_id, context.resident())
    return EndingOptionsOut.of(found, signing.rules_of(found))


@blueprint.post("/<agreement_id>/termination")
@blueprint.input(EndIn, arg_name="body")
def ask(agreement_id: str, body: EndIn) -> tuple[dict[str, Any], int]:
    """Ask to end it; 201 when new, 200 when repeated. I am served until somebody decides.

    Errors: not_found, term_not_allowed_in_term, signature_invalid, illegal_move, stale_state.
    """
    found = access.agreement(agreement_id, context.resident())
    wish, is_new = signing.request_termination(
        found, reason=body.reason_code, note=body.note, signature=body.signature, by=context.as_resident()
    )
    return TerminationOut.of(wish).model_dump(), 201 if is_new else 200


@blueprint.post("/<agreement_id>/termination/withdraw")
@blueprint.output(AgreementOut)
def take_back(agreement_id: str) -> AgreementOut:
    """Let it go on after all, until somebody decided. Errors: not_found, illegal_move, stale_state."""
    found = access.agreement(agreement_id, context.resident())
    return shown(signing.take_back_termination(found, by=context.as_resident()))
