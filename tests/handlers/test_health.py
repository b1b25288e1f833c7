"""/health: green when every job is on time and somebody leads, red otherwise; nothing personal."""

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from server.access import jobs as access
from server.database import transaction
from server.jobs.cli import work_of
from server.jobs.runner import Runner
from server.jobs.schedule import JOBS
from server.models import JobState, Notification, NotificationStatus
from tests import make
from tests.actions.pushing import queued
from tests.conftest import Clock


@pytest.fixture
def runner(app: APIFlask) -> Runner:
    made = Runner(work_of(app), JOBS, holder="one")
    made.leadership.beat()
    for job in JOBS:
        made.tick(job)
    return made


def test_without_a_scheduler_it_is_red(client: FlaskClient) -> None:
    answer = client.get("/health")

    assert (answer.status_code, answer.json["status"]) == (503, "red")
    assert answer.json["scheduler"]["leads"] is False
    assert all(job["late"] for job in answer.json["jobs"])


def test_when_everything_ran_it_is_green(client: FlaskClient, runner: Runner) -> None:
    answer = client.get("/health")

    assert (answer.status_code, answer.json["status"]) == (200, "green")
    assert [job["id"] for job in answer.json["jobs"]] == [job.id for job in JOBS]
    assert answer.json["unknown_notifications"] == 0


def test_a_late_job_turns_it_red_and_is_named(client: FlaskClient, runner: Runner, clock: Clock) -> None:
    clock.advance(minutes=3)
    runner.leadership.beat()
    for job in JOBS:
        if job.id != "deliver_notifications":
            runner.tick(job)

    answer = client.get("/health")

    assert answer.status_code == 503
    assert [job["id"] for job in answer.json["jobs"] if job["late"]] == ["deliver_notifications"]


def test_a_daily_job_that_did_not_run_turns_it_red(client: FlaskClient, runner: Runner, clock: Clock) -> None:
    clock.set("2026-03-03 10:30")
    runner.leadership.beat()
    for job in JOBS:
        if job.id != "offer_renewals":
            runner.tick(job)

    assert [job["id"] for job in client.get("/health").json["jobs"] if job["late"]] == ["offer_renewals"]


def test_a_job_that_keeps_failing_is_shown_and_late_in_time(client: FlaskClient, runner: Runner, clock: Clock) -> None:
    with transaction() as session:
        session.get_one(JobState, "plan_reminders").last_error = "ValueError in x.py:1"

    shown = {job["id"]: job["failing"] for job in client.get("/health").json["jobs"]}
    assert [job for job, failing in shown.items() if failing] == ["plan_reminders"]


def test_nobody_leading_turns_it_red(client: FlaskClient, runner: Runner) -> None:
    runner.leadership.resign()

    assert client.get("/health").status_code == 503


def test_unknown_notifications_are_counted_and_nothing_personal_is_shown(client: FlaskClient, runner: Runner) -> None:
    resident = make.resident(name="欧阳无忌")
    row = queued(resident_id=resident.id)
    with transaction() as session:
        session.get_one(Notification, row.id).status = NotificationStatus.UNKNOWN

    answer = client.get("/health")

    assert answer.json["unknown_notifications"] == 1
    for word in (resident.name, "13800000000", row.id, "one"):
        assert f'"{word}"' not in answer.text


def test_a_database_that_does_not_answer_is_red_and_not_an_error(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> bool:
        raise OSError("secret address of the database")

    monkeypatch.setattr(access, "database_answers", away)

    answer = client.get("/health")

    assert (answer.status_code, answer.json) == (503, {"status": "red", "database": False})
