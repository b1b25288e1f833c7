"""The provider side: organisations, staff, teams and who belongs to them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, Date, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Hash, Id, Model, UtcDateTime, primary_key, table


class Role(StrEnum):
    """What somebody does in a team (domain.md TM-01, TM-03)."""

    FAMILY_DOCTOR = "family_doctor"
    NURSE = "nurse"
    PUBLIC_HEALTH = "public_health"
    MATERNAL_CHILD = "maternal_child"
    VILLAGE_DOCTOR = "village_doctor"
    SPECIALIST = "specialist"


ROLE_LABELS = {
    Role.FAMILY_DOCTOR: "家庭医生",
    Role.NURSE: "护士",
    Role.PUBLIC_HEALTH: "公卫医生",
    Role.MATERNAL_CHILD: "妇幼保健人员",
    Role.VILLAGE_DOCTOR: "乡村医生",
    Role.SPECIALIST: "专科医生",
}


class ServiceMode(StrEnum):
    """Ways of serving besides the clinic's hours (domain.md TM-20)."""

    WHOLE_COURSE = "whole_course"
    HOME = "home"
    OFF_HOURS = "off_hours"
    APPOINTMENT = "appointment"


MODE_LABELS = {
    ServiceMode.WHOLE_COURSE: "全程服务",
    ServiceMode.HOME: "按需上门",
    ServiceMode.OFF_HOURS: "错时服务",
    ServiceMode.APPOINTMENT: "预约服务",
}


class Organisation(Model):
    """A community health centre, township hospital or station (社区卫生服务中心、乡镇卫生院、站)."""

    __tablename__ = "organisation"
    __table_args__ = table()
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    name: Mapped[str] = mapped_column(String(128), unique=True)
    address: Mapped[str] = mapped_column(String(255))
    phone: Mapped[str] = mapped_column(String(32))


class CapUnit(StrEnum):
    """What a cap counts (domain.md C-04)."""

    PERSONS = "persons_per_doctor"
    HOUSEHOLDS = "households_per_team"

    @property
    def word(self) -> str:
        """What is counted, for people."""
        return "户" if self == CapUnit.HOUSEHOLDS else "人"


class Staff(Model):
    """Somebody who serves residents. Names and duties are public (domain.md TM-10, TM-11).

    ``panel_count`` counts the places of all teams he leads; ``panel_cap`` is the policy's cap when a place was last
    taken, None where it counts no persons.
    """

    __tablename__ = "staff"
    __table_args__ = table(
        CheckConstraint("panel_count >= 0 AND (panel_cap IS NULL OR panel_count <= panel_cap)", name="panel_within_cap")
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(64))
    bind_code_hash: Mapped[str | None] = mapped_column(Hash, unique=True)
    """Keyed hash of the one-time code with which this person joins his own WeChat to this row."""
    bind_code_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    panel_count: Mapped[int] = mapped_column(Integer, default=0)
    panel_cap: Mapped[int | None] = mapped_column(Integer)
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when an administrator keeps him from working here, on the phone and at a desk."""

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    memberships: Mapped[list["Membership"]] = relationship(back_populates="staff", order_by="Membership.id")

    @property
    def team(self) -> "Team | None":
        """The team this person works for: the one he leads, else the first."""
        teams = sorted(self.memberships, key=lambda membership: not membership.is_lead)
        return teams[0].team if teams else None


class Team(Model):
    """A family-doctor team (家庭医生团队). ``panel_count`` counts its residents, ``household_count`` their households.

    ``panel_cap`` is the team's own ceiling, in ``cap_unit``. The caps are kept by conditional UPDATEs at acceptance
    (``signing.places``), with the CHECK behind them.
    """

    __tablename__ = "team"
    __table_args__ = table(
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("panel_count >= 0 AND household_count >= 0", name="panel_counts"),
        CheckConstraint(
            "(cap_unit = 'persons_per_doctor' AND panel_count <= panel_cap) "
            "OR (cap_unit = 'households_per_team' AND household_count <= panel_cap)",
            name="panel_within_cap",
        ),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    organisation_id: Mapped[str] = mapped_column(Id, ForeignKey("organisation.id"), index=True)
    name: Mapped[str] = mapped_column(String(64))
    intro: Mapped[str] = mapped_column(Text)
    hours: Mapped[str] = mapped_column(String(128))
    phone: Mapped[str] = mapped_column(String(32))
    panel_cap: Mapped[int] = mapped_column(Integer)
    panel_count: Mapped[int] = mapped_column(Integer, default=0)
    household_count: Mapped[int] = mapped_column(Integer, default=0)
    cap_unit: Mapped[CapUnit] = mapped_column(String(24), default=CapUnit.PERSONS)
    is_open: Mapped[bool] = mapped_column(Boolean, default=True)
    """Whether the administrator lets it take residents; it does so only while nothing is lacking."""
    closes_on: Mapped[date | None] = mapped_column(Date)
    """From this day on others serve its residents; it takes nobody since it is known."""
    lacks: Mapped[str] = mapped_column(String(128), default="")
    """Codes of the places that the region's rules want filled and nobody fills, with spaces between them."""
    modes: Mapped[str] = mapped_column(String(64), default="")
    """Codes of the ways it serves besides its clinic (TM-20), with spaces between them."""

    organisation: Mapped[Organisation] = relationship(lazy="joined")
    memberships: Mapped[list["Membership"]] = relationship(back_populates="team", order_by="Membership.id")

    @property
    def lead(self) -> Staff | None:
        """The team leader, who accepts signings."""
        return next((membership.staff for membership in self.memberships if membership.is_lead), None)

    @property
    def taken(self) -> int:
        """How many places are taken, in ``cap_unit``."""
        return self.household_count if self.cap_unit == CapUnit.HOUSEHOLDS else self.panel_count

    @property
    def unit_word(self) -> str:
        """What ``taken`` and ``panel_cap`` count, for people."""
        return CapUnit(self.cap_unit).word

    @property
    def takes_residents(self) -> bool:
        """Whether somebody may sign with it now: its administrator opened it, and nothing is lacking."""
        return self.is_open and not self.lacks

    @property
    def places_left(self) -> int:
        """How many more residents (or households, by ``cap_unit``) the team may take, its leader's other teams counted."""
        own = self.panel_cap - self.taken
        lead = self.lead
        if self.cap_unit == CapUnit.HOUSEHOLDS or lead is None or lead.panel_cap is None:
            return own
        return max(0, min(own, lead.panel_cap - lead.panel_count))


class Membership(Model):
    """A member of staff in a team, with his role; one leader per team (``lead_key`` = team id, else NULL)."""

    __tablename__ = "membership"
    __table_args__ = table(
        UniqueConstraint("team_id", "staff_id"),
        CheckConstraint("lead_key IS NULL OR lead_key = team_id", name="lead_key"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    duty: Mapped[str] = mapped_column(String(128), default="")
    """What this member does for residents, in words for the contact card (TM-09, TM-11)."""
    lead_key: Mapped[str | None] = mapped_column(Id, unique=True)

    team: Mapped[Team] = relationship(back_populates="memberships")
    staff: Mapped[Staff] = relationship(back_populates="memberships")

    @property
    def is_lead(self) -> bool:
        """Whether this member leads the team."""
        return self.lead_key is not None
