"""The doctor's desk: colleagues, absences, notes, replies kept ready, and what residents think of conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, func, or_, select

from server import clock
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    Absence,
    AdminLogin,
    AnswerPromise,
    CannedReply,
    Conversation,
    ConversationNote,
    ConversationRating,
    ConversationShift,
    ConversationStatus,
    FollowUp,
    FollowUpStatus,
    Message,
    Staff,
    Team,
    WechatUser,
)
from server.models.conversation import Sender
from server.policy.business_hours import WEEK

T = TypeVar("T")

MOST_COLLEAGUES = 200
MOST_LISTED = 1000
RATED_WITHIN = timedelta(days=7)
"""How long after its last word somebody is asked to rate a conversation."""
FIGURES_DAYS = 30


def colleagues(staff: Staff) -> Sequence[Staff]:
    """Return the others of the institution, by name; 200 at most."""
    others = select(Staff).where(Staff.organisation_id == staff.organisation_id, Staff.id != staff.id)
    return db.session.scalars(others.order_by(Staff.name, Staff.id).limit(MOST_COLLEAGUES)).all()


def colleague(staff_id: str, staff: Staff) -> Staff:
    """Return somebody of the institution, also oneself. Raises NotFound."""
    found = select(Staff).where(Staff.id == staff_id, Staff.organisation_id == staff.organisation_id)
    return _found(db.session.scalar(found), "没有找到这位同事")


def own_absences(staff: Staff, at: datetime) -> Sequence[Absence]:
    """Return the absences to come or running in which somebody is away or answers for another one."""
    mine = select(Absence).where(or_(Absence.staff_id == staff.id, Absence.stand_in_id == staff.id), *_ahead(at))
    return db.session.scalars(mine.order_by(Absence.from_at)).all()


def own_absence(absence_id: str, staff: Staff) -> Absence:
    """Return somebody's own absence. Raises NotFound."""
    found = select(Absence).where(Absence.id == absence_id, Absence.staff_id == staff.id)
    return _found(db.session.scalar(found), "没有找到这次外出")


def notes(conversation: Conversation) -> Sequence[ConversationNote]:
    """Return the notes beside a conversation the caller was given, oldest first; the last 100."""
    rows = select(ConversationNote).where(ConversationNote.conversation_id == conversation.id)
    return db.session.scalars(rows.order_by(ConversationNote.id.desc()).limit(100)).all()[::-1]


def shifts(conversation: Conversation) -> Sequence[ConversationShift]:
    """Return from whom to whom a conversation went, oldest first; the last 100."""
    rows = select(ConversationShift).where(ConversationShift.conversation_id == conversation.id)
    return db.session.scalars(rows.order_by(ConversationShift.id.desc()).limit(100)).all()[::-1]


# ---------------------------------------------------------------- replies kept ready


def replies(staff: Staff) -> Sequence[CannedReply]:
    """Return the replies of somebody's institution, of his team and his own, in this order."""
    reply = CannedReply
    mine = or_(
        reply.organisation_id == staff.organisation_id, reply.team_id == _team_id(staff), reply.staff_id == staff.id
    )
    rows = select(reply).where(mine, reply.removed_at.is_(None))
    ordered = rows.order_by(reply.staff_id.is_not(None), reply.team_id.is_not(None), reply.title, reply.id)
    return db.session.scalars(ordered).all()


def leads(staff: Staff) -> bool:
    """Tell whether a member of staff leads his team: its replies are his to keep."""
    lead = staff.team.lead if staff.team else None
    return lead is not None and lead.id == staff.id


def own_reply(reply_id: str, staff: Staff) -> CannedReply:
    """Return a reply somebody may take away: his own, and his team's when he leads it. Raises NotFound."""
    led = _team_id(staff) if leads(staff) else ""
    mine = or_(CannedReply.staff_id == staff.id, CannedReply.team_id == led)
    found = select(CannedReply).where(CannedReply.id == reply_id, mine, CannedReply.removed_at.is_(None))
    return _found(db.session.scalar(found), "没有找到这条常用回复")


def values_for(conversation: Conversation, staff: Staff) -> dict[str, str]:
    """Return what the variables of a reply mean in a conversation the caller was given; "" where there is nothing."""
    today, resident, team = clock.today(), conversation.user.resident, conversation.team
    following = None
    if resident is not None:
        due = select(FollowUp.due_on).where(
            FollowUp.resident_id == resident.id, FollowUp.status == FollowUpStatus.PLANNED, FollowUp.due_on >= today
        )
        following = db.session.scalar(due.order_by(FollowUp.due_on).limit(1))
    return {
        "name": resident.name if resident else "",
        "doctor": staff.name,
        "team": team.name if team else "",
        "phone": team.phone if team else "",
        "hours": team.hours if team else "",
        "date": f"{today.month}月{today.day}日（周{WEEK[today.weekday()]}）",
        "next_visit": f"{following.month}月{following.day}日" if following else "",
    }


# ---------------------------------------------------------------- ratings


def may_be_rated(conversation: Conversation) -> bool:
    """Tell whether a conversation is over and a doctor answered in it."""
    if conversation.status != ConversationStatus.CLOSED or conversation.team_id is None:
        return False
    answered = select(Message.id).where(Message.conversation_id == conversation.id, Message.sender == Sender.DOCTOR)
    return db.session.scalar(answered.limit(1)) is not None


def to_rate(user: WechatUser, at: datetime) -> Conversation | None:
    """Return the last conversation somebody is asked to rate: over for less than a week, answered, not rated."""
    last = select(Conversation).where(Conversation.user_id == user.id).order_by(Conversation.created_at.desc())
    row = db.session.scalar(last.where(Conversation.status == ConversationStatus.CLOSED).limit(1))
    if row is None or row.last_message_at < at - RATED_WITHIN or not may_be_rated(row):
        return None
    rated = select(ConversationRating.id).where(ConversationRating.conversation_id == row.id)
    return None if db.session.scalar(rated) else row


def own_conversation(conversation_id: str, user: WechatUser) -> Conversation:
    """Return one of somebody's own conversations. Raises NotFound."""
    found = select(Conversation).where(Conversation.id == conversation_id, Conversation.user_id == user.id)
    return _found(db.session.scalar(found), "没有找到这次咨询")


def answered(conversation: Conversation) -> Sequence[AnswerPromise]:
    """Return the promises of a conversation that an answer ended."""
    rows = select(AnswerPromise).where(
        AnswerPromise.conversation_id == conversation.id, AnswerPromise.outcome == "answered"
    )
    return db.session.scalars(rows).all()


@dataclass(frozen=True)
class Figures:
    """What one team's answering looks like in 30 days; no name of a resident or a doctor."""

    team: Team
    waiting: int
    late: int
    """Waiting longer than promised."""
    answered: int
    in_time: int
    minutes: float | None
    """Mean time of an answer, minutes of working time."""
    ratings: int
    stars: float | None

    @property
    def percent(self) -> int | None:
        """Answers within the promised time."""
        return round(100 * self.in_time / self.answered) if self.answered else None


def figures(teams: Sequence[Team], at: datetime) -> list[Figures]:
    """Return the figures of teams the caller may see, in their order."""
    ids, since = [team.id for team in teams], at - timedelta(days=FIGURES_DAYS)
    promise, rating = AnswerPromise, ConversationRating
    waiting = dict(_counts(ids, promise.ended_at.is_(None)))
    late = dict(_counts(ids, promise.ended_at.is_(None), promise.due_at <= at))
    done = (promise.ended_at >= since, promise.outcome == "answered")
    total, kept = dict(_counts(ids, *done)), dict(_counts(ids, *done, promise.ended_at <= promise.due_at))
    took = (
        select(promise.team_id, func.avg(promise.took_minutes).label("mean"))
        .where(promise.team_id.in_(ids), *done)
        .group_by(promise.team_id)
    )
    minutes = {row.team_id: row.mean for row in db.session.execute(took)}
    rated = (
        select(rating.team_id, func.count().label("number"), func.avg(rating.stars).label("mean"))
        .where(rating.team_id.in_(ids), rating.at >= since)
        .group_by(rating.team_id)
    )
    stars = {row.team_id: (row.number, float(row.mean)) for row in db.session.execute(rated)}
    return [
        Figures(
            team,
            waiting.get(team.id, 0),
            late.get(team.id, 0),
            total.get(team.id, 0),
            kept.get(team.id, 0),
            float(minutes[team.id]) if minutes.get(team.id) is not None else None,
            *stars.get(team.id, (0, None)),
        )
        for team in teams
    ]


def _counts(ids: list[str], *which: ColumnElement[bool]) -> list[tuple[str, int]]:
    statement = select(AnswerPromise.team_id, func.count()).where(AnswerPromise.team_id.in_(ids), *which)
    return [(team_id, number) for team_id, number in db.session.execute(statement.group_by(AnswerPromise.team_id))]


# ---------------------------------------------------------------- for administrators


def late(cursor: str | None, *, by: AdminLogin, at: datetime) -> Page[AnswerPromise]:
    """Return who of the organisation's residents waits longer than promised, the longest first."""
    return page(select(AnswerPromise).where(*_late(by, at)), (AnswerPromise.due_at, AnswerPromise.id), cursor)


def late_count(*, by: AdminLogin, at: datetime) -> int:
    """Return how many of the organisation's residents wait longer than promised."""
    return db.session.scalar(select(func.count()).select_from(AnswerPromise).where(*_late(by, at))) or 0


def _late(by: AdminLogin, at: datetime) -> tuple[ColumnElement[bool], ...]:
    own = select(Team.id).where(Team.organisation_id == by.organisation_id)
    return AnswerPromise.team_id.in_(own), AnswerPromise.ended_at.is_(None), AnswerPromise.due_at <= at


def institution_replies(*, by: AdminLogin) -> Sequence[CannedReply]:
    """Return the replies of the organisation and of its teams, its own first; doctors' own ones are theirs."""
    reply = CannedReply
    rows = select(reply).where(_kept_for(by), reply.removed_at.is_(None))
    ordered = rows.order_by(reply.team_id.is_not(None), reply.team_id, reply.title, reply.id)
    return db.session.scalars(ordered.limit(MOST_LISTED)).all()


def institution_reply(reply_id: str, *, by: AdminLogin) -> CannedReply:
    """Return a reply of the organisation or of one of its teams. Raises NotFound."""
    found = select(CannedReply).where(CannedReply.id == reply_id, _kept_for(by), CannedReply.removed_at.is_(None))
    return _found(db.session.scalar(found), "没有找到这条常用回复")


def _kept_for(by: AdminLogin) -> ColumnElement[bool]:
    own = select(Team.id).where(Team.organisation_id == by.organisation_id)
    return or_(CannedReply.organisation_id == by.organisation_id, CannedReply.team_id.in_(own))


def ratings(cursor: str | None, *, by: AdminLogin) -> Page[ConversationRating]:
    """Return what residents of the organisation's teams wrote, newest first; without their names."""
    own = select(Team.id).where(Team.organisation_id == by.organisation_id)
    rows = select(ConversationRating).where(ConversationRating.team_id.in_(own))
    return page(rows, (ConversationRating.at, ConversationRating.id), cursor, newest_first=True)


def absences(*, by: AdminLogin, at: datetime) -> Sequence[Absence]:
    """Return the organisation's absences to come or running; 200 at most."""
    own = select(Staff.id).where(Staff.organisation_id == by.organisation_id)
    rows = select(Absence).where(Absence.staff_id.in_(own), *_ahead(at))
    return db.session.scalars(rows.order_by(Absence.from_at).limit(MOST_COLLEAGUES)).all()


def absence(absence_id: str, *, by: AdminLogin) -> Absence:
    """Return an absence of the organisation. Raises NotFound."""
    own = select(Staff.id).where(Staff.organisation_id == by.organisation_id)
    found = select(Absence).where(Absence.id == absence_id, Absence.staff_id.in_(own))
    return _found(db.session.scalar(found), "没有找到这次外出")


def _ahead(at: datetime) -> tuple[ColumnElement[bool], ...]:
    # one that was taken back before it began has no length
    return Absence.until_at > at, Absence.until_at > Absence.from_at


def _team_id(staff: Staff) -> str:
    return staff.team.id if staff.team else ""


def _found(row: T | None, message: str) -> T:
    if row is None:
        raise NotFound(message)
    return row
