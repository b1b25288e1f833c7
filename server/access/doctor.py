"""What a member of staff may see: his own team's requests and panel."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import aliased

from server import clock
from server.access.answering import reachable_by
from server.access.conversations import OPEN_FOR_DOCTORS
from server.access.followups import shown_to, team_ids
from server.access.paging import Page, page
from server.access.unsigned import is_on_list_of
from server.database import db
from server.errors import NotFound
from server.models import (
    Agreement,
    AgreementStatus,
    Conversation,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    PhoneTask,
    Resident,
    Staff,
    Team,
    WechatUser,
)
from server.models.agreement import IN_FORCE, OPEN

ENDING_WITHIN_DAYS = 90
LAPSED_WITHIN_DAYS = 30


def team_of(staff: Staff) -> Team:
    """Return the team somebody works for. Raises NotFound."""
    if staff.team is None:
        raise NotFound("您还没有加入任何团队")
    return staff.team


def agreements(staff: Staff, which: str, cursor: str | None) -> Page[Agreement]:
    """Return the team's agreements: ``pending_team`` oldest first, ``reconfirm`` by deadline, the others by last day."""
    mine = select(Agreement).where(Agreement.team_id == team_of(staff).id)
    if which == "reconfirm":
        waiting = mine.where(Agreement.status == AgreementStatus.AUTO_RENEWED_UNCONFIRMED)
        return page(waiting, (Agreement.reconfirm_by_on, Agreement.id), cursor)
    if which == "lapsed":
        return page(mine.where(*_lapsed()), (Agreement.end_on, Agreement.id), cursor)
    if which == "pending_team":
        pending = mine.where(Agreement.status == AgreementStatus.PENDING_TEAM)
        return page(pending, (Agreement.requested_at, Agreement.id), cursor)
    active = mine.where(Agreement.status.in_(IN_FORCE))
    if which == "ending":
        active = active.where(Agreement.end_on <= clock.today() + timedelta(days=ENDING_WITHIN_DAYS))
    return page(active, (Agreement.end_on, Agreement.id), cursor)


def _lapsed() -> tuple[ColumnElement[bool], ...]:
    """Those that ended within the last weeks, and whom nobody serves now."""
    later = aliased(Agreement)
    goes_on = exists().where(later.resident_id == Agreement.resident_id, later.status.in_((*OPEN, *IN_FORCE)))
    since = clock.today() - timedelta(days=LAPSED_WITHIN_DAYS)
    return Agreement.status == AgreementStatus.EXPIRED, Agreement.end_on >= since, ~goes_on


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


def programmes(resident_ids: list[str], staff: Staff) -> dict[str, list[str]]:
    """Return the programmes each of these residents is in now, by resident id; a restricted one to whoever may see it."""
    statement = (
        select(Enrolment.resident_id, Enrolment.programme)
        .where(Enrolment.resident_id.in_(resident_ids), Enrolment.ended_on.is_(None), shown_to(staff))
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


def serving_team(resident_id: str, staff: Staff) -> Team:
    """Return which of a doctor's teams serves a resident now. Raises NotFound, also for anybody else's."""
    found = db.session.scalar(
        select(Agreement).where(Agreement.active_key == resident_id, Agreement.team_id.in_(team_ids(staff)))
    )
    if found is None:
        raise NotFound()
    return found.team


def callable_resident(resident_id: str, staff: Staff) -> Resident:
    """Return a resident whom a doctor has a reason to telephone now. Raises NotFound, also for anybody else's.

    Reasons: an agreement with one of his teams that is in force or on its way, an open phone task of theirs, a
    conversation that waits for them or is held by one of them, or the list of people they should sign.
    """
    teams = team_ids(staff)
    agreed = exists().where(
        Agreement.team_id.in_(teams),
        or_(Agreement.active_key == Resident.id, Agreement.open_key == Resident.id),
    )
    to_call = exists().where(
        PhoneTask.resident_id == Resident.id, PhoneTask.team_id.in_(teams), PhoneTask.status == "open"
    )
    talking = exists().where(
        WechatUser.resident_id == Resident.id,
        Conversation.user_id == WechatUser.id,
        Conversation.team_id.in_(teams) | reachable_by(staff),
        Conversation.status.in_(OPEN_FOR_DOCTORS),
    )
    to_sign = is_on_list_of(staff)
    known = or_(agreed, to_call, talking, to_sign)
    found = db.session.scalar(select(Resident).where(Resident.id == resident_id, known))
    if found is None:
        raise NotFound()
    return found
