"""The reviewed answers of ``answers/*.toml`` and how they are filled. Nothing else is ever said to a resident."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).parent / "answers"
LABEL = "【智能助手】"
"""Every answer says that an automaton speaks (AI labelling rules in force since 2025-09-01)."""


@dataclass(frozen=True)
class Wording:
    """One reviewed answer: who wrote it when, from which source.

    ``hand_over``: whether somebody of the team reads the conversation after it: "always", "if_open" (when the rule it is
    about is settled by no document of the region), or "never".
    """

    key: str
    text: str
    author: str
    date: date
    source: str
    hand_over: str = "never"


@functools.cache
def all_answers() -> dict[str, Wording]:
    """Return every answer by its key, "intent" or "intent.variant"."""
    found: dict[str, Wording] = {}
    for file in sorted(ANSWERS.glob("*.toml")):
        _collect(tomllib.loads(file.read_text(encoding="utf-8")), "", found)
    return found


def chosen(key: str, variants: tuple[str, ...]) -> Wording:
    """Return the first variant of an answer that exists, else the answer itself. Raises KeyError."""
    answers = all_answers()
    return next((answers[f"{key}.{name}"] for name in variants if f"{key}.{name}" in answers), None) or answers[key]


def fill(key: str, variants: tuple[str, ...], words: Mapping[str, str]) -> str:
    """Return the text of the first variant that exists, else of the key itself, with the words filled in."""
    return chosen(key, variants).text.format_map(words)


def _collect(table: dict[str, Any], prefix: str, found: dict[str, Wording]) -> None:
    for name, entry in table.items():
        if not isinstance(entry, dict):
            continue
        key = f"{prefix}{name}"
        if "text" in entry:
            own = {one: entry[one] for one in ("text", "author", "date", "source", "hand_over") if one in entry}
            found[key] = Wording(key, **own)
        _collect(entry, f"{key}.", found)
