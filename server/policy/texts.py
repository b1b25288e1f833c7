"""The documents people read before they agree, rendered and hashed. Pure: texts in ``documents/*.toml``."""

import functools
import hashlib
import tomllib
from collections.abc import Collection
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


def templates() -> list[str]:
    """Return the templates of agreements there are: files of ``documents/agreements/``."""
    return sorted(path.stem for path in (DOCUMENTS / "agreements").glob("*.toml"))


def template(name: str) -> dict[str, Any]:
    """Return a template: version, title, paragraphs, blocks (who signs or seals). Source: policy records.template."""
    return read(f"agreements/{name}")


def agreement(
    facts: dict[str, str],
    *,
    months: int | None,
    start_on: date | None,
    end_on: date | None,
    name: str = "national",
    from_signing: bool = False,
    representative: tuple[str, str, int] | None = None,
    is_extended: bool = False,
) -> Document:
    """Return the agreement's text for one resident, team and package.

    Args:
        facts: the words for the placeholders of the template; None of them may contain another one.
        months: None where all agreements end on one day.
        start_on, end_on: both for a renewal; only ``end_on`` where all agreements end on one day; none for a first
            signing, which starts when the team accepts, or with the signature (``from_signing``).
        representative: ground ("head", "guardian", "proxy"), name of who signs for him, days in which he may opt out.
        name: a file of ``documents/agreements/`` without ``.toml``.
        is_extended: both sides agree on more than the region's longest term.
    """
    text, said = template(name), read("terms")
    if start_on and end_on:
        said_so = said["renewal" if months else "between"]
        term = said_so.format(start_on=chinese(start_on), end_on=chinese(end_on), months=months)
    elif end_on:
        term = said["fixed"].format(end_on=chinese(end_on))
    else:
        term = said["signed" if from_signing else "new"].format(months=months)
    if is_extended:
        term = f"{term}，{said['extended']}"
    flat = {key: value.replace("\n", " ") for key, value in facts.items()}
    lines = [line.format(**flat, term=term) for line in text["paragraphs"]]
    if representative is not None:
        ground, signer, days = representative
        lines.insert(1, read("signed_for")[ground].format(signer=signer.replace("\n", " "), days=days))
    return Document(text["title"], tuple(lines))


@dataclass(frozen=True)
class Consent:
    """One consent: what stands beside the tick, whether it can be taken back, and what that means."""

    key: str
    label: str
    is_withdrawable: bool
    effect: str
    version: str


def consent(key: str) -> Consent:
    """Return a consent that is ticked on its own."""
    text = read("consents")
    said = text[key]
    return Consent(key, said["label"], said["is_withdrawable"], said["effect"], text["version"])


def filled(name: str, facts: dict[str, str]) -> tuple[str, Document]:
    """Return version and text of a document whose paragraphs only need their placeholders filled.

    Args:
        name: file of ``documents/``: informed_notice, frame. facts: the words for its placeholders.
    """
    text = read(name)
    flat = {key: value.replace("\n", " ") for key, value in facts.items()}
    return text["version"], Document(text["title"], tuple(line.format(**flat) for line in text["paragraphs"]))


def consent_label(key: str) -> str:
    """Return the wording of a consent."""
    return consent(key).label


def supplement(clauses: Collection[str], facts: dict[str, str]) -> Document:
    """Return the text of a supplement.

    Args:
        clauses: what it changes, tables of ``documents/supplements.toml``. facts: words for their placeholders.
    """
    text = read("supplements")
    flat = {key: value.replace("\n", " ") for key, value in facts.items()}
    lines = (*(line for clause in clauses for line in text[clause]["paragraphs"]), *text["closing"])
    return Document(text["title"].format(**flat), tuple(line.format(**flat) for line in lines))


def team_change(how: str, term: str, facts: dict[str, str]) -> Document:
    """Return what a resident reads when another team takes over.

    Args:
        how: "asked" by the resident, or "handed_over" by the institution. term: "rest" of it, or a "new" one.
        facts: words for the placeholders of ``documents/team_change.toml``.
    """
    text = read("team_change")
    flat = {key: value.replace("\n", " ") for key, value in facts.items()}
    lines = [line for part in (how, term, "closing") for line in text[part]["paragraphs"]]
    return Document(text["title"], tuple(line.format(**flat) for line in lines))


def chinese(day: date) -> str:
    """Return a day for people: 2026年3月2日."""
    return f"{day.year}年{day.month}月{day.day}日"
