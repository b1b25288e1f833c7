"""My copy of an agreement, the consents I gave, and the supplements that wait for my signature."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from server.access import evidence as reading
from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.copies import ConsentIn, ConsentOut, CopyOut, SignSupplementIn, SupplementOut
from server.handlers.papers import as_pdf, extra_font, our_address
from server.models.agreement import Agreement
from server.models.evidence import Party

blueprint = APIBlueprint("copies", __name__, url_prefix="/api")


def copy_of(agreement: Agreement) -> CopyOut:
    """Show the state of an agreement's copies."""
    return CopyOut.of(
        agreement,
        reading.chain_of(agreement),
        reading.files(agreement.id),
        reading.receipts(agreement.id),
        our_address(),
        signing.has_copy(agreement),
    )


@blueprint.get("/agreements/<agreement_id>/copy")
@blueprint.output(CopyOut)
def copy(agreement_id: str) -> CopyOut:
    """Whether there is a copy, what was handed out, who has read it. Errors: not_found."""
    return copy_of(access.agreement(agreement_id, context.resident()))


@blueprint.get("/agreements/<agreement_id>/copy.pdf")
def file(agreement_id: str) -> Response:
    """The agreement as a file, the same bytes for both sides. Errors: not_found, no_copy_yet, glyph_missing."""
    found = access.agreement(agreement_id, context.resident())
    by = context.as_resident()
    issued = signing.issue(found, Party.RESIDENT, address=our_address(), extra_font=extra_font(), by=by)
    return as_pdf(issued, found.number)


@blueprint.post("/agreements/<agreement_id>/copy/read")
@blueprint.output(CopyOut)
def read(agreement_id: str) -> CopyOut:
    """I have opened and read the file I was handed last. Errors: not_found, illegal_move."""
    found = access.agreement(agreement_id, context.resident())
    newest = next(iter(reading.files(found.id)), None)
    signing.confirm_read(found, Party.RESIDENT, newest.sha256 if newest else "", by=context.as_resident())
    return copy_of(found)


@blueprint.get("/agreements/<agreement_id>/consents")
def consents(agreement_id: str) -> dict[str, Any]:
    """What I agreed to, one by one. Errors: not_found."""
    return _consents(access.agreement(agreement_id, context.resident()))


@blueprint.post("/agreements/<agreement_id>/consents")
@blueprint.input(ConsentIn, arg_name="body")
def decide(agreement_id: str, body: ConsentIn) -> dict[str, Any]:
    """Take one consent back, or give it again. Errors: not_found, consent_not_withdrawable."""
    found = access.agreement(agreement_id, context.resident())
    change = signing.give_consent if body.stands else signing.withdraw_consent
    change(found, body.key, by=context.as_resident())
    return _consents(found)


def _consents(agreement: Agreement) -> dict[str, Any]:
    return {"items": [one.model_dump() for one in ConsentOut.all_of(agreement, reading.consents(agreement))]}


@blueprint.get("/agreements/<agreement_id>/supplements")
def supplements(agreement_id: str) -> dict[str, Any]:
    """The agreement's supplements by number; a handful at most. Errors: not_found."""
    found = access.agreement(agreement_id, context.resident())
    return {"items": [SupplementOut.of(row).model_dump() for row in reading.supplements(found.id)]}


@blueprint.post("/supplements/<supplement_id>/sign")
@blueprint.input(SignSupplementIn, arg_name="body")
@blueprint.output(SupplementOut)
def sign_supplement(supplement_id: str, body: SignSupplementIn) -> SupplementOut:
    """Sign a supplement: it holds from now on.

    Errors: not_found, agreement_text_changed, signature_invalid, agreement_not_in_force, illegal_move, stale_state.
    """
    row = reading.my_supplement(supplement_id, context.resident())
    by = context.as_resident()
    signed = signing.sign_supplement(row, text_sha256=body.text_sha256, signature=body.signature, by=by)
    return SupplementOut.of(signed)


@blueprint.post("/supplements/<supplement_id>/decline")
@blueprint.output(SupplementOut)
def decline_supplement(supplement_id: str) -> SupplementOut:
    """Say no to a supplement; nothing changes. Errors: not_found, illegal_move, stale_state."""
    row = reading.my_supplement(supplement_id, context.resident())
    return SupplementOut.of(signing.decline_supplement(row, by=context.as_resident()))
