"""What the bot could not answer is kept for the weekly list, redacted, in the caller's transaction."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from server import chatbot
from server.access import flows
from server.chatbot import Facts, Intent, Reply, Tier, Understood, intents
from server.chatbot.grams import normalise
from server.chatbot.redacting import redacted
from server.database import db
from server.models import ChatbotQuestion, Conversation, Message, WhyAsked
from server.models.conversation import Sender
from server.policy.schema import Policy

NOT_THIS = frozenset(
    ("不是这个", "不是这个意思", "不是这意思", "不是", "不对", "答非所问", "你没听懂", "听不懂", "没听懂", "没回答我")
)
"""Said right after an answer: it was none."""
RIGHT_AFTER = timedelta(minutes=30)


def note(
    conversation: Conversation,
    own: Message,
    understood: Understood,
    reply: Reply,
    facts: Facts,
    *,
    policy: Policy,
    at: datetime,
) -> None:
    """Keep a message the bot was unsure of, or the one before when its answer was turned down.

    Picking from the menu takes the message before off the list: the person found what he wanted.
    """
    if picked(conversation, own, facts, at=at):
        return
    said = normalise(own.text)
    if (intents.phrase(said) is Intent.TALK_HUMAN or said in NOT_THIS) and facts.last_answer:
        _turned_down(_before(conversation, own, at), policy)
    elif reply.intent is Intent.UNCLEAR:
        again = chatbot.was_unclear(facts.last_answer)
        keep(own, WhyAsked.HANDED_OVER if again else WhyAsked.UNCLEAR, understood)


def picked(conversation: Conversation, own: Message, facts: Facts, *, at: datetime) -> bool:
    """Take the message before off the list when this one picks from the menu. Returns whether it is a fixed phrase."""
    phrase = intents.phrase(normalise(own.text))
    if phrase is None or phrase is Intent.TALK_HUMAN:
        return False
    before = _before(conversation, own, at) if chatbot.was_unclear(facts.last_answer) else None
    if before is not None:
        asked = delete(ChatbotQuestion).where(ChatbotQuestion.message_id == before.id)
        db.session.execute(asked.execution_options(synchronize_session=False))
    return True


def _turned_down(before: Message | None, policy: Policy) -> None:
    if before is None or intents.phrase(normalise(before.text)) is not None:
        return
    known = db.session.scalar(select(ChatbotQuestion).where(ChatbotQuestion.message_id == before.id))
    if known is not None:
        known.why = WhyAsked.DECLINED
        return
    understood = chatbot.understand(before.text, today=before.at.date(), limits=policy.followups)
    if understood.finding.tier is Tier.NONE:  # what sounds ill went to the doctor: that was the answer
        keep(before, WhyAsked.DECLINED, understood)


def keep(message: Message, why: WhyAsked, understood: Understood) -> None:
    """Keep one message for the weekly list, redacted."""
    guesses = [str(intent) for intent in understood.top3]
    text = redacted(message.text, flows.names_around(message.conversation.user))
    db.session.add(ChatbotQuestion(message_id=message.id, text=text, why=why, guesses=guesses, asked_at=message.at))
    db.session.flush()


def _before(conversation: Conversation, own: Message, at: datetime) -> Message | None:
    """Return what the person said before, if that was just now and the bot answered it."""
    earlier = (
        select(Message)
        .where(Message.conversation_id == conversation.id, Message.id < own.id)
        .order_by(Message.id.desc())
        .limit(2)
    )
    found = list(db.session.scalars(earlier))
    if [message.sender for message in found] != [Sender.BOT, Sender.RESIDENT] or found[1].at < at - RIGHT_AFTER:
        return None
    return found[1]
