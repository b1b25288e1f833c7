"""Red flags, always first: is this an emergency?

RED: the 120 answer comes first and a doctor is alarmed. AMBER: the normal answer, a fixed red-flag line, and the
doctors' queue. Rules catch what must never depend on training (numbers, unmistakable phrases); a classifier trained on
``data/`` catches the many ways people really say it. Rules alone do not generalise, a single tier does not reach enough.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from server.chatbot import red_flags as words
from server.chatbot.models import Opinion
from server.chatbot.numbers import Readings, read

RED_ABOVE = 0.45
TOLD_RED_ABOVE = 0.92
"""… of a story, a paper, somebody's past, what is over, denied or only to be learnt (``red_flags``)."""
FEW_RED_ABOVE = 0.9
"""… of so few characters (``FEW``) without a complaint we know that each pair of them weighs too much …"""
FEW = 6
BARE_RED_ABOVE, BARE_AMBER_ABOVE = 0.8, 0.5
"""… of a few words inside an open flow."""
ILL_ABOVE = 0.9
"""… beside a crisis value, where no complaint we know is named."""
PHRASE_RED_ABOVE = 0.1
"""… and with an unmistakable phrase; below, the model is sure that it is something else …"""
SHORT = 12
"""… which a few characters do not let it be."""
AMBER_ABOVE = 0.1
ORDINARY_AMBER_ABOVE = 0.2
"""… of what is, without doubt, an ordinary errand."""
"""Probabilities of an emergency, chosen by leaving out one voice of ``data/`` after the other (docs/chatbot.md)."""

GLUCOSE_HIGH, GLUCOSE_LOW = 16.7, 3.9
"""mmol/L: refer at once (national basic public-health norm, diabetes follow-up)."""
GLUCOSE_RAISED = 11.1
"""mmol/L: too high at any time of day; with a complaint somebody must look at it."""
PREGNANT_SYSTOLIC = 160
"""mmHg in pregnancy: an emergency by itself when something is felt."""


class Tier(StrEnum):
    """How dangerous a message sounds."""

    RED = "red"
    AMBER = "amber"
    NONE = "none"


class Limits(Protocol):
    """The part of a region's policy that triage reads (policy/schema.FollowUps)."""

    @property
    def systolic_limit_elderly(self) -> int: ...
    @property
    def diastolic_limit(self) -> int: ...
    @property
    def systolic_emergency(self) -> int: ...
    @property
    def diastolic_emergency(self) -> int: ...


@dataclass(frozen=True)
class Finding:
    """What triage says. ``is_reading``: a crisis value without complaints; ``is_self_harm``: somebody may hurt himself."""

    tier: Tier
    confidence: float
    is_self_harm: bool = False
    is_reading: bool = False


def assess(
    text: str,
    limits: Limits,
    opinion: Opinion,
    *,
    asks_about_health: bool = False,
    is_answer: bool = False,
    is_bare: bool = False,
    is_errand: bool = False,
    gives_up: bool = False,
    expected: str | None = None,
) -> Finding:
    """Tell how dangerous a normalised message sounds.

    Args:
        limits: the region's crisis values of blood pressure. opinion: what the model makes of the text.
        asks_about_health: it was recognised as a question about symptoms or medicine; at least AMBER.
        is_answer: a few words that answer our own question; without a complaint in them the model is not heard.
        is_errand: it was recognised without doubt as something else; without a complaint AMBER needs more.
        is_bare: a few words inside an open flow; the model alone must be surer.
        gives_up: it ends the open flow ("不用来了"), which sounds like a farewell where nothing is open.
        expected: "bp" or "glucose" where that was asked for or is being reported, so that a bare 三点二 is a reading.
    """
    self_harm = bool(words.SELF_HARM.search(text))
    feels_it = bool(words.FELT.search(words.NOTHING_FELT.sub("", text)))
    nobody = bool(words.NOBODY.search(text))
    fiction = (
        nobody
        or bool(words.FICTION.search(text))
        or (bool(words.GONE.search(text)) and not words.NOW.search(text.replace("到现在", "")))
    )
    denied = not feels_it and bool(words.NOTHING_FELT.search(text))
    told = fiction or denied or gives_up or words.is_past(text) or words.is_only_told(text)
    readings = read(text, expected)
    crisis = is_crisis(readings, limits)
    pregnant = bool(words.PREGNANT.search(text)) and (readings.systolic or 0) >= PREGNANT_SYSTOLIC
    phrase = (self_harm and not fiction) or (words.is_unmistakable(text) and not told)
    too_young = bool(words.YOUNG_WITH_FEVER.search(text)) and not words.is_past(text)
    if is_answer and not (feels_it or phrase):
        opinion, asks_about_health = replace(opinion, alarm=0.0, worry=0.0), False
    is_short = len(text) <= SHORT or self_harm
    unmistakable = too_young or (phrase and (is_short or opinion.alarm > PHRASE_RED_ABOVE))
    red_above = BARE_RED_ABOVE if is_bare else TOLD_RED_ABOVE if told else RED_ABOVE
    if len(text) <= FEW and not feels_it:
        red_above = FEW_RED_ABOVE
    sounds_ill = feels_it or (opinion.alarm > ILL_ABOVE and not words.NOTHING_FELT.search(text))
    is_complaint = words.is_bare_complaint(text)
    likely = opinion.alarm > red_above and (sounds_ill or not crisis) and not nobody and not is_complaint
    sounds_like_it = self_harm or opinion.kind == "suicide"
    if unmistakable or likely or (feels_it and (crisis or pregnant)):
        return Finding(Tier.RED, max(opinion.alarm, 0.99 if unmistakable else 0.0), is_self_harm=sounds_like_it)
    if crisis or pregnant:
        return Finding(Tier.AMBER, 0.99, is_reading=True)
    amber_above = BARE_AMBER_ABOVE if is_bare else ORDINARY_AMBER_ABOVE if is_errand and not feels_it else AMBER_ABOVE
    if words.HINT_OF_SELF_HARM.search(text):
        return Finding(Tier.AMBER, opinion.worry, is_self_harm=True)
    unwell = feels_it and not told and is_raised(readings, limits)
    hinted = bool(words.HINT_OF_A_FRACTURE.search(text))
    if opinion.worry > amber_above or asks_about_health or phrase or self_harm or unwell or hinted or is_complaint:
        return Finding(Tier.AMBER, opinion.worry, self_harm or (opinion.worry > AMBER_ABOVE and sounds_like_it))
    return Finding(Tier.NONE, 1 - opinion.worry)


def is_crisis(readings: Readings, limits: Limits) -> bool:
    """Tell whether a reading needs a doctor at once (blood pressure by policy, glucose by the national norm)."""
    return (
        (readings.systolic or 0) >= limits.systolic_emergency
        or (readings.diastolic or 0) >= limits.diastolic_emergency
        or (readings.glucose is not None and not GLUCOSE_LOW < readings.glucose < GLUCOSE_HIGH)
    )


def is_raised(readings: Readings, limits: Limits) -> bool:
    """Tell whether a reading is above what counts as controlled at any age: beside a complaint a doctor reads it."""
    return (
        (readings.systolic or 0) >= limits.systolic_limit_elderly
        or (readings.diastolic or 0) >= limits.diastolic_limit
        or (readings.glucose or 0) >= GLUCOSE_RAISED
    )
