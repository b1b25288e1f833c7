"""A doctor's day as one list."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import my_day as access
from server.actions import followups
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.my_day import shown

blueprint = APIBlueprint("doctor_day", __name__, url_prefix="/api/doctor")


@blueprint.get("/day")
@blueprint.input(PageIn, location="query", arg_name="query")
def show(query: PageIn) -> dict[str, Any]:
    """What I have to do, by clinical priority and then by due day, households together, each with the reason why.

    Items are households. That the results of last visits were shown is written down. Errors: cursor_invalid.
    """
    now = clock.now()
    found = access.day(access.of_staff(context.staff()), now, query.cursor)
    homes, seen = shown(found, clock.local(now).date(), tells_health=True)
    followups.note_seen(seen, by=context.as_staff())
    return listed(homes, found.next) | {"total": found.total, "is_cut": found.is_cut}
