"""My agreements: preview, sign, withdraw, renew."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import changes
from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.agreements import AgreementOut, Choice, PreviewOut, SignIn
from server.handlers.miniprogram.shapes.changes import ChangeOut
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.models.agreement import Agreement
from server.policy import capacity

blueprint = APIBlueprint("agreements", __name__, url_prefix="/api")


def shown_all(agreements: list[Agreement]) -> list[AgreementOut]:
    """Show some of my agreements, each with what renews it."""
    today = clock.today()
    successors = access.successor_ids([agreement.id for agreement in agreements])
    return [AgreementOut.of(agreement, today, successors.get(agreement.id)) for agreement in agreements]


def shown(agreement: Agreement) -> AgreementOut:
    """Show one of my agreements."""
    return shown_all([agreement])[0]


@blueprint.post("/agreements/preview")
@blueprint.input(Choice, arg_name="body")
@blueprint.output(PreviewOut)
def preview(body: Choice) -> PreviewOut:
    """The text I would sign for a term, with the terms to choose from and the consents to tick.

    Errors: not_found, team_incomplete, term_too_short, term_too_long, term_needs_extension, fixed_end_passed.
    """
    resident = context.resident()
    policy, before = context.policy_for(resident), signing.predecessor_of(resident)
    team = access.open_team(body.team_id, also=before.team_id if before else None)
    if before is None or before.team_id != team.id:
        signing.check_team(team, policy)
    package = access.offered_package(body.package_id)
    period = signing.agreed(policy, term_months=body.term_months, is_extended=body.is_extended, predecessor=before)
    text = signing.document(resident, team, package, policy, period=period)
    shown = PreviewOut.of(text, package, policy, period, before.id if before else None)
    shown.may_declare_own_living = capacity.may_declare_own_living(resident.birth_on, clock.today())
    shown.area_warning = signing.area_warning(resident, team, policy)
    return shown


@blueprint.post("/agreements")
@blueprint.input(SignIn, arg_name="body")
def sign(body: SignIn) -> tuple[dict[str, Any], int]:
    """Sign a request; 201 when new, 200 when repeated. Near the end of an agreement, or shortly after, this renews it.

    Errors: agreement_overlap, agreement_text_changed, consent_missing, signature_invalid, team_closed, team_incomplete,
    package_not_offered, package_not_for_you, package_price_wrong, term_too_short, term_too_long, term_needs_extension,
    fixed_end_passed, out_of_area, address_needed, nonlocal_not_allowed, not_found.
    """
    before = signing.predecessor_of(context.resident())
    team = access.open_team(body.team_id, also=before.team_id if before else None)
    agreement, is_new = signing.request(
        context.resident(),
        body.wish(team, access.offered_package(body.package_id), context.device()),
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
    out = shown(found).with_text(found).with_wish(access.last_termination(found.id))
    change = changes.last_change(found.id)
    out.change = ChangeOut.of(change).model_dump() if change else None
    return out


@blueprint.post("/agreements/<agreement_id>/withdraw")
@blueprint.output(AgreementOut)
def withdraw(agreement_id: str) -> AgreementOut:
    """Take back a request before the team answered. Errors: not_found, illegal_move, stale_state."""
    found = access.agreement(agreement_id, context.resident())
    return shown(signing.withdraw(found, by=context.as_resident()))
