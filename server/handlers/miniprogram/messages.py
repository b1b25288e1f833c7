"""My conversation with the bot and my doctor. What was sent to me besides is in ``reminders``."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response

from server import clock, conversing
from server.access import answering, desk, media
from server.access import conversations as access
from server.actions import messaging
from server.handlers import context
from server.handlers.files import inline
from server.handlers.miniprogram.shapes.desk import AwaitedOut, RatingIn, RatingOut
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.messages import (
    OWN,
    ConversationOut,
    MediumOut,
    MessageIn,
    MessageOut,
    MessagesOut,
    PhotoIn,
)
from server.models.conversation import Conversation, ConversationStatus, Message, Sender
from server.policy.business_hours import spoken

blueprint = APIBlueprint("messages", __name__, url_prefix="/api")


def shown(messages: list[Message]) -> list[MessageOut]:
    """Show what was said to the person it was said with."""
    found, sent = access.deliveries(messages), media.of_messages(messages)
    held, not_mine = access.refused(messages), access.held_back(messages, clock.now(), by=Sender.DOCTOR)
    return [
        MessageOut.of(
            message,
            mine=message.sender == Sender.RESIDENT,
            resident_label=OWN,
            delivery=found.get(message.id, "none"),
            medium=None if message.id in not_mine else MediumOut.of(sent.get(message.id), "/api/messages", message),
            held=held.get(message.id, ""),
            instead=not_mine.get(message.id, ""),
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
    shown_now = ConversationOut.of(mine, last).model_dump() if mine else None
    return out | {"conversation": shown_now, "awaited": awaited(mine).model_dump()}


def awaited(mine: Conversation | None) -> AwaitedOut:
    """Show a person who answers him by when, and which conversation he may rate."""
    now, policy = clock.now(), context.wiring().policy
    promise = answering.promises([mine.id]).get(mine.id) if mine else None
    absence = answering.away(answering.responsible(mine), now) if mine and mine.status in answering.OPEN else None
    over = desk.to_rate(context.user(), now) if mine is None or mine.status == ConversationStatus.BOT else None
    times = [messaging.took(row, policy) or 0 for row in desk.answered(over)] if over else []
    return AwaitedOut(
        promised=spoken(promise.due_at, now) if promise and not promise.is_urgent and promise.due_at > now else "",
        late=promise is not None and promise.due_at <= now,
        stand_in=f"{absence.staff.name}现在不在，由{absence.stand_in.name}代为答复" if absence else "",
        rate_id=over.id if over else "",
        reply_minutes=round(sum(times) / len(times)) if times else None,
    )


@blueprint.post("/messages/<conversation_id>/rating")
@blueprint.input(RatingIn, arg_name="body")
@blueprint.output(RatingOut, status_code=201)
def rate(conversation_id: str, body: RatingIn) -> RatingOut:
    """Say once what I think of a conversation that is over. Errors: not_found, rating_invalid, rating_not_now."""
    found = desk.own_conversation(conversation_id, context.user())
    return RatingOut(stars=messaging.rate(found, body.stars, body.words, by=context.as_resident()).stars)


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
        chooser=wiring.chooser,
    )
    return MessagesOut(items=shown(said))


@blueprint.post("/messages/photos")
@blueprint.input(PhotoIn, arg_name="body")
@blueprint.output(MessagesOut, status_code=201)
def send_photo(body: PhotoIn) -> MessagesOut:
    """Send a photo to the doctor. Errors: photo_invalid."""
    said = messaging.send_photo(
        context.user(),
        body.photo,
        body.client_id,
        policy=context.wiring().policy,
        by=context.as_resident(),
        at=clock.now(),
    )
    return MessagesOut(items=shown(said))


@blueprint.get("/messages/<message_id>/medium")
def medium(message_id: str) -> Response:
    """What I sent, or my doctor sent me. Errors: not_found."""
    return inline(media.opened(media.own(message_id, context.user(), clock.now())))
