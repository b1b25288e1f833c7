"""What a message asks, what it says about it, and how dangerous it sounds; nothing about the person yet. Pure."""

from dataclasses import dataclass, field
from datetime import date

from server.chatbot import intents, triage
from server.chatbot.grams import normalise
from server.chatbot.intents import Guess, Intent
from server.chatbot.triage import Finding, Limits, Tier


@dataclass(frozen=True)
class State:
    """The open flow and what was asked last: ("book_specialist", "date"); ``asked`` is "confirm" before anything is done."""

    flow: str
    asked: str


@dataclass(frozen=True)
class Understood:
    """One message understood.

    ``intent`` is a label of the taxonomy or, inside a flow, an act (inform, affirm, deny, cancel_flow). ``confidence`` is
    0..1, ``top3`` the likeliest labels, ``slots`` what was said about it (``slots.extract``).
    """

    intent: Intent
    top3: tuple[Intent, ...]
    confidence: float
    finding: Finding
    slots: dict[str, object] = field(default_factory=dict)
    is_sure: bool = True


def understand(text: str, *, today: date, limits: Limits, state: State | None = None) -> Understood:
    """Classify a message: the only part that takes time (a few milliseconds).

    Args:
        today: what "tomorrow" counts from. limits: the region's crisis values of blood pressure.
        state: the flow that is open, if any.
    """
    said = normalise(text)
    fixed = intents.phrase(said)
    if fixed:
        return Understood(fixed, (fixed,), 1.0, Finding(Tier.NONE, 1.0))
    guess = intents.guess(said)
    asks_about_health = guess.is_clear and guess.intent in (Intent.MEDICAL_ADVICE, Intent.EMERGENCY)
    finding = triage.assess(said, limits, symptom_question=asks_about_health, ordinary=guess.is_sure)
    if guess.intent is Intent.EMERGENCY and finding.tier is not Tier.RED:
        # the intent model hears an emergency where triage does not: at least a doctor reads it
        guess = Guess(Intent.MEDICAL_ADVICE, guess.confidence, guess.top, guess.is_clear)
    return Understood(guess.intent, guess.top, guess.confidence, finding, is_sure=guess.is_clear)
