"""My agreements: preview, sign, withdraw, renew."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.agreements import AgreementOut, Choice, PreviewOut, RenewIn, SignIn
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.models.agreement import Agreement

blueprint = APIBlueprint("agreements", __name__, url_prefix="/api")


def shown_all(agreements: list[Agreement]) -> list[AgreementOut]:
    """Show some of my agreements, each with what renews it."""
    policy, today = context.wiring().policy, clock.today()
    successors = access.successor_ids([agreement.id for agreement in agreements])
    return [AgreementOut.of(agreement, policy, today, successors.get(agreement.id)) for agreement in agreements]


def shown(agreement: Agreement) -> AgreementOut:
    """Show one of my agreements."""
    return shown_all([agreement])[0]


@blueprint.post("/agreements/preview")
@blueprint.input(Choice, arg_name="body")
@blueprint.output(PreviewOut)
def preview(body: Choice) -> PreviewOut:
    """The text I would sign, with the consents to tick. Errors: not_found."""
    policy = context.policy_for(context.resident())
    team, package = access.open_team(body.team_id), access.offered_package(body.package_id)
    text = signing.document(context.resident(), team, package, policy)
    return PreviewOut.of(text, package, policy, clock.today())


@blueprint.post("/agreements")
@blueprint.input(SignIn, arg_name="body")
def sign(body: SignIn) -> tuple[dict[str, Any], int]:
    """Sign a request; 201 when new, 200 when repeated.

    Errors: agreement_overlap, agreement_text_changed, consent_missing, signature_invalid, team_closed,
    package_not_offered, package_not_for_you, package_price_wrong, not_found.
    """
    agreement, is_new = signing.request(
        context.resident(),
        body.wish(access.open_team(body.team_id), access.offered_package(body.package_id), context.device()),
        policy=context.policy_for(context.resident()),
        by=context.as_resident(),
    )
    return shown(agreement).model_dump(), 201 if is_new else 200


@blueprint.get("/agreements")
@blueprint.input(PageIn, location="query", arg_name="query")
def agreements(query: PageIn) -> dict[str, Any]:
    """My agreements, newest first."""
    found = access.agreements(context.resident(), query.cursor)
    return listed([out.model_dump() for out in shown_all(found.items)], found.next)


@blueprint.get("/agreements/<agreement_id>")
@blueprint.output(AgreementOut)
def agreement(agreement_id: str) -> AgreementOut:
    """One of my agreements with its frozen text. Errors: not_found."""
    found = access.agreement(agreement_id, context.resident())
    return shown(found).with_text(found).with_wish(access.last_termination(found.id))


@blueprint.post("/agreements/<agreement_id>/withdraw")
@blueprint.output(AgreementOut)
def withdraw(agreement_id: str) -> AgreementOut:
    """Take back a request before the team answered. Errors: not_found, illegal_move, stale_state."""
    found = access.agreement(agreement_id, context.resident())
    return shown(signing.withdraw(found, by=context.as_resident()))


@blueprint.post("/agreements/<agreement_id>/renew")
@blueprint.input(RenewIn, arg_name="body")
def renew(agreement_id: str, body: RenewIn) -> tuple[dict[str, Any], int]:
    """Ask for a successor; 201 when new. Errors: not_found, not_renewable, agreement_overlap, package_not_offered."""
    found = access.agreement(agreement_id, context.resident())
    policy = context.policy_for(context.resident())
    successor, is_new = signing.renew(found, signature=body.signature, policy=policy, by=context.as_resident())
    return shown(successor).model_dump(), 201 if is_new else 200
