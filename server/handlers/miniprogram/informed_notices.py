"""Informed notices I signed, for me to read again."""

from typing import Any

from apiflask import APIBlueprint

from server.access import unsigned as access
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.unsigned import NoticeOut

blueprint = APIBlueprint("informed_notices", __name__, url_prefix="/api/informed-notices")


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="query")
def mine(query: PageIn) -> dict[str, Any]:
    """My informed notices with their text, newest first."""
    found = access.notices_of(context.resident(), query.cursor)
    return listed([NoticeOut.of(row, opened=True).model_dump() for row in found.items], found.next)
