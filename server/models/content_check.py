"""What WeChat's content safety says about what somebody wrote or sent to others (wechat_platform.md §H)."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Id, Model, UtcDateTime, primary_key, table

WAIT = timedelta(seconds=60)
"""How long others wait for the verdict; then they read it unchecked: a check that fails keeps nobody from his doctor."""


class Verdict(StrEnum):
    """What became of a check."""

    PENDING = "pending"
    ASKED = "asked"  # a picture: WeChat answers later
    PASSED = "passed"
    REVIEW = "review"
    RISKY = "risky"
    UNAVAILABLE = "unavailable"


VERDICT_LABELS = {
    Verdict.PENDING: "正在检查",
    Verdict.ASKED: "正在检查",
    Verdict.PASSED: "已通过",
    Verdict.REVIEW: "微信建议留意",
    Verdict.RISKY: "未通过",
    Verdict.UNAVAILABLE: "未能检查",
}


class ContentCheck(Model):
    """The check of one message. An urgent message is never held back, whatever the verdict."""

    __tablename__ = "content_check"
    __table_args__ = table(
        CheckConstraint("tries >= 0", name="tries"),
        Index(None, "verdict", "next_try_at"),
        Index(None, "trace_id"),
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("message.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    """text, image or voice."""
    verdict: Mapped[Verdict] = mapped_column(String(12), default=Verdict.PENDING)
    label: Mapped[int | None] = mapped_column(Integer)
    """WeChat's class of what it found: 100 is nothing."""
    trace_id: Mapped[str | None] = mapped_column(Code)
    is_urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held_until_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """Without a verdict others wait until then."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    def holds_back(self, at: datetime) -> bool:
        """Tell whether others may not read the message now."""
        if self.is_urgent:
            return False
        if self.verdict in (Verdict.PENDING, Verdict.ASKED):
            return at < self.held_until_at
        return self.verdict == Verdict.RISKY
