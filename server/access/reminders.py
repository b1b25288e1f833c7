"""What an administrator sees of reminders: their last runs, what is long overdue (N-07), licences that end soon (N-60)."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, func, select

from server.database import db
from server.models import AdminLogin, Credential, FollowUp, FollowUpStatus, ReminderState, Staff, Team
from server.policy.reminders import Effective

OPEN = (FollowUpStatus.PLANNED, FollowUpStatus.MISSED)
"""Not done, and nobody has said why."""
LOOKED_BACK_DAYS = 400
"""Older ones belong to years that are over."""
MOST = 200


def states() -> dict[str, ReminderState]:
    """Return what the planner did last for each line, by its key."""
    return {state.key: state for state in db.session.scalars(select(ReminderState))}


@dataclass(frozen=True)
class Late:
    """One team's follow-ups that are overdue for so long that the administrator hears of them."""

    team: str
    phone: str
    count: int
    oldest_on: date
    """The earliest day on which one should have been done."""


def pace(hard: bool) -> ColumnElement[bool]:
    """Tell apart follow-ups with days of grace and those whose due day is the last one (domain.md §2.0)."""
    return FollowUp.window_end_on == FollowUp.due_on if hard else FollowUp.window_end_on > FollowUp.due_on


def overdue(line: Effective, today: date, *, by: AdminLogin) -> list[Late]:
    """Return the teams of an administrator's organisation with what is overdue by a line of N-07, most first."""
    rows = line.line.rows
    last_on = today - timedelta(days=min(line.days, default=0))
    programmes = [FollowUp.programme.in_(rows.programmes)] if rows and rows.programmes else []
    found = (
        select(Team.name, Team.phone, func.count(), func.min(FollowUp.due_on))
        .join(FollowUp, FollowUp.team_id == Team.id)
        .where(
            Team.organisation_id == by.organisation_id,
            FollowUp.status.in_(OPEN),
            FollowUp.due_on <= last_on,
            FollowUp.due_on >= last_on - timedelta(days=LOOKED_BACK_DAYS),
            FollowUp.window_end_on <= last_on,
            pace(rows is not None and rows.pace == "hard"),
            *programmes,
        )
        .group_by(Team.id, Team.name, Team.phone)
        .order_by(func.count().desc(), Team.name)
        .limit(MOST)
    )
    return [Late(*row) for row in db.session.execute(found)]


def licences_ending(line: Effective, today: date, *, by: AdminLogin) -> list[tuple[str, date]]:
    """Return who of the organisation's staff has a licence that ends within the line's days or has ended, soonest first."""
    until = today + timedelta(days=-min(line.days))
    found = (
        select(Staff.name, Credential.valid_to)
        .join(Credential, Credential.staff_id == Staff.id)
        .where(Staff.organisation_id == by.organisation_id, Credential.valid_to <= until)
        .order_by(Credential.valid_to, Staff.name)
        .limit(MOST)
    )
    return [(name, day) for name, day in db.session.execute(found) if day is not None]
