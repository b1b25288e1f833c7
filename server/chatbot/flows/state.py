"""Where an open flow stands: what is known, what was asked, which list was shown. Kept as JSON in the conversation."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

CONFIRM = "confirm"
SELF_WORDS = frozenset({"本人", "自己", "我", "我自己"})
"""What a message calls the person himself (``slots.extract``, member)."""


@dataclass(frozen=True)
class Choice:
    """One line of a numbered list: an id or code, and the words for people."""

    value: str
    label: str


@dataclass(frozen=True)
class State:
    """One open flow.

    ``id`` is made once: whatever the flow does is done once under it. ``known`` maps slots to values, ``labels`` to their
    words, ``said`` keeps what messages named (slots.extract).
    """

    id: str
    flow: str
    asked: str = ""
    known: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    misses: int = 0

    def dump(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> Self:
        """Return what ``dump`` wrote."""
        found = json.loads(text)
        return cls(**{**found, "choices": tuple(Choice(**one) for one in found["choices"])})

    @property
    def relative(self) -> str:
        """Whom of the family the messages named last, "" for nobody or the person himself."""
        return relative_in(self.said)

    def settled(self, slot: str, choice: Choice) -> "State":
        """Return it with one slot settled."""
        return replace(
            self,
            known={**self.known, slot: choice.value},
            labels={**self.labels, slot: choice.label},
            choices=(),
            misses=0,
        )

    def without(self, slots: set[str]) -> "State":
        """Return it with some slots open again."""
        known = {name: value for name, value in self.known.items() if name not in slots}
        labels = {name: value for name, value in self.labels.items() if name not in slots}
        return replace(self, known=known, labels=labels, choices=())


def relative_in(slots: Mapping[str, Any]) -> str:
    """Return whom of the family a message names, "" for nobody or the person himself."""
    named = str(slots.get("member") or "")
    return "" if named in SELF_WORDS else named
