"""The institution's side of the evidence: its copy, whether the chain is whole, supplements, and the seal."""

import base64

from flask import Response, request, url_for

from server.access import admin as access
from server.access import evidence as reading
from server.access import resident as catalogue
from server.actions import signing
from server.errors import Conflict, Invalid, NotFound
from server.handlers.context import admin, as_admin
from server.handlers.papers import as_pdf, extra_font, our_address
from server.handlers.workbench import agreements, forms, site
from server.models.evidence import Party


def copy(agreement_id: str) -> Response:
    """Download the institution's copy."""
    agreement = access.agreement(agreement_id, by=admin())
    issued = signing.issue(agreement, Party.INSTITUTION, address=our_address(), extra_font=extra_font(), by=as_admin())
    return as_pdf(issued, agreement.number)


def propose(agreement_id: str) -> Response:
    """Write a supplement and sign it for the institution."""
    agreement = access.agreement(agreement_id, by=admin())
    try:
        form = forms.read(forms.SupplementForm)
        change = signing.Change(
            kind=form.supplement_kind,
            phone=form.supplement_phone,
            address=form.supplement_address,
            package=catalogue.offered_package(form.supplement_package) if form.supplement_package else None,
            note=form.supplement_note,
        )
        signing.propose(agreement, change, signer=admin(), by=as_admin())
    except (Invalid, Conflict, NotFound) as error:
        return agreements.page_of(agreement, error)
    return site.done(_address(agreement_id), "补充协议已发给居民签字")


def take_back(agreement_id: str, supplement_id: str) -> Response:
    """Take a supplement back that still waits."""
    agreement = access.agreement(agreement_id, by=admin())
    try:
        signing.take_back_supplement(reading.supplement(supplement_id, agreement), by=as_admin())
    except Conflict as error:
        return agreements.page_of(agreement, error)
    return site.done(_address(agreement_id), "补充协议已撤回")


def show_seal() -> Response:
    """Show the institution's seal."""
    return _seal_page(None)


def keep_seal() -> Response:
    """Keep an uploaded seal for what is signed from now on."""
    uploaded = request.files.get("seal")
    try:
        signing.keep_seal(admin().organisation, uploaded.read() if uploaded else b"", by=as_admin())
    except Invalid as error:
        return _seal_page(error)
    return site.done(url_for("workbench.show_seal"), "印章已保存，今后确认的协议将加盖此印章")


def _seal_page(error: Invalid | None) -> Response:
    return site.page("seal.html", here="seal", seal=reading.imprint_of(admin().organisation_id), error=error)


def seal_image(imprint_id: str) -> Response:
    """Show the seal as a picture: pages may not show pictures that stand inside them."""
    seal = reading.imprint_of(admin().organisation_id)
    if seal is None or seal.id != imprint_id:
        raise NotFound()
    return Response(base64.b64decode(seal.image.partition(",")[2]), content_type="image/png")


def _address(agreement_id: str) -> str:
    return url_for("workbench.show_agreement", agreement_id=agreement_id)
