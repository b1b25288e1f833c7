"""Which errand is open in a conversation: that of the row, unless its time is over or somebody else spoke after the bot."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select

from server.access import conversations
from server.database import db, id_of
from server.models import Conversation, ConversationStatus, Message, WechatUser
from server.models.conversation import Sender
from server.models.household import household_of

SPOKEN_IN = (ConversationStatus.BOT, ConversationStatus.WAITING_DOCTOR)


class Told(Protocol):
    """What of a conversation says whether an errand is open in it."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def flow(self) -> str | None: ...
    @property
    def flow_until_at(self) -> datetime | None: ...
    @property
    def team_id(self) -> str | None: ...
    @property
    def is_urgent(self) -> bool: ...


@dataclass(frozen=True)
class Standing:
    """The open errand of a person (JSON), and whether a doctor holds his conversation or one of a team is to come."""

    flow: str | None = None
    has_doctor: bool = False
    may_serve: bool = True
    """Whether the bot may go on with errands: nobody holds it, and what waits for the team is no emergency."""


def open_in(conversation: Told, at: datetime) -> str | None:
    """Return the state of the open errand (JSON), None when there is none any more.

    It ends with its time, when a doctor takes the conversation, and when anybody but the bot spoke last: what the person
    answers then is no answer to the bot's question.
    """
    until = conversation.flow_until_at
    if conversation.flow is None or until is None or until <= at or conversation.status not in SPOKEN_IN:
        return None
    last = select(Message.sender).where(Message.conversation_id == conversation.id).order_by(Message.id.desc())
    return conversation.flow if db.session.scalar(last.limit(1)) == Sender.BOT else None


def standing(user: WechatUser, at: datetime) -> Standing:
    """Return where a person's conversation stands. Only these columns: it is asked with every message."""
    row = Conversation
    mine = select(row.id, row.status, row.flow, row.flow_until_at, row.team_id, row.is_urgent).where(
        row.open_key == id_of(user)
    )
    found = db.session.execute(mine).one_or_none()
    return Standing() if found is None else standing_of(found, at)


def last_answer(user_id: str) -> str:
    """Return what the bot said last in a person's open conversation, "" when it said nothing yet."""
    mine = select(Conversation.id).where(Conversation.open_key == user_id).scalar_subquery()
    said = select(Message.text).where(Message.conversation_id == mine, Message.sender == Sender.BOT)
    return db.session.scalar(said.order_by(Message.id.desc()).limit(1)) or ""


def standing_of(conversation: Told, at: datetime) -> Standing:
    """Return where a conversation stands."""
    waits = conversation.status == ConversationStatus.WAITING_DOCTOR and conversation.team_id is not None
    is_held = conversation.status == ConversationStatus.WITH_DOCTOR
    may_serve = not is_held and not (waits and conversation.is_urgent)
    return Standing(open_in(conversation, at), has_doctor=waits or is_held, may_serve=may_serve)


def was_said(user: WechatUser, client_id: str) -> bool:
    """Tell whether a message of the mini-program was taken in before."""
    key = f"{id_of(user)}:{client_id}"
    return db.session.scalar(select(Message.id).where(Message.client_key == key)) is not None


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
