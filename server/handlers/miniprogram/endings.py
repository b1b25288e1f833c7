"""Ending one of my agreements before its last day: ask, see what became of it, change my mind."""

from typing import Any

from apiflask import APIBlueprint

from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.agreements import shown
from server.handlers.miniprogram.shapes.agreements import AgreementOut
from server.handlers.miniprogram.shapes.endings import EndIn, EndingOptionsOut, TerminationOut
from server.models.agreement import Agreement

blueprint = APIBlueprint("endings", __name__, url_prefix="/api/agreements")


@blueprint.get("/<agreement_id>/termination")
@blueprint.output(EndingOptionsOut)
def options(agreement_id: str) -> EndingOptionsOut:
    """For which reasons I may ask to end it now, and how long a decision may take. Errors: not_found."""
    return options_of(access.agreement(agreement_id, context.resident()))


@blueprint.post("/<agreement_id>/termination")
@blueprint.input(EndIn, arg_name="body")
def ask(agreement_id: str, body: EndIn) -> tuple[dict[str, Any], int]:
    """Ask to end it; 201 when new, 200 when repeated. I am served until somebody decides.

    Errors: not_found, term_not_allowed_in_term, signature_invalid, illegal_move, stale_state.
    """
    return ask_for(access.agreement(agreement_id, context.resident()), body)


@blueprint.post("/<agreement_id>/termination/withdraw")
@blueprint.output(AgreementOut)
def take_back(agreement_id: str) -> AgreementOut:
    """Let it go on after all, until somebody decided. Errors: not_found, illegal_move, stale_state."""
    return going_on(access.agreement(agreement_id, context.resident()))


# ---------------------------------------------------------------- the same for a ward's agreement (wards.py)


def options_of(agreement: Agreement) -> EndingOptionsOut:
    """For which reasons it may be asked, by the rules the agreement was signed under."""
    return EndingOptionsOut.of(agreement, signing.rules_of(agreement))


def ask_for(agreement: Agreement, body: EndIn) -> tuple[dict[str, Any], int]:
    """Ask in the caller's name; 201 when new, 200 when repeated."""
    wish, is_new = signing.request_termination(
        agreement, reason=body.reason_code, note=body.note, signature=body.signature, by=context.as_resident()
    )
    return TerminationOut.of(wish).model_dump(), 201 if is_new else 200


def going_on(agreement: Agreement) -> AgreementOut:
    """Take the wish back in the caller's name."""
    return shown(signing.take_back_termination(agreement, by=context.as_resident()))
