"""What the daily planner did last for each line of the reminder catalogue."""

from datetime import date, datetime

from sqlalchemy import Date, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Model, UtcDateTime, table


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
