"""How many of those who come first are signed, and in how far agreements are served: persons once, whatever their tags."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select

from server.access.paging import Page, page
from server.database import db
from server.models import (
    AdminLogin,
    Agreement,
    Area,
    PopulationTag,
    Resident,
    ServiceRecord,
    Team,
    UnsignedReason,
)
from server.models.agreement import IN_FORCE
from server.models.area import codes_around
from server.models.population import counting


@dataclass(frozen=True)
class Figure:
    """People of a population: all, those with an agreement in force, and the others whose reason is on record."""

    total: int
    signed: int
    excused: int

    @property
    def left(self) -> int:
        """Neither signed nor with a reason."""
        return self.total - self.signed - self.excused

    @property
    def pct(self) -> float | None:
        """Signed of all, None without anybody."""
        return _pct(self.signed, self.total)

    @property
    def willing_pct(self) -> float | None:
        """Signed of those who do not stand aside for a reason on record (应签尽签)."""
        return _pct(self.signed, self.total - self.excused)


def _pct(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def own_areas(organisation_id: str) -> list[str]:
    """Return the ids of the areas an institution answers for: what lies in its areas and names no other one."""
    owned = list(db.session.scalars(select(Area.code).where(Area.organisation_id == organisation_id)))
    if not owned:
        return []
    inside = or_(*(Area.code.startswith(code) for code in owned))
    rows = db.session.execute(select(Area.id, Area.code, Area.organisation_id).where(inside)).all()
    owners = {row.code: row.organisation_id for row in rows}
    return [row.id for row in rows if _owner(row.code, owners) == organisation_id]


def _owner(code: str, owners: dict[str, str | None]) -> str | None:
    return next((owners[around] for around in reversed(codes_around(code)) if owners.get(around)), None)


def figure(area_ids: Collection[str], groups: Collection[str] | None, on: date) -> Figure:
    """Count the living people of some areas who belong to any of these groups, each once; None: everybody."""
    people: list[ColumnElement[bool]] = [Resident.area_id.in_(area_ids), Resident.died_on.is_(None)]
    if groups is not None:
        tagged = select(PopulationTag.id).where(
            PopulationTag.resident_id == Resident.id, PopulationTag.group.in_(groups), counting(on)
        )
        people.append(tagged.exists())
    signed = select(Agreement.id).where(Agreement.active_key == Resident.id).exists()
    reason = select(UnsignedReason.id).where(UnsignedReason.open_key == Resident.id).exists()
    return Figure(_count(*people), _count(*people, signed), _count(*people, ~signed, reason))


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count(Resident.id)).where(*conditions)) or 0


# ---------------------------------------------------------------- effective signing


@dataclass(frozen=True)
class Served:
    """A team's agreements in force, and those under which something was done lately."""

    team: Team
    in_force: int
    served: int

    @property
    def pct(self) -> float | None:
        """Effective signing: served of all in force, None without any."""
        return _pct(self.served, self.in_force)


def _is_served(since: date) -> ColumnElement[bool]:
    done = select(ServiceRecord.id).where(ServiceRecord.agreement_id == Agreement.id, ServiceRecord.served_on >= since)
    return done.exists()


def effective(since: date, cursor: str | None = None, *, by: AdminLogin) -> tuple[Page[Team], list[Served]]:
    """Return the organisation's teams by name with how many of their agreements were served since a day (AG-24)."""
    teams = page(select(Team).where(Team.organisation_id == by.organisation_id), (Team.name, Team.id), cursor)
    ids = [team.id for team in teams.items]
    mine = (Agreement.team_id.in_(ids), Agreement.status.in_(IN_FORCE))
    every = select(Agreement.team_id, func.count(Agreement.id)).where(*mine).group_by(Agreement.team_id)
    in_force = {row.team_id: row[1] for row in db.session.execute(every)}
    served = {row.team_id: row[1] for row in db.session.execute(every.where(_is_served(since)))}
    rows = [Served(team, in_force.get(team.id, 0), served.get(team.id, 0)) for team in teams.items]
    return teams, rows


def unserved(team: Team, since: date, cursor: str | None = None) -> Page[Agreement]:
    """Return a team's agreements in force without a service since a day, whose term ends first in front."""
    rows = select(Agreement).where(Agreement.team_id == team.id, Agreement.status.in_(IN_FORCE), ~_is_served(since))
    return page(rows, (Agreement.end_on, Agreement.id), cursor)
