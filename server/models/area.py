"""Areas (区域): county, township or street, village or community, villager group; and which team answers for which.

The code says where an area lies: a county has 6 digits, a township 9, a village 12, a villager group 15, and each begins
with the code of what it lies in. So everything inside an area is one range of the index.
"""

from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, db, primary_key, table
from server.models.doctor import Organisation, Team
from server.models.resident import Resident

CODE_LENGTHS = (6, 9, 12, 15)


class AreaLevel(StrEnum):
    """How large an area is."""

    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GROUP = "group"


LEVEL_LABELS = {
    AreaLevel.COUNTY: "县（区）",
    AreaLevel.TOWNSHIP: "乡镇（街道）",
    AreaLevel.VILLAGE: "村（社区）",
    AreaLevel.GROUP: "村民小组（网格）",
}


class Area(Model):
    """One area; ``organisation`` is the primary institution that coordinates it (domain.md TM-12)."""

    __tablename__ = "area"
    __table_args__ = table(CheckConstraint("level IN ('county', 'township', 'village', 'group')", name="level"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    code: Mapped[str] = mapped_column(String(15), unique=True)
    level: Mapped[AreaLevel] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(String(64))
    organisation_id: Mapped[str | None] = mapped_column(Id, ForeignKey("organisation.id"), index=True)

    organisation: Mapped[Organisation | None] = relationship(lazy="joined")

    @property
    def codes_around(self) -> list[str]:
        """The codes of what it lies in, the largest first, its own last."""
        return codes_around(self.code)


class TeamArea(Model):
    """A team answers for an area, and for everything that lies in it."""

    __tablename__ = "team_area"
    __table_args__ = table(UniqueConstraint("team_id", "area_id"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    area_id: Mapped[str] = mapped_column(Id, ForeignKey("area.id"), index=True)

    team: Mapped[Team] = relationship()
    area: Mapped[Area] = relationship(lazy="joined")


def level_of(code: str) -> AreaLevel:
    """Return the level a code says. Raises ValueError for a length no level has."""
    return tuple(AreaLevel)[CODE_LENGTHS.index(len(code))]


def codes_around(code: str) -> list[str]:
    """Return the codes of what an area lies in, the largest first, its own last."""
    return [code[:length] for length in CODE_LENGTHS if length <= len(code)]


def drawn(team_id: str) -> list[str]:
    """Return the codes of the areas a team answers for; a handful."""
    return list(db.session.scalars(select(Area.code).join(TeamArea).where(TeamArea.team_id == team_id)))


def home_code(resident_id: str) -> str | None:
    """Return the code of the area a resident lives in, None when he has not told."""
    lives = select(Area.code).join(Resident, Resident.area_id == Area.id).where(Resident.id == resident_id)
    return db.session.scalar(lives)


def own_teams(resident_id: str) -> list[str]:
    """Return the ids of the teams that answer for where a resident lives, the one with the smallest area first."""
    code = home_code(resident_id)
    if code is None:
        return []
    around = (
        select(TeamArea.team_id)
        .join(Area)
        .where(Area.code.in_(codes_around(code)))
        .order_by(Area.code.desc(), TeamArea.id)
    )
    return list(dict.fromkeys(db.session.scalars(around)))
