"""What stands on the paper. Everything is frozen before it is drawn."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Block:
    """One place for a signature or seal."""

    label: str
    name: str
    day: str
    image: bytes | None = None
    """A PNG: the drawn signature, or the seal."""


@dataclass(frozen=True)
class Supplement:
    """A numbered supplement with the signatures of both sides."""

    title: str
    paragraphs: tuple[str, ...]
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Paper:
    """One agreement with what belongs to it."""

    number: str
    title: str
    paragraphs: tuple[str, ...]
    services: tuple[tuple[str, str], ...]
    """Name and frequency of each service."""
    price: str
    consents: tuple[str, ...]
    blocks: tuple[Block, ...]
    supplements: tuple[Supplement, ...]
    evidence: tuple[tuple[str, str], ...]
    """Label and value: template, hashes, channel, times."""
    verify_url: str
    created_at: datetime

    def texts(self) -> list[str]:
        """Return every text that will be drawn, to look up its signs in the font."""
        blocks = [*self.blocks, *(block for one in self.supplements for block in one.blocks)]
        return [
            self.number, self.title, *self.paragraphs, self.price, *self.consents, self.verify_url,
            *(text for pair in (*self.services, *self.evidence) for text in pair),
            *(text for one in self.supplements for text in (one.title, *one.paragraphs)),
            *(text for block in blocks for text in (block.label, block.name, block.day)),
        ]  # fmt: skip
