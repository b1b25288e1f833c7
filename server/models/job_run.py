"""What the clock did: the lease that makes one scheduler the leader, each job's heartbeat, and the runs that did something."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from server.database import Code, Model, UtcDateTime, primary_key, table


class Lease(Model):
    """A named lease; whoever moves an expired row to himself leads. ``epoch`` grows with each change of holder."""

    __tablename__ = "lease"
    __table_args__ = table(CheckConstraint("epoch >= 0", name="epoch"))
    PERSONAL = ()

    name: Mapped[str] = mapped_column(Code, primary_key=True)
    holder: Mapped[str] = mapped_column(Code)
    epoch: Mapped[int] = mapped_column(Integer)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class JobState(Model):
    """One row per job: its heartbeat. ``/health`` is red when ``last_ok_at`` is too old."""

    __tablename__ = "job_state"
    __table_args__ = table()
    PERSONAL = ()

    job_id: Mapped[str] = mapped_column(Code, primary_key=True)
    last_started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_handled: Mapped[int] = mapped_column(Integer, default=0)
    last_error: Mapped[str | None] = mapped_column(Text)
    runs: Mapped[int] = mapped_column(Integer, default=0)


class JobRun(Model):
    """One run that handled something, failed, or belongs to a daily period.

    UNIQUE(job, period): a daily job runs once for its day, whatever number of schedulers think it is due.
    """

    __tablename__ = "job_run"
    __table_args__ = table(
        UniqueConstraint("job_id", "period"), Index(None, "job_id", "started_at"), Index(None, "started_at")
    )
    PERSONAL = ()

    id: Mapped[str] = primary_key()
    job_id: Mapped[str] = mapped_column(Code)
    period: Mapped[str | None] = mapped_column(String(32))
    """Daily jobs: the Shanghai day; others NULL."""
    holder: Mapped[str] = mapped_column(Code)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_ok: Mapped[bool | None] = mapped_column(Boolean)
    handled: Mapped[int] = mapped_column(Integer, default=0)
    error: Mapped[str | None] = mapped_column(Text)
