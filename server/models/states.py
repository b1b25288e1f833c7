"""The one way a status changes: ``move()`` refuses an arrow that is not drawn and leaves an event row."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import String, update
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Model, UtcDateTime, db, insert_at_once, primary_key
from server.errors import Conflict
from server.ids import new_id
from server.models.actor import Actor


class IllegalMove(Conflict):
    """There is no such arrow in MOVES."""

    code, default_message = "illegal_move", "当前状态不能进行此操作，请刷新后再试"


class StaleState(Conflict):
    """Somebody else moved the row first."""

    code, default_message = "stale_state", "这条记录刚刚被别人处理过，请刷新后再看"


Moves = Mapping[Any, frozenset[Any]]


class StateEvent:
    """What every event row holds; the model adds ``subject_id``. Events are never changed and never deleted."""

    id: Mapped[str] = primary_key()
    old: Mapped[str] = mapped_column(String(24))
    new: Mapped[str] = mapped_column(String(24))
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(255), default="")


def move(row: Any, to: StrEnum, *, by: Actor, at: datetime, reason: str = "", **columns: Any) -> None:
    """Move a row to another state and append its event, inside the caller's transaction.

    The row's class offers ``MOVES`` and ``EVENT`` (a model with old, new, actor and reason columns), and may offer
    ``witness(event)``, which keeps evidence of the step in the same transaction.

    Raises:
        IllegalMove: the arrow is not in MOVES. StaleState: the row is no longer in the state we saw.
    """
    model = type(row)
    old = row.status
    if to not in model.MOVES.get(old, frozenset()):
        raise IllegalMove(old=str(old), new=str(to))
    statement = (
        update(model)
        .where(model.id == row.id, model.status == old)
        .values(status=to, **columns)
        .execution_options(synchronize_session=False)
    )
    if db.session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
        raise StaleState()
    db.session.refresh(row)
    event = _event(model, row, old, to, by, at, reason)
    db.session.add(event)
    if hasattr(row, "witness"):
        row.witness(event)


def born(row: Any, *, by: Actor, at: datetime, reason: str = "") -> None:
    """Record the first state of a new row: one of ``BORN``, or where there is none the first of ``MOVES``.

    Raises:
        IllegalMove: it cannot begin like this.
    """
    _check_birth(row)
    db.session.add(_event(type(row), row, "", row.status, by, at, reason))


def born_at_once(row: Any, *, by: Actor, at: datetime) -> None:
    """Record the first state of a row that is written already, as ``born`` does, without an object for the event.

    Raises:
        IllegalMove: it cannot begin like this.
    """
    _check_birth(row)
    insert_at_once(type(row).EVENT, {"id": new_id(), **_facts(row, "", row.status, by, at, "")})


def _check_birth(row: Any) -> None:
    if row.status not in getattr(type(row), "BORN", tuple(type(row).MOVES)[:1]):
        raise IllegalMove(old="", new=str(row.status))


def _event(model: Any, row: Any, old: Any, new: Any, by: Actor, at: datetime, reason: str) -> Model:
    event: Model = model.EVENT(**_facts(row, old, new, by, at, reason))
    return event


def _facts(row: Any, old: Any, new: Any, by: Actor, at: datetime, reason: str) -> dict[str, Any]:
    who = {"actor_kind": by.kind, "actor_id": by.id}
    return {"subject_id": row.id, "old": str(old), "new": str(new), **who, "at": at, "reason": reason}
