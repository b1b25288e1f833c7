"""Follow-ups (随访) and home visits (上门访视): who is enrolled in what, and what is due when."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, Sealed, UtcDateTime, primary_key, table
from server.models.doctor import Team
from server.models.resident import Resident
from server.models.states import StateEvent


class Programme(StrEnum):
    """What somebody is enrolled in (domain.md §2.0)."""

    HTN = "htn"
    HOME_VISIT = "home_visit"


class FollowUpStatus(StrEnum):
    """A subset of the deployed value set (domain.md §2.0)."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"
    CANCELLED = "cancelled"  # the team no longer serves this person


F = FollowUpStatus

MOVES: dict[FollowUpStatus, frozenset[FollowUpStatus]] = {
    F.PLANNED: frozenset({F.DONE, F.MISSED, F.CANCELLED}),
    F.MISSED: frozenset({F.DONE}),  # late entry with the true visit date
    F.DONE: frozenset(),
    F.CANCELLED: frozenset(),
}

STATUS_LABELS = {F.PLANNED: "待完成", F.DONE: "已完成", F.MISSED: "已过期", F.CANCELLED: "已取消"}


class Enrolment(Model):
    """One person in one programme; at most one open per pair (``open_key`` "<resident>:<programme>")."""

    __tablename__ = "enrolment"
    __table_args__ = table(
        CheckConstraint("(ended_on IS NULL) = (open_key IS NOT NULL)", name="open_key"), Index(None, "resident_id")
    )
    PERSONAL = ("programme",)

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), index=True)
    programme: Mapped[Programme] = mapped_column(String(16))
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    open_key: Mapped[str | None] = mapped_column(String(48), unique=True)

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")


class FollowUpEvent(StateEvent, Model):
    """One step of a follow-up: never changed, never deleted."""

    __tablename__ = "followup_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("followup.id"), index=True)


class FollowUp(Model):
    """One due contact. UNIQUE(enrolment, due day): planning twice plans once. The result is encrypted JSON."""

    __tablename__ = "followup"
    MOVES = MOVES
    EVENT = FollowUpEvent
    __table_args__ = table(
        UniqueConstraint("enrolment_id", "due_on"),
        CheckConstraint("window_end_on >= due_on", name="window"),
        CheckConstraint("status <> 'done' OR visited_on IS NOT NULL", name="visited_when_done"),
        Index(None, "team_id", "status", "due_on"),
        Index(None, "status", "due_on"),
        Index(None, "status", "window_end_on"),
        Index(None, "resident_id", "due_on"),
        Index(None, "status", "remind_step", "due_on"),
    )
    PERSONAL = ("programme", "result", "outcome_class")

    id: Mapped[str] = primary_key()
    enrolment_id: Mapped[str] = mapped_column(Id, ForeignKey("enrolment.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    programme: Mapped[Programme] = mapped_column(String(16))
    status: Mapped[FollowUpStatus] = mapped_column(String(12), default=FollowUpStatus.PLANNED)
    due_on: Mapped[date] = mapped_column(Date)
    window_end_on: Mapped[date] = mapped_column(Date)
    """Last day on which it still counts as in time."""
    remind_step: Mapped[int] = mapped_column(Integer, default=0)
    """How many of the reminder steps before the due day were already queued."""
    visited_on: Mapped[date | None] = mapped_column(Date)
    entered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    entered_by: Mapped[str | None] = mapped_column(Id)
    method: Mapped[str | None] = mapped_column(String(12))
    outcome_class: Mapped[int | None] = mapped_column(Integer)
    result: Mapped[str | None] = mapped_column(Sealed("followup.result"))

    enrolment: Mapped[Enrolment] = relationship()
    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[FollowUpStatus(self.status)]
