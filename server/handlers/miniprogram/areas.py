"""Where I live, so that the teams nearby come first."""

from typing import Any

from apiflask import APIBlueprint

from server.access import areas as access
from server.actions import areas
from server.handlers import context
from server.handlers.miniprogram.shapes.areas import AddressIn, AddressOut, AreaOut, InsideIn
from server.handlers.miniprogram.shapes.edges import listed

blueprint = APIBlueprint("areas", __name__, url_prefix="/api")


@blueprint.get("/areas")
@blueprint.input(InsideIn, location="query", arg_name="query")
def inside(query: InsideIn) -> dict[str, Any]:
    """The areas directly in one, by code; without ``parent`` the counties."""
    found = access.inside(query.parent, query.cursor)
    return listed([AreaOut.of(area).model_dump() for area in found.items], found.next)


@blueprint.get("/me/address")
@blueprint.output(AddressOut)
def address() -> AddressOut:
    """Where I live, masked."""
    me = context.resident()
    return AddressOut.of(access.address_of(me), me.address)


@blueprint.post("/me/address")
@blueprint.input(AddressIn, arg_name="body")
@blueprint.output(AddressOut)
def live_at(body: AddressIn) -> AddressOut:
    """Say where I live. Errors: not_found."""
    area = access.area_by_code(body.code)
    me = areas.live_at(context.resident(), area, body.address, by=context.as_resident())
    return AddressOut.of(access.address_of(me), me.address)
