"""Who comes to see me, and when."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import visits as access
from server.handlers import context
from server.handlers.miniprogram.shapes.visits import ComingOut

blueprint = APIBlueprint("visits", __name__, url_prefix="/api")


@blueprint.get("/visits")
def coming() -> dict[str, Any]:
    """My coming home visits, each with the visitor's name and portrait."""
    visits = access.coming(context.resident().id, clock.today())
    photos = access.photos({visit.visitor_id for visit in visits})
    return {"items": [ComingOut.of(visit, photos.get(visit.visitor_id)).model_dump() for visit in visits], "next": None}
