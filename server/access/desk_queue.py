"""The queue at a doctor's desk computer: its four lists, how long each is, and whether anything moved."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select, true

from server.access import conversations, media
from server.access.answering import promises
from server.access.paging import Page
from server.database import db
from server.models import (
    AnswerPromise,
    Conversation,
    ConversationNote,
    ConversationShift,
    ConversationStatus,
    Staff,
)

LISTS = {"all": "全部", "waiting": "等待接诊", "mine": "我接待的", "late": "超时未答"}
C = ConversationStatus


@dataclass(frozen=True)
class Figures:
    """How many conversations stand in each list, by its key; ``mark`` changes when any of them does."""

    counts: dict[str, int]
    urgent: int
    mark: str


def rows(staff: Staff, which: str, cursor: str | None, at: datetime) -> Page[Conversation]:
    """Return one of the ``LISTS``: emergencies first, then those who wait longest."""
    return conversations.for_staff(staff, cursor, _which(which, staff, at))


def next_waiting(staff: Staff, after: str, at: datetime) -> Conversation | None:
    """Return who is to be answered first besides the conversation with the id ``after``: nobody's, or one's own."""
    free = (Conversation.status == C.WAITING_DOCTOR) | (Conversation.staff_id == staff.id)
    narrowed = (free, Conversation.waiting_since_at.is_not(None), Conversation.id != after)
    return next(iter(conversations.for_staff(staff, None, narrowed).items), None)


def figures(staff: Staff, at: datetime) -> Figures:
    """Count the lists in one statement; nothing that was said is read."""
    columns = [func.sum(case((and_(true(), *_which(key, staff, at)), 1), else_=0)).label(key) for key in LISTS]
    row = Conversation
    moved = (func.max(row.last_message_at), func.max(row.waiting_since_at), func.count(row.staff_id))
    statement = conversations.open_of(staff).with_only_columns(
        *columns, func.sum(case((row.is_urgent, 1), else_=0)).label("urgent"), *moved
    )
    found = db.session.execute(statement.order_by(None)).one()
    counts = {key: int(getattr(found, key) or 0) for key in LISTS}
    return Figures(counts, int(found.urgent or 0), _mark(*found, at.replace(second=0, microsecond=0)))


def mark_of(conversation: Conversation, at: datetime) -> str:
    """Return a text that changes when a conversation's page would: who holds it, what was said, what became of it."""
    said = conversations.messages(conversation, None).items
    sent, due = media.of_messages(said), promises([conversation.id]).get(conversation.id)
    return _mark(
        conversation.status,
        conversation.staff_id,
        conversation.is_urgent,
        [message.id for message in said],
        sorted(conversations.deliveries(said).items()),
        sorted(conversations.held_back(said, at).items()),
        sorted((key, row.status) for key, row in sent.items()),
        (due.id, due.due_at <= at) if due else None,
        *(db.session.scalar(_count_of(model, conversation)) for model in (ConversationNote, ConversationShift)),
    )


def _which(which: str, staff: Staff, at: datetime) -> tuple[ColumnElement[bool], ...]:
    held = Conversation.status == C.WITH_DOCTOR
    late = exists().where(AnswerPromise.open_key == Conversation.id, AnswerPromise.due_at <= at)
    return {
        "waiting": (Conversation.status == C.WAITING_DOCTOR,),
        "mine": (held, Conversation.staff_id == staff.id),
        "late": (late,),
    }.get(which, ())


def _count_of(model: type[ConversationNote] | type[ConversationShift], conversation: Conversation) -> Select[int]:
    return select(func.count(model.id)).where(model.conversation_id == conversation.id)


def _mark(*values: object) -> str:
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]
