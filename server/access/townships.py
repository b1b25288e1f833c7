"""Signed persons compared by township over all organisations of a county (DA-06): numbers only, nobody is named."""

from dataclasses import dataclass

from sqlalchemy import func, select

from server.access.coverage import own_areas
from server.database import db
from server.models import AdminLogin, Agreement, Area, AreaLevel, Resident, Team
from server.models.agreement import IN_FORCE

COUNTY, TOWNSHIP = 6, 9
"""Digits of the codes."""


@dataclass(frozen=True)
class Township:
    """One township: its registered residents, those with an agreement in force, and whoever coordinates it."""

    code: str
    name: str
    organisation: str
    total: int
    signed: int
    elsewhere: int
    """Of the signed: with a team of another organisation than the one that coordinates the township."""

    @property
    def pct(self) -> float | None:
        """Signed of all, None without anybody."""
        return round(100 * self.signed / self.total, 1) if self.total else None


def counties(*, by: AdminLogin) -> list[str]:
    """Return the codes of the counties in which the organisation answers for something."""
    codes = db.session.scalars(select(Area.code).where(Area.id.in_(own_areas(by.organisation_id))))
    return sorted({code[:COUNTY] for code in codes})


def compared(county: str) -> list[Township]:
    """Return the townships of a county with their numbers, the least signed first.

    Args:
        county: six digits. Three questions, each over the residents of the county.
    """
    areas = db.session.scalars(select(Area).where(Area.code.startswith(county), Area.level == AreaLevel.TOWNSHIP))
    rows = {area.code: area for area in areas}
    code = func.substr(Area.code, 1, TOWNSHIP)
    people = (
        select(code, func.count(Resident.id))
        .select_from(Resident)
        .join(Area, Area.id == Resident.area_id)
        .where(Area.code.startswith(county), Resident.died_on.is_(None))
        .group_by(code)
    )
    total = {row[0]: row[1] for row in db.session.execute(people)}
    served = people.join(Agreement, Agreement.active_key == Resident.id).where(Agreement.status.in_(IN_FORCE))
    signed = {row[0]: row[1] for row in db.session.execute(served)}
    by_team = served.join(Team, Team.id == Agreement.team_id).add_columns(Team.organisation_id)
    elsewhere: dict[str, int] = {}
    for key, count, organisation_id in db.session.execute(by_team.group_by(Team.organisation_id)):
        if key in rows and organisation_id != rows[key].organisation_id:
            elsewhere[key] = elsewhere.get(key, 0) + count
    found = [
        Township(
            key,
            area.name,
            area.organisation.name if area.organisation else "",
            total.get(key, 0),
            signed.get(key, 0),
            elsewhere.get(key, 0) if area.organisation_id else 0,
        )
        for key, area in rows.items()
    ]
    return sorted(found, key=lambda one: (one.pct is None, one.pct or 0, one.code))
