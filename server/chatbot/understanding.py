"""What a message asks, what it says about it, and how dangerous it sounds; nothing about the person yet. Pure."""

import re
from dataclasses import dataclass, field, replace
from datetime import date

from server.chatbot import acts, clauses, intents, knowledge, red_flags, triage
from server.chatbot.grams import normalise
from server.chatbot.intents import ACTS, Guess, Intent
from server.chatbot.models import Model
from server.chatbot.slots import extract
from server.chatbot.triage import Finding, Limits, Tier

CONFIRM = "confirm"
"""What is asked before anything is done."""


@dataclass(frozen=True)
class State:
    """The open flow and what was asked last: ("book_specialist", "date"); ``asked`` may be CONFIRM."""

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

    @property
    def is_calm(self) -> bool:
        """Whether nothing in it sounds serious."""
        return self.finding.tier is Tier.NONE

    @property
    def label(self) -> str:
        """The intent as the taxonomy names it: an emergency is one whatever else is asked."""
        return str(Intent.EMERGENCY if self.finding.tier is Tier.RED else self.intent)


INTERRUPTS_FROM = 0.5
"""From this lead another wish than the open flow's breaks in where the message does not answer what was asked …"""
INTERRUPTS_ANSWER_FROM = 0.8
"""… and from this one where it seems to answer it, too."""


def understand(
    text: str, *, today: date, limits: Limits, state: State | None = None, model: Model | None = None
) -> Understood:
    """Classify a message: the only part that takes time (a few milliseconds).

    Args:
        today: what "tomorrow" counts from. limits: the region's crisis values of blood pressure.
        state: the flow that is open, if any. model: another one than that in use.
    """
    said = normalise(text)
    fixed = intents.phrase(said) if state is None else None
    if fixed:
        return Understood(fixed, (fixed,), 1.0, Finding(Tier.NONE, 1.0))
    model = model or knowledge.model()
    opinion = model.judge(said)
    guess = intents.guess(opinion.ranked)
    # of a text without a single familiar pair, or of "我老伴" alone, the model knows nothing but its bias
    if not model.knows(said) or (state is None and acts.names_somebody_only(said)):
        opinion = replace(opinion, alarm=0.0, worry=0.0)
        guess = replace(guess, is_clear=False)
    asked = {"asked": state.asked, "flow": state.flow} if state else {"flow": str(guess.intent)}
    slots = extract(text, today, **asked)
    is_bare = state is not None and len(_WORDLESS.sub("", said)) < BARE
    alarming = Intent.MEDICAL_ADVICE if is_bare else Intent.EMERGENCY
    asks_about_health = guess.is_clear and guess.intent in (Intent.MEDICAL_ADVICE, alarming)
    is_errand = guess.confidence >= ERRAND and guess.intent not in (Intent.MEDICAL_ADVICE, Intent.EMERGENCY)
    is_answer = is_bare and _answers(state, said, slots)
    finding = triage.assess(
        said,
        limits,
        opinion,
        asks_about_health=asks_about_health,
        is_answer=is_answer,
        is_bare=is_bare,
        is_errand=is_errand,
        gives_up=state is not None and acts.gives_up(said),
        expected=_READINGS.get(state.asked if state else str(guess.intent)),
    )
    if (
        finding.tier is not Tier.RED
        and red_flags.is_unmistakable(said)
        and (rest := clauses.beside_errands(said, model))
    ):
        # an errand's words ("签约", "报销") must not make a story of the emergency beside it
        alone = triage.assess(rest, limits, model.judge(rest))
        finding = alone if alone.tier is Tier.RED else finding
    if guess.intent is Intent.EMERGENCY and finding.tier is not Tier.RED:
        # it sounds like one, not enough for the alarm: a doctor reads it
        guess = replace(guess, intent=Intent.MEDICAL_ADVICE)
    if state is None or finding.tier is Tier.RED:
        return Understood(guess.intent, guess.top, guess.confidence, finding, slots, guess.is_clear)
    act, confidence = _act(said, state, guess, slots, is_bare=is_bare)
    if act not in ACTS:
        slots = extract(text, today, flow=str(act))
    is_sure = act not in (Intent.AFFIRM, Intent.DENY) or confidence >= SURE_OF_ACT
    return Understood(act, tuple(dict.fromkeys((act, *guess.top)))[:3], confidence, finding, slots, is_sure)


ERRAND = 0.9
"""From this lead a message is an ordinary errand without doubt."""
_READINGS = {"bp": "bp", "glucose": "glucose", "report_bp": "bp", "report_glucose": "glucose"}
"""The reading that an asked slot or an intent is about."""
BARE = 10
"""Characters, numbers left out, below which a message that answers our question is nothing but the answer."""
_WORDLESS = re.compile(r"[\d\s./:-]")


def _answers(state: State | None, said: str, slots: dict[str, object]) -> bool:
    return state is not None and state.asked != CONFIRM and acts.answers(state.asked, said, slots)


ANSWER = 14
"""Characters below which a message that answers the slot we asked for breaks into nothing."""
LIKELY_ACT = 0.4
SURE_OF_ACT = 0.6
"""From this probability the model's word on yes, no and giving up counts without a word we know."""


def _act(said: str, state: State, guess: Guess, slots: dict[str, object], *, is_bare: bool) -> tuple[Intent, float]:
    if acts.wants_person(said):
        return Intent.TALK_HUMAN, 0.9
    is_other = str(guess.intent) != state.flow and guess.is_clear
    ranked = dict(knowledge.acts().judge(said).ranked)
    if state.asked == CONFIRM and (acts.says_yes(said) or acts.removes(said, state.flow)):
        return Intent.AFFIRM, 0.95
    if state.asked == CONFIRM and acts.corrects(said):
        return Intent.DENY, 0.9
    answers = _answers(state, said, slots)
    asks_from = INTERRUPTS_ANSWER_FROM if answers and not acts.asks_aside(said) else INTERRUPTS_FROM
    if is_other and acts.asks(said) and guess.confidence >= asks_from:
        return guess.intent, guess.confidence
    giving_up_from = LIKELY_ACT if is_bare and not answers else SURE_OF_ACT
    is_wish = is_other and guess.intent not in (
        Intent.THANKS,
        Intent.GREETING,
    )  # 回头再说 is no wish, and ends what is open
    gives_up = acts.gives_up(said) or (ranked[Intent.CANCEL_FLOW] > giving_up_from and (is_bare or not is_wish))
    is_asking = is_other and guess.confidence >= INTERRUPTS_ANSWER_FROM and acts.asks_for_something(said)
    if answers and len(said) < ANSWER and not acts.gives_up(said) and not (is_asking and state.asked in acts.OPEN):
        return Intent.INFORM, 0.9
    is_clearly_other = is_wish and not is_bare and guess.confidence >= INTERRUPTS_ANSWER_FROM
    if gives_up and not (is_clearly_other and acts.takes_away(said, str(guess.intent))):
        return Intent.CANCEL_FLOW, 0.9
    needed = INTERRUPTS_ANSWER_FROM if answers or is_bare else INTERRUPTS_FROM
    is_errand = is_wish and guess.confidence >= ERRAND and guess.intent not in _OF_THIS and not acts.says_no(said)
    is_verdict = is_bare and state.asked == CONFIRM and not is_asking and not is_errand
    if is_other and guess.confidence >= needed and len(said) >= 3 and not is_verdict:
        return guess.intent, guess.confidence
    if state.asked == CONFIRM:
        return _yes_or_no(said, ranked, slots)
    if answers:
        return Intent.INFORM, 0.9
    return (guess.intent, guess.confidence) if is_other and not is_bare else (Intent.INFORM, 0.4)


_OF_THIS = frozenset({Intent.RESCHEDULE_BOOKING, Intent.CANCEL_BOOKING})
"""At a confirmation "改个时间" is about what was shown."""


def _yes_or_no(said: str, ranked: dict[str, float], slots: dict[str, object]) -> tuple[Intent, float]:
    """Something was to be confirmed: a yes must be clear, another value is a no."""
    yes, no = ranked[Intent.AFFIRM], ranked[Intent.DENY] + (ranked[Intent.INFORM] if slots else 0.0)
    if acts.says_no(said) and yes < SURE_OF_ACT:
        return Intent.DENY, 0.8
    return (Intent.AFFIRM, yes) if yes > no else (Intent.DENY, no)
