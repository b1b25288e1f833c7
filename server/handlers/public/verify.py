"""The page behind the QR code of a copy: what the agreement is, and whether a file is the one we handed out.

Nothing personal beyond a masked name; an uploaded file is hashed and forgotten.
"""

import hashlib

from apiflask import APIBlueprint
from flask import Response, make_response, render_template, request

from server.access import evidence as reading
from server.access import papers
from server.actions import verification_codes
from server.errors import AppError
from server.handlers.context import source
from server.handlers.problems import PAGE_POLICY
from server.models.agreement import Agreement
from server.policy import texts

blueprint = APIBlueprint("verify", __name__, url_prefix="/public/verify", enable_openapi=False)

PDF_HEAD = b"%PDF-"


@blueprint.after_request
def _harden(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@blueprint.get("/<code>")
def show(code: str) -> Response:
    """Show what the agreement is. Errors: verify_code_unknown, too_many_codes."""
    return _answer(code, None)


@blueprint.post("/<code>")
def compare(code: str) -> Response:
    """Say whether the uploaded file is one we handed out. Errors: verify_code_unknown, too_many_codes."""
    uploaded = request.files.get("file")
    return _answer(code, uploaded.read() if uploaded else b"")


def _answer(code: str, content: bytes | None) -> Response:
    try:
        agreement = verification_codes.look_up(code, source=source())
    except AppError as error:
        return make_response(render_template("public/verify_unknown.html", error=error), error.http_status)
    return make_response(_page(agreement, content))


def _page(agreement: Agreement, content: bytes | None) -> str:
    chain = reading.chain_of(agreement)
    files = reading.files(agreement.id)
    sha256 = hashlib.sha256(content).hexdigest() if content else ""
    return render_template(
        "public/verify.html",
        agreement=agreement,
        chain=chain,
        files=files,
        accepted_at=chain.accepted_at if chain else None,
        changed=reading.problems(agreement.id),
        supplements=reading.signed_supplements(agreement.id),
        moment=papers.moment,
        day=texts.chinese,
        is_asked=content is not None,
        is_pdf=bool(content) and content is not None and content.startswith(PDF_HEAD),
        sha256=sha256,
        same=next((row for row in files if row.sha256 == sha256), None),
    )
