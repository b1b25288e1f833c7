"""My follow-ups and visits."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import followups as access
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import FollowUpOut
from server.handlers.miniprogram.shapes.programmes import OwnVisitOut

blueprint = APIBlueprint("followups", __name__, url_prefix="/api")


@blueprint.get("/followups")
@blueprint.input(PageIn, location="query", arg_name="query")
def followups(query: PageIn) -> dict[str, Any]:
    """What is planned for me, then what was."""
    found = access.mine(context.resident(), query.cursor)
    last = access.last_done([context.resident().id]).get(context.resident().id)
    today = clock.today()
    return listed([FollowUpOut.of(row, today, last, for_doctor=False).model_dump() for row in found.items], found.next)


@blueprint.get("/followups/<followup_id>")
@blueprint.output(OwnVisitOut)
def followup(followup_id: str) -> OwnVisitOut:
    """One of my follow-ups: where, what was found, what to do. Errors: not_found."""
    return OwnVisitOut.of(access.my_own(followup_id, context.resident()), clock.today())
