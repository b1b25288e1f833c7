"""Pictures and voice of conversations, for whoever was given the conversation."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from server import listening
from server.access.answering import reachable_by
from server.access.conversations import checks_of
from server.database import db
from server.errors import NotFound
from server.models import ContentCheck, Conversation, MediumStatus, Message, MessageMedium, Staff, Verdict, WechatUser
from server.models.conversation import Sender


class MediumNotFound(NotFound):
    """Absent, not here yet, held back, or of somebody else's conversation."""

    code, default_message = "not_found", "没有找到这张照片或这段语音"


@dataclass(frozen=True)
class File:
    """The bytes of one medium and what they are."""

    content: bytes = field(repr=False)
    content_type: str


def of_messages(messages: Sequence[Message]) -> dict[str, MessageMedium]:
    """Return what was sent with these messages, by message id; the bytes stay where they are."""
    ids = [message.id for message in messages]
    rows = db.session.scalars(select(MessageMedium).where(MessageMedium.message_id.in_(ids))) if ids else ()
    return {row.message_id: row for row in rows}


def own(message_id: str, user: WechatUser, at: datetime) -> MessageMedium:
    """Return what somebody sent himself or got from his doctor; what content safety holds back is not there.

    Raises:
        MediumNotFound.
    """
    row = db.session.scalar(
        select(MessageMedium)
        .join(Message, Message.id == MessageMedium.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id == message_id, Conversation.user_id == user.id, MessageMedium.status == MediumStatus.KEPT)
    )
    if row is None or _is_held(message_id, Sender.DOCTOR, at):
        raise MediumNotFound()
    return row


def of_team(message_id: str, staff: Staff, at: datetime) -> MessageMedium:
    """Return what was sent in a conversation the member of staff may see; a resident's that is held back is not there.

    Raises:
        MediumNotFound, also for another team's.
    """
    row = db.session.scalar(
        select(MessageMedium)
        .join(Message, Message.id == MessageMedium.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.id == message_id,
            reachable_by(staff),
            MessageMedium.status == MediumStatus.KEPT,
        )
    )
    if row is None or _is_held(message_id, Sender.RESIDENT, at):
        raise MediumNotFound()
    return row


def _is_held(message_id: str, sender: Sender, at: datetime) -> bool:
    """Tell whether content safety keeps what this side sent from the other one."""
    check = checks_of([message_id]).get(message_id)
    if check is None or not check.holds_back(at):
        return False
    return db.session.scalar(select(Message.sender).where(Message.id == message_id)) == sender


def to_send(message_id: str) -> MessageMedium | None:
    """Return what came with an answer, without its bytes; None for words."""
    return db.session.scalar(select(MessageMedium).where(MessageMedium.message_id == message_id))


def file_of(message_id: str) -> File | None:
    """Return the bytes of what came with an answer, for the one message that is sent now; leaves no transaction open."""
    row = to_send(message_id)
    file = opened(row) if row is not None and row.status == MediumStatus.KEPT else None
    db.session.rollback()
    return file


def being_checked(medium_id: str) -> MessageMedium:
    """Return a medium about which WeChat was just asked. Raises MediumNotFound."""
    row = db.session.scalar(
        select(MessageMedium)
        .join(ContentCheck, ContentCheck.message_id == MessageMedium.message_id)
        .where(
            MessageMedium.id == medium_id,
            MessageMedium.status == MediumStatus.KEPT,
            ContentCheck.verdict.in_((Verdict.PENDING, Verdict.ASKED)),
        )
    )
    if row is None:
        raise MediumNotFound()
    return row


def playable(file: File) -> File:
    """Return what any browser can show or play: WeChat's voice as WAV; what cannot be decoded stays what it is."""
    heard = listening.as_wav(file.content) if file.content_type.startswith("audio/amr") else None
    return File(heard, "audio/wav") if heard else file


def opened(row: MessageMedium) -> File:
    """Return the bytes of a medium the caller was given."""
    return File(base64.b64decode(row.content or ""), row.content_type or "application/octet-stream")
