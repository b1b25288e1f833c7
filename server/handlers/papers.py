"""Files for people: the agreement's PDF as an answer."""

from urllib.parse import quote

from flask import Response

from server.actions import signing
from server.handlers.context import wiring


def our_address() -> str:
    """Return where the public finds us: it stands in the QR code."""
    return wiring().settings.app.public_base_url


def extra_font() -> str:
    """Return the complete font for rare characters, empty when there is none."""
    return wiring().settings.paper.extra_font


def as_pdf(issued: signing.Copy, number: str) -> Response:
    """Return the file as an answer that no one in between keeps."""
    name = quote(f"签约协议-{number}.pdf")
    headers = {
        "Content-Disposition": f"inline; filename=\"agreement-{number}.pdf\"; filename*=UTF-8''{name}",
        "X-Content-SHA256": issued.file.sha256,
    }
    return Response(issued.content, content_type="application/pdf", headers=headers)
