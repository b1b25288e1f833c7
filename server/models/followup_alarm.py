"""Follow-ups that an institution has to hear of (危急随访): one row per encounter and reason. In the caller's transaction."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table
from server.models import audit
from server.models.actor import Actor
from server.models.doctor import Team
from server.models.enrolment import RESTRICTED
from server.models.followup import FollowUp
from server.models.resident import Resident

UNSEEN = timedelta(minutes=15)
"""How long the team has before an administrator takes over (N-09)."""


class AlarmReason(StrEnum):
    """Why it cannot wait."""

    EMERGENCY = "emergency"  # a value at the emergency thresholds (N-09)
    MISSED_DRUGS = "missed_drugs"  # more than a week without drugs (N-44)
    DANGEROUS = "dangerous"  # risk 3 and above (N-45)
    FIRST_VISIT = "first_visit"  # no first visit within its hours (N-42)


R = AlarmReason
REASON_LABELS = {
    R.EMERGENCY: "随访发现危急情况",
    R.MISSED_DRUGS: "连续漏服药超过7天",
    R.DANGEROUS: "危险性评估3级及以上",
    R.FIRST_VISIT: "72小时内未首次入户",
}
STATE_LABELS = {"open": "未办结", "reported": "已上报", "handled": "已处理"}
SETTLED = ("reported", "handled")


class FollowUpAlarm(Model):
    """What an institution has to report or to see to. ``event_key``: the encounter, or the follow-up where it has none."""

    __tablename__ = "followup_alarm"
    __table_args__ = table(
        UniqueConstraint("event_key", "reason"),
        CheckConstraint("reason IN ('emergency', 'missed_drugs', 'dangerous', 'first_visit')", name="reason"),
        CheckConstraint("state IN ('open', 'reported', 'handled')", name="state"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("escalate_at IS NULL OR escalated_at IS NULL", name="escalates_once"),
        Index(None, "team_id", "state", "raised_at"),
        Index(None, "escalate_at"),
        Index(None, "followup_id"),
    )
    PERSONAL = ("reason", "note")

    id: Mapped[str] = primary_key()
    followup_id: Mapped[str] = mapped_column(Id, ForeignKey("followup.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"))
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    event_key: Mapped[str] = mapped_column(Id)
    reason: Mapped[AlarmReason] = mapped_column(String(16))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    raised_by: Mapped[str] = mapped_column(Id)
    """Who entered the follow-up, or "clock"."""
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_by: Mapped[str | None] = mapped_column(Id)
    escalate_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When an administrator takes over if no colleague has looked; None when that is not (any more) to come."""
    escalated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it is the administrator's."""
    state: Mapped[str] = mapped_column(String(12), default="open")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[str | None] = mapped_column(Id)
    note: Mapped[str | None] = mapped_column(Sealed("followup_alarm.note"))

    followup: Mapped[FollowUp] = relationship(lazy="joined")
    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")

    @property
    def is_restricted(self) -> bool:
        """Whether only who looks after the person may know who it is and why (domain.md §2.3)."""
        return self.followup.programme in RESTRICTED

    @property
    def reason_label(self) -> str:
        """Why, for people."""
        return REASON_LABELS[AlarmReason(self.reason)]


def raise_one(
    followup: FollowUp, reason: AlarmReason, *, escalate_at: datetime | None, by: Actor, at: datetime
) -> FollowUpAlarm:
    """Write down that an institution has to hear of a follow-up; the same reason of the same encounter stays one row.

    Args:
        escalate_at: when it becomes the administrator's unless a colleague looks; None: at once.
    """
    key = followup.encounter_id or followup.id
    same = select(FollowUpAlarm).where(FollowUpAlarm.event_key == key, FollowUpAlarm.reason == reason)
    known = db.session.scalar(same)
    if known is not None:
        return known
    row = FollowUpAlarm(
        followup_id=followup.id,
        resident_id=followup.resident_id,
        team_id=followup.team_id,
        event_key=key,
        reason=reason,
        raised_at=at,
        raised_by=by.id,
        escalate_at=escalate_at,
        escalated_at=None if escalate_at else at,
        state="open",
    )
    db.session.add(row)
    db.session.flush()
    audit.record("followup_alarm_raised", row, by=by, at=at)
    return row


def seen(followup: FollowUp, *, by: Actor, at: datetime) -> bool:
    """Note that a colleague of whoever entered it opened the follow-up; no administrator has to any more."""
    statement = (
        update(FollowUpAlarm)
        .where(
            FollowUpAlarm.event_key.in_([one for one in (followup.encounter_id, followup.id) if one]),
            FollowUpAlarm.raised_by != by.id,
            FollowUpAlarm.seen_at.is_(None),
        )
        .values(seen_at=at, seen_by=by.id, escalate_at=None)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount > 0  # type: ignore[attr-defined, no-any-return]
