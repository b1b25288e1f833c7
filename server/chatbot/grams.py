"""Text as the models see it: normalised, without emoji and punctuation, cut into single characters and pairs."""

import re
import unicodedata
from collections import Counter

MAX_CHARACTERS = 600
"""More than this says nothing new and only costs time."""

_NOISE = re.compile(r"[^\w%./:<>=]+")


def normalise(text: str) -> str:
    """Return the text in half-width forms, lower case, without emoji and punctuation, at most 600 characters."""
    plain = unicodedata.normalize("NFKC", text[: MAX_CHARACTERS * 2]).lower()
    return _NOISE.sub(" ", plain).strip()[:MAX_CHARACTERS]


_NUMBERS = (
    (re.compile(r"1\d{2}[ -]?\d{4}[ -]?\d{4}"), "☎"),
    (re.compile(r"\d{2,3} ?[/比] ?\d{2,3}"), "♥"),
    (re.compile(r"\d{1,2}月\d{1,2}[日号]?|\d{1,2}[日号]"), "☼"),
    (re.compile(r"\d{1,2}:\d{2}"), "⌚"),
    (re.compile(r"(?<!\d)\d{1,2}[.点]\d(?!\d)"), "◆"),
    (re.compile(r"\d"), "0"),
)
"""What a number looks like tells more than its value: telephone, pair, day, time, decimal, digit."""


_LATIN = re.compile(r"[a-z]{2,}")
"""Words of other languages count as wholes: their letters say nothing."""


def grams(text: str) -> Counter[str]:
    """Return how often each character and each pair of neighbours occurs in a normalised text, numbers by their form."""
    for shape, sign in _NUMBERS:
        text = shape.sub(sign, text)
    found: Counter[str] = Counter()
    for latin in _LATIN.findall(text):
        found[latin] += 1
    for word in _LATIN.sub(" ", text).split():
        found.update(word)
        found.update(first + second for first, second in zip(word, word[1:], strict=False))
    return found
