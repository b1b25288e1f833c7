"""Reading phone tasks: the teams a doctor works in."""

from sqlalchemy import select

from server.access.followups import team_ids
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import PhoneTask, Staff


def open_of_team(staff: Staff, cursor: str | None) -> Page[PhoneTask]:
    """Return the calls a doctor's teams still have to make, oldest first."""
    statement = select(PhoneTask).where(PhoneTask.team_id.in_(team_ids(staff)), PhoneTask.status == "open")
    return page(statement, (PhoneTask.created_at, PhoneTask.id), cursor)


def one(task_id: str, staff: Staff) -> PhoneTask:
    """Return a phone task of one of the doctor's teams. Raises NotFound, also for other teams' tasks."""
    row = db.session.scalar(select(PhoneTask).where(PhoneTask.id == task_id, PhoneTask.team_id.in_(team_ids(staff))))
    if row is None:
        raise NotFound()
    return row
