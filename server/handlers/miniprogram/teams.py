"""Teams and their packages, open to choose."""

from typing import Any

from apiflask import APIBlueprint

from server.access import areas
from server.access import resident as access
from server.handlers import context
from server.handlers.miniprogram.shapes.agreements import TeamOut
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.models.package import ServicePackage

blueprint = APIBlueprint("teams", __name__, url_prefix="/api")


@blueprint.get("/teams")
@blueprint.input(PageIn, location="query", arg_name="query")
def teams(query: PageIn) -> dict[str, Any]:
    """Teams that take residents: those of the area I live in first, then by name."""
    near = _near()
    found = access.open_teams(query.cursor, near=near)
    return listed([TeamOut.of(team, is_near=team.id in near).model_dump() for team in found.items], found.next)


def _near() -> list[str]:
    resident = context.user().resident
    if resident is None or not context.wiring().policy.area.nearest_preferred:
        return []
    return areas.own_teams(resident)


@blueprint.get("/teams/<team_id>")
@blueprint.output(TeamOut)
def team(team_id: str) -> TeamOut:
    """One team with the packages on offer that I may choose."""
    return TeamOut.of(access.open_team(team_id), _packages())


def _packages() -> list[ServicePackage]:
    """Only what fits the caller; whom we do not know yet sees what everybody may choose."""
    resident = context.user().resident
    rules = context.policy_for(resident) if resident else context.wiring().policy
    return access.packages_for(resident, rules.region)
