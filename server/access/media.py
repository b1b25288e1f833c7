"""Pictures and voice of conversations, for whoever was given the conversation."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from server.access.conversations import checks_of
from server.database import db
from server.errors import NotFound
from server.models import ContentCheck, Conversation, MediumStatus, Message, MessageMedium, Verdict


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


def kept_in(message_id: str, conversation: Conversation) -> MessageMedium:
    """Return a medium of a conversation the caller was given. Raises MediumNotFound."""
    row = db.session.scalar(
        select(MessageMedium)
        .join(Message, Message.id == MessageMedium.message_id)
        .where(
            Message.id == message_id,
            Message.conversation_id == conversation.id,
            MessageMedium.status == MediumStatus.KEPT,
        )
    )
    if row is None:
        raise MediumNotFound()
    return row


def shown_to_others(message_id: str, conversation: Conversation, at: datetime) -> MessageMedium:
    """Return a medium for the doctor; what content safety holds back is not there. Raises MediumNotFound."""
    row = kept_in(message_id, conversation)
    check = checks_of([message_id]).get(message_id)
    if check is not None and check.holds_back(at):
        raise MediumNotFound()
    return row


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


def opened(row: MessageMedium) -> File:
    """Return the bytes of a medium the caller was given."""
    return File(base64.b64decode(row.content or ""), row.content_type or "application/octet-stream")
