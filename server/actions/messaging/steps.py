"""The steps the messaging actions share; each runs inside the caller's transaction and never opens one."""

import functools
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ParamSpec, TypeVar

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from ulid import ULID

from server import clock
from server.access import answering
from server.access.speaking import Speaker
from server.database import ask, db, filled, insert_at_once, plain, set_loaded, writing
from server.errors import Conflict, Invalid, NotAllowed, NotFound
from server.ids import new_id
from server.models import Conversation, ConversationStatus, Message, Staff, Team, WechatUser, notification
from server.models.actor import Actor, ActorKind
from server.models.conversation import Sender
from server.models.states import StaleState, born_at_once, move

P = ParamSpec("P")
R = TypeVar("R")

BOT = Actor(ActorKind.SYSTEM, "chatbot")
CHAT_ANSWERS_LAST = timedelta(hours=1)
"""An answer of the bot's that could not be sent into a chat for so long is not sent any more; it stands on the page."""
FOUND_BY_ANOTHER = 3
"""Tries of an action whose first insert met another one's."""


class MessageEmpty(Invalid):
    """There is nothing to say."""

    code, default_message = "message_empty", "请输入要发送的内容"


class MessageTooLong(Invalid):
    """More characters than a message may have."""

    code, default_message = "message_too_long", "消息太长，请分几次发送"


class ConversationHeld(Conflict):
    """A colleague holds the conversation."""

    code, default_message = "conversation_held", "这位居民正由其他医生接待"


def settled(action: Callable[P, R]) -> Callable[P, R]:
    """Run an action again when a simultaneous one inserted the same unique row: this time it is found."""

    @functools.wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for _ in range(FOUND_BY_ANOTHER - 1):
            try:
                return action(*args, **kwargs)
            except IntegrityError:
                continue
        return action(*args, **kwargs)

    return run


def checked(text: str, most: int) -> str:
    """Return the text without blanks around it. Raises MessageEmpty, MessageTooLong (characters)."""
    said = text.replace("\x00", "").strip()
    if not said:
        raise MessageEmpty()
    if len(said) > most:
        raise MessageTooLong(f"消息最多{most}个字，请分几次发送", most=most)
    return said


def current(who: Speaker, *, by: Actor, at: datetime) -> Conversation:
    """Return the person's open conversation, locked; opens one, and gives it a team once there is one."""
    found, team_id = who.conversation, who.team_id
    if found is None:
        return _opened(who, by=by, at=at)
    if team_id is not None and found.team_id != team_id and _may_change_team(found):
        found.team_id, found.short_no = team_id, _free_number(team_id)
        db.session.flush()
        db.session.expire(found, ["team"])
    return found


def _opened(who: Speaker, *, by: Actor, at: datetime) -> Conversation:
    columns = {
        "id": new_id(),
        "user_id": who.user_id,
        "open_key": who.user_id,
        "status": ConversationStatus.BOT,
        "team_id": who.team_id,
        "staff_id": None,
        "is_urgent": False,
        "short_no": _free_number(who.team_id),
        "created_at": at,
        "last_message_at": at,
        "waiting_since_at": None,
        "flow": None,
        "flow_until_at": None,
        "named_at": None,
    }
    insert_at_once(Conversation, columns)
    found = filled(Conversation, columns)
    born_at_once(found, by=by, at=at)
    return found


def locked(which: ColumnElement[bool]) -> Conversation | None:
    """Lock the conversation that fits and load its present state: who speaks cannot change until we are done."""
    # only its own row: a joined select would lock team and person, too
    found = db.session.scalar(select(Conversation.id).where(which).with_for_update())
    return db.session.get(Conversation, found, populate_existing=True) if found else None


def relocked(conversation: Conversation) -> Conversation:
    """Lock a conversation that access returned. Raises NotFound when it is gone."""
    found = locked(Conversation.id == conversation.id)
    if found is None:
        raise NotFound()
    return found


def staff_of(by: Actor) -> Staff:
    """Return the member of staff who acts. Raises NotAllowed for anybody else, and for who is locked."""
    found = db.session.get(Staff, by.id) if by.kind is ActorKind.STAFF else None
    if found is None or found.locked_at is not None:
        raise NotAllowed()
    return found


def has_doctor(conversation: Conversation) -> bool:
    """Tell whether a doctor holds it or one of a team is to come: then the bot is silent."""
    if conversation.status == ConversationStatus.WITH_DOCTOR:
        return True
    return conversation.status == ConversationStatus.WAITING_DOCTOR and conversation.team_id is not None


def add_message(
    conversation: Conversation,
    sender: Sender,
    text: str,
    *,
    via: str,
    at: datetime,
    staff: Staff | None = None,
    client_key: str | None = None,
    heard: Message | None = None,
) -> Message:
    """Write down what was said.

    Args:
        heard: what it answers, where that is not written yet: both are written by one statement.

    Raises:
        StaleState: the bot, and a doctor has the conversation, or it is closed.
    """
    if sender is Sender.BOT:
        _let_the_bot_speak(conversation, at)
    else:
        conversation.last_message_at = at
    after = heard.id if heard else _last_id(conversation)
    said = prepared(conversation, sender, text, via=via, at=at, staff=staff, client_key=client_key, after=after)
    write(*((heard, said) if heard else (said,)))
    return said


def prepared(
    conversation: Conversation,
    sender: Sender,
    text: str,
    *,
    via: str,
    at: datetime,
    after: str,
    staff: Staff | None = None,
    client_key: str | None = None,
) -> Message:
    """Return a message that ``write`` writes. Ids grow within a conversation, whatever the clock does.

    Args:
        after: id of the message before, "" for none.
    """
    columns = {
        "id": _later_than(after),
        "conversation_id": conversation.id,
        "sender": sender,
        "staff_id": staff.id if staff else None,
        "text": text,
        "client_key": client_key,
        "via": via,
        "at": at,
    }
    return filled(Message, columns)


def write(*said: Message) -> None:
    """Write prepared messages down, in this order, by one statement."""
    insert_at_once(Message, *({column.key: getattr(one, column.key) for column in _MESSAGE.c} for one in said))


def _last_id(conversation: Conversation) -> str:
    last = select(Message.id).where(Message.conversation_id == conversation.id).order_by(Message.id.desc()).limit(1)
    return db.session.scalar(last) or ""


_TALK, _MESSAGE = plain(Conversation), plain(Message)
_SPEAK = (
    update(_TALK)
    .where(
        _TALK.c.id == bindparam("conversation_id"),
        # no list: it would be spelt out anew each time
        or_(_TALK.c.status == ConversationStatus.BOT, _TALK.c.status == ConversationStatus.WAITING_DOCTOR),
    )
    .values(last_message_at=bindparam("said_at"))
)


def _let_the_bot_speak(conversation: Conversation, at: datetime) -> None:
    """Decide by the row, in the transaction that writes the bot's message, that no doctor has it."""
    named = {"conversation_id": conversation.id, "said_at": at}
    if writing().execute(_SPEAK, named).rowcount != 1:
        raise StaleState()
    set_loaded(conversation, last_message_at=at)


def hand_over(conversation: Conversation, *, at: datetime, urgent: bool) -> None:
    """Put a conversation into the doctors' queue; urgent ones stand first."""
    waiting_since = conversation.waiting_since_at or at
    is_urgent = conversation.is_urgent or urgent
    if conversation.status == ConversationStatus.BOT:
        move(
            conversation,
            ConversationStatus.WAITING_DOCTOR,
            by=BOT,
            at=at,
            waiting_since_at=waiting_since,
            is_urgent=is_urgent,
        )
        return
    conversation.waiting_since_at, conversation.is_urgent = waiting_since, is_urgent
    db.session.flush()


def label(conversation: Conversation) -> str:
    """Name the person as a doctor sees him in lists and notices."""
    resident = conversation.user.resident
    return resident.name_masked if resident else "微信用户"


def tell_doctor(conversation: Conversation, kind: str, key: str, summary: str, *, at: datetime) -> None:
    """Queue a notice for the doctor who holds it, else the team's leader, else any member we can reach in WeChat."""
    reachable = doctor_user(conversation)
    if reachable is None:
        return  # the lists of doctors and administrators still show it
    notification.queue(
        kind,
        dedupe_key=f"{kind}:{key}",
        subject_id=conversation.id,
        user_id=reachable,
        team_id=conversation.team_id,
        facts={"sender": label(conversation), "short_no": conversation.short_no, "summary": summary},
        is_urgent=kind == "emergency_alarm",
        at=at,
    )


def alarmed(conversation: Conversation) -> tuple[str, ...]:
    """Return whom an urgent message alarms, as ``tell_doctor`` finds him."""
    found = doctor_user(conversation)
    return (found,) if found else ()


def tell_waiting(conversation: Conversation, *, at: datetime) -> None:
    """Say once per waiting period that somebody waits."""
    since = (conversation.waiting_since_at or at).isoformat()
    tell_doctor(conversation, "message_waiting", f"{conversation.id}:{since}", "有新消息待回复", at=at)


def doctor_user(conversation: Conversation) -> str | None:
    """Return whom to tell about a conversation: its doctor, the leader, any member; for who is away, his stand-in."""
    if conversation.team is None:
        return None
    members = sorted(conversation.team.memberships, key=lambda membership: not membership.is_lead)
    wanted = [conversation.staff_id] if conversation.staff_id else []
    return _user_of(wanted + [membership.staff_id for membership in members])


def leader_user(conversation: Conversation) -> str | None:
    """Return the team leader's WeChat user, or that of who stands in for him."""
    lead = conversation.team.lead if conversation.team else None
    return _user_of([lead.id]) if lead else None


def _user_of(wanted: list[str]) -> str | None:
    """Return the first of these members of staff whom WeChat reaches; who is away only when nobody else is left."""
    instead = answering.stand_ins(wanted, clock.now())
    wanted = [instead.get(staff_id, staff_id) for staff_id in wanted] + [one for one in wanted if one in instead]
    users = select(WechatUser.staff_id, WechatUser.id).join(WechatUser.staff)
    users = users.where(WechatUser.staff_id.in_(wanted), Staff.locked_at.is_(None))
    known = {found.staff_id: found.id for found in db.session.execute(users)}
    return next((known[staff_id] for staff_id in wanted if staff_id in known), None)


def _may_change_team(conversation: Conversation) -> bool:
    return conversation.team_id is None or conversation.status == ConversationStatus.BOT


_TEAM = plain(Team)
_TEAM_LOCKED = select(_TEAM.c.id).where(_TEAM.c.id == bindparam("team_id")).with_for_update()
_NUMBERED = (
    _TALK.c.team_id == bindparam("team_id"),
    or_(*(_TALK.c.status == state for state in ConversationStatus if state != ConversationStatus.CLOSED)),
    _TALK.c.short_no > 0,
)
_TAKEN = (
    select(_TALK.c.short_no, func.dense_rank().over(order_by=_TALK.c.short_no).label("place"))
    .where(*_NUMBERED)
    .subquery()
)
_FIRST_GAP = select(func.min(case((_TAKEN.c.short_no > _TAKEN.c.place, _TAKEN.c.place)))).scalar_subquery()
_LAST = func.max(_TALK.c.short_no)
_FREE = select(
    # as many as the last one's number: there is no gap, and none is looked for
    func.coalesce(case((func.count() < _LAST, _FIRST_GAP)), _LAST + 1, 1)
).where(*_NUMBERED)


def _free_number(team_id: str | None) -> int:
    """Return the smallest number no open conversation of the team has; 0 without a team."""
    if team_id is None:
        return 0
    # the lock on the team makes two new conversations choose one after the other
    named = {"team_id": team_id}
    ask(_TEAM_LOCKED, named)
    return int(ask(_FREE, named)[0][0])


def _later_than(previous: str) -> str:
    fresh = new_id()
    if fresh > previous:
        return fresh
    return str(ULID.from_int(int(ULID.from_str(previous)) + 1))
