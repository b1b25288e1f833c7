"""Reading follow-ups: a resident sees his own, a doctor those of the teams he works in."""

from datetime import date, timedelta

from sqlalchemy import select

from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import Agreement, FollowUp, FollowUpStatus, Resident, Staff

LATE_ENTRY_DAYS = 60
"""How long a missed follow-up stays on the doctor's list for late entry."""


def team_ids(staff: Staff) -> list[str]:
    """Return the ids of the teams somebody works in."""
    return [membership.team_id for membership in staff.memberships]


def mine(resident: Resident, cursor: str | None) -> Page[FollowUp]:
    """Return a resident's follow-ups: planned first, then missed, then done; latest first in each."""
    statement = select(FollowUp).where(FollowUp.resident_id == resident.id)
    return page(statement, (FollowUp.status, FollowUp.due_on, FollowUp.id), cursor, newest_first=True)


def of_team(staff: Staff, today: date, cursor: str | None) -> Page[FollowUp]:
    """Return what a doctor's teams must do, the longest overdue first; missed ones stay for late entry."""
    statement = select(FollowUp).where(
        FollowUp.team_id.in_(team_ids(staff)),
        FollowUp.status.in_((FollowUpStatus.PLANNED, FollowUpStatus.MISSED)),
        FollowUp.due_on >= today - timedelta(days=LATE_ENTRY_DAYS),
    )
    return page(statement, (FollowUp.due_on, FollowUp.id), cursor)


def one(followup_id: str, staff: Staff) -> FollowUp:
    """Return a follow-up of one of the doctor's teams. Raises NotFound, also for other teams' follow-ups."""
    row = db.session.scalar(select(FollowUp).where(FollowUp.id == followup_id, FollowUp.team_id.in_(team_ids(staff))))
    if row is None:
        raise NotFound()
    return row


def panel_resident(resident_id: str, staff: Staff) -> Resident:
    """Return a resident with an agreement in force with one of the doctor's teams. Raises NotFound."""
    agreement = db.session.scalar(
        select(Agreement).where(Agreement.active_key == resident_id, Agreement.team_id.in_(team_ids(staff)))
    )
    if agreement is None:
        raise NotFound()
    return agreement.resident


def last_done(resident_ids: list[str]) -> dict[str, FollowUp]:
    """Return each resident's latest follow-up with a measurement, by resident id."""
    statement = (
        select(FollowUp)
        .where(
            FollowUp.resident_id.in_(resident_ids),
            FollowUp.status == FollowUpStatus.DONE,
            FollowUp.outcome_class.is_not(None),
        )
        .order_by(FollowUp.visited_on, FollowUp.entered_at)
    )
    return {row.resident_id: row for row in db.session.scalars(statement)}
