"""A small cast for the messaging tests: resident Lin with her team's doctor Chen, doctor Zhou of another team."""

import itertools
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server import clock, policy
from server.actions import messaging
from server.database import db
from server.models import Conversation, Message, Notification, Staff, Team, WechatUser
from server.models.actor import Actor, ActorKind
from tests import make

POLICY = policy.load("mianyang")
MOST = 500
_ids = itertools.count(1)


@dataclass
class Cast:
    """Who is who; ``*_user`` are their WeChat users."""

    team: Team
    chen: Staff
    zhou: Staff
    lin_user: WechatUser
    chen_user: WechatUser
    zhou_user: WechatUser

    @property
    def lin_says(self) -> Any:
        return lambda text, **more: receive(self.lin_user, text, **more)

    @property
    def chen_says(self) -> Any:
        return lambda text, **more: receive(self.chen_user, text, **more)


def cast() -> Cast:
    chen, zhou = make.staff(name="陈医生"), make.staff(name="周医生")
    team = make.team(lead=chen)
    make.team(lead=zhou)
    lin = make.resident(name="林小月")
    make.agreement(resident=lin, team=team)
    return Cast(team, chen, zhou, make.user(resident=lin), make.user(staff=chen), make.user(staff=zhou))


def receive(user: WechatUser, text: str, *, kind: str = "text", key: str | None = None) -> str | None:
    account = user.account("service_account")
    assert account is not None
    return messaging.receive(
        app="service_account",
        openid=account.openid,
        unionid=None,
        dedupe_key=key or f"service_account:msg:{next(_ids)}",
        text=text,
        kind=kind,
        at=clock.now(),
        policy=POLICY,
        most=MOST,
    )


def say(user: WechatUser, text: str, client_id: str | None = None) -> list[Message]:
    return messaging.say(
        user, text, client_id or f"c{next(_ids)}", policy=POLICY, most=MOST, by=as_resident(user), at=clock.now()
    )


def reply(conversation: Conversation, text: str, staff: Staff, client_id: str | None = None) -> Message:
    return messaging.reply(conversation, text, client_id or f"c{next(_ids)}", by=as_staff(staff), most=MOST)


def as_staff(staff: Staff) -> Actor:
    return Actor(ActorKind.STAFF, staff.id)


def as_resident(user: WechatUser) -> Actor:
    return Actor(ActorKind.RESIDENT, user.id)


def conversation_of(user: WechatUser) -> Conversation:
    found = db.session.scalar(select(Conversation).where(Conversation.open_key == user.id))
    assert found is not None
    return found


def said_in(conversation: Conversation) -> list[tuple[str, str]]:
    """Everything said, oldest first, as (sender, text)."""
    statement = select(Message).where(Message.conversation_id == conversation.id).order_by(Message.id)
    return [(message.sender, message.text) for message in db.session.scalars(statement)]


def notices(kind: str) -> list[Notification]:
    return list(db.session.scalars(select(Notification).where(Notification.kind == kind).order_by(Notification.id)))
