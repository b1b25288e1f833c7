"""Ticks of the scheduler: what runs, once, and what is written down. No thread of the scheduler runs here."""

import signal
import threading
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.access.jobs import Rhythm
from server.database import db
from server.jobs.cli import work_of
from server.jobs.runner import Runner
from server.jobs.schedule import JOBS, Job
from server.jobs.work import Work, repeat
from server.models import JobRun, JobState
from tests.conftest import Clock

MINUTE = timedelta(minutes=1)


def interval(run: Callable[[Work], int], job_id: str = "often") -> Job:
    return Job(job_id, Rhythm(job_id, 2, None, MINUTE), run, "why")


def daily(run: Callable[[Work], int], at: str = "09:00", job_id: str = "daily") -> Job:
    return Job(job_id, Rhythm(job_id, None, time.fromisoformat(at), MINUTE), run, "why")


@pytest.fixture
def runner(app: APIFlask) -> Callable[..., Runner]:
    def lead(*jobs: Job, holder: str = "one", leads: bool = True) -> Runner:
        made = Runner(work_of(app), jobs, holder=holder)
        if leads:
            made.leadership.beat()
            assert made.leadership.is_leading
        return made

    return lead


def runs() -> list[JobRun]:
    db.session.rollback()
    return list(
        db.session.scalars(select(JobRun).order_by(JobRun.started_at).execution_options(populate_existing=True))
    )


def state(job_id: str) -> JobState:
    db.session.rollback()
    return db.session.get_one(JobState, job_id, populate_existing=True)


def test_a_run_that_did_nothing_leaves_only_its_heartbeat(runner: Any) -> None:
    job = interval(lambda work: 0)
    runner(job).tick(job)

    assert (state("often").runs, state("often").last_error) == (1, None)
    assert state("often").last_ok_at is not None
    assert runs() == []


def test_a_run_that_did_something_is_kept(runner: Any) -> None:
    job = interval(lambda work: 3)
    runner(job).tick(job)

    assert [(run.handled, run.is_ok, run.period, run.holder) for run in runs()] == [(3, True, None, "one")]


def test_a_standby_runs_nothing(runner: Any) -> None:
    job = interval(lambda work: 3)
    runner(job)
    runner(job, holder="two", leads=False).tick(job)

    assert runs() == []


def test_a_job_that_raises_keeps_its_schedule_and_is_written_down_without_content(runner: Any) -> None:
    answers: list[Any] = [ValueError("张小明 13800000000"), ValueError("again"), 1]

    def run(work: Work) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return int(answer)

    job = interval(run)
    one = runner(job)
    one.tick(job)
    assert "ValueError in test_runner.py" in (state("often").last_error or "")
    assert "13800000000" not in (state("often").last_error or "")
    assert state("often").last_ok_at is None

    one.tick(job)
    one.tick(job)
    assert state("often").last_error is None
    assert [run.is_ok for run in runs()] == [False, True]  # the second failure within a minute is no news


def test_a_job_never_overlaps_itself_and_does_not_hold_up_others(runner: Any) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def slow(work: Work) -> int:
        inside.set()
        assert go_on.wait(10)
        return 1

    job, other = interval(slow), interval(lambda work: 5, "other")
    one = runner(job, other)
    thread = threading.Thread(target=one.tick, args=(job,))
    thread.start()
    assert inside.wait(10)

    one.tick(job)
    one.tick(other)
    one.leadership.beat()
    go_on.set()
    thread.join()

    assert one.leadership.is_leading
    assert sorted(run.handled for run in runs()) == [1, 5]


def test_a_daily_job_runs_once_for_its_day_whoever_leads(runner: Any, clock: Clock) -> None:
    count = []
    job = daily(lambda work: count.append(1) or 0)
    clock.set("2026-03-02 09:00")
    one = runner(job)
    one.tick(job)
    one.tick(job)
    clock.advance(seconds=20)
    runner(job, holder="two").tick(job)

    assert len(count) == 1
    assert [(run.period, run.is_ok) for run in runs()] == [("2026-03-02", True)]


def test_before_its_time_the_day_before_is_made_up_for(runner: Any, clock: Clock) -> None:
    clock.set("2026-03-02 08:59")
    job = daily(lambda work: 1)
    runner(job).tick(job)

    assert [run.period for run in runs()] == ["2026-03-01"]


def test_a_jump_of_days_runs_once_for_everything_due(runner: Any, clock: Clock) -> None:
    job = daily(lambda work: 1)
    one = runner(job)
    one.tick(job)
    clock.set("2026-03-09 12:00")
    one.leadership.beat()
    one.tick(job)

    assert [run.period for run in runs()] == ["2026-03-02", "2026-03-09"]


def test_a_daily_job_that_failed_is_tried_again_after_some_minutes(runner: Any, clock: Clock) -> None:
    answers = [RuntimeError("broken"), None]

    def run(work: Work) -> int:
        answer = answers.pop(0)
        if answer:
            raise answer
        return 7

    job = daily(run)
    one = runner(job)
    one.tick(job)
    one.tick(job)
    assert [run.is_ok for run in runs()] == [False]

    clock.advance(minutes=6)
    one.leadership.beat()
    one.tick(job)
    assert [(run.is_ok, run.handled) for run in runs()] == [(True, 7)]


def test_a_daily_run_whose_process_died_is_taken_over(runner: Any, clock: Clock, app: APIFlask) -> None:
    from server.actions import scheduling

    job = daily(lambda work: 2)
    assert scheduling.claim_period("daily", "2026-03-02", "dead").run_id is not None
    runner(job, holder="two").tick(job)

    assert [(run.holder, run.is_ok, run.handled) for run in runs()] == [("two", True, 2)]


def test_a_stopping_process_leaves_the_rest_of_the_day_to_the_next_leader(runner: Any) -> None:
    def run(work: Work) -> int:
        one.stop(signal.SIGTERM)
        return repeat(lambda: True, work)

    job = daily(run)
    one = runner(job)
    one.tick(job)

    assert [(run.is_ok, run.error, run.handled) for run in runs()] == [(False, "stopped", 0)]


def test_every_job_of_the_schedule_runs_on_an_empty_database(runner: Any, clock: Clock) -> None:
    one = runner(*JOBS)
    for job in JOBS:
        one.tick(job)

    errors = {job.id: state(job.id).last_error for job in JOBS}
    assert errors == dict.fromkeys(errors)
    assert len({job.id for job in JOBS}) == len(JOBS)


def test_jobs_can_be_listed_and_run_by_hand(app: APIFlask) -> None:
    cli = app.test_cli_runner()

    listing = cli.invoke(args=["jobs", "list"]).output
    assert all(job.id in listing and job.why in listing for job in JOBS)
    assert cli.invoke(args=["jobs", "once", "plan_reminders"]).output == "plan_reminders: 0\n"
    assert cli.invoke(args=["jobs", "once", "nonsense"]).exit_code != 0


@pytest.mark.parametrize(
    ("at", "ok", "late"),
    [
        ("09:00", "2026-03-01 09:00", False),
        ("10:00", "2026-03-01 09:00", False),
        ("10:01", "2026-03-01 09:00", True),
        ("10:01", "2026-03-02 09:00", False),
        ("08:00", "2026-03-01 09:01", False),
    ],
)
def test_a_daily_job_is_late_an_hour_after_its_time(at: str, ok: str, late: bool) -> None:
    from datetime import datetime

    from server.clock import SHANGHAI

    rhythm = Rhythm("daily", None, time(9), timedelta(hours=1))
    last_ok = datetime.fromisoformat(ok).replace(tzinfo=SHANGHAI)
    heartbeat = JobState(job_id="daily", last_started_at=last_ok, last_ok_at=last_ok)

    assert rhythm.is_late(heartbeat, datetime.fromisoformat(f"2026-03-02 {at}").replace(tzinfo=SHANGHAI)) is late
    assert rhythm.is_late(None, last_ok) is True
