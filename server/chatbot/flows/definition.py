"""What a flow asks for and says, read from ``*.toml`` beside this file: data that a reviewer reads without the code."""

import functools
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from server.chatbot.intents import Intent

FOLDER = Path(__file__).parent
ENDS = ("act", "read", "page")


@dataclass(frozen=True)
class Slot:
    """One thing a flow needs.

    ``kind`` is "choice" (one of a numbered list), "text" (the person's own words) or "value" (a measurement). ``by`` names
    what a message may say to settle it (the keys of ``slots.extract``). ``otherwise`` is the choice meant by words that
    name no line: they are already what the next question, for words, would ask.
    """

    name: str
    kind: str
    ask: str = ""
    by: tuple[str, ...] = ()
    otherwise: str = ""


@dataclass(frozen=True)
class Flow:
    """One errand.

    ``end``: "act" does something after a yes, "read" shows something, "page" leads to the page that can do what a chat
    cannot. ``again`` names, for the code of a refusal, the slot that is asked again.
    """

    key: str
    title: str
    intents: tuple[Intent, ...]
    end: str
    slots: tuple[Slot, ...]
    confirm: str
    done: str
    page_label: str
    page: str
    again: dict[str, str]
    is_public: bool = False
    """Strangers get the usual answer instead of being asked to log in."""
    is_own_only: bool = False
    """Nobody does it for somebody of his family here."""
    for_family: bool = False
    """An errand only for somebody of the family; for oneself the usual answer says it."""
    rules: tuple[str, ...] = ()
    """Topics of ``rule_topics`` that are said when the errand begins: what the region allows."""

    def slot(self, name: str) -> Slot:
        """Return one of its slots."""
        return next(slot for slot in self.slots if slot.name == name)


@functools.cache
def all_flows() -> dict[str, Flow]:
    """Return every flow by its key."""
    found: dict[str, Flow] = {}
    for file in sorted(FOLDER.glob("*.toml")):
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        found |= {key: _flow(key, table) for key, table in tables.items() if isinstance(table, dict)}
    return found


@functools.cache
def flow_of(intent: Intent) -> Flow | None:
    """Return the flow that serves an intent, if one does."""
    return next((flow for flow in all_flows().values() if intent in flow.intents), None)


@functools.cache
def line(key: str) -> str:
    """Return one of the sentences all flows share (``sentences.toml``)."""
    text: str = tomllib.loads((FOLDER / "sentences.toml").read_text(encoding="utf-8"))[key]
    return text


def _flow(key: str, table: dict[str, Any]) -> Flow:
    end = table["end"]
    if end not in ENDS:
        raise ValueError(f"{key}: {end}")
    slots = tuple(Slot(**{**slot, "by": tuple(slot.get("by", ()))}) for slot in table.get("slots", ()))
    return Flow(
        key=key,
        title=table["title"],
        intents=tuple(Intent(name) for name in table.get("intents", [key])),
        end=end,
        slots=slots,
        confirm=table.get("confirm", ""),
        done=table["done"],
        page_label=table["page_label"],
        page=table["page"],
        again=table.get("again", {}),
        is_public=table.get("is_public", False),
        is_own_only=table.get("is_own_only", False),
        for_family=table.get("for_family", False),
        rules=tuple(table.get("rules", ())),
    )
