"""What anybody may see of teams: names, duties, services, where and when (domain.md TM-10, TM-11)."""

from sqlalchemy import ColumnElement, or_, select

from server.access.paging import Page, page
from server.access.resident import TEAM_PARTS
from server.database import db
from server.errors import NotFound
from server.models import Area, Organisation, Team, TeamArea
from server.models.area import codes_around

MOST_AREAS = 10
"""Areas of one name that are looked at; a county has few of the same name."""


def teams(text: str, cursor: str | None) -> Page[Team]:
    """Return every team by name, those that take nobody now, too.

    Args:
        text: part of the name of a team, an institution or an area, or an area's code; empty: all teams.
    """
    found = select(Team).options(TEAM_PARTS)
    if text:
        of_organisation = select(Organisation.id).where(Organisation.name.contains(text, autoescape=True))
        found = found.where(
            or_(
                Team.name.contains(text, autoescape=True),
                Team.organisation_id.in_(of_organisation),
                Team.id.in_(select(TeamArea.team_id).join(Area).where(_at(text))),
            )
        )
    return page(found, (Team.name, Team.id), cursor)


def _at(text: str) -> ColumnElement[bool]:
    """Areas in or around those of a name or code: a team of the street serves the village, too."""
    named = or_(Area.name.contains(text, autoescape=True), Area.code == text)
    codes = list(db.session.scalars(select(Area.code).where(named).order_by(Area.code).limit(MOST_AREAS)))
    around = {code for found in codes for code in codes_around(found)}
    return or_(Area.code.in_(around), *[Area.code.startswith(code, autoescape=True) for code in codes])


def team(team_id: str) -> Team:
    """Return a team. Raises NotFound."""
    found = db.session.scalar(select(Team).where(Team.id == team_id).options(TEAM_PARTS))
    if found is None:
        raise NotFound("没有找到这个团队")
    return found
