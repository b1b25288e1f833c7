"""What the bot could not answer is listed, labelled, learnt, taken into use when it is safe, and forgotten."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock as server_clock
from server.access import learning as access
from server.actions import learning
from server.actions.learning import IntentUnknown, QuestionGone, TrainingUnfit
from server.chatbot import knowledge
from server.database import db
from server.models import AdminLogin, AuditEvent, ChatbotLesson, ChatbotQuestion, ChatbotTraining, WhyAsked
from server.models.actor import Actor, ActorKind
from tests.actions.conversing import Cast, cast
from tests.conftest import Clock
from tests.handlers.workbench.browser import admin

MURMUR = "龘靐齉麤爨癵"
"""Nobody could say what it asks: no model ever saw a pair of these."""
GOOD = {"safety_net": 0.99, "red_recall": 0.93, "accuracy": 0.8}
BETTER = {"safety_net": 0.99, "red_recall": 0.94, "accuracy": 0.85}
WORSE = {"safety_net": 0.98, "red_recall": 0.94, "accuracy": 0.9}


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


@pytest.fixture
def me(app: APIFlask) -> AdminLogin:
    return admin()


def by(me: AdminLogin) -> Actor:
    return Actor(ActorKind.ADMIN, me.id)


def listed() -> list[ChatbotQuestion]:
    db.session.rollback()
    return list(db.session.scalars(select(ChatbotQuestion).order_by(ChatbotQuestion.asked_at, ChatbotQuestion.id)))


def lesson(people: Cast, me: AdminLogin, intent: str = "my_contract") -> ChatbotLesson:
    people.lin_says(MURMUR)
    return learning.label(listed()[-1].id, intent, by=by(me))


def measured(monkeypatch: pytest.MonkeyPatch, before: dict[str, float], after: dict[str, float]) -> None:
    """Let training and measuring cost nothing: sentences stand for the model, and these are its figures."""
    monkeypatch.setattr(knowledge, "train_with", lambda rows: tuple(row["text"] for row in rows))
    known = {"before": before, "after": after}
    turn = iter(["before", "after"] * 9)
    monkeypatch.setattr("server.chatbot.comparing.held_out", lambda model: known[next(turn)])


def test_a_message_nobody_understands_is_listed_with_three_guesses(people: Cast) -> None:
    people.lin_says(MURMUR)

    (row,) = listed()
    assert (row.text, row.why, len(row.guesses)) == (MURMUR, WhyAsked.UNCLEAR, 3)


def test_the_second_in_a_row_says_that_it_was_handed_over(people: Cast) -> None:
    people.lin_says(MURMUR)
    people.lin_says("籱驫鸜麷")

    assert [row.why for row in listed()] == [WhyAsked.UNCLEAR, WhyAsked.HANDED_OVER]


def test_picking_from_the_menu_takes_it_off_the_list(people: Cast) -> None:
    people.lin_says(MURMUR)
    people.lin_says("3")

    assert listed() == []


@pytest.mark.parametrize("protest", ["人工", "不是这个"])
def test_an_answer_turned_down_lists_what_was_asked(people: Cast, protest: str) -> None:
    people.lin_says("我们团队的电话是好多")
    people.lin_says(protest)

    (row,) = listed()
    assert (row.text, row.why) == ("我们团队的电话是好多", WhyAsked.DECLINED)


def test_what_was_answered_or_sounds_ill_is_not_listed(people: Cast) -> None:
    people.lin_says("我的签约")
    people.lin_says("找医生")
    assert listed() == []


def test_who_asked_cannot_be_told_from_the_list(people: Cast) -> None:
    people.lin_says("林小月 13800000001 我们团队的电话是好多 51012319800101123X 陈医生晓得")
    people.lin_says("不是这个")

    (row,) = listed()
    assert not re.search(r"林小月|1380|5101|陈", row.text)
    assert "团队的电话" in row.text


def test_one_click_makes_one_lesson(people: Cast, me: AdminLogin) -> None:
    people.lin_says(MURMUR)
    question_id = listed()[0].id

    made = learning.label(question_id, "my_contract", by=by(me))
    with pytest.raises(QuestionGone):
        learning.label(question_id, "renew", by=by(me))

    assert (made.text, made.intent, made.labelled_by) == (MURMUR, "my_contract", me.id)
    assert listed() == []
    assert db.session.scalar(select(func.count()).select_from(ChatbotLesson)) == 1
    assert db.session.scalar(select(AuditEvent.object_id).where(AuditEvent.action == "chatbot_question_labelled"))


@pytest.mark.parametrize("intent", ["unclear", "affirm", "no_such", ""])
def test_only_labels_of_the_taxonomy_are_taken(people: Cast, me: AdminLogin, intent: str) -> None:
    people.lin_says(MURMUR)

    with pytest.raises(IntentUnknown):
        learning.label(listed()[0].id, intent, by=by(me))
    assert len(listed()) == 1


def test_a_deleted_question_teaches_nothing(people: Cast, me: AdminLogin) -> None:
    people.lin_says(MURMUR)
    learning.discard(listed()[0].id, by=by(me))

    assert listed() == []
    assert db.session.scalar(select(func.count()).select_from(ChatbotLesson)) == 0


def test_a_training_is_measured_and_taken_into_use(
    people: Cast, me: AdminLogin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson(people, me)
    clock.advance(minutes=1)
    asked = learning.ask_training(by=by(me))
    assert learning.ask_training(by=by(me)).id == asked.id  # one is enough
    with pytest.raises(TrainingUnfit):
        learning.take_into_use(asked, by=by(me))

    measured(monkeypatch, GOOD, BETTER)
    assert learning.measure_next() and not learning.measure_next()
    learning.take_into_use(access.training(asked.id), by=by(me))

    used = access.current()
    assert used is not None and used.figures == {"before": GOOD, "after": BETTER}
    assert (used.id, used.lesson_count, used.taken_by) == (asked.id, 1, me.id)
    assert access.untaught() == 0


def test_a_training_that_is_less_safe_is_refused_with_the_reason(
    people: Cast, me: AdminLogin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson(people, me)
    clock.advance(minutes=1)
    asked = learning.ask_training(by=by(me))
    measured(monkeypatch, GOOD, WORSE)
    learning.measure_next()

    with pytest.raises(TrainingUnfit, match="急症提示120"):
        learning.take_into_use(access.training(asked.id), by=by(me))
    assert access.current() is None


def test_a_training_compared_with_another_model_is_refused(
    people: Cast, me: AdminLogin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured(monkeypatch, GOOD, BETTER)
    first = learning.ask_training(by=by(me))
    learning.measure_next()
    clock.advance(minutes=1)
    second = learning.ask_training(by=by(me))
    learning.measure_next()
    learning.take_into_use(access.training(second.id), by=by(me))

    with pytest.raises(TrainingUnfit, match="重新训练"):
        learning.take_into_use(access.training(first.id), by=by(me))
    current = db.session.scalars(select(ChatbotTraining.id).where(ChatbotTraining.current_key.is_not(None)))
    assert list(current) == [second.id]


def test_every_process_learns_what_is_in_use_and_asks_once_a_minute(
    people: Cast, me: AdminLogin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    learnt: list[tuple[str, list[dict[str, Any]]]] = []
    now = [time.monotonic() + 1000]
    monkeypatch.setattr(access, "_asking", {"from": 0.0})
    monkeypatch.setattr(server_clock, "monotonic", lambda: now[0])
    monkeypatch.setattr(access, "beside", lambda work: work())
    monkeypatch.setattr(knowledge, "learn", lambda version, rows: learnt.append((version, rows)))
    access.keep_up()
    assert learnt == []  # the delivered model is in use already

    lesson(people, me)
    clock.advance(minutes=1)
    asked = learning.ask_training(by=by(me))
    measured(monkeypatch, GOOD, BETTER)
    learning.measure_next()
    learning.take_into_use(access.training(asked.id), by=by(me))
    access.keep_up()
    assert learnt == []  # asked less than a minute ago

    now[0] += 61
    access.keep_up()
    assert learnt == [(f"{asked.id}:0", [{"text": MURMUR, "intent": "my_contract", "emergency_type": ""}])]


def test_texts_are_forgotten_after_their_time_and_the_model_without_them(
    people: Cast, me: AdminLogin, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson(people, me)
    clock.advance(minutes=1)
    people.lin_says(MURMUR)
    asked = learning.ask_training(by=by(me))
    measured(monkeypatch, GOOD, BETTER)
    learning.measure_next()
    learning.take_into_use(access.training(asked.id), by=by(me))
    assert not learning.forget_next(60, 730)

    clock.advance(days=61)
    assert learning.forget_next(60, 730) and not learning.forget_next(60, 730)
    assert listed() == []
    used = access.current()
    assert used is not None and used.version == f"{asked.id}:0"

    clock.advance(days=700)
    assert learning.forget_next(60, 730) and not learning.forget_next(60, 730)
    used = access.current()
    assert used is not None and used.version == f"{asked.id}:1"
    assert access.lessons(used.until_at) == []


def test_questions_stand_in_their_week(people: Cast, clock: Clock) -> None:
    people.lin_says(MURMUR)
    monday = access.week_of(server_clock.today())

    assert access.count(monday) == 1
    assert access.count(monday - timedelta(days=7)) == 0
    assert len(access.questions(monday, None).items) == 1


@pytest.mark.parametrize(("after", "code", "said"), [(BETTER, 0, "fit: take it into use"), (WORSE, 1, "急症提示120")])
def test_the_command_trains_and_shows_figures(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch, after: dict[str, float], code: int, said: str
) -> None:
    measured(monkeypatch, GOOD, after)

    done = app.test_cli_runner().invoke(args=["retrain-chatbot"])

    assert (done.exit_code, said in done.output) == (code, True)
    assert f"0.800 -> {after['accuracy']:.3f}" in done.output
