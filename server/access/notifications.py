"""Reading the outbox: what was sent to me, and how much is waiting."""

from datetime import datetime

from sqlalchemy import func, or_, select

from server.access.paging import Page, page
from server.database import db
from server.models import Notification, NotificationStatus, WechatUser
from server.policy.notices import DIGEST, KINDS

FOR_RESIDENTS = tuple(name for name, kind in KINDS.items() if kind.who == "resident")


BY_WISH = ("opted_out", "muted")
"""Reasons of cancelled notices that the person should see: he asked for it."""


def mine(user: WechatUser, cursor: str | None) -> Page[Notification]:
    """Return what a person was told as a resident, or was not and why, newest first.

    What told several at once is left out: they stand there themselves. Cancelled ones were never told, but those are
    shown that he turned off.
    """
    who = [Notification.user_id == user.id]
    if user.resident_id:
        who += [Notification.resident_id == user.resident_id, Notification.about_id == user.resident_id]
    statement = select(Notification).where(
        or_(*who),
        Notification.kind.in_(FOR_RESIDENTS),
        Notification.kind != DIGEST,
        or_(Notification.status != NotificationStatus.CANCELLED, Notification.reason.in_(BY_WISH)),
    )
    return page(statement, (Notification.created_at, Notification.id), cursor, newest_first=True)


def due_count(at: datetime, limit: int) -> int:
    """Count what is due to be sent, at most ``limit``."""
    due = (
        select(Notification.id)
        .where(Notification.status == NotificationStatus.CREATED, Notification.next_attempt_at <= at)
        .limit(limit)
    )
    return db.session.scalar(select(func.count()).select_from(due.subquery())) or 0


def of_resident(resident_id: str, cursor: str | None) -> Page[Notification]:
    """Return what was to be told to a resident or about him, newest first; for staff who may see him."""
    users = select(WechatUser.id).where(WechatUser.resident_id == resident_id)
    statement = select(Notification).where(
        or_(
            Notification.resident_id == resident_id,
            Notification.about_id == resident_id,
            Notification.user_id.in_(users),
        ),
        Notification.kind.in_(FOR_RESIDENTS),
        Notification.kind != DIGEST,
    )
    return page(statement, (Notification.created_at, Notification.id), cursor, newest_first=True)


def carriers(rows: list[Notification]) -> dict[str, Notification]:
    """Return the messages that told merged notifications, by their ids."""
    ids = [row.merged_into for row in rows if row.merged_into]
    return {row.id: row for row in db.session.scalars(select(Notification).where(Notification.id.in_(ids)))}
