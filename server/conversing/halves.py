"""Blood pressure in two messages: 150, and then 95. The first number is kept until the second comes."""

import re
from dataclasses import replace

from server.chatbot.flows import State, Turn
from server.chatbot.flows.definition import line

_BARE = re.compile(r"(?:高压|低压|上压|下压|上面|下面)?(?:是|的是)?\s*(\d{2,3})")
HALF = "half"


def joined(state: State | None, text: str) -> str:
    """Return a message with the number that was said before it, when it is the other half of a blood pressure."""
    half = str(state.said.get(HALF) or "") if state else ""
    found = _BARE.fullmatch(text.strip())
    return f"{half}/{found[1]}" if half and found else text


def asked_for(state: State | None, text: str) -> Turn | None:
    """Keep the first number of a blood pressure and ask for the other; None when the message is something else."""
    found = _BARE.fullmatch(text.strip())
    if state is None or found is None or (state.flow, state.asked) != ("report_bp", "value") or HALF in state.said:
        return None
    return Turn(line("other_half"), replace(state, said={**state.said, HALF: found[1]}))
