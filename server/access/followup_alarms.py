"""Reading an institution's critical follow-ups (危急随访)."""

from sqlalchemy import Select, select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import AdminLogin, FollowUpAlarm, Team

SHOWN = {"due": "需机构处理", "open": "全部未办结", "over": "已办结"}


def _mine(by: AdminLogin) -> Select[FollowUpAlarm]:
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    return select(FollowUpAlarm).where(FollowUpAlarm.team_id.in_(teams))


def of_organisation(show: str, cursor: str | None, *, by: AdminLogin) -> Page[FollowUpAlarm]:
    """Return alarms of an administrator's teams: what waits for him oldest first, what is over newest first.

    Args:
        show: a key of SHOWN; "due": open and handed to the administrator.
    """
    order = (FollowUpAlarm.raised_at, FollowUpAlarm.id)
    if show == "over":
        return page(_mine(by).where(FollowUpAlarm.state != "open"), order, cursor, newest_first=True)
    rows = _mine(by).where(FollowUpAlarm.state == "open")
    return page(rows.where(FollowUpAlarm.escalated_at.is_not(None)) if show == "due" else rows, order, cursor)


def due_count(*, by: AdminLogin) -> int:
    """Count what waits for an administrator; up to a page of them."""
    return len(of_organisation("due", None, by=by).items)


def one(alarm_id: str, *, by: AdminLogin) -> FollowUpAlarm:
    """Return an alarm of one of an administrator's teams. Raises NotFound."""
    found = db.session.scalar(_mine(by).where(FollowUpAlarm.id == alarm_id))
    if found is None:
        raise NotFound()
    return found
