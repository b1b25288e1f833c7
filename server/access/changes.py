"""Changes of team, as those concerned may see them: the resident, and the leaders of the two teams."""

from sqlalchemy import Select, func, or_, select

from server.access.paging import Page, page
from server.access.resident import TEAM_PARTS
from server.database import db
from server.errors import NotAllowed, NotFound
from server.models import (
    Agreement,
    ChangeState,
    EntryState,
    MassTransfer,
    Membership,
    Resident,
    Staff,
    Team,
    TeamChange,
    TransferEntry,
)

SUGGESTIONS = 3


class LeaderNeeded(NotAllowed):
    """Only the leader speaks for the team."""

    code, default_message = "leader_needed", "只有团队负责医生可以答复"


def last_change(agreement_id: str) -> TeamChange | None:
    """Return the latest wish of an agreement's resident for another team."""
    found = select(TeamChange).where(TeamChange.agreement_id == agreement_id)
    return db.session.scalar(found.order_by(TeamChange.requested_at.desc(), TeamChange.id.desc()).limit(1))


def other_teams(agreement: Agreement) -> list[Team]:
    """Return a few open teams with places instead of an agreement's own: of the same organisation first, emptiest first."""
    found = select(Team).where(Team.is_open, Team.id != agreement.team_id, Team.panel_count < Team.panel_cap)
    near = Team.organisation_id == agreement.team.organisation_id
    order = (near.desc(), Team.panel_count, Team.id)
    rows = db.session.scalars(found.options(TEAM_PARTS).order_by(*order).limit(SUGGESTIONS * 3)).unique()
    return [team for team in rows if team.places_left > 0][:SUGGESTIONS]


def waiting(staff: Staff, cursor: str | None) -> Page[TeamChange]:
    """Return the wishes that wait for one of the member of staff's teams, the first promise in front."""
    return page(_waiting(staff), (TeamChange.answer_by_on, TeamChange.id), cursor)


def count_waiting(staff: Staff) -> int:
    """Return how many wishes wait for one of the member of staff's teams."""
    rows = _waiting(staff).with_only_columns(TeamChange.id).subquery()
    return db.session.scalar(select(func.count()).select_from(rows)) or 0


def _waiting(staff: Staff) -> Select[TeamChange]:
    mine = _led_or_member(staff)
    concerned = or_(
        TeamChange.from_team_id.in_(mine) & TeamChange.old_by.is_(None),
        TeamChange.to_team_id.in_(mine) & TeamChange.new_by.is_(None),
    )
    return select(TeamChange).where(TeamChange.state == ChangeState.WAITING, concerned)


def received(staff: Staff, cursor: str | None) -> Page[TeamChange]:
    """Return who came to the member of staff's teams, the latest first: with what the old team wrote."""
    done = TeamChange.state == ChangeState.DONE
    rows = select(TeamChange).where(done, TeamChange.to_team_id.in_(_led_or_member(staff)))
    return page(rows, (TeamChange.decided_at, TeamChange.id), cursor, newest_first=True)


def for_leader(change_id: str, staff: Staff) -> tuple[TeamChange, Team]:
    """Return a wish and the team for which this member of staff answers it.

    Raises:
        NotFound: neither team is his. LeaderNeeded: he does not lead it.
    """
    change = db.session.get(TeamChange, change_id)
    teams = {membership.team_id: membership for membership in staff.memberships}
    mine = [] if change is None else [teams[t] for t in (change.from_team_id, change.to_team_id) if t in teams]
    if change is None or not mine:
        raise NotFound("没有找到这份变更申请")
    leads = [membership.team for membership in mine if membership.is_lead]
    if not leads:
        raise LeaderNeeded()
    answered = {change.from_team_id: change.old_by, change.to_team_id: change.new_by}
    return change, next((team for team in leads if not answered[team.id]), leads[0])


def entry_of(resident: Resident) -> TransferEntry | None:
    """Return the open entry of a resident whose team is being handed over."""
    open_ones = TransferEntry.state.in_((EntryState.WAITING, EntryState.STUCK))
    rows = select(TransferEntry).join(MassTransfer, MassTransfer.id == TransferEntry.transfer_id)
    found = rows.where(TransferEntry.resident_id == resident.id, open_ones, MassTransfer.state == "planned")
    return db.session.scalar(found.order_by(TransferEntry.id.desc()).limit(1))


def entry(entry_id: str, resident: Resident) -> TransferEntry:
    """Return a resident's own entry. Raises NotFound."""
    mine = TransferEntry.resident_id == resident.id
    found = db.session.scalar(select(TransferEntry).where(TransferEntry.id == entry_id, mine))
    if found is None:
        raise NotFound()
    return found


def _led_or_member(staff: Staff) -> Select[str]:
    return select(Membership.team_id).where(Membership.staff_id == staff.id)
