"""The jobs themselves: delivery over several connections, reminders, housekeeping."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock as now
from server.actions import followups as planning
from server.actions import signing
from server.database import db
from server.jobs import agreements, followups, housekeeping, notifications, reminders
from server.jobs.cli import work_of
from server.jobs.work import BUDGET, Work, repeat
from server.models import JobRun, LoginToken, Notification, NotificationStatus, WechatCallback
from tests import make
from tests.actions.pushing import Line, queued, reachable_resident
from tests.conftest import Clock


def with_line(app: APIFlask) -> tuple[Work, Line]:
    from dataclasses import replace

    line = Line()
    return replace(work_of(app), gateway=line), line  # type: ignore[type-var]


def statuses() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Notification.status)))


def test_delivery_sends_everything_once_over_several_threads(app: APIFlask) -> None:
    work, line = with_line(app)
    for _ in range(30):
        queued(resident_id=reachable_resident(followup=1)[0].id)

    assert notifications.deliver(work) == 30
    assert notifications.deliver(work) == 0
    assert len(line.pushed) == 30
    assert set(statuses()) == {NotificationStatus.SENT}


def test_delivery_keeps_to_its_budget(app: APIFlask) -> None:
    from dataclasses import replace

    work, line = with_line(app)
    scheduler = work.settings.scheduler.model_copy(update={"delivery_budget": 4})
    work = replace(work, settings=work.settings.model_copy(update={"scheduler": scheduler}))
    for _ in range(6):
        queued(resident_id=reachable_resident(followup=1)[0].id)

    assert [notifications.deliver(work) for _ in range(3)] == [4, 2, 0]
    assert len(line.pushed) == 6


def test_recovery_clears_what_a_dead_sender_left(app: APIFlask, clock: Clock) -> None:
    work, _ = with_line(app)
    resident, _, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)
    from server.database import transaction

    with transaction() as session:
        claimed = session.get_one(Notification, row.id)
        claimed.status, claimed.attempts = NotificationStatus.SENDING, 1
        claimed.lease_until_at = now.now() + timedelta(seconds=60)
    clock.advance(seconds=61)

    assert notifications.recover(work) == 1
    assert statuses() == [NotificationStatus.UNKNOWN]


def test_a_follow_up_is_reminded_and_sent_by_the_two_jobs(app: APIFlask) -> None:
    work, line = with_line(app)
    resident, _, team = reachable_resident(followup=1)
    make.followup(resident=resident, team=team, due_on=now.today())

    assert reminders.plan(work) == 1
    assert notifications.deliver(work) == 1
    assert line.pushed[0][2]["team"] == team.name


def test_repeat_stops_at_its_budget_and_when_told(app: APIFlask) -> None:
    from dataclasses import replace

    work, _ = with_line(app)
    assert repeat(lambda: True, work, budget=7) == 7
    assert repeat(lambda: True, work) == BUDGET
    assert repeat(lambda: True, replace(work, keep_going=lambda: False)) == 0


@pytest.mark.parametrize(
    ("module", "step", "job"),
    [
        (signing, "offer_next_renewal", agreements.offer_renewals),
        (signing, "expire_next", agreements.expire),
        (signing, "activate_next", agreements.activate),
        (signing, "withdraw_overdue_next", agreements.withdraw_overdue),
        (signing, "lapse_change_next", agreements.lapse_changes),
        (planning, "plan_visits_next", followups.plan_visits),
        (planning, "mark_missed_next", followups.mark_missed),
    ],
)
def test_a_daily_job_does_the_whole_day_however_much_it_is(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch, module: Any, step: str, job: Any
) -> None:
    """It comes back only tomorrow: what a budget left over would be told, ended or begun a day late."""
    left = BUDGET + 5

    def one(policy: object) -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    monkeypatch.setattr(module, step, one)
    work, _ = with_line(app)

    assert job(work) == BUDGET + 5


def test_housekeeping_deletes_only_what_is_old(app: APIFlask, clock: Clock) -> None:
    work, _ = with_line(app)
    user = make.user()
    make.session_of(user)
    for n in range(3):
        make.saved(WechatCallback(dedupe_key=f"old{n}", kind="message", received_at=now.now()))
    make.saved(JobRun(job_id="j", holder="h", started_at=now.now()))
    clock.advance(days=31)
    make.saved(WechatCallback(dedupe_key="new", kind="message", received_at=now.now()))
    make.session_of(user)

    assert housekeeping.tidy(work) == 1
    clock.advance(days=60)
    assert housekeeping.tidy(work) == 3

    def count(model: type) -> int:
        return db.session.scalar(select(func.count()).select_from(model)) or 0

    db.session.rollback()
    assert (count(WechatCallback), count(LoginToken), count(JobRun)) == (0, 0, 0)
