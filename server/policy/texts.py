"""The documents people read before they agree, rendered and hashed. Pure: texts in ``documents/*.toml``."""

import functools
import hashlib
import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

DOCUMENTS = Path(__file__).parent / "documents"


@dataclass(frozen=True)
class Document:
    """A document as shown: what is hashed is exactly what was read."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        """Title and paragraphs, one per line: the frozen form."""
        return "\n".join((self.title, *self.paragraphs))

    @property
    def sha256(self) -> str:
        """64 hex characters over the frozen form."""
        return hashlib.sha256(self.body.encode()).hexdigest()

    @classmethod
    def from_body(cls, body: str) -> "Document":
        """Return a document from its frozen form."""
        title, *paragraphs = body.split("\n")
        return cls(title, tuple(paragraphs))


@functools.cache
def read(name: str) -> dict[str, Any]:
    """Return a text file of ``documents/``."""
    return tomllib.loads((DOCUMENTS / f"{name}.toml").read_text(encoding="utf-8"))


def privacy() -> tuple[str, Document]:
    """Return the version and text of the privacy document."""
    text = read("privacy")
    return text["version"], Document(text["title"], tuple(text["paragraphs"]))


def agreement(facts: dict[str, str], *, months: int, start_on: date | None, end_on: date | None) -> Document:
    """Return the agreement's text for one resident, team and package.

    Args:
        facts: the words for the placeholders of ``documents/agreement.toml``.
        start_on, end_on: fixed days of a renewal; None for a first signing, which starts when the team accepts.
    """
    text = read("agreement")
    if start_on and end_on:
        term = text["term"]["renewal"].format(start_on=chinese(start_on), end_on=chinese(end_on), months=months)
    else:
        term = text["term"]["new"].format(months=months)
    flat = {key: value.replace("\n", " ") for key, value in facts.items()}
    return Document(text["title"], tuple(line.format(**flat, term=term) for line in text["paragraphs"]))


def consent_label(key: str) -> str:
    """Return the wording of a consent that is ticked on its own."""
    label: str = read("agreement")["consents"][key]
    return label


def chinese(day: date) -> str:
    """Return a day for people: 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"
