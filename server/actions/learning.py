"""Staff teach the chatbot: label what it could not answer, train, compare, take into use; and forget in time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select, update

from server import clock
from server.access import learning as access
from server.access.learning import QuestionGone
from server.chatbot import Intent, comparing, knowledge
from server.chatbot.intents import ACTS
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import ChatbotLesson, ChatbotQuestion, ChatbotTraining, audit
from server.models.actor import Actor
from server.models.learning import CURRENT

TAUGHT = tuple(intent for intent in Intent if intent not in (*ACTS, Intent.UNCLEAR))
"""What a sentence can be labelled as."""
BATCH_ROWS = 500
SETTLED = timedelta(seconds=5)
"""A sentence labelled less than this before a training waits for the next: its transaction may still be running."""


class IntentUnknown(Invalid):
    """There is no such label."""

    code, default_message = "intent_unknown", "没有这个类别"


class TrainingUnfit(Conflict):
    """The trained model may not be taken into use; the message says why."""

    code, default_message = "training_unfit", "这次训练不能启用"


@retried
def label(question_id: str, intent: str, *, by: Actor) -> ChatbotLesson:
    """Make a training sentence of a question: one click, one sentence, whoever else clicks at the same moment.

    Raises:
        IntentUnknown, QuestionGone.
    """
    if intent not in TAUGHT:
        raise IntentUnknown()
    at = clock.now()
    with transaction() as session:
        taken = _take_off(question_id)
        lesson = ChatbotLesson(text=taken.text, intent=intent, labelled_by=by.id, labelled_at=at)
        session.add(lesson)
        session.flush()
        audit.record("chatbot_question_labelled", lesson, by=by, at=at)
    return lesson


@retried
def discard(question_id: str, *, by: Actor) -> None:
    """Delete a question that teaches nothing. Raises QuestionGone."""
    at = clock.now()
    with transaction():
        audit.record("chatbot_question_deleted", _take_off(question_id), by=by, at=at)


def _take_off(question_id: str) -> ChatbotQuestion:
    """Take a question off the list, in the caller's transaction: of several who click at once, one gets it."""
    found = db.session.get(ChatbotQuestion, question_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise QuestionGone()
    db.session.delete(found)
    db.session.flush()
    return found


@retried
def ask_training(*, by: Actor) -> ChatbotTraining:
    """Ask for a training; the scheduler does it within the minute. One that still waits is returned instead."""
    at = clock.now()
    with transaction() as session:
        waiting = session.scalar(select(ChatbotTraining).where(ChatbotTraining.measured_at.is_(None)).limit(1))
        if waiting is not None:
            return waiting
        asked = ChatbotTraining(asked_by=by.id, asked_at=at, until_at=at - SETTLED)
        session.add(asked)
        session.flush()
        audit.record("chatbot_training_asked", asked, by=by, at=at)
    return asked


def measure_next() -> bool:
    """Train what was asked for longest and write down how well it understands beside what is in use (10 to 20 seconds).

    Nothing is locked meanwhile. Returns whether there was something to train.
    """
    found = _next()
    if found is None:
        return False
    old = knowledge.train_with(found.before)
    new = old if found.before == found.after else knowledge.train_with(found.after)
    figures = {"before": comparing.held_out(old), "after": comparing.held_out(new)}
    _write_down(found, figures)
    return True


@dataclass(frozen=True)
class _Comparison:
    """What to train: the sentences of the model in use (``compared_to``), and those of the new one."""

    training_id: str
    compared_to: str
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


@retried
def _next() -> _Comparison | None:
    with transaction() as session:
        waiting = session.scalar(
            select(ChatbotTraining)
            .where(ChatbotTraining.measured_at.is_(None))
            .order_by(ChatbotTraining.asked_at, ChatbotTraining.id)
            .limit(1)
        )
        if waiting is None:
            return None
        used = access.current()
        version = used.version if used else knowledge.DELIVERED
        before = access.lessons(used.until_at) if used else []
        return _Comparison(waiting.id, version, before, access.lessons(waiting.until_at))


@retried
def _write_down(found: _Comparison, figures: dict[str, dict[str, float]]) -> None:
    with transaction() as session:
        session.execute(
            update(ChatbotTraining)
            .where(ChatbotTraining.id == found.training_id, ChatbotTraining.measured_at.is_(None))
            .values(
                measured_at=clock.now(),
                figures=figures,
                lesson_count=len(found.after),
                compared_to=found.compared_to,
            )
            .execution_options(synchronize_session=False)
        )


def unfit(training: ChatbotTraining, used: ChatbotTraining | None) -> str:
    """Return why a training may not be taken into use, empty when it may."""
    if training.measured_at is None or training.figures is None:
        return "正在训练和测量，请稍后刷新"
    if training.current_key is not None:
        return "正在使用"
    if training.compared_to != (used.version if used else knowledge.DELIVERED):
        return "测量之后启用的模型已变化，请重新训练"
    fallen = comparing.worse(training.figures["before"], training.figures["after"])
    if fallen:
        return "安全指标下降，不能启用：" + "、".join(FIGURE_LABELS[name] for name in fallen)
    return ""


FIGURE_LABELS = {
    "safety_net": "急症提示120的比例",
    "red_recall": "急症直接报警的比例",
    "red_on_near_misses": "似急非急被误报警",
    "red_on_others": "普通消息被误报警",
    "amber_on_others": "普通消息附急症提示",
    "accuracy": "意图判断正确",
    "top3": "前三个选项包含正确意图",
    "coverage_at_95": "可直接回答的比例",
    "multi_turn": "办理过程中判断正确",
    "slots_f1": "日期、科室等信息提取",
}


@retried
def take_into_use(training: ChatbotTraining, *, by: Actor) -> ChatbotTraining:
    """Let every process answer with this training; within a minute they do.

    Raises:
        TrainingUnfit: not measured, compared with another model than that in use, or less safe.
    """
    at, training_id = clock.now(), training.id
    with transaction() as session:
        used = session.scalar(
            select(ChatbotTraining)
            .where(ChatbotTraining.current_key == CURRENT)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        row = session.get(ChatbotTraining, training_id, populate_existing=True, with_for_update=True)
        assert row is not None
        why = unfit(row, used)
        if why:
            raise TrainingUnfit(why)
        if used is not None:
            used.current_key = None
            session.flush()
        row.current_key, row.taken_at, row.taken_by = CURRENT, at, by.id
        audit.record("chatbot_training_taken", row, by=by, at=at)
    return row


@retried
def forget_next(question_days: int, lesson_days: int) -> bool:
    """Delete up to 500 texts whose time is over: what was asked in vain, then what was learnt from it.

    When a sentence of the model in use goes, every process trains again without it. Returns False when none is left.
    """
    at = clock.now()
    with transaction() as session:
        old = select(ChatbotQuestion.id).where(ChatbotQuestion.asked_at < at - timedelta(days=question_days))
        ids = list(session.scalars(old.limit(BATCH_ROWS)))
        if ids:
            session.execute(
                delete(ChatbotQuestion).where(ChatbotQuestion.id.in_(ids)).execution_options(synchronize_session=False)
            )
            return True
        taught = select(ChatbotLesson.id).where(ChatbotLesson.labelled_at < at - timedelta(days=lesson_days))
        ids = list(session.scalars(taught.limit(BATCH_ROWS)))
        if not ids:
            return False
        session.execute(
            delete(ChatbotLesson).where(ChatbotLesson.id.in_(ids)).execution_options(synchronize_session=False)
        )
        session.execute(
            update(ChatbotTraining)
            .where(ChatbotTraining.current_key == CURRENT)
            .values(revision=ChatbotTraining.revision + 1)
            .execution_options(synchronize_session=False)
        )
    return True
