"""What an administrator is told about the use of numbers."""

from sqlalchemy import select

from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, UseNotice

MOST = 30


def unread(*, by: AdminLogin) -> list[UseNotice]:
    """Return what nobody of the administrator's organisation has read yet, the newest week first."""
    mine = select(UseNotice).where(UseNotice.organisation_id == by.organisation_id, UseNotice.read_at.is_(None))
    return list(db.session.scalars(mine.order_by(UseNotice.week_on.desc(), UseNotice.id).limit(MOST)))


def notice(notice_id: str, *, by: AdminLogin) -> UseNotice:
    """Return a notice to the administrator's organisation. Raises NotFound, also for another one's."""
    mine = select(UseNotice).where(UseNotice.id == notice_id, UseNotice.organisation_id == by.organisation_id)
    found = db.session.scalar(mine)
    if found is None:
        raise NotFound()
    return found
