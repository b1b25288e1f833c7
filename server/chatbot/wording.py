"""The reviewed answers of ``answers/*.toml`` and how they are filled. Nothing else is ever said to a resident."""

import functools
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

ANSWERS = Path(__file__).parent / "answers"
LABEL = "【智能助手】"
"""Every answer says that an automaton speaks (AI labelling rules in force since 2025-09-01)."""


@dataclass(frozen=True)
class Wording:
    """One reviewed answer: who wrote it when, from which source."""

    key: str
    text: str
    author: str
    date: date
    source: str


@functools.cache
def all_answers() -> dict[str, Wording]:
    """Return every answer by its key, "intent" or "intent.variant"."""
    found: dict[str, Wording] = {}
    for file in sorted(ANSWERS.glob("*.toml")):
        _collect(tomllib.loads(file.read_text(encoding="utf-8")), "", found)
    return found


def fill(key: str, variants: tuple[str, ...], words: dict[str, str]) -> str:
    """Return the text of the first variant that exists, else of the key itself, with the words filled in."""
    answers = all_answers()
    chosen = next((answers[f"{key}.{name}"] for name in variants if f"{key}.{name}" in answers), answers[key])
    return chosen.text.format_map(words)


def _collect(table: dict[str, Any], prefix: str, found: dict[str, Wording]) -> None:
    for name, entry in table.items():
        if not isinstance(entry, dict):
            continue
        key = f"{prefix}{name}"
        found[key] = Wording(key, entry["text"], entry["author"], entry["date"], entry["source"])
        _collect(entry, f"{key}.", found)
