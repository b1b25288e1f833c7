"""Who answers residents when: a team's hours, promised times, who stands in for whom."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select

from server import clock
from server.database import db
from server.models import (
    Absence,
    AnswerPromise,
    Conversation,
    ConversationStatus,
    Membership,
    Staff,
    TeamHours,
)
from server.policy.business_hours import Hours, Period, of_region, ordered
from server.policy.schema import Policy
from server.policy.workdays import calendar

OPEN = (ConversationStatus.WAITING_DOCTOR, ConversationStatus.WITH_DOCTOR)


def hours_of(team_id: str, policy: Policy) -> Hours:
    """Return when a team works: its own periods, else its region's."""
    rows = own_hours(team_id)
    days = calendar(policy.reminders)
    if not rows:
        return of_region(policy.answering, days)
    workday, restday = (
        ordered([Period(row.from_minute, row.until_minute) for row in rows if row.on_workdays is which])
        for which in (True, False)
    )
    return Hours(workday, restday, days)


def own_hours(team_id: str) -> Sequence[TeamHours]:
    """Return the periods a team set for itself, in order."""
    mine = select(TeamHours).where(TeamHours.team_id == team_id)
    return db.session.scalars(mine.order_by(TeamHours.on_workdays.desc(), TeamHours.from_minute)).all()


def promises(conversation_ids: Collection[str]) -> dict[str, AnswerPromise]:
    """Return the promised times that run, by conversation id."""
    if not conversation_ids:
        return {}
    rows = db.session.scalars(select(AnswerPromise).where(AnswerPromise.open_key.in_(conversation_ids)))
    return {row.conversation_id: row for row in rows}


def away(staff_id: str | None, at: datetime) -> Absence | None:
    """Return somebody's absence at an instant, if any."""
    return db.session.scalar(select(Absence).where(_now(at), Absence.staff_id == staff_id).limit(1))


def stand_ins(staff_ids: Collection[str], at: datetime) -> dict[str, str]:
    """Return who answers for whom: stand-in's id by the id of each of these who is away."""
    rows = select(Absence.staff_id, Absence.stand_in_id).where(_now(at), Absence.staff_id.in_(staff_ids))
    return {row.staff_id: row.stand_in_id for row in db.session.execute(rows)}


def responsible(conversation: Conversation) -> str | None:
    """Return the id of the doctor whose answer is awaited: who holds it, else the team's leader."""
    if conversation.staff_id and conversation.status == ConversationStatus.WITH_DOCTOR:
        return conversation.staff_id
    lead = conversation.team.lead if conversation.team else None
    return lead.id if lead else None


def reachable_by(staff: Staff) -> ColumnElement[bool]:
    """Return the condition for conversations a member of staff may see: his team's, his own, and those he stands in for.

    Ids are looked up first: a subquery within an OR would keep the database from using its indices.
    """
    # nobody's team is nobody's: an empty id matches nothing
    own = or_(Conversation.team_id == (staff.team.id if staff.team else ""), Conversation.staff_id == staff.id)
    absent = list(
        db.session.scalars(select(Absence.staff_id).where(_now(clock.now()), Absence.stand_in_id == staff.id))
    )
    if not absent:
        return own
    led = select(Membership.team_id).where(Membership.staff_id.in_(absent), Membership.lead_key.is_not(None))
    nobodys = Conversation.team_id.in_(list(db.session.scalars(led))) & Conversation.staff_id.is_(None)
    lent = Conversation.status.in_(OPEN) & or_(nobodys, Conversation.staff_id.in_(absent))
    return or_(own, lent)


def _now(at: datetime) -> ColumnElement[bool]:
    return (Absence.from_at <= at) & (Absence.until_at > at)
