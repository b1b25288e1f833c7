"""A measurement in a message: written down when it is clearly the person's own, asked about when it may be."""

from datetime import datetime

from sqlalchemy import select

from server import chatbot, clock
from server.access import measurements as access
from server.access.speaking import Speaker
from server.chatbot import Facts, Reply
from server.chatbot.measured import Measured, answered, says_nothing_else
from server.database import db, reference
from server.models import Message, Resident, Team, evidence, measurement
from server.models.actor import Actor
from server.models.conversation import Sender
from server.policy import measuring
from server.policy.measuring import MeasurementImpossible, Moment, Reading, Unit, Verdict
from server.policy.schema import Policy

TREND_DAYS = 30


Readings = list[tuple[Measured, Reading]]


def readings(own: Message, found: tuple[Measured, ...], facts: Facts) -> Readings:
    """Return the values a living person may have that a message names or, after our question, confirms."""
    confirmed = _confirmed(own, facts)
    return [(one, reading) for one in confirmed or found if (reading := _reading(one)) is not None]


def note(
    who: Speaker,
    own: Message,
    named: Readings,
    reply: Reply,
    facts: Facts,
    *,
    policy: Policy,
    by: Actor,
    at: datetime,
    told: tuple[str, ...],
    may_ask: bool,
) -> Reply:
    """Write down what is clear, in the caller's transaction, and complete the answer; never a formal class (T40).

    Args:
        named: what the message names or confirms. told: WeChat users whom an urgent conversation alarms.
        may_ask: the bot answers; with a doctor in the conversation it is silent and asks nothing.
    """
    if who.resident_id is None or (
        who.agreement_id is not None and not evidence.stands(who.agreement_id, "health_data")
    ):
        return reply
    confirmed = _confirmed(own, facts)
    resident = reference(Resident, who.resident_id)
    today = clock.local(at).date()
    person = access.facts_of(resident, today)
    kept: list[Reading] = []
    for number, (said, reading) in enumerate(named):
        verdict = measuring.judge(reading, person, today, policy.followups)
        if "other" in said.doubts:
            return chatbot.with_line(reply, "measured_other", "")
        if said.doubts or (measuring.is_unusual(reading) and not confirmed):
            alone = says_nothing_else(own.text)
            return chatbot.with_line(reply, "measured_ask", reading.words, alone=alone) if may_ask else reply
        if verdict is Verdict.EMERGENCY and not reply.is_urgent:
            reply = chatbot.crisis_value(facts, policy)
        measurement.keep(
            resident,
            reference(Team, who.team_id) if who.team_id else None,
            kind=reading.kind,
            values=reading.values,
            unit=reading.unit,
            verdict=verdict,
            source="chat",
            measured_at=at,
            at=at,
            by=by,
            client_key=f"message:{own.id}:{number}",
            is_own=True,
            told=told if reply.is_urgent else (),
        )
        kept.append(reading)
    words = "、".join(one.words for one in kept)
    alone = bool(confirmed) or says_nothing_else(own.text)
    reply = chatbot.with_line(reply, "measured_kept", words, alone=alone)
    for one in kept:
        rows = [row.values for row in access.trend(resident, one.kind, TREND_DAYS, at)]
        trend = measuring.trend_words(one.kind, rows, resident.age_on(today), policy.followups)
        reply = chatbot.with_line(reply, "measured_trend", trend)
    return reply


def _confirmed(own: Message, facts: Facts) -> tuple[Measured, ...]:
    """Return the values of our question when this is a yes to it."""
    confirmed = answered(own.text, facts.last_answer)
    return confirmed if confirmed and _follows_the_bot(own) else ()


def _follows_the_bot(own: Message) -> bool:
    """Whether nobody, a doctor perhaps, said anything between our question and this message."""
    before = select(Message.sender).where(Message.conversation_id == own.conversation_id, Message.id < own.id)
    return db.session.scalar(before.order_by(Message.id.desc()).limit(1)) == Sender.BOT


def _reading(said: Measured) -> Reading | None:
    """Return what was said as a value, None when no living person has it."""
    try:
        if said.systolic is not None and said.diastolic is not None:
            return measuring.pressure(said.systolic, said.diastolic)
        return measuring.glucose(said.glucose, Unit.MG if said.is_mg else Unit.MMOL, Moment(said.moment))
    except MeasurementImpossible:
        return None
