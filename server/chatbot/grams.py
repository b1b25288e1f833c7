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


def grams(text: str) -> Counter[str]:
    """Return how often each character and each pair of neighbours occurs in a normalised text."""
    found: Counter[str] = Counter()
    for word in re.sub(r"\d", "0", text).split():
        found.update(word)
        found.update(first + second for first, second in zip(word, word[1:], strict=False))
    return found
