"""Is the clock's work on time? Heartbeats, the lease, and what needs a human's eye. No personal data."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import func, select, text

from server import clock
from server.database import db
from server.models import JobState, Lease, Notification, NotificationStatus

LEASE = "scheduler"
RHYTHMS = "family_doctor_rhythms"
"""Where the application keeps the rhythms of its jobs (app.extensions)."""


@dataclass(frozen=True)
class Rhythm:
    """When a job runs: every so many seconds, or daily at a Shanghai time; and from when on it is late."""

    job_id: str
    every_seconds: int | None
    daily_at: time | None
    late_after: timedelta

    def last_due(self, at: datetime) -> datetime:
        """Return when the job should last have begun."""
        if self.daily_at is None:
            return at - timedelta(seconds=self.every_seconds or 0)
        local = clock.local(at)
        due = datetime.combine(local.date(), self.daily_at, clock.SHANGHAI)
        return due if due <= local else due - timedelta(days=1)

    def is_late(self, state: JobState | None, at: datetime) -> bool:
        """Tell whether the job is overdue; one that never ran is."""
        if state is None or state.last_ok_at is None:
            return True
        due = self.last_due(at)
        if self.daily_at is None:
            return at - state.last_ok_at > self.late_after
        return state.last_ok_at < due and at - due > self.late_after


@dataclass(frozen=True)
class Holder:
    """Who leads, since which change of holder, and how many seconds the lease still runs (negative: nobody leads)."""

    name: str
    epoch: int
    seconds_left: float


def database_answers() -> bool:
    """Tell whether a query comes back."""
    return bool(db.session.scalar(text("SELECT 1")) == 1)


def states() -> dict[str, JobState]:
    """Return every job's heartbeat by job id."""
    rows = db.session.scalars(select(JobState).execution_options(populate_existing=True))
    return {row.job_id: row for row in rows}


def holder(at: datetime) -> Holder | None:
    """Return the leading scheduler, or None when none ever ran."""
    row = db.session.scalar(select(Lease).where(Lease.name == LEASE).execution_options(populate_existing=True))
    return Holder(row.holder, row.epoch, (row.expires_at - at).total_seconds()) if row else None


def unknown_count() -> int:
    """Count notifications of which nobody knows whether they arrived."""
    unknown = select(func.count()).where(Notification.status == NotificationStatus.UNKNOWN)
    return db.session.scalar(unknown) or 0
