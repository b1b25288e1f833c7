"""Several wishes in one message: the first is served, the others are named so that none is lost."""

import re
from datetime import date

from server import chatbot
from server.chatbot import Tier, Understood
from server.chatbot.flows import choosing, flow_of
from server.chatbot.flows.definition import line
from server.chatbot.intents import Intent
from server.chatbot.triage import Limits
from server.chatbot.understanding import INTERRUPTS_FROM
from server.conversing.asides import QUESTIONS

_JOINS = re.compile(r"另外|顺便|顺带|对了|还有(?!多少|几|没)|还想|再(?=帮|问|看|查|给|说)")
_BREAKS = re.compile(rf"[，,。；;！!？?\n]|{_JOINS.pattern}")
SHORTEST = 4
"""Characters of a part that may be a wish."""
MOST = 6
"""Parts; a message with more is a story."""


def several(text: str, today: date, limits: Limits) -> list[Understood]:
    """Return the different clear wishes of a message in their order; nothing when there is only one, or it may be serious."""
    if not _JOINS.search(text):
        return []  # one wish told in two sentences
    parts = [part for part in (part.strip() for part in _BREAKS.split(text)) if len(part) >= SHORTEST]
    if not 1 < len(parts) <= MOST:
        return []
    found: dict[Intent, Understood] = {}
    for part in parts:
        one = chatbot.understand(part, today=today, limits=limits)
        if one.finding.tier is not Tier.NONE:
            return []
        is_wish = one.is_sure and one.confidence >= INTERRUPTS_FROM
        if is_wish and (one.intent in QUESTIONS or flow_of(one.intent) is not None):
            found.setdefault(one.intent, one)
    return list(found.values()) if len(found) > 1 else []


def others(wishes: list[Understood]) -> str:
    """Return the line that names all but the first."""
    return line("more_wishes").format(wishes="、".join(f"“{choosing.names()[one.intent]}”" for one in wishes[1:]))
