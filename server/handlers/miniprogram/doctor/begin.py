"""Beginning a signing for somebody in front of me; he reads and signs himself, here or on his own phone (L3, SG-18)."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import begun
from server.access import doctor as doctor_access
from server.access import resident as access
from server.actions import registering, signing, verification
from server.handlers import context
from server.handlers.miniprogram.doctor.agreements import shown
from server.handlers.miniprogram.shapes.agreements import PackageOut, PanelAgreementOut, PreviewOut
from server.handlers.miniprogram.shapes.changes import (
    BeginIn,
    BegunOut,
    FindIn,
    ForIn,
    FoundOut,
    RegisterIn,
    SignHereIn,
)
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.models.agreement import Agreement
from server.models.resident import Resident

blueprint = APIBlueprint("doctor_begin", __name__, url_prefix="/api/doctor/begin")


def found_out(resident: Resident) -> FoundOut:
    """Show somebody who was found by his document."""
    team = doctor_access.team_of(context.staff())
    return FoundOut.of(resident, begun.on_its_way(resident), team.id, clock.today())


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="query")
def waiting(query: PageIn) -> dict[str, Any]:
    """What my team began and waits for the resident's signature."""
    page = begun.of_team(context.staff(), query.cursor)
    return listed([BegunOut.of(row, clock.today()).model_dump() for row in page.items], page.next)


@blueprint.get("/packages")
@blueprint.input(ForIn, location="query", arg_name="query")
def packages(query: ForIn) -> dict[str, Any]:
    """What somebody I found within the hour may choose; without one, all that is offered. Errors: not_found."""
    if query.for_resident is None:
        found = access.offered_packages()
    else:
        resident = begun.found_by(query.for_resident, context.staff())
        found = access.packages_for(resident, context.policy_for(resident).region)
    return {"items": [PackageOut.of(package).model_dump() for package in found]}


@blueprint.post("/find")
@blueprint.input(FindIn, arg_name="body")
@blueprint.output(FoundOut)
def find(body: FindIn) -> FoundOut:
    """Somebody by exactly his document; recorded. Errors: not_found, looks_too_often, and those of the number."""
    by, staff = context.as_staff(), context.staff()
    return found_out(registering.find(body.document_type, body.number, by=by, staff=staff))


@blueprint.post("/register")
@blueprint.input(RegisterIn, arg_name="body")
@blueprint.output(FoundOut)
def register(body: RegisterIn) -> FoundOut:
    """Register somebody whose original I hold. Errors: known_by_another_name, looks_too_often, and those of the number."""
    by, staff = context.as_staff(), context.staff()
    return found_out(registering.register(**body.model_dump(), by=by, staff=staff))


@blueprint.post("")
@blueprint.input(BeginIn, arg_name="body")
def begin(body: BeginIn) -> tuple[dict[str, Any], int]:
    """Begin for somebody I found within the hour; 201 when new. Errors: not_found, real_name_needed, agreement_overlap,
    team_closed, team_incomplete, package_not_offered, package_not_for_you, package_price_wrong.
    """
    staff, by = context.staff(), context.as_staff()
    resident = begun.found_by(body.resident_id, staff)
    if body.seen:
        resident = verification.staff_seen(resident, by=by)
    draft = signing.Draft(
        team=doctor_access.team_of(staff),
        package=access.offered_package(body.package_id),
        term_months=body.term_months,
    )
    policy = context.policy_for(resident)
    made, is_new = signing.begin_for(resident, draft, policy=policy, by=by, staff=staff)
    return BegunOut.of(made, clock.today()).model_dump(), 201 if is_new else 200


@blueprint.post("/<agreement_id>/preview")
@blueprint.output(PreviewOut)
def preview(agreement_id: str) -> PreviewOut:
    """The text the resident reads on my phone. Errors: not_found."""
    found = begun.one(agreement_id, context.staff())
    policy = context.policy_for(found.resident)
    before = signing.predecessor_of(found.resident)
    period = signing.agreed(policy, term_months=found.term_months, is_extended=found.is_extended, predecessor=before)
    text = signing.document(found.resident, found.team, found.package, policy, period=period)
    return PreviewOut.of(text, found.package, policy, period, before.id if before else None)


@blueprint.post("/<agreement_id>/sign")
@blueprint.input(SignHereIn, arg_name="body")
@blueprint.output(PanelAgreementOut)
def sign(agreement_id: str, body: SignHereIn) -> PanelAgreementOut:
    """The resident signs on my phone, in front of me. I cannot sign for him: the signature is his.

    Errors: not_found, agreement_text_changed, consent_missing, signature_invalid, signing_photo_invalid, guardian_needed.
    """
    found = begun.one(agreement_id, context.staff())
    if body.photo is not None:
        signing.check_photo(body.photo)
    signed, _ = signing.request(
        found.resident, _wish(found, body), policy=context.policy_for(found.resident), by=context.as_staff()
    )
    if body.photo is not None:
        signing.keep_photo(signed, body.photo, by=context.as_staff(), staff=context.staff())
    return shown(signed)


def _wish(found: Agreement, body: SignHereIn) -> signing.Wish:
    return signing.Wish(
        team=found.team,
        package=found.package,
        text_sha256=body.text_sha256,
        consents=tuple(body.consents),
        signature=body.signature,
        term_months=found.term_months,
        is_extended=found.is_extended,
        is_mark=body.is_mark,
        channel="doctor_phone",
        device=context.device(),
    )


@blueprint.post("/<agreement_id>/withdraw")
@blueprint.output(PanelAgreementOut)
def withdraw(agreement_id: str) -> PanelAgreementOut:
    """Take back what my team began. Errors: not_found, illegal_move, stale_state."""
    return shown(signing.withdraw(begun.one(agreement_id, context.staff()), by=context.as_staff()))
