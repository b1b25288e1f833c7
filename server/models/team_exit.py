"""Who left a team and why (TM-19), and in what its people were trained (TM-18)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, UtcDateTime, primary_key, table
from server.models.doctor import Staff, Team


class RemovalReason(StrEnum):
    """Why a member is taken out of a team: by his own wish, or by the exit mechanism."""

    LEFT = "left"
    MOVED_TEAM = "moved_team"
    COMPLAINTS = "complaints"
    VIOLATION = "violation"
    LICENCE = "licence"


REMOVAL_LABELS = {
    RemovalReason.LEFT: "离职或退休",
    RemovalReason.MOVED_TEAM: "调到其他团队或岗位",
    RemovalReason.COMPLAINTS: "群众意见大，按退出机制退出",
    RemovalReason.VIOLATION: "违规违纪，按退出机制退出",
    RemovalReason.LICENCE: "执业资格失效",
}
"""Source: domain.md TM-19 (serious complaints or violations); the others are usual reasons (C)."""


class MemberRemoval(Model):
    """One member who was taken out of a team; written once."""

    __tablename__ = "member_removal"
    __table_args__ = table()
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"), index=True)
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    role: Mapped[str] = mapped_column(String(20))
    reason: Mapped[RemovalReason] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(200), default="")
    removed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by: Mapped[str] = mapped_column(Code)

    staff: Mapped[Staff] = relationship(lazy="joined")
    team: Mapped[Team] = relationship()

    @property
    def reason_label(self) -> str:
        """The reason, for people."""
        return REMOVAL_LABELS[RemovalReason(self.reason)]


TRAINING_KINDS = {"rotation": "转岗或轮训", "in_service": "在岗培训", "online": "线上学习", "guidance": "上级医院带教"}


class Training(Model):
    """One training one member of staff took part in."""

    __tablename__ = "training"
    __table_args__ = table(
        UniqueConstraint("staff_id", "held_on", "topic"),
        CheckConstraint("hours BETWEEN 1 AND 999", name="hours"),
        CheckConstraint("kind IN ('rotation', 'in_service', 'online', 'guidance')", name="kind"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(Id, ForeignKey("staff.id"))
    held_on: Mapped[date] = mapped_column(Date)
    kind: Mapped[str] = mapped_column(String(12))
    topic: Mapped[str] = mapped_column(String(100))
    organiser: Mapped[str] = mapped_column(String(100), default="")
    hours: Mapped[int] = mapped_column(Integer)
    entered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    entered_by: Mapped[str] = mapped_column(Code)

    @property
    def kind_label(self) -> str:
        """The kind, for people."""
        return TRAINING_KINDS[self.kind]
