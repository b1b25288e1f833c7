"""What the chatbot was asked in vain, what it was taught, and with which sentences this process answers."""

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from server import clock
from server.access.paging import Page, page
from server.chatbot import Intent, knowledge
from server.database import db
from server.errors import NotFound
from server.models import ChatbotLesson, ChatbotQuestion, ChatbotTraining
from server.models.learning import CURRENT

logger = logging.getLogger(__name__)

ASK_EVERY_SECONDS = 60
SHOWN = 5
_asking = {"from": 0.0}


class QuestionGone(NotFound):
    """Somebody labelled or deleted the question already."""

    code, default_message = "question_gone", "这条问题已被处理"


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def questions(monday: date, cursor: str | None) -> Page[ChatbotQuestion]:
    """Return what was asked in vain in the week from a Monday, oldest first."""
    first, end = _span(monday)
    asked = select(ChatbotQuestion).where(ChatbotQuestion.asked_at >= first, ChatbotQuestion.asked_at < end)
    return page(asked, (ChatbotQuestion.asked_at, ChatbotQuestion.id), cursor)


def count(monday: date) -> int:
    """Return how many questions of a week wait for a label."""
    first, end = _span(monday)
    asked = select(func.count(ChatbotQuestion.id))
    return db.session.scalar(asked.where(ChatbotQuestion.asked_at >= first, ChatbotQuestion.asked_at < end)) or 0


def training(training_id: str) -> ChatbotTraining:
    """Return one training. Raises NotFound."""
    found = db.session.get(ChatbotTraining, training_id)
    if found is None:
        raise NotFound()
    return found


def trainings() -> list[ChatbotTraining]:
    """Return the last five trainings, newest first."""
    newest = select(ChatbotTraining).order_by(ChatbotTraining.asked_at.desc(), ChatbotTraining.id.desc())
    return list(db.session.scalars(newest.limit(SHOWN)))


def untaught() -> int:
    """Return how many labelled sentences the model in use does not know."""
    used = current()
    statement = select(func.count(ChatbotLesson.id))
    if used is not None:
        statement = statement.where(ChatbotLesson.labelled_at > used.until_at)
    return db.session.scalar(statement) or 0


def current() -> ChatbotTraining | None:
    """Return the training in use, None for the delivered model."""
    return db.session.scalar(select(ChatbotTraining).where(ChatbotTraining.current_key == CURRENT))


def lessons(until: datetime) -> list[dict[str, Any]]:
    """Return the sentences labelled until then, as the model learns them, always in the same order."""
    taught = select(ChatbotLesson).where(ChatbotLesson.labelled_at <= until)
    rows = db.session.scalars(taught.order_by(ChatbotLesson.labelled_at, ChatbotLesson.id))
    return [
        {"text": row.text, "intent": row.intent, "emergency_type": "other" if row.intent == Intent.EMERGENCY else ""}
        for row in rows
    ]


def keep_up() -> None:
    """Let this process answer with the sentences in use; asks the database at most once a minute.

    Training takes seconds and happens in a thread beside the messages, which the model of before answers meanwhile.
    """
    if clock.monotonic() < _asking["from"]:
        return
    _asking["from"] = clock.monotonic() + ASK_EVERY_SECONDS
    used = current()
    version = used.version if used else knowledge.DELIVERED
    if version != knowledge.version():
        more = lessons(used.until_at) if used else []
        beside(lambda: knowledge.learn(version, more))


def beside(work: Callable[[], object]) -> None:
    """Run something in a thread that ends with the process."""
    threading.Thread(target=_logged, args=(work,), daemon=True, name="learning").start()


def _logged(work: Callable[[], object]) -> None:
    try:
        work()
        logger.info("The chatbot answers with version %s", knowledge.version() or "delivered")
    except Exception:
        logger.exception("The chatbot could not be trained; the earlier model answers")


def _span(monday: date) -> tuple[datetime, datetime]:
    return clock.midnight(monday), clock.midnight(monday + timedelta(days=7))
