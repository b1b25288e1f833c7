"""The scheduler's own rows: the lease that makes one process the leader, heartbeats, and runs.

The lease is an optimisation; what keeps effects single are unique keys and conditional updates. One conditional UPDATE
each, so it works on SQLite, MariaDB and across Galera nodes, where GET_LOCK does not (performance.md §2).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import retried, transaction
from server.models import JobRun, JobState, Lease

RETRY_DAILY_AFTER = timedelta(minutes=5)
IMPLAUSIBLE_AFTER = 4
"""A lease that ends later than this many times its length was written by a clock that has been set back since."""


@dataclass(frozen=True)
class Period:
    """A daily job's day: the run that is ours to do now, or None; and whether the day is done for good."""

    run_id: str | None
    is_done: bool


def acquire(name: str, holder: str, *, ttl_seconds: float) -> int | None:
    """Take a lease nobody holds any more. Returns its new epoch, or None when somebody else holds it."""
    try:
        return _acquire(name, holder, ttl_seconds)
    except IntegrityError:
        return None  # two were first; the other one won


@retried
def _acquire(name: str, holder: str, ttl_seconds: float) -> int | None:
    at = clock.now()
    ttl = timedelta(seconds=ttl_seconds)
    until = at + ttl
    with transaction() as session:
        taken = session.execute(
            update(Lease)
            .where(Lease.name == name, or_(Lease.expires_at < at, Lease.expires_at > at + IMPLAUSIBLE_AFTER * ttl))
            .values(holder=holder, epoch=Lease.epoch + 1, expires_at=until)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        known = session.scalar(select(Lease).where(Lease.name == name).execution_options(populate_existing=True))
        if known is None:
            session.add(Lease(name=name, holder=holder, epoch=1, expires_at=until))
            return 1
        return known.epoch if taken == 1 else None


@retried
def renew(name: str, holder: str, epoch: int, *, ttl_seconds: float) -> bool:
    """Prolong a lease that is still ours. Returns False when somebody else took it: step down at once."""
    return _prolong(name, holder, epoch, clock.now() + timedelta(seconds=ttl_seconds))


@retried
def release(name: str, holder: str, epoch: int) -> bool:
    """Give a lease back, so that a standby need not wait for its end."""
    return _prolong(name, holder, epoch, clock.now() - timedelta(seconds=1))


def _prolong(name: str, holder: str, epoch: int, until: datetime) -> bool:
    with transaction() as session:
        done: int = session.execute(
            update(Lease)
            .where(Lease.name == name, Lease.holder == holder, Lease.epoch == epoch)
            .values(expires_at=until)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
    return done == 1


# ---------------------------------------------------------------- runs


def claim_period(job_id: str, period: str, holder: str) -> Period:
    """Make a daily job's day ours. UNIQUE(job, period) lets one scheduler run it, once.

    A run that failed is taken up again after some minutes, one whose process died as soon as somebody else leads:
    the work itself is repeatable.
    """
    try:
        return _insert_period(job_id, period, holder)
    except IntegrityError:
        return _take_over(job_id, period, holder)


@retried
def _insert_period(job_id: str, period: str, holder: str) -> Period:
    with transaction() as session:
        run = JobRun(job_id=job_id, period=period, holder=holder, started_at=clock.now(), handled=0)
        session.add(run)
        session.flush()
        return Period(run.id, False)


@retried
def _take_over(job_id: str, period: str, holder: str) -> Period:
    at = clock.now()
    with transaction() as session:
        run = session.scalar(
            select(JobRun)
            .where(JobRun.job_id == job_id, JobRun.period == period)
            .execution_options(populate_existing=True)
        )
        if run is None:
            return Period(None, False)
        if run.is_ok:
            return Period(None, True)
        if run.ended_at is not None and run.ended_at > at - RETRY_DAILY_AFTER:
            return Period(None, False)
        taken = session.execute(
            update(JobRun)
            .where(
                JobRun.id == run.id,
                JobRun.holder == run.holder,
                JobRun.started_at == run.started_at,
                JobRun.is_ok.is_not(True),
            )
            .values(holder=holder, started_at=at, ended_at=None, is_ok=None, error=None)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        return Period(run.id if taken == 1 else None, False)


@retried
def note_run(
    job_id: str,
    *,
    holder: str,
    started_at: datetime,
    handled: int,
    error: str | None,
    run_id: str | None = None,
    keep: bool = False,
) -> None:
    """Write the heartbeat of a run that ended, and its row.

    Args:
        error: where it broke, without any content; None when it went well.
        run_id: the row of a daily run. keep: write a row for a run of an interval job.
    """
    at = clock.now()
    is_ok = error is None
    outcome = {"ended_at": at, "is_ok": is_ok, "handled": handled, "error": error}
    with transaction() as session:
        state = session.get(JobState, job_id)
        if state is None:
            state = JobState(job_id=job_id, runs=0, last_started_at=started_at)
            session.add(state)
        state.last_started_at, state.last_ended_at = started_at, at
        state.last_ok_at = at if is_ok else state.last_ok_at
        state.last_handled, state.last_error = handled, error
        state.runs += 1
        if run_id:
            session.execute(
                update(JobRun)
                .where(JobRun.id == run_id, JobRun.holder == holder)
                .values(**outcome)
                .execution_options(synchronize_session=False)
            )
        elif keep:
            session.add(JobRun(job_id=job_id, holder=holder, started_at=started_at, **outcome))
