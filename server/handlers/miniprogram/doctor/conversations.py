"""Messages of my team's residents."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from server import clock
from server.access import answering, media
from server.access import conversations as access
from server.actions import messaging
from server.handlers import context
from server.handlers.files import inline
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.messages import (
    ConversationOut,
    MediumOut,
    MessageIn,
    MessageOut,
    PhotoIn,
    VoiceIn,
    resident_label,
)
from server.models.conversation import Conversation, Message, Sender

blueprint = APIBlueprint("doctor_conversations", __name__, url_prefix="/api/doctor")
MEDIA_AT = "/api/doctor/messages"


def shown(conversation: Conversation) -> ConversationOut:
    """Show one conversation to the team."""
    return listed_rows([conversation])[0]


def listed_rows(rows: list[Conversation]) -> list[ConversationOut]:
    """Show conversations to the team; what content safety holds back is not shown in a list either."""
    last = access.last_messages(rows, of_people=True)
    instead = access.held_back(list(last.values()), clock.now())
    due = answering.promises([row.id for row in rows])
    found = [(row, last.get(row.id), due.get(row.id)) for row in rows]
    return [
        ConversationOut.of(
            row, said, for_doctor=True, instead=instead.get(said.id, "") if said else "", promise=promise
        )
        for row, said, promise in found
    ]


def said(messages: list[Message], conversation: Conversation, media_at: str = MEDIA_AT) -> list[MessageOut]:
    """Show what was said to a doctor; ``media_at`` is where he fetches pictures and voice."""
    found, label, me = access.deliveries(messages), resident_label(conversation), context.staff().id
    instead, sent = access.held_back(messages, clock.now()), media.of_messages(messages)
    held = access.refused(messages, by=Sender.DOCTOR)
    return [
        MessageOut.of(
            message,
            mine=message.sender == Sender.DOCTOR and message.staff_id == me,
            resident_label=label,
            delivery=found.get(message.id, "none"),
            medium=None if message.id in instead else MediumOut.of(sent.get(message.id), media_at, message),
            held=held.get(message.id, ""),
            instead=instead.get(message.id, ""),
        )
        for message in messages
    ]


@blueprint.get("/conversations")
@blueprint.input(PageIn, location="query", arg_name="query")
def conversations(query: PageIn) -> dict[str, Any]:
    """The team's conversations that need a doctor: urgent first, then those who wait longest."""
    page = access.for_staff(context.staff(), query.cursor)
    return listed([row.model_dump() for row in listed_rows(page.items)], page.next)


@blueprint.get("/conversations/<conversation_id>")
@blueprint.input(PageIn, location="query", arg_name="query")
def conversation(conversation_id: str, query: PageIn) -> dict[str, Any]:
    """One conversation with its messages, newest first; the read is audited. Errors: not_found."""
    found = messaging.open_for(access.of_team(conversation_id, context.staff()), by=context.as_staff())
    page = access.messages(found, query.cursor)
    out = listed([item.model_dump() for item in said(page.items, found)], page.next)
    return {"conversation": shown(found).model_dump()} | out


@blueprint.post("/conversations/<conversation_id>/take")
@blueprint.output(ConversationOut)
def take(conversation_id: str) -> ConversationOut:
    """Take it over: the bot is silent from now on. Errors: not_found, conversation_held, illegal_move, stale_state."""
    found = access.of_team(conversation_id, context.staff())
    return shown(messaging.take(found, by=context.as_staff()))


@blueprint.post("/conversations/<conversation_id>/reply")
@blueprint.input(MessageIn, arg_name="body")
@blueprint.output(MessageOut, status_code=201)
def reply(conversation_id: str, body: MessageIn) -> MessageOut:
    """Answer. Errors: not_found, message_empty, message_too_long, variable_missing, conversation_held, illegal_move (closed)."""
    found = access.of_team(conversation_id, context.staff())
    most = context.wiring().settings.messaging.max_text_characters
    answer = messaging.reply(found, body.text, body.client_id, by=context.as_staff(), most=most)
    return said([answer], found)[0]


@blueprint.post("/conversations/<conversation_id>/photos")
@blueprint.input(PhotoIn, arg_name="body")
@blueprint.output(MessageOut, status_code=201)
def reply_photo(conversation_id: str, body: PhotoIn) -> MessageOut:
    """Answer with a photo. Errors: not_found, photo_invalid, conversation_held, illegal_move (closed)."""
    found = access.of_team(conversation_id, context.staff())
    answer = messaging.reply_photo(found, body.photo, body.client_id, by=context.as_staff())
    return said([answer], found)[0]


@blueprint.post("/conversations/<conversation_id>/voice")
@blueprint.input(VoiceIn, arg_name="body")
@blueprint.output(MessageOut, status_code=201)
def reply_voice(conversation_id: str, body: VoiceIn) -> MessageOut:
    """Answer with a recording. Errors: not_found, recording_invalid, conversation_held, illegal_move (closed)."""
    found = access.of_team(conversation_id, context.staff())
    answer = messaging.reply_voice(found, body.voice, body.client_id, by=context.as_staff())
    return said([answer], found)[0]


@blueprint.post("/conversations/<conversation_id>/close")
@blueprint.output(ConversationOut)
def close(conversation_id: str) -> ConversationOut:
    """End it. Errors: not_found, stale_state."""
    found = access.of_team(conversation_id, context.staff())
    return shown(messaging.close(found, by=context.as_staff()))


@blueprint.get("/messages/<message_id>/medium")
def medium(message_id: str) -> Response:
    """A photo or voice of the resident's; looking at it is audited. Errors: not_found."""
    row = media.of_team(message_id, context.staff(), clock.now())
    messaging.look_at(row, by=context.as_staff())
    return inline(media.opened(row))


@blueprint.post("/conversations/<conversation_id>/release")
@blueprint.output(ConversationOut)
def release(conversation_id: str) -> ConversationOut:
    """Give it back: to the bot, or with an open question to the queue. Errors: not_found, conversation_held, illegal_move."""
    found = access.of_team(conversation_id, context.staff())
    return shown(messaging.release(found, by=context.as_staff()))
