"""Blood pressure in two messages, the numbers alone: 150, and then 95. The first is kept until the second comes."""

import re
from dataclasses import replace

from server.chatbot.flows import State, Turn
from server.chatbot.flows.definition import line

_BARE = re.compile(r"\s*(\d{2,3})\s*[.。]?\s*")
HALF = "half"


def joined(state: State | None, text: str) -> str:
    """Return a number with the one that was said before it, when it is the other half of a blood pressure."""
    found = _BARE.fullmatch(text)
    half = _half(state) if state is not None and found and _asks(state) else ""
    return f"{half}/{found[1]}" if found and half else text


def asked_for(state: State | None, text: str) -> Turn | None:
    """Keep the first number of a blood pressure and ask for the other; None when the message is something else."""
    found = _BARE.fullmatch(text)
    if state is None or found is None or not _asks(state) or _half(state):
        return None
    return Turn(line("other_half"), replace(state, said={**state.said, HALF: found[1]}))


def _asks(state: State) -> bool:
    return (state.flow, state.asked) == ("report_bp", "value")


def _half(state: State) -> str:
    """Return the number that stands first: said alone, or as the upper one (高压一百五)."""
    named = state.said.get("bp")
    return str(state.said.get(HALF) or (named.get("sys") if isinstance(named, dict) else "") or "")
