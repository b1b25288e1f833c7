"""Another team: by my own wish, or because mine closes."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import changes
from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.agreements import shown
from server.handlers.miniprogram.shapes.agreements import AgreementOut, TeamOut
from server.handlers.miniprogram.shapes.changes import (
    AnswerIn,
    ChangeIn,
    ChangeOut,
    ChangePreviewOut,
    TeamIn,
    TransferOut,
)

blueprint = APIBlueprint("changes", __name__, url_prefix="/api")


@blueprint.get("/agreements/<agreement_id>/other-teams")
def other_teams(agreement_id: str) -> dict[str, Any]:
    """A few teams that could serve me instead. Errors: not_found."""
    found = changes.other_teams(access.agreement(agreement_id, context.resident()))
    return {"items": [TeamOut.of(team).model_dump() for team in found]}


@blueprint.post("/agreements/<agreement_id>/change/preview")
@blueprint.input(TeamIn, arg_name="body")
@blueprint.output(ChangePreviewOut)
def preview(agreement_id: str, body: TeamIn) -> ChangePreviewOut:
    """What I would agree to. Errors: not_found."""
    found = access.agreement(agreement_id, context.resident())
    policy = context.policy_for(context.resident())
    return ChangePreviewOut.of(signing.change_text(found, access.open_team(body.team_id), policy), policy)


@blueprint.post("/agreements/<agreement_id>/change")
@blueprint.input(ChangeIn, arg_name="body")
def ask(agreement_id: str, body: ChangeIn) -> tuple[dict[str, Any], int]:
    """Ask for another team; 201 when new, 200 when repeated. The old team serves me until both have agreed.

    Errors: not_found, same_team, team_closed, team_incomplete, cap_exceeded, agreement_text_changed, signature_invalid,
    too_early_to_change, illegal_move, stale_state.
    """
    change, is_new = signing.request_change(
        access.agreement(agreement_id, context.resident()),
        access.open_team(body.team_id),
        reason=body.reason_code,
        note=body.note,
        text_sha256=body.text_sha256,
        signature=body.signature,
        policy=context.policy_for(context.resident()),
        by=context.as_resident(),
    )
    return ChangeOut.of(change).model_dump(), 201 if is_new else 200


@blueprint.post("/agreements/<agreement_id>/change/withdraw")
@blueprint.output(AgreementOut)
def take_back(agreement_id: str) -> AgreementOut:
    """Stay with my team after all, until both have agreed. Errors: not_found, illegal_move, stale_state."""
    found = access.agreement(agreement_id, context.resident())
    return shown(signing.take_back_change(found, by=context.as_resident()))


@blueprint.get("/transfer")
def transfer() -> dict[str, Any]:
    """That my team closes, and who takes over; null when it does not."""
    entry = changes.entry_of(context.resident())
    return {"transfer": TransferOut.of(entry, clock.today()).model_dump() if entry else None}


@blueprint.post("/transfers/<transfer_id>")
@blueprint.input(AnswerIn, arg_name="body")
@blueprint.output(TransferOut)
def answer(transfer_id: str, body: AnswerIn) -> TransferOut:
    """Say what I want instead, or that I am content after all; until the day before.

    Errors: not_found, transfer_over, target_invalid, team_closed.
    """
    entry = changes.entry(transfer_id, context.resident())
    team = access.open_team(body.team_id) if body.team_id else None
    by = context.as_resident()
    answered = signing.object_to_transfer(entry, choice=body.choice, team=team, note=body.note, by=by)
    return TransferOut.of(answered, clock.today())
