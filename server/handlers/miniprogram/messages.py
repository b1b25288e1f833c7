"""My conversation with the bot and my doctor. What was sent to me besides is in ``reminders``."""

from typing import Any

from apiflask import APIBlueprint

from server import clock, conversing
from server.access import conversations as access
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.messages import OWN, ConversationOut, MessageIn, MessageOut, MessagesOut
from server.models.conversation import Message, Sender

blueprint = APIBlueprint("messages", __name__, url_prefix="/api")


def shown(messages: list[Message]) -> list[MessageOut]:
    """Show what was said to the person it was said with."""
    found = access.deliveries(messages)
    return [
        MessageOut.of(
            message,
            mine=message.sender == Sender.RESIDENT,
            resident_label=OWN,
            delivery=found.get(message.id, "none"),
        )
        for message in messages
    ]


@blueprint.get("/messages")
@blueprint.input(PageIn, location="query", arg_name="query")
def messages(query: PageIn) -> dict[str, Any]:
    """Everything said with me, newest first, and my open conversation."""
    page = access.own_messages(context.user(), query.cursor)
    mine = access.own_open(context.user())
    out = listed([item.model_dump() for item in shown(page.items)], page.next)
    last = access.last_messages([mine]).get(mine.id) if mine else None
    return out | {"conversation": ConversationOut.of(mine, last).model_dump() if mine else None}


@blueprint.post("/messages")
@blueprint.input(MessageIn, arg_name="body")
@blueprint.output(MessagesOut, status_code=201)
def say(body: MessageIn) -> MessagesOut:
    """Say something; the bot's answer comes back at once. Errors: message_empty, message_too_long."""
    wiring = context.wiring()
    said = conversing.say(
        context.user(),
        body.text,
        body.client_id,
        policy=wiring.policy,
        most=wiring.settings.messaging.max_text_characters,
        by=context.as_resident(),
        at=clock.now(),
    )
    return MessagesOut(items=shown(said))
