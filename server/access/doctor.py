"""What a member of staff may see: his own team's requests and panel."""

from datetime import date, timedelta

from sqlalchemy import func, select

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import Agreement, AgreementStatus, Enrolment, FollowUp, FollowUpStatus, Staff, Team

ENDING_WITHIN_DAYS = 90


def team_of(staff: Staff) -> Team:
    """Return the team somebody works for. Raises NotFound."""
    if staff.team is None:
        raise NotFound("您还没有加入任何团队")
    return staff.team


def agreements(staff: Staff, which: str, cursor: str | None) -> Page[Agreement]:
    """Return the team's agreements: ``pending_team`` oldest first, ``active`` or ``ending`` by last day."""
    mine = select(Agreement).where(Agreement.team_id == team_of(staff).id)
    if which == "pending_team":
        pending = mine.where(Agreement.status == AgreementStatus.PENDING_TEAM)
        return page(pending, (Agreement.requested_at, Agreement.id), cursor)
    active = mine.where(Agreement.status == AgreementStatus.ACTIVE)
    if which == "ending":
        active = active.where(Agreement.end_on <= clock.today() + timedelta(days=ENDING_WITHIN_DAYS))
    return page(active, (Agreement.end_on, Agreement.id), cursor)


def agreement(agreement_id: str, staff: Staff) -> Agreement:
    """Return an agreement of the team. Raises NotFound, also for another team's."""
    found = db.session.scalar(
        select(Agreement).where(Agreement.id == agreement_id, Agreement.team_id == team_of(staff).id)
    )
    if found is None:
        raise NotFound("没有找到这份协议")
    return found


def panel(staff: Staff, cursor: str | None) -> Page[Agreement]:
    """Return the agreements in force of the team's residents, by last day."""
    return agreements(staff, "active", cursor)


def programmes(resident_ids: list[str]) -> dict[str, list[str]]:
    """Return the programmes each of these residents is in now, by resident id."""
    statement = (
        select(Enrolment.resident_id, Enrolment.programme)
        .where(Enrolment.resident_id.in_(resident_ids), Enrolment.ended_on.is_(None))
        .order_by(Enrolment.id)
    )
    found: dict[str, list[str]] = {}
    for resident_id, programme in db.session.execute(statement):
        found.setdefault(resident_id, []).append(programme)
    return found


def next_due(resident_ids: list[str]) -> dict[str, date]:
    """Return the day of each resident's next planned contact, by resident id."""
    statement = (
        select(FollowUp.resident_id, func.min(FollowUp.due_on))
        .where(FollowUp.resident_id.in_(resident_ids), FollowUp.status == FollowUpStatus.PLANNED)
        .group_by(FollowUp.resident_id)
    )
    return {row.resident_id: row[1] for row in db.session.execute(statement)}
