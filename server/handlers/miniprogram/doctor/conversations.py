"""Messages of my team's residents."""

from typing import Any

from apiflask import APIBlueprint

from server.access import answering
from server.access import conversations as access
from server.actions import messaging
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.messages import ConversationOut, MessageIn, MessageOut, resident_label
from server.models.conversation import Conversation, Message, Sender

blueprint = APIBlueprint("doctor_conversations", __name__, url_prefix="/api/doctor")


def shown(conversation: Conversation) -> ConversationOut:
    """Show one conversation to the team."""
    last = access.last_messages([conversation]).get(conversation.id)
    promise = answering.promises([conversation.id]).get(conversation.id)
    return ConversationOut.of(conversation, last, for_doctor=True, promise=promise)


def said(messages: list[Message], conversation: Conversation) -> list[MessageOut]:
    """Show what was said to a doctor."""
    found, label, me = access.deliveries(messages), resident_label(conversation), context.staff().id
    return [
        MessageOut.of(
            message,
            mine=message.sender == Sender.DOCTOR and message.staff_id == me,
            resident_label=label,
            delivery=found.get(message.id, "none"),
        )
        for message in messages
    ]


@blueprint.get("/conversations")
@blueprint.input(PageIn, location="query", arg_name="query")
def conversations(query: PageIn) -> dict[str, Any]:
    """The team's conversations that need a doctor: urgent first, then those who wait longest."""
    page = access.for_staff(context.staff(), query.cursor)
    last = access.last_messages(page.items)
    due = answering.promises([row.id for row in page.items])
    rows = [ConversationOut.of(row, last.get(row.id), for_doctor=True, promise=due.get(row.id)) for row in page.items]
    return listed([row.model_dump() for row in rows], page.next)


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


@blueprint.post("/conversations/<conversation_id>/close")
@blueprint.output(ConversationOut)
def close(conversation_id: str) -> ConversationOut:
    """End it. Errors: not_found, stale_state."""
    found = access.of_team(conversation_id, context.staff())
    return shown(messaging.close(found, by=context.as_staff()))
