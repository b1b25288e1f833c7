"""Which errand is open in a conversation: that of the row, unless its time is over or somebody else spoke after the bot."""

from datetime import datetime

from sqlalchemy import select

from server.access import conversations
from server.database import db
from server.models import Conversation, ConversationStatus, Message, WechatAccount, WechatCallback, WechatUser
from server.models.conversation import Sender
from server.models.household import household_of

SPOKEN_IN = (ConversationStatus.BOT, ConversationStatus.WAITING_DOCTOR)


def open_in(conversation: Conversation, at: datetime) -> str | None:
    """Return the state of the open errand (JSON), None when there is none any more.

    It ends with its time, when a doctor takes the conversation, and when anybody but the bot spoke last: what the person
    answers then is no answer to the bot's question.
    """
    until = conversation.flow_until_at
    if conversation.flow is None or until is None or until <= at or conversation.status not in SPOKEN_IN:
        return None
    last = select(Message.sender).where(Message.conversation_id == conversation.id).order_by(Message.id.desc())
    return conversation.flow if db.session.scalar(last.limit(1)) == Sender.BOT else None


def open_of(user: WechatUser, at: datetime) -> str | None:
    """Return the open errand of a person."""
    mine = conversations.own_open(user)
    return open_in(mine, at) if mine is not None else None


def is_with_doctor(user: WechatUser) -> bool:
    """Tell whether a doctor holds somebody's conversation, or one of a team is to come: then no errand begins."""
    mine = conversations.own_open(user)
    if mine is None or mine.status == ConversationStatus.BOT:
        return False
    return mine.status == ConversationStatus.WITH_DOCTOR or mine.team_id is not None


def speaker(app: str, openid: str) -> WechatUser | None:
    """Return who writes from an openid, None for somebody new."""
    found = select(WechatUser).join(WechatAccount, WechatAccount.user_id == WechatUser.id)
    return db.session.scalar(found.where(WechatAccount.app == app, WechatAccount.openid == openid))


def was_called(dedupe_key: str) -> bool:
    """Tell whether a callback of WeChat's was taken in before."""
    return db.session.scalar(select(WechatCallback.id).where(WechatCallback.dedupe_key == dedupe_key)) is not None


def was_said(client_key: str) -> bool:
    """Tell whether a message of the mini-program was taken in before."""
    return db.session.scalar(select(Message.id).where(Message.client_key == client_key)) is not None


def names_around(user: WechatUser) -> list[str]:
    """Return the names we know around somebody, to be taken out of what he writes: his own, those at home, his team's."""
    resident = user.resident
    home = household_of(resident.id) if resident else None
    at_home = [member.resident.name for member in home.joined if member.resident] if home else []
    mine = conversations.own_open(user)
    team = [one.staff.name for one in mine.team.memberships] if mine and mine.team else []
    return [*([resident.name] if resident else []), *at_home, *team]


def let_go() -> None:
    """End what was only read, so that no transaction stands open while somebody else is waited for."""
    db.session.rollback()
