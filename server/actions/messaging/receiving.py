"""A message comes in: from WeChat's chat, which repeats itself up to three times, or from the mini-program."""

from datetime import datetime

from sqlalchemy import select

from server import clock
from server.actions.messaging import doctor_chat, relaying, steps, talking
from server.actions.messaging.talking import Said, Script
from server.chatbot import Understood
from server.chatbot.menu import WORDS
from server.database import db, retried, transaction
from server.models import Message, WechatAccount, WechatCallback, WechatUser, account
from server.models.actor import Actor, ActorKind
from server.policy import pictures
from server.policy.schema import Policy

SERVICE_ACCOUNT, KEFU = "service_account", "kefu"
MESSAGE_WINDOW = {"messages": 5, "minutes": 48 * 60}
CLICK_WINDOW = {"messages": 3, "minutes": 1}
HELLO = "您好"
ENTER_WINDOW = {"messages": 2, "minutes": 1}
"""What WeChat then lets us send by ourselves (wechat_platform.md §E.1)."""


@retried
@steps.settled
def receive(
    *,
    app: str,
    openid: str,
    unionid: str | None,
    dedupe_key: str,
    text: str,
    kind: str,
    at: datetime,
    policy: Policy,
    most: int,
    source: str = "",
    script: Script | None = None,
    understood: Understood | None = None,
    media_id: str = "",
) -> str | None:
    """Take in one message of WeChat's chat; a repeated one gets the stored answer and changes nothing.

    Args:
        kind: "text" or what else it was. most: characters a doctor's answer may have.
        script: what an errand says to it. understood: what the message asks, where that is known.
        media_id: of a picture or voice, under which WeChat keeps it.
    Returns:
        What to show as the passive reply, None for silence.
    Raises:
        FlowMoved.
    """
    today, words = clock.local(at).date(), as_resident(text)
    prepared = talking.said(words, kind, policy, today=today, via=_via(app), understood=understood, media_id=media_id)
    with transaction() as session:
        seen = _seen(dedupe_key)
        if seen is not None:
            return seen.answer
        sender = _sender(app, openid, unionid, at, MESSAGE_WINDOW)
        if app != SERVICE_ACCOUNT:
            _as_person(sender.user, prepared, policy, at=at, source=source, script=script)
            session.add(WechatCallback(dedupe_key=dedupe_key, kind="message", received_at=at))
            return None  # there are no passive replies: the answer is on its way (relaying.into_chat)
        answer = _react(sender, text, kind, prepared, policy, at=at, most=most, source=source, script=script)
        session.add(WechatCallback(dedupe_key=dedupe_key, kind="message", received_at=at, answer=answer))
    return answer


@retried
@steps.settled
def enter(*, openid: str, dedupe_key: str, at: datetime, policy: Policy, source: str = "") -> None:
    """Note that somebody opened the mini-program's customer-service chat; the bot greets him once in half a day."""
    prepared = talking.said(HELLO, "text", policy, today=clock.local(at).date(), via=KEFU)
    with transaction() as session:
        if _seen(dedupe_key) is not None:
            return
        sender = _sender("miniprogram", openid, None, at, ENTER_WINDOW)
        session.add(WechatCallback(dedupe_key=dedupe_key, kind="enter", received_at=at))
        talking.greet(sender.user, prepared, policy=policy, by=Actor(ActorKind.RESIDENT, sender.user.id, source), at=at)


@retried
@steps.settled
def tap(
    *, openid: str, unionid: str | None, dedupe_key: str, key: str, at: datetime, policy: Policy, source: str = ""
) -> str | None:
    """Answer a tap on a menu button as if its words had been written; unknown buttons get no answer."""
    words = WORDS.get(key)
    prepared = talking.said(words, "text", policy, today=clock.local(at).date(), via=SERVICE_ACCOUNT) if words else None
    with transaction() as session:
        seen = _seen(dedupe_key)
        if seen is not None:
            return seen.answer
        sender = _sender(SERVICE_ACCOUNT, openid, unionid, at, CLICK_WINDOW)
        answer = _as_person(sender.user, prepared, policy, at=at, source=source) if prepared else None
        session.add(WechatCallback(dedupe_key=dedupe_key, kind="click", received_at=at, answer=answer))
    return answer


@retried
@steps.settled
def say(
    user: WechatUser,
    text: str,
    client_id: str,
    *,
    policy: Policy,
    most: int,
    by: Actor,
    at: datetime,
    script: Script | None = None,
    understood: Understood | None = None,
) -> list[Message]:
    """Take in one message of the mini-program.

    Repeating a ``client_id`` returns what was said the first time.

    Args:
        script: what an errand says to it. understood: what the message asks, where that is known.
    Returns:
        The own message and, if something was answered, the answer.
    Raises:
        MessageEmpty, MessageTooLong, FlowMoved.
    """
    key = f"{user.id}:{client_id}"
    words, today = steps.checked(text, most), clock.local(at).date()
    prepared = talking.said(
        words, "text", policy, today=today, via="miniprogram", client_key=key, understood=understood
    )
    with transaction():
        known = _said_before(key)
        return known or talking.take_in(user, prepared, policy=policy, by=by, at=at, script=script)


@retried
@steps.settled
def send_photo(
    user: WechatUser, photo: str, client_id: str, *, policy: Policy, by: Actor, at: datetime
) -> list[Message]:
    """Take in a photo from the mini-program's page, sealed; repeating a ``client_id`` changes nothing.

    Args:
        photo: PNG or JPEG as a data URL, at most 600 kB.
    Returns:
        The own message and, if something was answered, the answer.
    Raises:
        PhotoInvalid.
    """
    content = pictures.check_photo(photo).partition(",")[2]
    key = f"{user.id}:{client_id}"
    prepared = talking.said("", "image", policy, today=clock.local(at).date(), via="miniprogram", client_key=key)
    with transaction():
        known = _said_before(key)
        if known:
            return known
        said = talking.take_in(user, prepared, policy=policy, by=by, at=at)
        relaying.kept(said[0], content, at=at)
    return said


def _react(
    sender: WechatAccount,
    text: str,
    kind: str,
    prepared: Said,
    policy: Policy,
    *,
    at: datetime,
    most: int,
    source: str,
    script: Script | None,
) -> str | None:
    """A member of staff answers residents from his chat unless he says that he speaks for himself."""
    staff = sender.user.staff
    if staff is None or not answers_residents(sender.user, text):
        return _as_person(sender.user, prepared, policy, at=at, source=source, script=script)
    by = Actor(ActorKind.STAFF, staff.id, source)
    if kind != "text":
        return doctor_chat.pass_on(staff, kind, prepared.media_id, by=by, at=at)
    return doctor_chat.respond(staff, text.replace("\x00", ""), by=by, at=at, most=most)


def answers_residents(user: WechatUser, text: str) -> bool:
    """Tell whether what somebody writes in the service account's chat is a doctor's answer, not a matter of his own."""
    is_own_matter = doctor_chat.AS_RESIDENT.fullmatch(text.strip()) is not None
    return user.staff is not None and user.staff.team is not None and not is_own_matter


def _as_person(
    user: WechatUser, prepared: Said, policy: Policy, *, at: datetime, source: str, script: Script | None = None
) -> str | None:
    by = Actor(ActorKind.RESIDENT, user.id, source)
    messages = talking.take_in(user, prepared, policy=policy, by=by, at=at, script=script)
    return messages[1].text if len(messages) > 1 else None


def as_resident(text: str) -> str:
    """Return what a member of staff says for himself, else the text as it is."""
    own = doctor_chat.AS_RESIDENT.fullmatch(text.strip())
    return own["text"] if own else text


def _via(app: str) -> str:
    return SERVICE_ACCOUNT if app == SERVICE_ACCOUNT else KEFU


def _sender(app: str, openid: str, unionid: str | None, at: datetime, window: dict[str, int]) -> WechatAccount:
    sender = account.known(app, openid, unionid, at)
    if app == SERVICE_ACCOUNT:
        sender.follows = True  # only followers can write
    sender.open_window(at, messages=window["messages"], minutes=window["minutes"])
    db.session.flush()
    return sender


def _seen(dedupe_key: str) -> WechatCallback | None:
    return db.session.scalar(select(WechatCallback).where(WechatCallback.dedupe_key == dedupe_key))


def _said_before(key: str) -> list[Message]:
    """Return the message with this key and the answer that came with it."""
    own = db.session.scalar(select(Message).where(Message.client_key == key))
    if own is None:
        return []
    later = select(Message).where(Message.conversation_id == own.conversation_id, Message.id > own.id)
    following = db.session.scalar(later.order_by(Message.id).limit(1))
    is_answer = following is not None and following.sender in ("bot", "system") and following.at == own.at
    return [own, following] if is_answer and following else [own]
