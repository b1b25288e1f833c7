"""Follow-ups (随访) and home visits (上门访视): who is enrolled in what, and what is due when."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server import clock
from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import notification, states
from server.models.actor import Actor
from server.models.doctor import Team
from server.models.resident import Resident
from server.models.states import StateEvent


class Programme(StrEnum):
    """What somebody is enrolled in (domain.md §2.0)."""

    HTN = "htn"
    HOME_VISIT = "home_visit"
    DISCHARGE = "discharge"  # the first contact after a hospital (N-28)


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
    PERSONAL = ("programme", "ended_reason")

    id: Mapped[str] = primary_key()
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), index=True)
    programme: Mapped[Programme] = mapped_column(String(16))
    started_on: Mapped[date] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_reason: Mapped[str | None] = mapped_column(String(32))
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


REMINDERS = {
    Programme.HTN: "followup_due",
    Programme.HOME_VISIT: "home_visit",
    Programme.DISCHARGE: "discharge_followup",
}
"""The kind of notice that announces a follow-up."""


def end_programmes(
    resident_id: str, reason: str, *, by: Actor, at: datetime, programmes: Collection[str] = tuple(Programme)
) -> int:
    """Close a person's open enrolments and cancel what they planned, in the caller's transaction.

    Rows are locked one table at a time, and then loaded as they are now.

    Args:
        programmes: which; all of them unless said.
    Returns:
        How many enrolments were open.
    """
    mine = (Enrolment.resident_id == resident_id) & Enrolment.programme.in_(list(programmes))
    opened = select(Enrolment.id).where(mine, Enrolment.open_key.is_not(None)).order_by(Enrolment.id).with_for_update()
    ids = db.session.scalars(opened).all()
    today = clock.local(at).date()
    for row_id in ids:
        enrolment = db.session.get_one(Enrolment, row_id, populate_existing=True)
        enrolment.ended_on, enrolment.open_key = max(today, enrolment.started_on), None
        enrolment.ended_reason = reason
    db.session.flush()
    planned = (
        select(FollowUp.id)
        .where(
            FollowUp.resident_id == resident_id,
            FollowUp.programme.in_(list(programmes)),
            FollowUp.status == FollowUpStatus.PLANNED,
        )
        .order_by(FollowUp.id)
        .with_for_update()
    )
    while found := db.session.scalars(planned).all():  # whoever recorded a visit before us planned the next one
        for row_id in found:
            row = db.session.get_one(FollowUp, row_id, populate_existing=True)
            states.move(row, FollowUpStatus.CANCELLED, by=by, at=at, reason=reason)
            notification.cancel(subject_id=row.id, kinds=tuple(REMINDERS.values()))
    return len(ids)
