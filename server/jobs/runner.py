"""The scheduler process: wakes each job in real time while this process leads, and writes down what happened.

APScheduler only wakes; which daily job is due is decided by our clock and UNIQUE(job, period), so a jump of the clock
or a long stand-still runs every missed effect once. A job that raises keeps its schedule.
"""

import logging
import os
import signal
import socket
import threading
import traceback
from dataclasses import replace
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from server import clock
from server.actions import scheduling
from server.ids import new_id
from server.jobs.leadership import Leadership
from server.jobs.schedule import JOBS, Job
from server.jobs.work import Work

logger = logging.getLogger(__name__)

THREADS = 8
LOOK_FOR_DAILY_SECONDS = 3
WATCH_SECONDS = 0.5
JUMP_SECONDS = 30
SAME_ERROR_SECONDS = 60


class Runner:
    """Runs the schedule in one process."""

    def __init__(self, work: Work, jobs: tuple[Job, ...] = JOBS, holder: str | None = None) -> None:
        self.jobs = jobs
        self.holder = holder or f"{socket.gethostname()[:24]}-{os.getpid()}-{new_id()[-6:]}"
        self.leadership = Leadership(self.holder, work.settings.scheduler.lease_seconds)
        self.stopping = threading.Event()
        self.work = replace(work, keep_going=self.may_work)
        self._running = {job.id: threading.Lock() for job in jobs}
        self._done_periods: dict[str, str] = {}
        self._failed: dict[str, float] = {}
        self._scheduler = BackgroundScheduler(
            timezone=clock.SHANGHAI,
            executors={"default": ThreadPoolExecutor(THREADS)},
            job_defaults={"max_instances": 1, "coalesce": True, "misfire_grace_time": None},
        )

    def may_work(self) -> bool:
        """Tell whether this process leads and was not asked to stop."""
        return self.leadership.is_leading and not self.stopping.is_set()

    # ------------------------------------------------------------ the process

    def run_until_stopped(self) -> None:
        """Run until SIGTERM, SIGINT or ``stop``; finish the message in hand, give the lease back."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        watcher = threading.Thread(target=self._watch, name="lease", daemon=True)
        watcher.start()
        for job in self.jobs:
            seconds = job.rhythm.every_seconds or LOOK_FOR_DAILY_SECONDS
            self._scheduler.add_job(self.tick, IntervalTrigger(seconds=seconds), args=[job], id=job.id)
        self._scheduler.start()
        logger.info("Scheduler %s started", self.holder)
        while not self.stopping.wait(1):
            pass
        self._scheduler.shutdown(wait=True)
        watcher.join(timeout=10)
        with self.work.app.app_context():
            self.leadership.resign()
        logger.info("Scheduler %s stopped", self.holder)

    def stop(self, *_signal: Any) -> None:
        """Ask the process to end."""
        self.stopping.set()

    def _watch(self) -> None:
        """Keep the lease alive, apart from all jobs; wake everybody when we begin to lead or the clock jumps."""
        next_beat, ahead = 0.0, self._clock_ahead()
        while not self.stopping.wait(WATCH_SECONDS):
            was_leading = self.leadership.is_leading
            if clock.monotonic() >= next_beat:
                next_beat = clock.monotonic() + self.leadership.ttl_seconds / 3
                self._beat()
            jumped = abs(self._clock_ahead() - ahead) > JUMP_SECONDS
            if jumped:
                ahead = self._clock_ahead()
            if self.leadership.is_leading and (jumped or not was_leading):
                self._wake_all()

    def _clock_ahead(self) -> float:
        return clock.now().timestamp() - clock.monotonic()

    def _beat(self) -> None:
        try:
            with self.work.app.app_context():
                self.leadership.beat()
        except Exception as error:  # the database is away: our deadline takes the lead from us
            logger.error("The lease could not be renewed", exc_info=error)

    def _wake_all(self) -> None:
        for job in self.jobs:
            self._scheduler.add_job(self.tick, args=[job], id=f"{job.id}:now", replace_existing=True)

    # ------------------------------------------------------------ one run

    def tick(self, job: Job) -> None:
        """Run a job if this process leads and the job is due and not running."""
        if not self.may_work() or not self._running[job.id].acquire(blocking=False):
            return
        try:
            with self.work.app.app_context():
                if job.rhythm.daily_at is None:
                    self._run(job, None)
                else:
                    self._run_daily(job)
        except Exception as error:  # its own book-keeping failed; the next tick tries again
            logger.error("Job %s could not be written down", job.id, exc_info=error)
        finally:
            self._running[job.id].release()

    def _run_daily(self, job: Job) -> None:
        period = clock.local(job.rhythm.last_due(clock.now())).date().isoformat()
        if self._done_periods.get(job.id) == period:
            return
        claim = scheduling.claim_period(job.id, period, self.holder)
        is_done = claim.is_done or (claim.run_id is not None and self._run(job, claim.run_id))
        if is_done:
            self._done_periods[job.id] = period

    def _run(self, job: Job, run_id: str | None) -> bool:
        started_at = clock.now()
        handled, error = 0, None
        try:
            handled = job.run(self.work)
        except Exception as cause:
            error = _where(cause)
            logger.error("Job %s failed", job.id, exc_info=cause)
        if error is None and run_id and not self.may_work():
            error = "stopped"  # the rest of the day's work is taken up by whoever leads next
        scheduling.note_run(
            job.id,
            holder=self.holder,
            started_at=started_at,
            handled=handled,
            error=error,
            run_id=run_id,
            keep=handled > 0 or self._is_news(job, error),
        )
        return error is None

    def _is_news(self, job: Job, error: str | None) -> bool:
        """Tell whether a failure deserves a row: the first one, and then one a minute."""
        if error is None:
            self._failed.pop(job.id, None)
            return False
        last = self._failed.get(job.id)
        if last is not None and clock.monotonic() - last < SAME_ERROR_SECONDS:
            return False
        self._failed[job.id] = clock.monotonic()
        return True


def _where(error: BaseException) -> str:
    """Return type and place of an error; its text may hold personal data."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__} in {place}"
