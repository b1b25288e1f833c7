"""My agreement goes on: what I would agree to, renewing in two taps, and confirming what went on by itself."""

from typing import Any

from apiflask import APIBlueprint

from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.agreements import shown
from server.handlers.miniprogram.shapes.agreements import AgreementOut
from server.handlers.miniprogram.shapes.terms import ConfirmIn, RenewalIn, RenewalOut, RenewIn
from server.models.agreement import Agreement, AgreementStatus
from server.models.doctor import Team
from server.models.package import ServicePackage
from server.models.resident import Resident

blueprint = APIBlueprint("renewals", __name__, url_prefix="/api")


def _chosen(body: RenewalIn, agreement: Agreement) -> tuple[Team | None, ServicePackage | None]:
    """What the ids stand for; a team that is full for newcomers still keeps its own people."""
    team = access.open_team(body.team_id, also=agreement.team_id) if body.team_id else None
    return team, access.offered_package(body.package_id) if body.package_id else None


@blueprint.post("/agreements/<agreement_id>/renewal")
@blueprint.input(RenewalIn, arg_name="body")
@blueprint.output(RenewalOut)
def renewal(agreement_id: str, body: RenewalIn) -> RenewalOut:
    """What I would agree to by renewing, or what I have to confirm after it went on by itself; that I saw it is kept.

    Errors: not_found, not_renewable, team_closed, package_not_offered, term_too_short, term_too_long,
    term_needs_extension, fixed_end_passed.
    """
    found = access.agreement(agreement_id, context.resident())
    if found.status == AgreementStatus.AUTO_RENEWED_UNCONFIRMED:
        return to_confirm(found)
    by = context.as_resident()
    policy = context.policy_for(found.resident)
    team, package = _chosen(body, found)
    wish = body.renewal(team, package, context.device())
    return RenewalOut.of(signing.show_renewal(found, wish, policy=policy, by=by), policy)


@blueprint.post("/agreements/<agreement_id>/renew")
@blueprint.input(RenewIn, arg_name="body")
def renew(agreement_id: str, body: RenewIn) -> tuple[dict[str, Any], int]:
    """Ask for a successor; 201 when new.

    Errors: not_found, not_renewable, signing_needed, signature_invalid, agreement_text_changed, agreement_overlap,
    team_closed, package_not_offered, term_too_short, term_too_long, term_needs_extension, fixed_end_passed.
    """
    found = access.agreement(agreement_id, context.resident())
    team, package = _chosen(body, found)
    wish = body.renewal(team, package, context.device(), text_sha256=body.text_sha256, signature=body.signature)
    policy = context.policy_for(found.resident)
    successor, is_new = signing.renew(found, wish, policy=policy, by=context.as_resident())
    return shown(successor).model_dump(), 201 if is_new else 200


@blueprint.post("/agreements/<agreement_id>/renewal/confirm")
@blueprint.input(ConfirmIn, arg_name="body")
@blueprint.output(AgreementOut)
def confirm(agreement_id: str, body: ConfirmIn) -> AgreementOut:
    """Say yes to what went on by itself. Errors: not_found, agreement_text_changed, guardian_needed, illegal_move,
    stale_state.
    """
    return confirmed(access.agreement(agreement_id, context.resident()), body)


@blueprint.post("/agreements/<agreement_id>/renewal/decline")
@blueprint.output(AgreementOut)
def decline(agreement_id: str) -> AgreementOut:
    """Say no to what went on by itself: it ends today. Errors: not_found, guardian_needed, illegal_move, stale_state."""
    found = access.agreement(agreement_id, context.resident())
    return shown(signing.decline(found, by=context.as_resident()))


def to_confirm(agreement: Agreement) -> RenewalOut:
    """What somebody, the resident or his guardian, has to confirm after it went on by itself. Errors: illegal_move."""
    offer = signing.show_reconfirmation(agreement, by=context.as_resident(), device=context.device())
    return RenewalOut.of(offer, signing.rules_of(agreement), agreement.reconfirm_by_on)


def confirmed(agreement: Agreement, body: ConfirmIn, *, guardian: Resident | None = None) -> AgreementOut:
    """Say yes to it, as the resident or as his guardian. Errors: as ``confirm``."""
    by, device = context.as_resident(), context.device()
    return shown(signing.confirm(agreement, by=by, text_sha256=body.text_sha256, device=device, guardian=guardian))
