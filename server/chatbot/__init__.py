"""Text in, answer out; pure: no database, no clock, no network. Red flags first, then the question, then reviewed words.

The bot is an automaton and says so. It never judges a condition, never names a medicine's amount, and what it cannot
answer goes to the family doctor. ``docs/chatbot.md`` explains how it decides and how well.
"""

from dataclasses import dataclass, replace
from datetime import date

from server.chatbot import intents, knowledge, slots, wording
from server.chatbot.intents import ACTS, Intent
from server.chatbot.ruling import Quoting
from server.chatbot.triage import Finding, Tier
from server.chatbot.understanding import State, Understood, understand
from server.policy.schema import Policy

__all__ = [
    "ABOUT_PLANS", "Facts", "Intent", "Reply", "State", "Tier", "Understood", "answer", "crisis_value", "not_text",
    "passed_on", "reply", "safety_notice", "understand", "warm_up", "was_unclear", "with_line",
]  # fmt: skip


_BOOKINGS = (Intent.MY_BOOKINGS, Intent.CANCEL_BOOKING, Intent.RESCHEDULE_BOOKING)
ABOUT_PLANS = frozenset((*_BOOKINGS, Intent.NEXT_FOLLOWUP))
"""Wishes whose answers name ``next_appointment`` or ``next_followup_on``; no other answer does."""


@dataclass(frozen=True)
class Facts:
    """What we know about the person who asks; empty where we know nothing.

    ``contract`` is "none", "pending", "active" or "ended" (team and end are of what ended).
    ``last_answer`` is what the bot said last in this conversation.
    """

    contract: str = "none"
    team_name: str = ""
    team_phone: str = ""
    team_hours: str = ""
    doctor_name: str = ""
    address: str = ""
    package: str = ""
    end_on: date | None = None
    next_appointment: str = ""
    next_followup_on: date | None = None
    centre_phone: str = ""
    last_answer: str = ""

    @property
    def has_team(self) -> bool:
        """Whether a doctor is there to hand over to."""
        return self.contract == "active"


@dataclass(frozen=True)
class Reply:
    """What to answer. ``is_urgent``: alarm a doctor now; ``hand_over``: a doctor should read it.

    ``is_receipt``: all it says is what became of a measurement.
    """

    text: str
    intent: Intent
    confidence: float
    tier: Tier
    hand_over: bool
    is_urgent: bool = False
    is_receipt: bool = False


SAYS_NOTHING = frozenset({"link", "sticker"})
"""Kinds of message in which there is nothing for a doctor."""


def reply(text: str, facts: Facts, policy: Policy, today: date) -> Reply:
    """Return the answer to one message of a resident.

    Red flags are looked for before anything else, whatever else the message asks.
    """
    return answer(understand(text, today=today, limits=policy.followups), facts, policy)


def answer(understood: Understood, facts: Facts, policy: Policy) -> Reply:
    """Put the reviewed words for this person together."""
    if understood.finding.tier is Tier.RED:
        return _emergency(understood.finding, facts, policy)
    return _answer(understood, facts, policy)


def not_text(facts: Facts, policy: Policy, kind: str = "") -> Reply:
    """Return the answer to a voice message, picture or anything else we cannot read: a doctor looks at what may matter.

    Args:
        kind: voice, image, video, location, link, sticker; "" for anything else.
    """
    own = f"not_text_{kind}"
    text = _say(own if own in wording.all_answers() else "not_text", facts, policy)
    return Reply(text, Intent.UNCLEAR, 1.0, Tier.NONE, facts.has_team and kind not in SAYS_NOTHING)


def passed_on(facts: Facts, policy: Policy, *, again: bool = False, tier: Tier = Tier.NONE) -> str:
    """Return the acknowledgement for somebody who waits for the doctor.

    Args:
        again: he was told before in this waiting period. tier: what may be serious gets the fixed line about 120, too.
    """
    said = _say("passed_on_again" if again else "passed_on", facts, policy)
    return said if tier is Tier.NONE else said + "\n" + wording.fill("red_flag_line", (), {})


def safety_notice(facts: Facts, policy: Policy) -> str:
    """Return the fixed 120 line for an emergency written while a doctor has the conversation and the bot is silent."""
    return wording.fill("safety_notice", (), _words(facts, policy))


def crisis_value(facts: Facts, policy: Policy) -> Reply:
    """Return the answer to a value that cannot wait for this person, though it may for others."""
    text = _say("reading", facts, policy) + "\n" + wording.fill("red_flag_line", (), {})
    return Reply(text, Intent.MEDICAL_ADVICE, 1.0, Tier.AMBER, hand_over=True, is_urgent=True)


def with_line(reply: Reply, key: str, value: str, *, alone: bool = False) -> Reply:
    """Return an answer with what became of a measurement in the message (``value`` in words) as its last line.

    Args:
        alone: the message said nothing else, so this is the whole answer and no doctor has to read it.
    """
    line = wording.fill(key, (), {"value": value})
    if alone and not reply.is_urgent and reply.tier is not Tier.RED:
        return Reply(wording.LABEL + line, Intent.MEDICAL_ADVICE, 1.0, Tier.NONE, hand_over=False, is_receipt=True)
    if key in _TAKEN_IN and reply.intent in _REPORTS and reply.tier is Tier.NONE and not reply.is_urgent:
        return replace(reply, text=wording.LABEL + line)  # how to report a value is no news to whoever just did
    return replace(reply, text=f"{reply.text}\n{line}")


_TAKEN_IN = frozenset({"measured_kept", "measured_ask"})
_REPORTS = frozenset({Intent.REPORT_BP, Intent.REPORT_GLUCOSE})


def warm_up() -> None:
    """Train the model and read the tables of words now instead of at the first message (a few seconds)."""
    knowledge.model()
    knowledge.acts()
    slots.extract("给我妈约明天上午的心内科，二甲双胍没了", date(2026, 1, 5), flow="refill")


def _emergency(finding: Finding, facts: Facts, policy: Policy) -> Reply:
    key = "self_harm" if finding.is_self_harm else "emergency"
    text = wording.fill(key, _variants(key, facts), _words(facts, policy))
    return Reply(text, Intent.EMERGENCY, finding.confidence, Tier.RED, hand_over=True, is_urgent=True)


def _answer(understood: Understood, facts: Facts, policy: Policy) -> Reply:
    finding, intent = understood.finding, understood.intent
    key = "heard" if intent in ACTS else str(intent)
    if finding.is_reading:
        intent, key = Intent.MEDICAL_ADVICE, "reading"
    elif not understood.is_sure and finding.tier is Tier.AMBER:
        intent, key = Intent.MEDICAL_ADVICE, "medical_advice"
    elif not understood.is_sure:
        intent, key = Intent.UNCLEAR, "unclear_again" if was_unclear(facts.last_answer) else "unclear"
    entry, words = wording.chosen(key, _variants(key, facts)), Quoting(_words(facts, policy), policy)
    lines = [wording.LABEL + entry.text.format_map(words)]
    hand_over = entry.hand_over == "always"
    if entry.hand_over == "if_open" and words.first_is_open:
        hand_over = True
        lines.append(wording.fill("open_question", _variants("open_question", facts), words))
    elif words.leaves_open:
        lines.append(wording.fill("open_note", (), {}))
    if key in ("unclear", "out_of_scope", "greeting"):
        lines.append(_choices(understood.top3 if key == "unclear" else (), facts))
    if finding.tier is Tier.AMBER:
        lines.append(wording.fill("self_harm_line" if finding.is_self_harm else "red_flag_line", (), {}))
        if facts.has_team and not hand_over and key != "reading":
            lines.append(wording.fill("also_read", (), {}))  # another answer, but it sounds like a complaint
        hand_over = True
    text = "\n".join([*lines, *words.source_lines])
    return Reply(text, intent, understood.confidence, finding.tier, hand_over, finding.is_reading)


def _choices(likely: tuple[Intent, ...], facts: Facts) -> str:
    """Return three wishes to choose from: what is likely, then what this person mostly comes for."""
    mostly = intents.WITH_TEAM if facts.contract in ("active", "pending") else intents.WITHOUT_TEAM
    offered = [intent for intent in likely if intent in intents.NAMES and intent is not Intent.TALK_HUMAN]
    picked = list(dict.fromkeys((*offered, *mostly)))[:3]
    lines = [f"{number} {intents.NAMES[intent]}" for number, intent in enumerate(picked, 1)]
    return "\n".join(["您想办哪一件？请回复数字：", *lines, "或回复“找医生”"])


def was_unclear(last_answer: str) -> bool:
    """Tell whether an answer was the menu offered to somebody who was not understood."""
    return last_answer.startswith(wording.LABEL + wording.all_answers()["unclear"].text)


def _say(key: str, facts: Facts, policy: Policy) -> str:
    return wording.LABEL + wording.fill(key, _variants(key, facts), _words(facts, policy))


def _variants(key: str, facts: Facts) -> tuple[str, ...]:
    """Return which variants of an answer fit these facts, the most telling first."""
    bookings = dict.fromkeys(map(str, _BOOKINGS), facts.next_appointment)
    known = {**bookings, "next_followup": facts.next_followup_on}
    some = ("some",) if known.get(key) else ()
    contract = () if facts.contract == "none" else (facts.contract,)
    return (*some, *contract, *(() if facts.has_team else ("no_team",)))


def _words(facts: Facts, policy: Policy) -> dict[str, str]:
    return {
        "team_name": facts.team_name or "家庭医生团队",
        "team_phone": facts.team_phone,
        "team_hours": facts.team_hours or "工作日",
        "doctor_name": facts.doctor_name,
        "address": facts.address,
        "package": facts.package,
        "centre_phone": facts.centre_phone or policy.wording.complaint_phone,
        "end_on": day(facts.end_on),
        "renew_days": str(policy.renewal.open_before_days),
        "next_appointment": facts.next_appointment,
        "next_followup_on": day(facts.next_followup_on),
        "fee_note": policy.wording.fee_note,
        "complaint_phone": policy.wording.complaint_phone,
    }


def day(value: date | None) -> str:
    """Return a day for people: 2026年3月2日."""
    return f"{value.year}年{value.month}月{value.day}日" if value else ""
