"""More sentences, the same model from the same rows, and what may not follow what."""

from typing import Any

import pytest

from server.chatbot import comparing, knowledge

FEW: list[dict[str, Any]] = [dict(row) for row in knowledge.rows()[::60]]
LESSON = {"text": "那个啥子卡片本本在哪点换", "intent": "change_phone", "emergency_type": ""}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge, "rows", lambda: tuple(FEW))
    monkeypatch.setattr(knowledge, "_now", {})


@pytest.mark.usefixtures("few")
def test_the_same_rows_give_the_same_model_and_more_rows_another() -> None:
    first, again, before = knowledge.train_with([LESSON]), knowledge.train_with([LESSON]), knowledge.train_with([])

    text = LESSON["text"]
    assert (first.weights == again.weights).all() and (first.logs == again.logs).all()
    assert first.judge(text).ranked == again.judge(text).ranked
    assert first.judge(text).ranked[0][0] == "change_phone"
    assert before.judge(text).ranked[0][0] != "change_phone"


@pytest.mark.usefixtures("few")
def test_what_is_learnt_answers_from_then_on_and_a_known_version_trains_nothing() -> None:
    assert knowledge.version() == knowledge.DELIVERED
    delivered = knowledge.model()

    learnt = knowledge.learn("01H:0", [LESSON])

    assert knowledge.model() is learnt.model is not delivered
    assert knowledge.version() == "01H:0"
    assert knowledge.learn("01H:0", []) is learnt


@pytest.mark.parametrize(
    ("before", "after", "fallen"),
    [
        ({"safety_net": 0.98, "red_recall": 0.9}, {"safety_net": 0.98, "red_recall": 0.9, "accuracy": 0.1}, ()),
        ({"safety_net": 0.98, "red_recall": 0.9}, {"safety_net": 0.979, "red_recall": 0.95}, ("safety_net",)),
        ({"safety_net": 0.98, "red_recall": 0.9}, {"safety_net": 1.0, "red_recall": 0.89}, ("red_recall",)),
        ({}, {}, ("safety_net", "red_recall")),
    ],
)
def test_no_safety_figure_may_fall(before: dict[str, float], after: dict[str, float], fallen: tuple[str, ...]) -> None:
    assert comparing.worse(before, after) == fallen


@pytest.mark.usefixtures("few")
def test_a_model_not_in_use_is_measured_like_the_acceptance(monkeypatch: pytest.MonkeyPatch) -> None:
    read = knowledge.read
    monkeypatch.setattr(knowledge, "read", lambda folder: read(folder)[:: 20 if folder == knowledge.HELD_OUT else 1])

    found = comparing.held_out(knowledge.train_with([]))

    assert 0.1 < found["accuracy"] <= found["top3"] <= 1
    assert {"safety_net", "red_recall"} <= set(found)
