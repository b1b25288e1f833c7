"""By when a team promised to answer, and who was told that the time runs out."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Id, Model, UtcDateTime, primary_key, table
from server.models.conversation import Conversation
from server.models.doctor import Team

OUTCOME_LABELS = {"answered": "已答复", "closed": "未答复即结束", "urgent": "转为紧急"}


class AnswerPromise(Model):
    """One time of waiting of one conversation; one open per conversation (``open_key`` = its id)."""

    __tablename__ = "answer_promise"
    __table_args__ = table(
        CheckConstraint("(ended_at IS NULL) = (open_key IS NOT NULL)", name="open_key"),
        CheckConstraint("(ended_at IS NULL) = (outcome IS NULL)", name="outcome"),
        CheckConstraint("due_at >= since_at", name="due_after_since"),
        CheckConstraint("level >= 0", name="level"),
        Index(None, "next_at"),
        Index(None, "team_id", "ended_at"),
        Index(None, "took_minutes", "ended_at"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    conversation_id: Mapped[str] = mapped_column(Id, ForeignKey("conversation.id"), index=True)
    open_key: Mapped[str | None] = mapped_column(Id, unique=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    is_urgent: Mapped[bool] = mapped_column(Boolean)
    """An emergency: its minutes run day and night, the others' only while the team works."""
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    level: Mapped[int] = mapped_column(Integer, default=0)
    """How many steps were taken."""
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the next step is due; None: nothing more to do."""
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str | None] = mapped_column(Id)
    """Who answered."""
    outcome: Mapped[str | None] = mapped_column(String(12))
    took_minutes: Mapped[int | None] = mapped_column(Integer)
    """Minutes until it ended, of working time unless urgent; None until counted (`messaging.count_next`)."""

    conversation: Mapped[Conversation] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")


class PromiseStep(Model):
    """Somebody was told that a promised time runs out; each step once."""

    __tablename__ = "promise_step"
    __table_args__ = table(
        UniqueConstraint("promise_id", "percent"),
        CheckConstraint("outcome IN ('told', 'unreachable', 'listed')", name="outcome"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    promise_id: Mapped[str] = mapped_column(Id, ForeignKey("answer_promise.id"))
    percent: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(12))
    user_id: Mapped[str | None] = mapped_column(Id, ForeignKey("wechat_user.id"))
    """Who was told; None at the step of the administrators' list."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
