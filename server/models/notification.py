"""Who should be told what: the outbox, its attempts, and the phone calls left when WeChat cannot reach somebody."""

import functools
from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    Integer,
    Select,
    String,
    UniqueConstraint,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Mapped, mapped_column, relationship

from server.database import Code, Id, Model, Sealed, UtcDateTime, db, new_ids, primary_key, table
from server.ids import new_id
from server.models.account import WechatUser
from server.models.doctor import Team
from server.models.resident import Resident


class NotificationStatus(StrEnum):
    """design.md §5.5."""

    CREATED = "created"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNKNOWN = "unknown"  # WeChat may have accepted it before we died: visible, never sent again
    CANCELLED = "cancelled"
    MERGED = "merged"  # told in one message with others
    PHONED = "phoned"  # no channel was left, and the team told him by phone


N = NotificationStatus

MOVES: dict[NotificationStatus, frozenset[NotificationStatus]] = {
    N.CREATED: frozenset({N.SENDING, N.FAILED, N.CANCELLED, N.MERGED}),
    N.SENDING: frozenset({N.SENT, N.CREATED, N.FAILED, N.UNKNOWN, N.DELIVERED}),
    N.SENT: frozenset({N.DELIVERED, N.FAILED}),
    N.UNKNOWN: frozenset({N.DELIVERED, N.FAILED}),
    N.DELIVERED: frozenset(),
    N.FAILED: frozenset({N.PHONED}),
    N.CANCELLED: frozenset(),
    N.MERGED: frozenset(),
    N.PHONED: frozenset(),
}

STATUS_LABELS = {
    N.CREATED: "等待发送",
    N.SENDING: "发送中",
    N.SENT: "已发送",
    N.DELIVERED: "已送达",
    N.FAILED: "未送达",
    N.UNKNOWN: "结果待核实",
    N.CANCELLED: "已取消",
    N.MERGED: "已合并发送",
    N.PHONED: "已电话告知",
}


class Notification(Model):
    """One thing to tell one person. ``dedupe_key`` is deterministic and UNIQUE: planning twice tells once.

    The recipient is a WechatUser, or a Resident who may have none. ``facts`` hold neutral, non-clinical words only.
    Written by actions, moved by actions.notifications.
    """

    __tablename__ = "notification"
    __table_args__ = table(
        CheckConstraint("attempts >= 0", name="attempts"),
        CheckConstraint("user_id IS NOT NULL OR resident_id IS NOT NULL", name="has_recipient"),
        CheckConstraint("status <> 'sending' OR lease_until_at IS NOT NULL", name="sending_has_lease"),
        Index(None, "status", "next_attempt_at"),
        Index(None, "status", "lease_until_at"),
        Index(None, "status", "sent_at"),
        Index(None, "provider_ref"),
        Index(None, "user_id", "created_at"),
        Index(None, "resident_id", "created_at"),
        Index(None, "about_id", "created_at"),
        Index(None, "kind", "created_at"),
        Index(None, "merged_into"),
        Index(None, "created_at"),
        Index(None, "subject_id"),
    )
    PERSONAL = ("facts",)

    id: Mapped[str] = primary_key()
    kind: Mapped[str] = mapped_column(String(32))
    dedupe_key: Mapped[str] = mapped_column(String(160), unique=True)
    user_id: Mapped[str | None] = mapped_column(Id, ForeignKey("wechat_user.id"))
    resident_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"))
    about_id: Mapped[str | None] = mapped_column(Id, ForeignKey("resident.id"))
    """Whom it is about when somebody else is told: a child, a ward, or a person nobody could reach himself."""
    passed_to: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Residents it was handed over to so far, the present one last."""
    team_id: Mapped[str | None] = mapped_column(Id, ForeignKey("team.id"), index=True)
    """Who phones when no channel is left."""
    subject_id: Mapped[str] = mapped_column(Id)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[NotificationStatus] = mapped_column(String(12), default=NotificationStatus.CREATED)
    is_urgent: Mapped[bool] = mapped_column(Boolean, default=False)
    """Urgent ones ignore quiet hours."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it should have been told at the earliest; a reminder much later than this is not told any more."""
    counted_on: Mapped[date | None] = mapped_column(Date)
    """Against which day's limit it is counted."""
    merged_into: Mapped[str | None] = mapped_column(Id)
    """The notification that told this one, too."""
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """After this instant telling would mislead: it fails with reason "expired"."""
    lease_until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    channel: Mapped[str | None] = mapped_column(String(24))
    tried_channels: Mapped[list[str]] = mapped_column(JSON, default=list)
    provider_ref: Mapped[str | None] = mapped_column(Code)
    """WeChat's message id, kept as text: it needs 64 bits."""
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(String(64))

    @property
    def status_label(self) -> str:
        """The state, for people."""
        return STATUS_LABELS[NotificationStatus(self.status)]


class Attempt(Model):
    """One try to send a notification over one channel, and what became of it."""

    __tablename__ = "attempt"
    __table_args__ = table(UniqueConstraint("notification_id", "number"))
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    notification_id: Mapped[str] = mapped_column(Id, ForeignKey("notification.id"))
    number: Mapped[int] = mapped_column(Integer)
    channel: Mapped[str] = mapped_column(String(24))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(String(16))
    errcode: Mapped[int | None] = mapped_column(Integer)


TASK_CLOSED = "closed"
"""Outcome of a phone task that nobody has to do any more: the team no longer serves the person."""


class PhoneTask(Model):
    """Somebody WeChat could not reach: the team phones. One per notification."""

    __tablename__ = "phone_task"
    __table_args__ = table(
        CheckConstraint("(status = 'done') = (done_at IS NOT NULL)", name="done_at"),
        CheckConstraint("status IN ('open', 'done')", name="status"),
        Index(None, "team_id", "status", "created_at"),
    )
    PERSONAL = ("note",)

    id: Mapped[str] = primary_key()
    notification_id: Mapped[str] = mapped_column(Id, ForeignKey("notification.id"), unique=True)
    team_id: Mapped[str] = mapped_column(Id, ForeignKey("team.id"))
    resident_id: Mapped[str] = mapped_column(Id, ForeignKey("resident.id"), index=True)
    reason: Mapped[str] = mapped_column(String(64))
    about: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(8), default="open")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[str | None] = mapped_column(Id)
    outcome: Mapped[str | None] = mapped_column(String(16))
    note: Mapped[str | None] = mapped_column(Sealed("phone_task.note"))

    resident: Mapped[Resident] = relationship(lazy="joined")
    team: Mapped[Team] = relationship(lazy="joined")


def queue(
    kind: str,
    *,
    dedupe_key: str,
    subject_id: str,
    at: datetime,
    facts: dict[str, Any],
    user_id: str | None = None,
    resident_id: str | None = None,
    team_id: str | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    is_urgent: bool = False,
    about_id: str | None = None,
    passed_to: tuple[str, ...] = (),
) -> bool:
    """Leave a note in the caller's transaction that somebody should be told.

    Queueing the same ``dedupe_key`` again changes nothing, whatever number of processes try at once. Nothing is queued to
    somebody who has died.

    Args:
        kind: a key of actions.notifications.KINDS. facts: neutral words for the message, never clinical ones.
        user_id, resident_id: the recipient, at least one. team_id: who phones when WeChat cannot.
        due_at: not before this instant. expires_at: telling later would mislead.
        about_id: whom it is about, when the recipient is somebody else. passed_to: as the column.
    Returns:
        Whether the note is new.
    """
    if has_died(user_id, resident_id):
        return False
    row = _row(
        kind,
        dedupe_key=dedupe_key,
        subject_id=subject_id,
        at=at,
        facts=facts,
        user_id=user_id,
        resident_id=resident_id,
        team_id=team_id,
        due_at=due_at,
        expires_at=expires_at,
        is_urgent=is_urgent,
        about_id=about_id,
        passed_to=passed_to,
    )
    return db.session.execute(_insert().values(row)).rowcount == 1  # type: ignore[attr-defined, no-any-return]


def queue_many(notes: list[dict[str, Any]]) -> None:
    """Leave many notes at once, in the caller's transaction: each as the arguments of ``queue``.

    What is known by its ``dedupe_key`` stays as it is. The caller leaves out who has died.
    """
    if notes:
        db.session.execute(_insert(), [_row(**note) for note in notes])


def queue_each(
    rows: Select[Any],
    *,
    kind: str,
    at: datetime,
    expires_at: ColumnElement[Any] | None = None,
    recipient: Literal["resident_id", "user_id"] = "resident_id",
) -> int:
    """Leave one note for each row that the database finds, in the caller's transaction: it writes them itself.

    What is known by its ``dedupe_key`` stays as it is. The caller leaves out who has died.

    Args:
        rows: a SELECT of dedupe key, recipient, team id, subject id and facts (a JSON object), in this order.
        expires_at: telling later would mislead; an expression over the same rows. recipient: which column the second is.
    Returns:
        How many rows were found.
    """
    values: dict[str, ColumnElement[Any]] = {
        "id": new_ids(),
        "kind": literal(kind, String()),
        "status": literal(NotificationStatus.CREATED, String()),
        "is_urgent": literal(False, Boolean()),
        "attempts": literal(0, Integer()),
        "created_at": literal(at, UtcDateTime()),
        "next_attempt_at": literal(at, UtcDateTime()),
        "expires_at": literal(None, UtcDateTime()) if expires_at is None else expires_at,
        "due_at": literal(at, UtcDateTime()),
        "tried_channels": literal("[]", String()),
        "passed_to": literal("[]", String()),
    }
    columns = ["dedupe_key", recipient, "team_id", "subject_id", "facts", *values]
    left = db.session.execute(_insert().from_select(columns, rows.add_columns(*values.values())))
    return max(left.rowcount, 0)  # type: ignore[attr-defined, no-any-return]


def queue_at_once(notes: list[dict[str, Any]]) -> None:
    """Leave notes as ``queue_many``, about rows that are written already: nothing held back is written before them."""
    connection = db.session.connection()
    connection.execute(_plain_insert(connection.dialect.name), [_row(**note) for note in notes])


@functools.cache
def _plain_insert(dialect: str) -> Any:
    return _insert_into(Notification.__table__, dialect)


def known_keys(keys: list[str]) -> set[str]:
    """Return which notes of these were left already."""
    found = select(Notification.dedupe_key).where(Notification.dedupe_key.in_(keys))
    return set(db.session.scalars(found)) if keys else set()


def _insert() -> Any:
    return _insert_into(Notification, db.session.get_bind().dialect.name)


def _insert_into(target: Any, dialect: str) -> Any:
    """An insert that leaves alone what has the same ``dedupe_key``."""
    if dialect == "sqlite":
        return sqlite.insert(target).on_conflict_do_nothing(index_elements=["dedupe_key"])
    known = mysql.insert(target)
    return known.on_duplicate_key_update(dedupe_key=known.inserted.dedupe_key)


def _row(
    kind: str,
    *,
    dedupe_key: str,
    subject_id: str,
    at: datetime,
    facts: dict[str, Any],
    user_id: str | None = None,
    resident_id: str | None = None,
    team_id: str | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    is_urgent: bool = False,
    about_id: str | None = None,
    passed_to: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "kind": kind,
        "dedupe_key": dedupe_key,
        "user_id": user_id,
        "resident_id": resident_id,
        "about_id": about_id,
        "passed_to": list(passed_to),
        "team_id": team_id,
        "subject_id": subject_id,
        "facts": facts,
        "status": NotificationStatus.CREATED,
        "is_urgent": is_urgent,
        "attempts": 0,
        "created_at": at,
        "next_attempt_at": due_at or at,
        "due_at": due_at or at,
        "expires_at": expires_at,
        "tried_channels": [],
    }


def cancel(*, subject_id: str, kinds: tuple[str, ...]) -> int:
    """Cancel what is still waiting about a subject, in the caller's transaction. Returns how many."""
    statement = (
        update(Notification)
        .where(
            Notification.subject_id == subject_id,
            Notification.kind.in_(kinds),
            Notification.status == NotificationStatus.CREATED,
        )
        .values(status=NotificationStatus.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount  # type: ignore[attr-defined, no-any-return]


def has_died(user_id: str | None, resident_id: str | None) -> bool:
    """Tell whether a recipient is known to have died."""
    of_user = select(WechatUser.resident_id).where(WechatUser.id == user_id)
    who = Resident.id == resident_id if resident_id else Resident.id.in_(of_user)
    return db.session.scalar(select(Resident.id).where(who, Resident.died_on.is_not(None))) is not None


def cancel_for(resident_id: str, *, but: Collection[str] = ()) -> int:
    """Cancel everything that waits to be told to a resident or about him, in the caller's transaction.

    Returns how many.

    Args:
        but: kinds that stay, because they speak to the same person in another role.
    """
    users = select(WechatUser.id).where(WechatUser.resident_id == resident_id)
    statement = (
        update(Notification)
        .where(
            or_(
                Notification.resident_id == resident_id,
                Notification.user_id.in_(users),
                Notification.about_id == resident_id,
            ),
            Notification.status == NotificationStatus.CREATED,
            Notification.kind.not_in(but),
        )
        .values(status=NotificationStatus.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount  # type: ignore[attr-defined, no-any-return]
