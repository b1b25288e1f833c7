"""Who did or saw what. No foreign keys, so it never blocks anything; never the content."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Id, Model, UtcDateTime, db, insert_at_once, primary_key, table
from server.ids import new_id
from server.models.actor import Actor


class AuditEvent(Model):
    """One thing done or one record read, with who, when and from where."""

    __tablename__ = "audit_event"
    __table_args__ = table(Index(None, "object_id", "at"), Index(None, "actor_id", "at"), Index(None, "at"))
    PERSONAL = ("source",)

    id: Mapped[str] = primary_key()
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[str] = mapped_column(Code)
    action: Mapped[str] = mapped_column(Code)
    object_kind: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(Id)
    source: Mapped[str] = mapped_column(String(64), default="")


def record(action: str, row: Model, *, by: Actor, at: datetime) -> None:
    """Add an audit event about a row to the caller's transaction."""
    db.session.add(AuditEvent(**_facts(action, row, by, at)))


def record_at_once(action: str, row: Model, *, by: Actor, at: datetime) -> None:
    """Write an audit event about a row that is written already, without making an object of it."""
    insert_at_once(AuditEvent, {"id": new_id(), **_facts(action, row, by, at)})


def _facts(action: str, row: Model, by: Actor, at: datetime) -> dict[str, Any]:
    return {
        "at": at,
        "actor_kind": by.kind,
        "actor_id": by.id,
        "action": action,
        "object_kind": row.__tablename__,
        "object_id": row.id,  # type: ignore[attr-defined]
        "source": by.source,
    }
