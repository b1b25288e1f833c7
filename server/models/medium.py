"""Pictures and voice that people send in a conversation: fetched from WeChat while it keeps them, and sealed."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, update
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Id, Model, Sealed, UtcDateTime, db, primary_key, table

LIFE = timedelta(days=3)
"""How long WeChat keeps what somebody sent (wechat_platform.md §J)."""


class MediumStatus(StrEnum):
    """Whether we have it."""

    WANTED = "wanted"
    FETCHING = "fetching"
    KEPT = "kept"
    FAILED = "failed"


S = MediumStatus

MOVES: dict[MediumStatus, frozenset[MediumStatus]] = {
    S.WANTED: frozenset({S.FETCHING, S.FAILED}),
    S.FETCHING: frozenset({S.KEPT, S.WANTED, S.FAILED}),
    S.KEPT: frozenset(),
    S.FAILED: frozenset(),
}

STATUS_LABELS = {S.WANTED: "正在接收", S.FETCHING: "正在接收", S.KEPT: "已收到", S.FAILED: "没有收到"}

REASON_LABELS = {
    "expired": "微信已不再保存，请{who}重新发送",
    "gone": "微信已不再保存，请{who}重新发送",
    "too_big": "文件太大，请{who}重新发送小一些的",
    "wrong_type": "文件格式无法识别，请{who}重新发送",
    "unreachable": "一直连不上微信，请{who}重新发送",
    "not_taken": "不接收视频，请{who}改发照片",
}


def label_of(status: MediumStatus, reason: str | None, who: str) -> str:
    """Return a state, for people; a failure says what its sender (``who``) is to do."""
    if status == MediumStatus.FAILED:
        return REASON_LABELS.get(reason or "", STATUS_LABELS[S.FAILED]).format(who=who)
    return STATUS_LABELS[MediumStatus(status)]


class MessageMedium(Model):
    """The picture or voice of one message. What it is says its content (``content_type``), never its name."""

    __tablename__ = "message_medium"
    MOVES = MOVES
    __table_args__ = table(
        CheckConstraint("tries >= 0", name="tries"),
        CheckConstraint("(status = 'kept') = (content IS NOT NULL)", name="content"),
        CheckConstraint("status <> 'fetching' OR lease_until_at IS NOT NULL", name="fetching_has_lease"),
        Index(None, "status", "next_try_at"),
    )
    PERSONAL = ("media_id", "content")

    id: Mapped[str] = primary_key()
    message_id: Mapped[str] = mapped_column(Id, ForeignKey("message.id"), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    """image or voice."""
    app: Mapped[str] = mapped_column(String(20))
    """Which of our apps may fetch it; "" when it came with the message."""
    media_id: Mapped[str | None] = mapped_column(Sealed("message_medium.media_id"))
    status: Mapped[MediumStatus] = mapped_column(String(12), default=MediumStatus.WANTED)
    reason: Mapped[str | None] = mapped_column(String(16))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lease_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When WeChat forgets it."""
    content: Mapped[str | None] = mapped_column(Sealed("message_medium.content", long=True), deferred=True)
    """Base64 of the bytes."""
    content_type: Mapped[str | None] = mapped_column(String(20))
    size_bytes: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def status_label(self) -> str:
        """The state of what a resident sent, for people; a failure says what to do."""
        return label_of(self.status, self.reason, "居民")


def shift(row_id: str, old: MediumStatus, new: MediumStatus, *, tries: int, **columns: Any) -> bool:
    """Move a medium by one conditional UPDATE, in the caller's transaction. Returns whether it was still so.

    Args:
        tries: the try the caller speaks for; a later one makes this one's result void.
    """
    if new not in MOVES[old]:
        raise ValueError(f"no arrow {old} → {new}")
    row = MessageMedium
    statement = update(row).where(row.id == row_id, row.status == old, row.tries == tries)
    statement = statement.values(status=new, **columns).execution_options(synchronize_session=False)
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]
