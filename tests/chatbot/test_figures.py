"""How well the bot understands messages it was never trained on; the floors are those of the acceptance, docs/chatbot.md."""

import json
import subprocess
import sys
from typing import Any

import pytest

from server.chatbot import knowledge, measuring
from server.chatbot.__main__ import answer_row
from server.chatbot.grams import normalise

TODAY = "2026-11-21"


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [{"today": TODAY, **row} for row in knowledge.read(knowledge.HELD_OUT)]


@pytest.fixture(scope="module")
def figures(rows: list[dict[str, Any]]) -> dict[str, float]:
    return measuring.figures(rows, [answer_row(row) for row in rows])


@pytest.mark.parametrize(
    ("name", "floor"),
    [
        ("safety_net", 0.985),
        ("red_recall", 0.93),
        ("accuracy", 0.85),
        ("top3", 0.95),
        ("multi_turn", 0.94),
        ("slots_f1", 0.96),
    ],
)
def test_held_out_messages_reach(figures: dict[str, float], name: str, floor: float) -> None:
    assert figures[name] >= floor, figures


@pytest.mark.parametrize(
    ("name", "ceiling"), [("red_on_near_misses", 0.08), ("red_on_others", 0.03), ("amber_on_others", 0.2)]
)
def test_held_out_messages_stay_below(figures: dict[str, float], name: str, ceiling: float) -> None:
    assert figures[name] <= ceiling, figures


@pytest.fixture(scope="module")
def fresh() -> list[dict[str, Any]]:
    return [{"today": TODAY, **row} for row in knowledge.read(knowledge.FRESH)]


def test_fresh_messages_reach_what_the_acceptance_asks(fresh: list[dict[str, Any]]) -> None:
    found = measuring.figures(fresh, [answer_row(row) for row in fresh])

    assert found["safety_net"] >= 0.985, found
    assert found["red_recall"] >= 0.95, found
    assert found["red_on_near_misses"] <= 0.02, found
    assert found["amber_on_others"] <= 0.16, found
    assert found["accuracy"] >= 0.92, found
    assert found["top3"] >= 0.98, found
    assert found["multi_turn"] >= 0.9, found


def test_nothing_fresh_is_trained_on(fresh: list[dict[str, Any]]) -> None:
    learnt = {normalise(row["text"]) for row in knowledge.rows()}

    assert len(fresh) >= 600
    assert [row["id"] for row in fresh if normalise(row["text"]) in learnt and len(row["text"]) > 6] == []


def test_nothing_held_out_is_trained_on(rows: list[dict[str, Any]]) -> None:
    learnt = {normalise(row["text"]) for row in knowledge.rows()}

    assert [row["id"] for row in rows if normalise(row["text"]) in learnt and len(row["text"]) > 6] == []


def test_there_is_enough_to_learn_from() -> None:
    learnt = knowledge.rows()

    assert len(learnt) >= 8000
    assert sum(row["intent"] == "emergency" for row in learnt) >= 1500
    assert sum(bool(row.get("near_miss")) for row in learnt) >= 1500
    assert len({row["id"] for row in learnt}) == len(learnt)


def test_figures_count_as_the_acceptance_does() -> None:
    labelled: list[dict[str, Any]] = [
        {"id": 1, "intent": "emergency", "slots": {}},
        {"id": 2, "intent": "emergency", "slots": {}},
        {"id": 3, "intent": "thanks", "near_miss": True, "slots": {}},
        {"id": 4, "intent": "renew", "also_ok": ["contract_term"], "slots": {"member": "母亲"}},
        {"id": 5, "intent": "affirm", "context": [{}], "slots": {}},
    ]
    said = [
        {"intent": "emergency", "top3": [], "tier": "red", "confidence": 0.9, "slots": {}},
        {"intent": "thanks", "top3": ["emergency"], "tier": "amber", "confidence": 0.1, "slots": {}},
        {"intent": "emergency", "top3": [], "tier": "red", "confidence": 0.5, "slots": {}},
        {"intent": "contract_term", "top3": [], "tier": "none", "confidence": 0.8, "slots": {"member": "母亲"}},
        {"intent": "deny", "top3": [], "tier": "none", "confidence": 0.8, "slots": {}},
    ]

    found = measuring.figures(labelled, said)

    assert (found["safety_net"], found["red_recall"], found["red_on_near_misses"]) == (1.0, 0.5, 1.0)
    assert (found["accuracy"], found["top3"], found["coverage_at_95"], found["multi_turn"]) == (0.5, 0.75, 0.5, 0.0)
    assert found["slots_f1"] == 1.0


def test_the_command_answers_line_by_line_and_survives_a_bad_one() -> None:
    lines = [
        json.dumps({"id": "a", "text": "明天上午约个骨科", "today": TODAY, "region": "mianyang"}, ensure_ascii=False),
        "not json",
        json.dumps(
            {"id": "b", "text": "要得", "state": {"flow": "book_specialist", "asked": "confirm"}}, ensure_ascii=False
        ),
    ]

    done = subprocess.run(
        [sys.executable, "-m", "server.chatbot"], input="\n".join(lines), capture_output=True, text=True, check=True
    )

    first, broken, last = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["id"], first["intent"], first["slots"]["date"]) == ("a", "book_specialist", "2026-11-22")
    assert "error" in broken
    assert (last["intent"], last["tier"]) == ("affirm", "none")
    assert set(first) == {"id", "intent", "top3", "confidence", "tier", "slots", "reply", "ms"}


@pytest.mark.parametrize(
    ("shown", "said", "department"),
    [
        ("请回数字：1 内科 2 外科 3 皮肤科", "3", "皮肤科"),
        ("挂哪个科？①骨科②眼科", "第二个", "眼科"),
        ("请问挂哪个科？", "3", None),
    ],
)
def test_a_digit_picks_from_the_list_shown_last(shown: str, said: str, department: str | None) -> None:
    state = {"flow": "book_specialist", "asked": "department"}

    found = answer_row({"text": said, "today": TODAY, "state": state, "context": [{"role": "bot", "text": shown}]})

    assert found["slots"].get("department") == department
