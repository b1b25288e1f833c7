"""``python -m server.chatbot < in.jsonl > out.jsonl``: one labelled message a line in, what the bot makes of it out.

In: the fields of docs/chatbot.md, of which ``text`` is needed; ``today`` gives the reference day (default: the present
one), ``region`` the policy whose words answer, by any of its names (default: national), ``state`` the flow that is open.
Out: id, intent, top3, confidence, tier, slots, reply, ms. It is how acceptance is measured, and needs neither database nor
settings.
"""

import argparse
import json
import re
import sys
import time
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from server import chatbot, policy
from server.chatbot import Facts, State, Tier
from server.chatbot.asking import first_question
from server.chatbot.flows import heard
from server.errors import AppError

CHINA = timedelta(hours=8)


def main() -> int:
    """Answer every line. A line that cannot be read gets an error in its place, and the others their answers."""
    parser = argparse.ArgumentParser(prog="python -m server.chatbot", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--region", default="national", help="policy of the rows that name none")
    chosen = parser.parse_args()
    chatbot.warm_up()
    for line in sys.stdin:
        if line.strip():
            sys.stdout.write(json.dumps(_answered(line, chosen.region), ensure_ascii=False) + "\n")
    return 0


def _answered(line: str, region: str) -> dict[str, Any]:
    row: Any = None
    try:
        row = json.loads(line)
        return answer_row(row, row.get("region") or region)
    except (ValueError, TypeError, KeyError, AttributeError, AppError, policy.PolicyError) as problem:
        named = {"id": row.get("id")} if isinstance(row, dict) else {}
        return {**named, "error": f"{type(problem).__name__}: {problem}"}


def answer_row(row: Mapping[str, Any], region: str = "national") -> dict[str, Any]:
    """Return what the bot makes of one message, in the form of docs/chatbot.md."""
    rules = policy.load(policy.named(region))
    today = date.fromisoformat(row["today"]) if row.get("today") else (datetime.now(UTC) + CHINA).date()  # noqa: TID251
    state = _state(row.get("state"))
    started = time.perf_counter()
    said = row["text"] if isinstance(row["text"], str) else ""  # null, a number: nothing that could be read
    text = _picked(said, row.get("context"), state) or said
    understood = chatbot.understand(text, today=today, limits=rules.followups, state=state)
    reply = chatbot.answer(understood, Facts(), rules).text
    if state is None and understood.finding.tier is Tier.NONE:
        reply = first_question(understood, rules) or reply
    spent = time.perf_counter() - started
    return {
        "id": row.get("id"),
        "intent": understood.label,
        "top3": list(understood.top3),
        "confidence": round(understood.confidence, 4),
        "tier": str(understood.finding.tier),
        "slots": understood.slots,
        "reply": reply,
        "ms": round(spent * 1000, 2),
    }


_LINES = re.compile(r"(?:^|[\s:,;(])([1-9])(?:[.、):]\s?|\s)|([①-⑨])")


def _state(given: Any) -> State | None:
    """Return the open flow of a row; what is not of the form {flow, asked} opens none."""
    if not isinstance(given, dict) or not isinstance(given.get("flow"), str) or not given["flow"]:
        return None
    asked = given.get("asked")
    return State(given["flow"], asked if isinstance(asked, str) else "")


def _picked(text: str, context: Any, state: State | None) -> str:
    """Return the line of the list shown last that a digit picks, "" when there is none: the flows do the same in a chat."""
    number = heard.number(text, may_be_day=True) if state else None
    turns = [turn for turn in context if isinstance(turn, dict)] if isinstance(context, list) else []
    shown = next((str(turn.get("text") or "") for turn in reversed(turns) if turn.get("role") == "bot"), "")
    if number is None or not shown:
        return ""
    parts = _LINES.split(shown.translate(_FULL_WIDTH))
    lines = {
        int(unicodedata.normalize("NFKC", a or b)): said
        for a, b, said in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    }
    return (
        lines.get(number, "").strip(" ,;。") if list(lines) == list(range(1, len(lines) + 1)) and len(lines) > 1 else ""
    )


_FULL_WIDTH = str.maketrans("：，；（）．　１２３４５６７８９", ":,;(). 123456789")


if __name__ == "__main__":
    sys.exit(main())
