"""What a member of staff may see: his own team's requests and panel."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import Agreement, AgreementStatus, Staff, Team

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


def panel_agreement(resident_id: str, staff: Staff) -> Agreement:
    """Return the agreement in force of one of the team's residents. Raises NotFound for anybody else's."""
    found = db.session.scalar(
        select(Agreement).where(Agreement.active_key == resident_id, Agreement.team_id == team_of(staff).id)
    )
    if found is None:
        raise NotFound("没有找到这位签约居民")
    return found
