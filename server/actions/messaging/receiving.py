"""A message comes in: from WeChat's chat, which repeats itself up to three times, or from the mini-program."""

from datetime import datetime

from sqlalchemy import select

from server import clock
from server.access import speaking
from server.access.speaking import Caller, Speaker
from server.actions.messaging import doctor_chat, relaying, steps, talking
from server.actions.messaging.talking import Said, Script
from server.chatbot import Understood
from server.chatbot.menu import WORDS
from server.database import db, id_of, insert_at_once, retried, transaction
from server.models import Message, Staff, WechatCallback, WechatUser, account, allowance
from server.models.actor import Actor, ActorKind
from server.policy import pictures
from server.policy.schema import Policy

SERVICE_ACCOUNT, MINIPROGRAM, KEFU = "service_account", "miniprogram", "kefu"
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
    caller: Caller | None = None,
) -> str | None:
    """Take in one message of WeChat's chat; a repeated one gets the stored answer and changes nothing.

    Args:
        kind: "text" or what else it was. most: characters a doctor's answer may have.
        script: what an errand says to it. understood: what the message asks, where that is known.
        media_id: of a picture or voice, under which WeChat keeps it.
        caller: who writes, where it was looked up just now.
    Returns:
        What to show as the passive reply, None for silence.
    Raises:
        FlowMoved.
    """
    today, words = clock.local(at).date(), as_resident(text)
    prepared = talking.said(words, kind, policy, today=today, via=_via(app), understood=understood, media_id=media_id)
    caller = caller or speaking.caller(app, openid, dedupe_key, at)
    with transaction():
        who = _speaker(app, openid, unionid, dedupe_key, caller, at)
        if who.was_taken_in:
            return who.stored_answer
        _opens(who, app, MESSAGE_WINDOW, at)
        if app != SERVICE_ACCOUNT:
            _as_person(who, prepared, policy, at=at, source=source, script=script)
            _taken_in(dedupe_key, "message", None, at)
            return None  # there are no passive replies: the answer is on its way (relaying.into_chat)
        answer = _react(who, text, kind, prepared, policy, at=at, most=most, source=source, script=script)
        _taken_in(dedupe_key, "message", answer, at)
    return answer


@retried
@steps.settled
def enter(*, openid: str, dedupe_key: str, at: datetime, policy: Policy, source: str = "") -> None:
    """Note that somebody opened the mini-program's customer-service chat; the bot greets him once in half a day."""
    prepared = talking.said(HELLO, "text", policy, today=clock.local(at).date(), via=KEFU)
    caller = speaking.caller(MINIPROGRAM, openid, dedupe_key, at)
    with transaction():
        who = _speaker(MINIPROGRAM, openid, None, dedupe_key, caller, at)
        if who.was_taken_in:
            return
        _opens(who, MINIPROGRAM, ENTER_WINDOW, at)
        _taken_in(dedupe_key, "enter", None, at)
        talking.greet(who, prepared, policy=policy, by=Actor(ActorKind.RESIDENT, who.user_id, source), at=at)


@retried
@steps.settled
def tap(
    *,
    openid: str,
    unionid: str | None,
    dedupe_key: str,
    key: str,
    at: datetime,
    policy: Policy,
    source: str = "",
    script: Script | None = None,
    understood: Understood | None = None,
    caller: Caller | None = None,
) -> str | None:
    """Answer a tap on a menu button as if its words had been written; unknown buttons get no answer.

    Args:
        script: what an errand says to it. understood: what the words ask, where that is known.
    Raises:
        FlowMoved.
    """
    words = WORDS.get(key)
    today = clock.local(at).date()
    prepared = (
        talking.said(words, "text", policy, today=today, via=SERVICE_ACCOUNT, understood=understood) if words else None
    )
    caller = caller or speaking.caller(SERVICE_ACCOUNT, openid, dedupe_key, at)
    with transaction():
        who = _speaker(SERVICE_ACCOUNT, openid, unionid, dedupe_key, caller, at)
        if who.was_taken_in:
            return who.stored_answer
        _opens(who, SERVICE_ACCOUNT, CLICK_WINDOW, at)
        answer = _as_person(who, prepared, policy, at=at, source=source, script=script) if prepared else None
        _taken_in(dedupe_key, "click", answer, at)
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
    key = f"{id_of(user)}:{client_id}"
    words, today = steps.checked(text, most), clock.local(at).date()
    prepared = talking.said(
        words, "text", policy, today=today, via="miniprogram", client_key=key, understood=understood
    )
    with transaction():
        known = _said_before(key)
        who = None if known else speaking.as_speaker(user)
        return talking.take_in(who, prepared, policy=policy, by=by, at=at, script=script) if who else known


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
    key = f"{id_of(user)}:{client_id}"
    prepared = talking.said("", "image", policy, today=clock.local(at).date(), via="miniprogram", client_key=key)
    with transaction():
        known = _said_before(key)
        if known:
            return known
        said = talking.take_in(speaking.as_speaker(user), prepared, policy=policy, by=by, at=at)
        relaying.kept(said[0], content, at=at)
    return said


def _react(
    who: Speaker,
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
    staff = db.session.get(Staff, who.known.staff_id) if who.known.staff_id else None
    if staff is None or not answers_residents(text, has_team=staff.team is not None):
        return _as_person(who, prepared, policy, at=at, source=source, script=script)
    by = Actor(ActorKind.STAFF, staff.id, source)
    if kind != "text":
        return doctor_chat.pass_on(staff, kind, prepared.media_id, by=by, at=at)
    return doctor_chat.respond(staff, text.replace("\x00", ""), by=by, at=at, most=most)


def answers_residents(text: str, *, has_team: bool) -> bool:
    """Tell whether what somebody writes in the service account's chat is a doctor's answer, not a matter of his own.

    Args:
        has_team: he is a member of staff, and belongs to a team.
    """
    return has_team and doctor_chat.AS_RESIDENT.fullmatch(text.strip()) is None


def _as_person(
    who: Speaker, prepared: Said, policy: Policy, *, at: datetime, source: str, script: Script | None = None
) -> str | None:
    by = Actor(ActorKind.RESIDENT, who.user_id, source)
    messages = talking.take_in(who, prepared, policy=policy, by=by, at=at, script=script)
    return messages[1].text if len(messages) > 1 else None


def as_resident(text: str) -> str:
    """Return what a member of staff says for himself, else the text as it is."""
    own = doctor_chat.AS_RESIDENT.fullmatch(text.strip())
    return own["text"] if own else text


def _via(app: str) -> str:
    return SERVICE_ACCOUNT if app == SERVICE_ACCOUNT else KEFU


def _speaker(
    app: str, openid: str, unionid: str | None, dedupe_key: str, caller: Caller | None, at: datetime
) -> Speaker:
    """Return who writes, made known when he is new, joined to his human being when that is told now."""
    if caller is not None and unionid in (None, caller.unionid):
        found = speaking.speaker(caller.user_id, app=app, openid=openid, dedupe_key=dedupe_key)
        if found.known.account_id is not None:
            return found
    # somebody new, or his account has gone to another human being meanwhile
    sender = account.known(app, openid, unionid, at)
    return speaking.speaker(sender.user_id, app=app, openid=openid, dedupe_key=dedupe_key)


def _opens(who: Speaker, app: str, window: dict[str, int], at: datetime) -> None:
    """Whoever writes opens his chat for us; only followers can write to the service account."""
    known = who.known
    allowance.open_window(known.account_id, known.window_until_at, at, is_follower=app == SERVICE_ACCOUNT, **window)


def _taken_in(dedupe_key: str, kind: str, answer: str | None, at: datetime) -> None:
    """Note that a callback was used. UNIQUE: once."""
    row = {"dedupe_key": dedupe_key, "kind": kind, "received_at": at, "answer": answer}
    insert_at_once(WechatCallback, row)


def _said_before(key: str) -> list[Message]:
    """Return the message with this key and the answer that came with it."""
    own = db.session.scalar(select(Message).where(Message.client_key == key))
    if own is None:
        return []
    later = select(Message).where(Message.conversation_id == own.conversation_id, Message.id > own.id)
    following = db.session.scalar(later.order_by(Message.id).limit(1))
    is_answer = following is not None and following.sender in ("bot", "system") and following.at == own.at
    return [own, following] if is_answer and following else [own]
