"""My service handbook: one page to read, one file to print."""

from apiflask import APIBlueprint
from flask import Response

from server import clock
from server.access import handbook as access
from server.access import resident as residents
from server.access import rights
from server.actions import signing
from server.errors import NotFound
from server.handlers import context
from server.handlers.miniprogram.shapes.handbook import HandbookOut, MyHandbookOut
from server.handlers.papers import extra_font
from server.models.agreement import Agreement
from server.paper import Booklet, print_booklet

blueprint = APIBlueprint("handbook", __name__, url_prefix="/api")


def _shown(agreement: Agreement) -> HandbookOut:
    book = access.handbook_of(agreement, clock.today())
    return HandbookOut.of(book, signing.rules_of(agreement))


@blueprint.get("/handbook")
@blueprint.output(MyHandbookOut)
def read() -> MyHandbookOut:
    """Team, services and what remains, hours and phones, the last year's visits, how to complain."""
    agreement = rights.in_force(context.resident().id)
    return MyHandbookOut(book=_shown(agreement) if agreement else None)


@blueprint.get("/agreements/<agreement_id>/handbook.pdf")
def file(agreement_id: str) -> Response:
    """The same as a file of today, for an agreement in force. Errors: not_found, glyph_missing."""
    agreement = residents.agreement(agreement_id, context.resident())
    if agreement.active_key is None:
        raise NotFound("签约生效后才有服务手册")
    book = _shown(agreement)
    sections = tuple(
        (section.heading, tuple((row.label, _with_phone(row.value, row.phone)) for row in section.rows))
        for section in book.sections
    )
    # of the day, not of the second: asked for twice, it is the same file
    printed = Booklet(book.number, book.title, sections, clock.midnight(clock.today()))
    content = print_booklet(printed, extra_font=extra_font())
    headers = {"Content-Disposition": f'inline; filename="handbook-{book.number}.pdf"', "Cache-Control": "no-store"}
    return Response(content, content_type="application/pdf", headers=headers)


def _with_phone(value: str, phone: str) -> str:
    return value if not phone or phone in value else f"{value}　电话 {phone}"
