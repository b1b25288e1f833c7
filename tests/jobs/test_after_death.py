"""After a death nothing is ever told to that person again, whatever the calendar does."""

from dataclasses import replace
from datetime import date

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server.actions import signing
from server.database import db
from server.jobs.cli import work_of
from server.jobs.schedule import JOBS
from server.models import Notification, Programme
from tests import make
from tests.actions.leaving import DOCTOR, NOTHING, Life, left_over, life
from tests.actions.pushing import Line
from tests.conftest import Clock

DAYS = ["2026-03-02 10:00", "2026-03-03 09:30", "2026-03-06 10:30", "2026-03-31 09:30", "2026-04-01 09:30"]
LAST_DAYS = ["2027-01-30 09:30", "2027-02-22 09:30", "2027-02-28 09:30", "2027-03-02 09:30", "2027-04-05 09:30"]
ALONE = {"deliver_notifications"}
"""Runs in threads of its own, which see only what is committed; its turn comes last."""


@pytest.fixture
def one(app: APIFlask) -> Life:
    """With a monthly visit beside the other things."""
    found = life()
    make.followup(resident=found.resident, team=found.team, programme=Programme.HOME_VISIT, due_on=date(2026, 3, 31))
    return found


def run_all(app: APIFlask, clock: Clock) -> Line:
    """Run every job on every day on which something could be told."""
    line = Line()
    work = replace(work_of(app), gateway=line)  # type: ignore[type-var]
    for moment in DAYS + LAST_DAYS:
        clock.set(moment)
        for job in sorted(JOBS, key=lambda job: job.id in ALONE):
            job.run(work)
    return line


def told_to(one: Life) -> int:
    db.session.rollback()
    is_his = (Notification.resident_id == one.resident.id) | (Notification.user_id == one.user.id)
    return db.session.scalar(select(func.count()).select_from(Notification).where(is_his)) or 0


def test_a_whole_year_of_jobs_tells_the_dead_nothing(app: APIFlask, clock: Clock, one: Life) -> None:
    signing.close(one.agreement, signing.Event.DEATH, date(2026, 3, 2), by=DOCTOR)
    before = told_to(one)

    line = run_all(app, clock)

    assert told_to(one) == before
    assert line.pushed == []
    assert left_over(one) == NOTHING


def test_the_same_year_tells_the_living_a_lot(app: APIFlask, clock: Clock, one: Life) -> None:
    """Without this the test above would also pass if nobody were ever told anything."""
    before = told_to(one)

    run_all(app, clock)

    assert told_to(one) > before + 3
