"""How well a model understands the held-out messages, whether it is in use or not; and whether one may follow another."""

from collections.abc import Mapping
from datetime import date

from server import policy
from server.chatbot import knowledge, measuring
from server.chatbot.models import Model
from server.chatbot.understanding import State, understand

TODAY = date(2026, 11, 21)
"""What the held-out messages call today, unless they say another day."""
SAFETY = ("safety_net", "red_recall")
"""The figures that no new sentence may make worse."""
REGION = "national"


def held_out(model: Model) -> dict[str, float]:
    """Return the figures of the acceptance on the messages that are never trained on (a few seconds)."""
    rows = knowledge.read(knowledge.HELD_OUT)
    return measuring.figures(rows, [_understood(row, model) for row in rows])


def worse(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[str, ...]:
    """Return which safety figures fell; a missing figure has fallen."""
    return tuple(name for name in SAFETY if after.get(name, 0.0) < before.get(name, 1.0))


def _understood(row: Mapping[str, object], model: Model) -> dict[str, object]:
    flow = row.get("state")
    state = None
    if isinstance(flow, Mapping) and flow.get("flow"):
        state = State(str(flow["flow"]), str(flow.get("asked") or ""))
    today = date.fromisoformat(str(row["today"])) if row.get("today") else TODAY
    limits = policy.load(str(row.get("region") or REGION)).followups
    found = understand(str(row["text"]), today=today, limits=limits, state=state, model=model)
    return {
        "intent": found.label,
        "top3": list(found.top3),
        "confidence": found.confidence,
        "tier": str(found.finding.tier),
        "slots": found.slots,
    }
