"""The team's side of an agreement: the whole of it, the identical copy, supplements, and my own drawn signature."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from server.access import doctor as access
from server.access import evidence as reading
from server.access import resident as catalogue
from server.actions import administrators, signing
from server.handlers import context
from server.handlers.miniprogram.copies import copy_of
from server.handlers.miniprogram.doctor.agreements import shown
from server.handlers.miniprogram.shapes.agreements import PanelAgreementOut
from server.handlers.miniprogram.shapes.copies import CopyOut, ImprintIn, ImprintOut, ProposeIn, SupplementOut
from server.handlers.miniprogram.shapes.edges import instant
from server.handlers.papers import as_pdf, extra_font, our_address
from server.models.evidence import Imprint, Party

blueprint = APIBlueprint("doctor_copies", __name__, url_prefix="/api/doctor")


@blueprint.get("/agreements/<agreement_id>")
@blueprint.output(PanelAgreementOut)
def agreement(agreement_id: str) -> PanelAgreementOut:
    """One of the team's agreements with its frozen text; opening it is recorded. Errors: not_found."""
    found = access.agreement(agreement_id, context.staff())
    administrators.open_agreement(found, by=context.as_staff())
    return shown(found).with_text(found)


@blueprint.get("/agreements/<agreement_id>/copy")
@blueprint.output(CopyOut)
def copy(agreement_id: str) -> CopyOut:
    """Whether there is a copy, what was handed out, who has read it. Errors: not_found."""
    return copy_of(access.agreement(agreement_id, context.staff()))


@blueprint.get("/agreements/<agreement_id>/copy.pdf")
def file(agreement_id: str) -> Response:
    """The agreement as a file, the same bytes for both sides. Errors: not_found, no_copy_yet, glyph_missing."""
    found = access.agreement(agreement_id, context.staff())
    by = context.as_staff()
    issued = signing.issue(found, Party.TEAM, address=our_address(), extra_font=extra_font(), by=by)
    return as_pdf(issued, found.number)


@blueprint.get("/agreements/<agreement_id>/supplements")
def supplements(agreement_id: str) -> dict[str, Any]:
    """The agreement's supplements by number. Errors: not_found."""
    found = access.agreement(agreement_id, context.staff())
    return {"items": [SupplementOut.of(row).model_dump() for row in reading.supplements(found.id)]}


@blueprint.post("/agreements/<agreement_id>/supplements")
@blueprint.input(ProposeIn, arg_name="body")
def propose(agreement_id: str, body: ProposeIn) -> tuple[dict[str, Any], int]:
    """Write a supplement and sign it for the team; the resident is told. 201.

    Errors: not_found, agreement_not_in_force, supplement_waiting, supplement_empty, package_not_offered,
    package_not_for_you, package_price_wrong, package_costs_more.
    """
    found = access.agreement(agreement_id, context.staff())
    change = signing.Change(
        kind=body.kind,
        phone=body.phone,
        address=body.address,
        package=catalogue.offered_package(body.package_id) if body.package_id else None,
        note=body.note,
    )
    row = signing.propose(found, change, signer=context.staff(), by=context.as_staff())
    return SupplementOut.of(row).model_dump(), 201


@blueprint.post("/supplements/<supplement_id>/withdraw")
@blueprint.output(SupplementOut)
def take_back(supplement_id: str) -> SupplementOut:
    """Take a proposed supplement back. Errors: not_found, illegal_move, stale_state."""
    row = reading.team_supplement(supplement_id, context.staff())
    return SupplementOut.of(signing.take_back_supplement(row, by=context.as_staff()))


def _shown_imprint(imprint: Imprint | None) -> ImprintOut:
    if imprint is None:
        return ImprintOut(signature=None, kept_at=None)
    return ImprintOut(signature=imprint.image, kept_at=instant(imprint.created_at))


@blueprint.get("/signature")
@blueprint.output(ImprintOut)
def signature() -> ImprintOut:
    """My drawn signature, if I keep one."""
    return _shown_imprint(reading.imprint_of(context.staff().id))


@blueprint.post("/signature")
@blueprint.input(ImprintIn, arg_name="body")
@blueprint.output(ImprintOut)
def keep_signature(body: ImprintIn) -> ImprintOut:
    """Keep a drawn signature for what I sign from now on. Errors: signature_invalid."""
    return _shown_imprint(signing.keep_signature(context.staff(), body.signature, by=context.as_staff()))
