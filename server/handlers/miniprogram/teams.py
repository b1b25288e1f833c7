"""Teams and their packages, open to choose."""

from typing import Any

from apiflask import APIBlueprint

from server.access import resident as access
from server.handlers.miniprogram.shapes.agreements import TeamOut
from server.handlers.miniprogram.shapes.edges import PageIn, listed

blueprint = APIBlueprint("teams", __name__, url_prefix="/api")


@blueprint.get("/teams")
@blueprint.input(PageIn, location="query", arg_name="query")
def teams(query: PageIn) -> dict[str, Any]:
    """Teams that take residents, by name."""
    found = access.open_teams(query.cursor)
    return listed([TeamOut.of(team).model_dump() for team in found.items], found.next)


@blueprint.get("/teams/<team_id>")
@blueprint.output(TeamOut)
def team(team_id: str) -> TeamOut:
    """One team with the packages on offer."""
    return TeamOut.of(access.open_team(team_id), access.offered_packages())
