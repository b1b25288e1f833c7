"""What a person's message brings along, and how the bot's answer reaches a chat without passive replies.

Inside the caller's transaction.
"""

import base64
from datetime import datetime

from server.actions.messaging import steps
from server.chatbot import Reply, Tier
from server.database import db
from server.models import ContentCheck, MediumStatus, Message, MessageMedium, medium, notification
from server.models.content_check import WAIT
from server.policy.media import type_of
from server.policy.notices import KEFU

COVERED = ("miniprogram", KEFU)
"""Content safety judges what people write in the mini-program; WeChat itself watches over a service account's chat."""
MEDIA = ("image", "voice")


def note(own: Message, kind: str, media_id: str, reply: Reply, *, at: datetime) -> None:
    """Note that the picture or voice of a message is to be fetched, and what is to be checked before others see it."""
    if kind in MEDIA and media_id:
        wanted(own, kind, media_id, at=at)
    if own.via in COVERED and kind in ("text", *MEDIA):
        is_urgent = reply.is_urgent or reply.tier in (Tier.RED, Tier.AMBER)
        checked(own, kind, is_urgent=is_urgent, at=at)


def note_plain(own: Message, *, is_urgent: bool, at: datetime) -> None:
    """Note that words are to be checked before others see them, where an errand answered them."""
    if own.via in COVERED:
        checked(own, "text", is_urgent=is_urgent, at=at)


def wanted(own: Message, kind: str, media_id: str, *, at: datetime) -> None:
    """Let a job fetch a picture or voice, at once."""
    app = "miniprogram" if own.via == KEFU else "service_account"
    gone_at = at + medium.LIFE
    row = MessageMedium(
        message_id=own.id, kind=kind, app=app, media_id=media_id, next_try_at=at, gone_at=gone_at, created_at=at
    )
    db.session.add(row)


def kept(own: Message, content: str, *, kind: str = "image", at: datetime) -> None:
    """Keep a photo or recording that came with the message itself (base64), sealed."""
    data = base64.b64decode(content)
    row = MessageMedium(
        message_id=own.id,
        kind=kind,
        app="",
        status=MediumStatus.KEPT,
        next_try_at=at,
        gone_at=at,
        content=content,
        content_type=type_of(data),
        size_bytes=len(data),
        created_at=at,
        kept_at=at,
    )
    db.session.add(row)


def checked(own: Message, kind: str, *, is_urgent: bool, at: datetime) -> None:
    """Let a job ask content safety about a message."""
    row = ContentCheck(message_id=own.id, kind=kind, is_urgent=is_urgent, next_try_at=at, created_at=at)
    row.held_until_at = at + WAIT
    db.session.add(row)


def into_chat(said: Message, *, at: datetime) -> None:
    """Send what the bot or the system says into the mini-program's customer-service chat; elsewhere it is shown at once."""
    if said.via != KEFU:
        return
    user = said.conversation.user
    notification.queue(
        "bot_answer",
        dedupe_key=f"bot_answer:{said.id}",
        subject_id=said.id,
        user_id=user.id,
        resident_id=user.resident_id,
        team_id=said.conversation.team_id,
        facts={"short_no": said.conversation.short_no},
        expires_at=at + steps.CHAT_ANSWERS_LAST,
        at=at,
    )
