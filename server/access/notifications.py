"""Reading the outbox: what was sent to me, and how much is waiting."""

from datetime import datetime

from sqlalchemy import func, or_, select

from server.access.paging import Page, page
from server.database import db
from server.models import Notification, NotificationStatus, WechatUser
from server.policy.notices import KINDS

FOR_RESIDENTS = tuple(name for name, kind in KINDS.items() if kind.who == "resident")


def mine(user: WechatUser, cursor: str | None) -> Page[Notification]:
    """Return what a person was told as a resident, newest first; cancelled ones were never told."""
    who = [Notification.user_id == user.id]
    if user.resident_id:
        who.append(Notification.resident_id == user.resident_id)
    statement = select(Notification).where(
        or_(*who), Notification.kind.in_(FOR_RESIDENTS), Notification.status != NotificationStatus.CANCELLED
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
