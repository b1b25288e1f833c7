"""Follow-ups (随访) and home visits (上门访视): what is due when, and what was found."""

import json
from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, String, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server import clock
from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import notification, referral_check, states
from server.models.actor import Actor
from server.models.doctor import Team
from server.models.enrolment import Enrolment, Programme
from server.models.resident import Resident
from server.models.states import StateEvent


class FollowUpStatus(StrEnum):
    """The deployed value set (domain.md §2.0): 应访, 已访, 过访, 未访, 失访, 结案, 作废, in this order."""

    PLANNED = "planned"
    DONE = "done"
    MISSED = "missed"  # the window passed, nobody said why
    NOT_DONE = "not_done"  # refused, or not met
    LOST = "lost"  # nobody knows where the person is; tried again
    CLOSED = "closed"  # the person died or moved away: management ends with it
    CANCELLED = "cancelled"  # the team no longer serves this person


F = FollowUpStatus

MOVES: dict[FollowUpStatus, frozenset[FollowUpStatus]] = {
    F.PLANNED: frozenset({F.DONE, F.MISSED, F.NOT_DONE, F.LOST, F.CLOSED, F.CANCELLED}),
    F.MISSED: frozenset({F.DONE, F.NOT_DONE, F.LOST, F.CLOSED}),  # late entry with the true visit date, or why not
    F.DONE: frozenset(),
    F.NOT_DONE: frozenset(),
    F.LOST: frozenset(),
    F.CLOSED: frozenset(),
    F.CANCELLED: frozenset(),
}

STATUS_LABELS = {
    F.PLANNED: "待完成",
    F.DONE: "已完成",
    F.MISSED: "已过期",
    F.NOT_DONE: "未访",
    F.LOST: "失访",
    F.CLOSED: "结案",
    F.CANCELLED: "已取消",
}


class NotVisited(StrEnum):
    """Why a visit did not take place; the first four are those of the national form (domain.md §2.0)."""

    DEAD = "dead"
    MOVED = "moved"
    LOST = "lost"
    REFUSED = "refused"
    NOT_MET = "not_met"


NOT_VISITED_LABELS = {
    NotVisited.DEAD: "已去世",
    NotVisited.MOVED: "已迁出",
    NotVisited.LOST: "失访，联系不上",
    NotVisited.REFUSED: "本人拒绝",
    NotVisited.NOT_MET: "本次未见到本人",
}


class FollowUpEvent(StateEvent, Model):
    """One step of a follow-up: never changed, never deleted."""

    __tablename__ = "followup_event"
    __table_args__ = table()
    PERSONAL = ()

    subject_id: Mapped[str] = mapped_column(Id, ForeignKey("followup.id"), index=True)


class FollowUp(Model):
    """One due contact. UNIQUE(enrolment, due day, kind): planning twice plans once.

    ``kind_key`` names a window of the rule tables ("M2", "C3"), "" where one visit follows from the other;
    ``plan_key`` "<enrolment>:<kind>" plans each window once, whatever becomes of its days.
    """

    __tablename__ = "followup"
    MOVES = MOVES
    EVENT = FollowUpEvent
    __table_args__ = table(
        UniqueConstraint("enrolment_id", "due_on", "kind_key"),
        CheckConstraint("window_end_on >= due_on", name="window"),
        CheckConstraint("window_start_on IS NULL OR window_start_on <= due_on", name="window_start"),
        CheckConstraint(
            "(not_visited IS NOT NULL) = (status IN ('not_done', 'lost', 'closed'))", name="why_not_visited"
        ),
        CheckConstraint("status <> 'done' OR visited_on IS NOT NULL", name="visited_when_done"),
        Index(None, "team_id", "status", "due_on"),
        Index(None, "status", "due_on", "id"),
        Index(None, "status", "window_end_on"),
        Index(None, "status", "window_start_on"),
        Index(None, "resident_id", "due_on"),
    )
    PERSONAL = (
        "programme", "kind_key", "plan_key", "title", "result", "found", "outcome_class", "not_visited", "due_reason",
    )  # fmt: skip

    id: Mapped[str] = primary_key()
    enrolment_id: Mapped[str] = mapped_column(Id, ForeignKey("enrolment.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    programme: Mapped[Programme] = mapped_column(String(16))
    status: Mapped[FollowUpStatus] = mapped_column(String(12), default=FollowUpStatus.PLANNED)
    due_on: Mapped[date] = mapped_column(Date)
    window_start_on: Mapped[date | None] = mapped_column(Date)
    """First day on which it counts; None: any day before."""
    window_end_on: Mapped[date] = mapped_column(Date)
    """Last day on which it still counts as in time."""
    kind_key: Mapped[str] = mapped_column(String(24), default="", server_default="")
    plan_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(64), default="", server_default="")
    """What this window is called by doctors; "" where the programme's name says it."""
    rule_due_on: Mapped[date | None] = mapped_column(Date)
    """What the rule said, where the doctor chose another day."""
    due_reason: Mapped[str | None] = mapped_column(Sealed("followup.due_reason"))
    """Why the doctor chose a later one."""
    visited_on: Mapped[date | None] = mapped_column(Date)
    entered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    entered_by: Mapped[str | None] = mapped_column(Id)
    method: Mapped[str | None] = mapped_column(String(12))
    encounter_id: Mapped[str | None] = mapped_column(Id)
    """The same for programmes that were done in one encounter."""
    not_visited: Mapped[str | None] = mapped_column(String(12))
    outcome_class: Mapped[int | None] = mapped_column(Integer)
    rules_version: Mapped[str | None] = mapped_column(String(48))
    """Which rule table judged it: "<programme>/<version>"."""
    found: Mapped[str | None] = mapped_column(Sealed("followup.found", long=True))
    """Encrypted JSON, see ``values``."""
    result: Mapped[str | None] = mapped_column(Sealed("followup.result"))
    """Encrypted JSON, see ``judgement``."""

    enrolment: Mapped[Enrolment] = relationship()
    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[FollowUpStatus(self.status)]

    @property
    def values(self) -> dict[str, Any]:
        """What was found, by the field keys of the rule table."""
        found: dict[str, Any] = json.loads(self.found or "{}")
        return found

    @property
    def judgement(self) -> dict[str, Any]:
        """What followed: rule, class_label, emergency, refer, advice, note."""
        found: dict[str, Any] = json.loads(self.result or "{}")
        return found


REMINDERS = (
    "followup_due",
    "home_visit",
    "discharge_followup",
    "visit_tomorrow",
    "visit_today",
    "vaccination_due",
    "vaccination_overdue",
    "child_check_due",
    "child_check_overdue",
    "check_due",
    "check_overdue",
    "exam_due",
    "tcm_due",
)
"""What residents are told about one follow-up: nothing of it waits any more when that is done or dropped."""


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
        enrolment.ended_on, enrolment.open_key, enrolment.replan_on = max(today, enrolment.started_on), None, None
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
            notification.cancel(subject_id=row.id, kinds=REMINDERS)
    referral_check.drop(resident_id, programmes, by_id=by.id, at=at)
    return len(ids)


def kept_note(note: str | None, on: date) -> str:
    """Return what is kept of a visit that did not take place: when it was tried, and a note; JSON."""
    return json.dumps({"tried_on": on.isoformat(), "note": note}, ensure_ascii=False)
