"""Areas for everybody to choose from, and which teams answer for them."""

from sqlalchemy import Select, func, select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, Area, Resident, Team, TeamArea
from server.models import area as areas
from server.models.area import CODE_LENGTHS, codes_around

MOST_OF_TEAM = 200


def inside(parent: str | None, cursor: str | None) -> Page[Area]:
    """Return the areas directly in one, by code; without a parent the counties.

    Args:
        parent: an area's code. One range of the index, and no deeper level is read.
    """
    if parent is None:
        found = select(Area).where(func.length(Area.code) == CODE_LENGTHS[0])
    else:
        found = select(Area).where(
            Area.code.startswith(parent, autoescape=True), func.length(Area.code) == _next_length(parent)
        )
    return page(found, (Area.code,), cursor)


def _next_length(code: str) -> int:
    longer = [length for length in CODE_LENGTHS if length > len(code)]
    return longer[0] if longer else 0


def area(area_id: str) -> Area:
    """Return an area. Raises NotFound."""
    return _one(select(Area).where(Area.id == area_id))


def area_by_code(code: str) -> Area:
    """Return an area by its code. Raises NotFound."""
    return _one(select(Area).where(Area.code == code.strip()))


def path(code: str) -> list[Area]:
    """Return what an area lies in, the county first, itself last."""
    return list(db.session.scalars(select(Area).where(Area.code.in_(codes_around(code))).order_by(Area.code)))


def address_of(resident: Resident) -> list[Area]:
    """Return the areas a resident lives in, the county first; empty when he has not told."""
    code = db.session.scalar(select(Area.code).where(Area.id == resident.area_id)) if resident.area_id else None
    return path(code) if code else []


def own_teams(resident: Resident) -> list[str]:
    """Return the ids of the teams that answer for where a resident lives, the one with the smallest area first."""
    return areas.own_teams(resident.id)


def areas_of(team: Team) -> list[TeamArea]:
    """Return the areas a team answers for, by code."""
    mine = select(TeamArea).join(Area).where(TeamArea.team_id == team.id).order_by(Area.code)
    return list(db.session.scalars(mine.limit(MOST_OF_TEAM)))


def teams_of(area_ids: list[str]) -> dict[str, list[Team]]:
    """Return the teams that answer for each of a page of areas."""
    found: dict[str, list[Team]] = {}
    rows = select(TeamArea.area_id, Team).join(Team, Team.id == TeamArea.team_id).where(TeamArea.area_id.in_(area_ids))
    for area_id, team in db.session.execute(rows.order_by(Team.name)):
        found.setdefault(area_id, []).append(team)
    return found


def team_area(team_area_id: str, *, by: AdminLogin) -> TeamArea:
    """Return one line of one of the organisation's teams. Raises NotFound."""
    ours = select(Team.id).where(Team.organisation_id == by.organisation_id)
    found = db.session.scalar(select(TeamArea).where(TeamArea.id == team_area_id, TeamArea.team_id.in_(ours)))
    if found is None:
        raise NotFound()
    return found


def _one(statement: Select[Area]) -> Area:
    found = db.session.scalar(statement)
    if found is None:
        raise NotFound("没有找到这个区域，请返回重新选择")
    return found
