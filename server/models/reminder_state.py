"""What the daily planner did last for each line of the reminder catalogue."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Integer, String, update
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Model, UtcDateTime, db, table


class ReminderState(Model):
    """One line, by its key ("N-06.2"): through which day it is planned, and what its last run did.

    Deleting a row plans the line again from the oldest day that is still told; keys keep anybody from being told twice.
    """

    __tablename__ = "reminder_state"
    __table_args__ = table()
    PERSONAL = ()

    key: Mapped[str] = mapped_column(String(12), primary_key=True)
    planned_through: Mapped[date | None] = mapped_column(Date)
    last_run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_count: Mapped[int] = mapped_column(Integer, default=0)
    """Notices of the last run that did something."""
    error: Mapped[str | None] = mapped_column(String(255))
    """What went wrong in the last run; None when nothing did."""
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


def note(key: str, *, last_run_at: datetime, **columns: Any) -> None:
    """Write down a line's last run in the caller's transaction, whoever else writes down his at the same time."""
    new = {"key": key, "last_run_at": last_run_at, "last_count": 0}
    if db.session.get_bind().dialect.name == "sqlite":
        db.session.execute(sqlite.insert(ReminderState).values(new).on_conflict_do_nothing(index_elements=["key"]))
    else:
        row = mysql.insert(ReminderState).values(new)
        db.session.execute(row.on_duplicate_key_update(key=row.inserted.key))
    written = update(ReminderState).where(ReminderState.key == key).values(last_run_at=last_run_at, **columns)
    db.session.execute(written.execution_options(synchronize_session=False))
