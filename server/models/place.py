"""Places (名额): whom a team serves or has promised to serve, as the caps count them."""

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Id, Model, primary_key, table


class PanelPlace(Model):
    """One person takes one place in one team, however many agreements follow each other.

    ``unit_key`` is what he is counted under where the cap counts households: his household, or himself without one.
    ``team.panel_count`` is the number of these rows, ``team.household_count`` the number of different ``unit_key``.
    """

    __tablename__ = "panel_place"
    __table_args__ = table(UniqueConstraint("team_id", "resident_id"), Index(None, "team_id", "unit_key"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), index=True)
    unit_key: Mapped[str] = mapped_column(Id)
