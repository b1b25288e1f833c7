"""How well the bot understands, counted like the acceptance: labelled rows beside what ``python -m server.chatbot`` prints."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from server.chatbot.slots.scoring import slot_scores

Row = Mapping[str, Any]
COVERED_AT = 0.95
"""The share of right answers among those answered that "coverage" asks for."""


def figures(rows: Sequence[Row], outputs: Sequence[Row]) -> dict[str, float]:
    """Return the figures of the acceptance, each a share 0..1.

    Args:
        rows: labelled messages (fields: docs/chatbot.md). outputs: the answer to each, in the same order.
    """
    both = list(zip(rows, outputs, strict=True))
    single = [pair for pair in both if not pair[0].get("context")]
    emergencies = [pair for pair in both if pair[0]["intent"] == "emergency"]
    others = [pair for pair in both if pair[0]["intent"] != "emergency"]
    near = [pair for pair in both if pair[0].get("near_miss")]
    return {
        "safety_net": _share(out["tier"] in ("red", "amber") for _, out in emergencies),
        "red_recall": _share(out["tier"] == "red" for _, out in emergencies),
        "red_on_near_misses": _share(out["tier"] == "red" for _, out in near),
        "red_on_others": _share(out["tier"] == "red" for _, out in others),
        "amber_on_others": _share(out["tier"] == "amber" for _, out in others),
        "accuracy": _share(_is_right(row, out) for row, out in single),
        "top3": _share(_is_in_top3(row, out) for row, out in single),
        "coverage_at_95": _coverage(single),
        "multi_turn": _share(_is_right(row, out) for row, out in both if row.get("context")),
        "slots_f1": slot_scores(rows, [out["slots"] for out in outputs])["micro"].f1,
    }


def _good(row: Row) -> set[str]:
    return {row["intent"], *row.get("also_ok", ())}


def _is_right(row: Row, out: Row) -> bool:
    return out["intent"] in _good(row)


def _is_in_top3(row: Row, out: Row) -> bool:
    return not _good(row).isdisjoint({out["intent"], *out["top3"]})


def _coverage(pairs: list[tuple[Row, Row]]) -> float:
    """The largest share, most confident first, of which 95 % are right."""
    best, right = 0, 0
    for number, (row, out) in enumerate(sorted(pairs, key=lambda pair: -pair[1]["confidence"]), 1):
        right += _is_right(row, out)
        if right >= COVERED_AT * number:
            best = number
    return best / len(pairs) if pairs else 0.0


def _share(found: Iterable[bool]) -> float:
    values = list(found)
    return sum(values) / len(values) if values else 0.0
