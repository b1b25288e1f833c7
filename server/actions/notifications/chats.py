"""What goes out into a chat: where the person is, whether the bot may still speak, whose words. In the caller's transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from server.access import media
from server.access.conversations import checks_of
from server.chatbot.flows import links
from server.database import db
from server.models import (
    Conversation,
    ConversationStatus,
    MediumStatus,
    Message,
    MessageMedium,
    Notification,
    NotificationStatus,
    Verdict,
)
from server.models.content_check import WAIT
from server.models.conversation import Sender
from server.policy.media import fits_chat
from server.policy.notices import CHATS, CUSTOMER_SERVICE, KEFU, Words, ladder

MOST_BYTES = 2000
"""WeChat takes 2048; the rest stands on the conversation's page."""
MORE = "……（全文请在小程序“消息”中查看）"
LOOKED_AT_AGAIN = timedelta(seconds=3)
"""After so long, where an answer waits for its photo to be fetched or judged."""
IN_THE_MINIPROGRAM = {"image": "发来一张照片，请打开小程序“消息”查看", "voice": "发来一段语音，请打开小程序“消息”收听"}
SPOKEN = {"service_account": CUSTOMER_SERVICE, "kefu": KEFU}


def ways_of(row: Notification) -> tuple[str, ...]:
    """Return the channels of a notice in the order in which they are tried: the chat the person wrote in last first."""
    known = ladder(row.kind)
    if row.kind != "doctor_reply":
        return known
    last = (
        select(Message.via)
        .where(Message.conversation_id == _conversation_of(row), Message.sender == Sender.RESIDENT)
        .order_by(Message.id.desc())
    )
    here = SPOKEN.get(db.session.scalar(last.limit(1)) or "")
    return (here, *(way for way in known if way != here)) if here in known else known


def is_silenced(row: Notification) -> bool:
    """Tell whether a doctor took the conversation after the bot answered: then the answer is not sent any more.

    The conversation's row is locked until the caller's transaction ends.
    """
    if row.kind != "bot_answer":
        return False
    said = db.session.get(Message, row.subject_id)
    if said is None:
        return True
    if said.sender != Sender.BOT:
        return False  # the 120 line and receipts are the system's: they always go out
    status = select(Conversation.status).where(Conversation.id == said.conversation_id).with_for_update()
    return db.session.scalar(status) in (ConversationStatus.WITH_DOCTOR, ConversationStatus.CLOSED)


@dataclass(frozen=True)
class Held:
    """An answer that may not go out: looked at again ``until`` then, or never (None)."""

    until: datetime | None


def held(row: Notification, at: datetime) -> Held | None:
    """Tell whether an answer waits: for its photo or recording to be fetched and judged, or for one before it.

    None: it may go out.
    """
    if row.kind != "doctor_reply":
        return None
    medium = media.to_send(row.subject_id)
    own = _prepared(row, medium, at) if medium is not None else None
    if own is None and _overtakes(row, at):
        return Held(at + LOOKED_AT_AGAIN)
    return own


def _prepared(row: Notification, medium: MessageMedium, at: datetime) -> Held | None:
    if medium.status in (MediumStatus.WANTED, MediumStatus.FETCHING):
        return Held(max(medium.next_try_at, at) + LOOKED_AT_AGAIN)
    check = checks_of([row.subject_id]).get(row.subject_id)
    if medium.status == MediumStatus.FAILED or (check is not None and check.verdict == Verdict.RISKY):
        return Held(None)
    return Held(at + LOOKED_AT_AGAIN) if check is not None and check.holds_back(at) else None


def _overtakes(row: Notification, at: datetime) -> bool:
    """Whether a photo or recording its doctor sent before it is not out yet: a minute long what follows waits for it."""
    earlier = (
        select(Message.id)
        .join(MessageMedium, MessageMedium.message_id == Message.id)
        .join(Notification, Notification.subject_id == Message.id)
        .where(
            Message.conversation_id == _conversation_of(row),
            Message.id < row.subject_id,
            Message.sender == Sender.DOCTOR,
            Message.at > at - WAIT,
            Notification.kind == row.kind,
            Notification.status.in_((NotificationStatus.CREATED, NotificationStatus.SENDING)),
        )
    )
    return db.session.scalar(earlier.limit(1)) is not None


def medium_of(row: Notification, channel: str) -> str | None:
    """Return the message whose photo or recording goes into this chat as such; None: words go."""
    if channel not in CHATS or row.kind != "doctor_reply":
        return None
    medium = media.to_send(row.subject_id)
    if medium is None or medium.status != MediumStatus.KEPT:
        return None
    fits = fits_chat(CHATS[channel], medium.kind, medium.content_type or "", medium.size_bytes or 0)
    return row.subject_id if fits else None


def words(row: Notification, channel: str, plain: Words) -> Words:
    """Return what is said: in a chat the message itself, over any other channel only that there is one."""
    if channel not in CHATS or row.kind not in ("doctor_reply", "bot_answer"):
        return plain
    said = db.session.get(Message, row.subject_id)
    if said is None:
        return plain
    if row.kind == "bot_answer":
        return Words(plain.fields, links.without_paths(said.text))
    sender, medium = row.facts.get("sender") or "家庭医生", media.to_send(said.id)
    if medium is not None:
        return replace(plain, text=f"{sender}{IN_THE_MINIPROGRAM[medium.kind]}")
    return Words(plain.fields, cut(f"{sender}：{said.text}"))


def cut(text: str) -> str:
    """Return a text that fits into one message, saying where the rest is."""
    if len(text.encode()) <= MOST_BYTES:
        return text
    room = MOST_BYTES - len(MORE.encode())
    return text.encode()[:room].decode(errors="ignore") + MORE


def _conversation_of(row: Notification) -> str:
    return db.session.scalar(select(Message.conversation_id).where(Message.id == row.subject_id)) or ""
