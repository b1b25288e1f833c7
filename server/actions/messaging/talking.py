"""What happens to one message of a person, inside the caller's transaction: the bot answers, or a doctor will."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from server import chatbot
from server.access import flows
from server.access.rules import policy_of
from server.access.speaking import Speaker
from server.actions.messaging import awaiting, measured, relaying, steps, unanswered
from server.actions.messaging.facts import facts_of
from server.chatbot import Facts, Reply, Tier, Understood
from server.chatbot.flows import flow_title
from server.chatbot.flows.definition import line
from server.chatbot.measured import Measured, parse
from server.database import db
from server.models import Conversation, ConversationStatus, Message, WhyAsked
from server.models.actor import Actor
from server.models.conversation import FLOW_MINUTES, Sender
from server.policy.schema import Policy

GREETED_AGAIN_AFTER = timedelta(hours=12)
AGAIN_AFTER = timedelta(minutes=10)
"""Who still waits and writes again hears once more that it was passed on: silence would look like a lost message …"""
WORRIED_AGAIN_AFTER = timedelta(minutes=2)
"""… and when it may be serious, sooner."""
KIND_LABELS = {
    "image": "图片",
    "voice": "语音",
    "video": "视频",
    "location": "位置",
    "link": "链接",
    "sticker": "表情",
}


@dataclass(frozen=True)
class Said:
    """One message as it came: ``understood`` is None for anything but words."""

    text: str
    understood: Understood | None
    via: str
    client_key: str | None = None
    measured: tuple[Measured, ...] = ()
    kind: str = "text"
    media_id: str = ""


class FlowMoved(Exception):
    """Another message of the person moved the open errand meanwhile: its next line has to be worked out again."""


@dataclass(frozen=True)
class Script:
    """The next line of an errand in the chat, worked out before the transaction.

    ``before`` and ``after`` are the state of the flow it was worked out from and leads to (None: no flow is open).
    """

    text: str
    before: str | None
    after: str | None
    hand_over: bool = False
    unclear: Understood | None = None
    """The message was not understood and gets a list of likely wishes: this is what was heard."""


def said(
    text: str,
    kind: str,
    policy: Policy,
    *,
    today: date,
    via: str,
    client_key: str | None = None,
    understood: Understood | None = None,
    media_id: str = "",
) -> Said:
    """Prepare a message before the transaction: what it asks needs no row, and may be known."""
    words = text.replace("\x00", "").strip()
    if kind != "text" or not words:
        name = KIND_LABELS.get(kind, "其他消息")
        kind = "other" if kind == "text" else kind
        return Said(f"[{name}] {words}".strip(), None, via, client_key, kind=kind, media_id=media_id)
    asked = understood or chatbot.understand(words, today=today, limits=policy.followups)
    return Said(words, asked, via, client_key, parse(words))


def take_in(
    who: Speaker, message: Said, *, policy: Policy, by: Actor, at: datetime, script: Script | None = None
) -> list[Message]:
    """Write a person's message down and react. Returns it and, if something was answered, the answer.

    Args:
        script: what an errand says to it; without one an open errand ends here.
    Raises:
        FlowMoved.
    """
    conversation = steps.current(who, by=by, at=at)
    before = flows.open_in(conversation, at)
    if script is not None and script.before != before:
        raise FlowMoved()
    asked = message.understood
    facts = facts_of(who, asked.intent if asked else None, at)
    own = steps.prepared(
        conversation,
        Sender.RESIDENT,
        message.text,
        via=message.via,
        at=at,
        client_key=message.client_key,
        after=who.known.last_id or "",
    )
    if script is not None and (before is not None or _may_be_served(conversation)):
        line = _errand_says(conversation, own, script, at)
        relaying.note_plain(own, is_urgent=script.hand_over, at=at)
        if not unanswered.picked(conversation, own, facts, at=at) and script.unclear is not None:
            unanswered.keep(own, WhyAsked.UNCLEAR, script.unclear)
        return [own, awaiting.told(conversation, line, via=own.via, policy=policy, at=at) or line]
    is_aside = asked is None and before is not None
    if not is_aside and conversation.flow is not None:
        conversation.flow = conversation.flow_until_at = None
    reply = _reply(who, message, facts, policy)
    has_doctor = steps.has_doctor(conversation)
    readings = measured.readings(own, message.measured, facts) if asked and who.resident_id else None
    if readings:
        reply = measured.note(
            who, own, readings, reply, facts, policy=policy, by=by, at=at, told=steps.alarmed(conversation),
            may_ask=not has_doctor,
        )  # fmt: skip
    answer: Message | None
    if before is not None and is_aside:
        answer = _beside_an_errand(conversation, own, reply, before, at)
    elif has_doctor:
        answer = _while_a_doctor_has_it(conversation, own, reply, facts, policy, at)
    else:
        answer = _bot_answers(conversation, own, reply, at)
    relaying.note(own, message.kind, message.media_id, reply, at=at)
    if asked and not has_doctor:
        unanswered.note(conversation, own, asked, reply, facts, policy=policy, at=at)
    answer = awaiting.told(conversation, answer, via=own.via, policy=policy, at=at)
    if answer is not None:
        relaying.into_chat(answer, at=at)
    return [own, answer] if answer else [own]


def _reply(who: Speaker, message: Said, facts: Facts, policy: Policy) -> Reply:
    """Return what the bot would answer, by the rules of the person's household."""
    if message.understood is None:
        return chatbot.not_text(facts, policy, message.kind)
    own_rules = policy_of(who.resident_id, policy) if who.resident_id else policy
    return chatbot.answer(message.understood, facts, own_rules)


def _errand_says(conversation: Conversation, own: Message, script: Script, at: datetime) -> Message:
    answer = steps.add_message(conversation, Sender.BOT, script.text, via=own.via, at=at, heard=own)
    conversation.flow = script.after
    conversation.flow_until_at = at + timedelta(minutes=FLOW_MINUTES) if script.after else None
    relaying.into_chat(answer, at=at)
    if script.hand_over and conversation.team_id is not None:
        # somebody of the team reads it; the errand goes on until a doctor takes the conversation
        steps.hand_over(conversation, at=at, urgent=False)
        steps.tell_waiting(conversation, at=at)
    return answer


def _may_be_served(conversation: Conversation) -> bool:
    """Tell whether the bot may go on with errands: also while the team is awaited, unless it is an emergency."""
    return not steps.has_doctor(conversation) or (
        conversation.status == ConversationStatus.WAITING_DOCTOR and not conversation.is_urgent
    )


def _beside_an_errand(conversation: Conversation, own: Message, reply: Reply, flow: str, at: datetime) -> Message:
    """A picture, a sticker or a place in the middle of an errand: it is handed on, and the errand waits for its answer."""
    title = flow_title(flow)
    text = f"{reply.text}\n{line('go_on_answering').format(title=title)}" if title else reply.text
    answer = _bot_answers(conversation, own, replace(reply, text=text), at)
    conversation.flow_until_at = at + timedelta(minutes=FLOW_MINUTES)
    return answer


def greet(who: Speaker, hello: Said, *, policy: Policy, by: Actor, at: datetime) -> None:
    """Say what the bot says to a greeting to somebody who opened the chat, unless something was said lately."""
    conversation = steps.current(who, by=by, at=at)
    is_new = conversation.created_at == at
    if hello.understood is None or conversation.status != ConversationStatus.BOT:
        return
    if is_new or conversation.last_message_at < at - GREETED_AGAIN_AFTER:
        reply = chatbot.answer(hello.understood, facts_of(who, hello.understood.intent, at), policy)
        relaying.into_chat(steps.add_message(conversation, Sender.BOT, reply.text, via=hello.via, at=at), at=at)


def _bot_answers(conversation: Conversation, own: Message, reply: Reply, at: datetime) -> Message:
    answer = steps.add_message(conversation, Sender.BOT, reply.text, via=own.via, at=at, heard=own)
    if reply.is_urgent or (reply.hand_over and conversation.team_id is not None):
        steps.hand_over(conversation, at=at, urgent=reply.is_urgent)
        _call_doctor(conversation, own, reply, at)
    return answer


def _while_a_doctor_has_it(
    conversation: Conversation, own: Message, reply: Reply, facts: Facts, policy: Policy, at: datetime
) -> Message | None:
    """The bot is silent. An emergency, of words or of a value, still gets the fixed 120 line, in the system's name."""
    steps.hand_over(conversation, at=at, urgent=reply.is_urgent)
    _call_doctor(conversation, own, reply, at)
    again_after = WORRIED_AGAIN_AFTER if reply.tier is Tier.AMBER else AGAIN_AFTER
    if reply.tier is Tier.RED or reply.is_urgent:
        text = chatbot.safety_notice(facts, policy)
    elif reply.is_receipt:
        text = reply.text
    elif conversation.status == ConversationStatus.WAITING_DOCTOR and not _acknowledged(conversation, at - again_after):
        text = chatbot.passed_on(facts, policy, again=_acknowledged(conversation), tier=reply.tier)
    else:
        conversation.last_message_at = at
        steps.write(own)
        return None
    return steps.add_message(conversation, Sender.SYSTEM, text, via=own.via, at=at, heard=own)


def _call_doctor(conversation: Conversation, own: Message, reply: Reply, at: datetime) -> None:
    if reply.is_urgent:
        steps.tell_doctor(conversation, "emergency_alarm", own.id, "有紧急消息，请立即查看", at=at)
    else:
        steps.tell_waiting(conversation, at=at)


def _acknowledged(conversation: Conversation, since: datetime | None = None) -> bool:
    """Tell whether somebody who waits was told that his words are passed on: in this waiting period, or since then."""
    begun = conversation.waiting_since_at
    spoken = select(Message.id).where(
        Message.conversation_id == conversation.id,
        Message.sender == Sender.SYSTEM,
        Message.at >= (max(begun, since) if begun and since else begun),
    )
    return db.session.scalar(spoken.limit(1)) is not None
