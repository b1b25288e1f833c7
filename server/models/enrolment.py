"""Who is in which programme (在管): one open enrolment per person and programme, with the days it is planned by."""

import json
from collections.abc import Collection
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, Sealed, db, primary_key, table
from server.models.doctor import Staff, Team
from server.models.resident import Resident


class Programme(StrEnum):
    """What somebody is enrolled in (domain.md §2.0); the rules are in ``server.policy.programmes``."""

    HTN = "htn"
    DM = "dm"
    SMI = "smi"
    TB = "tb"
    MATERNAL = "maternal"
    CHILD = "child"
    ELDER = "elder"
    TCM_ELDER = "tcm_elder"
    TCM_CHILD = "tcm_child"
    COPD = "copd"
    DISCHARGE = "discharge"  # the first contact after a hospital (N-28)
    HOME_BED = "home_bed"
    DISABLED = "disabled"
    SPECIAL = "special"
    HOME_VISIT = "home_visit"
    IMMUNISATION = "immunisation"


RESTRICTED = (Programme.SMI, Programme.TB)
"""Seen by assigned staff only (domain.md §2.3); the groups behind them are restricted, too."""


class Enrolment(Model):
    """One person in one programme; at most one open per pair (``open_key`` "<resident>:<programme>")."""

    __tablename__ = "enrolment"
    __table_args__ = table(
        CheckConstraint("(ended_on IS NULL) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("replan_on IS NULL OR open_key IS NOT NULL", name="replan_on"),
        Index(None, "resident_id", "programme"),
        Index(None, "replan_on", "id"),
    )
    PERSONAL = ("programme", "ended_reason", "known")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), index=True)
    programme: Mapped[Programme] = mapped_column(String(16))
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_reason: Mapped[str | None] = mapped_column(String(32))
    open_key: Mapped[str | None] = mapped_column(String(48), unique=True)
    staff_id: Mapped[str | None] = mapped_column(Id, ForeignKey("staff.id"), index=True)
    """Who looks after it; of a restricted programme only he sees it."""
    known: Mapped[str | None] = mapped_column(Sealed("enrolment.known"))
    """Encrypted JSON, see ``facts``."""
    replan_on: Mapped[date | None] = mapped_column(Date)
    """When the daily job looks again for windows that come near; None: planned from visit to visit."""

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")
    staff: Mapped[Staff | None] = relationship(lazy="joined")

    @property
    def facts(self) -> dict[str, Any]:
        """What the plan is made from, by the names of the rule tables: days as ISO text, phases as codes."""
        found: dict[str, Any] = json.loads(self.known or "{}")
        return found

    @facts.setter
    def facts(self, facts: dict[str, Any]) -> None:
        self.known = json.dumps(facts, ensure_ascii=False) if facts else None


FACTS = {"last_period_on": "lmp", "due_on": "edd", "delivered_on": "delivered"}
"""What a population tag keeps, by the name the rule tables have for it."""

BEGINNING: dict[str, str] = {Programme.TB: "notified"}


def facts_from(detail: str | None) -> dict[str, Any]:
    """Return what a population tag's detail says for the plan."""
    told = json.loads(detail or "{}")
    return {FACTS[name]: value for name, value in told.items() if name in FACTS}


def begun(programme: str, on: date) -> dict[str, Any]:
    """Return the fact that the first day of an enrolment is, where the rule table counts from it."""
    return {BEGINNING[programme]: on.isoformat()} if programme in BEGINNING else {}


def learn(resident_id: str, programmes: Collection[str], detail: str, today: date) -> None:
    """Note what is newly known of somebody's group, in the caller's transaction; his windows are looked at again."""
    keys = [f"{resident_id}:{programme}" for programme in programmes]
    for row in db.session.scalars(select(Enrolment).where(Enrolment.open_key.in_(keys)).with_for_update(of=Enrolment)):
        row.facts = row.facts | facts_from(detail)
        row.replan_on = today
