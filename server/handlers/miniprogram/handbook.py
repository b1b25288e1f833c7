"""My service handbook: one page to read, one file to print."""

from apiflask import APIBlueprint
from flask import Response

from server import clock
from server.access import handbook as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.handbook import HandbookOut
from server.handlers.papers import extra_font
from server.paper import Booklet, print_booklet

blueprint = APIBlueprint("handbook", __name__, url_prefix="/api/handbook")


def _mine() -> HandbookOut:
    book = access.handbook_of(context.resident(), clock.today())
    return HandbookOut.of(book, signing.rules_of(book.agreement))


@blueprint.get("")
@blueprint.output(HandbookOut)
def read() -> HandbookOut:
    """Team, services and what remains, hours and phones, the last year's visits, how to complain. Errors: not_found."""
    return _mine()


@blueprint.get("/handbook.pdf")
def file() -> Response:
    """The same as a file of today. Errors: not_found, glyph_missing."""
    book = _mine()
    sections = tuple(
        (section.heading, tuple((row.label, _with_phone(row.value, row.phone)) for row in section.rows))
        for section in book.sections
    )
    printed = Booklet(book.number, book.title, sections, clock.now())
    content = print_booklet(printed, extra_font=extra_font())
    headers = {"Content-Disposition": f'inline; filename="handbook-{book.number}.pdf"', "Cache-Control": "no-store"}
    return Response(content, content_type="application/pdf", headers=headers)


def _with_phone(value: str, phone: str) -> str:
    return value if not phone or phone in value else f"{value}　电话 {phone}"
