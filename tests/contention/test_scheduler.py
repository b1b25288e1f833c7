"""Scheduler processes, one database, WeChat on loopback: whoever leads is killed in the middle of the reminders."""

import base64
import json
import logging
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock as server_clock
from server.access.jobs import LEASE
from server.config import ENVIRONMENT_VARIABLE, Settings
from server.database import db, transaction
from server.models import Attempt, JobRun, Lease, Notification, NotificationStatus, WechatAccount, WechatUser
from server.models.notification import queue
from tests import configured, make
from tests.conftest import Clock
from tests.contention.nursery import Child
from wechat_sandbox.serving import Sandbox

logger = logging.getLogger(__name__)
REMINDERS, PEOPLE, LEASE_SECONDS = 1000, 20, 5
PUSH = "/cgi-bin/message/subscribe/send"
ITEMS = int(os.environ.get("REMINDERS", "300"))
KILLS = int(os.environ.get("SCHEDULER_KILLS", "2"))
N = NotificationStatus


def real_now() -> datetime:
    """The time outside the test's moved clock: the schedulers are processes of their own."""
    return datetime.fromtimestamp(time_machine.escape_hatch.time.time(), server_clock.SHANGHAI)


@pytest.fixture
def sandbox(clock: Clock) -> Iterator[Sandbox]:
    """A sandbox at half past ten on the coming day, so that no quiet hours get in the way."""
    clock.set(real_now())
    with Sandbox(seed=1) as served:
        morning = (real_now() + timedelta(days=1)).replace(hour=10, minute=30)
        served.control.post("/sandbox/clock", {"set": morning.isoformat()})
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def settings(database_url: str, wechat_base: str) -> Settings:
    found = configured.settings(database_url, wechat_base)
    app = found.app.model_copy(update={"clock_follows": f"{wechat_base}/sandbox/clock"})
    scheduler = found.scheduler.model_copy(update={"lease_seconds": LEASE_SECONDS})
    return found.model_copy(update={"app": app, "scheduler": scheduler})


@pytest.fixture
def processes(settings: Settings, tmp_path: Path, app: APIFlask) -> Iterator[Callable[[], Child]]:
    """Starts schedulers; none of them outlives the test."""
    config = tmp_path / "config.toml"
    config.write_text(as_toml(settings.model_dump()), encoding="utf-8")
    started: list[Child] = []

    def start() -> Child:
        command = ("--app", "server.app:create_app", "jobs", "run")
        environment = {**os.environ, ENVIRONMENT_VARIABLE: str(config)}
        process = Child("flask", *command, environment=environment, log=tmp_path / f"scheduler{len(started)}.log")
        started.append(process)
        return process

    yield start
    server_clock.follow(None)
    for process in started:
        process.kill()
        process.wait(timeout=10)


def as_toml(values: dict[str, Any], path: str = "") -> str:
    """Write nested tables as TOML: enough for our own settings."""
    lines = [f"[{path}]"] if path else []
    for key, value in values.items():
        if not isinstance(value, dict):
            plain = base64.b64encode(value).decode() if isinstance(value, bytes) else value
            lines.append(f"{key} = {json.dumps(plain)}")
    tables = [(f"{path}.{key}" if path else key, value) for key, value in values.items() if isinstance(value, dict)]
    return "\n".join(lines) + "\n" + "".join(as_toml(table, name) for name, table in tables)


def people_with_consent(
    sandbox: Sandbox, people: int = PEOPLE, reminders: int = REMINDERS
) -> list[tuple[str, WechatUser]]:
    """People of the sandbox whom we know, with an accept for each of their reminders."""
    made = []
    for number in range(people):
        person = sandbox.control.post("/sandbox/users", {"name": f"居民{number}"})
        openid = person["openids"][configured.MINIPROGRAM]
        user = make.user(openids=False, resident=make.resident())
        make.saved(
            WechatAccount(app="miniprogram", openid=openid, user_id=user.id, created_at=server_clock.now()),
        )
        make.push_consent(user, "followup", left=reminders)
        sandbox.world.balances.of(configured.MINIPROGRAM, openid, "sbx_followup").sends_left = reminders
        made.append((person["id"], user))
        db.session.refresh(user)
        db.session.expunge_all()  # each transaction begins by expiring all rows the session knows
    return made


def queue_reminders(people: list[tuple[str, WechatUser]], reminders: int = REMINDERS) -> None:
    """Due reminders, each recognisable by its team on the phone.

    Urgent ones: no day's limit merges them, so that few people do for many.
    """
    with transaction():
        for number in range(reminders):
            facts = {"team": f"团队{number}", "phone": "0816-3333333", "due_on": "2030-01-01"}
            user = people[number % len(people)][1]
            key = f"reminder:{number}"
            queue(
                "followup_due",
                dedupe_key=key,
                subject_id="S" * 26,
                at=server_clock.now(),
                facts=facts,
                user_id=user.id,
                resident_id=user.resident_id,
                is_urgent=True,
            )


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def scalar(statement: Any) -> Any:
    found = db.session.scalar(statement.execution_options(populate_existing=True))
    db.session.rollback()
    return found


def count(*statuses: NotificationStatus) -> int:
    return int(scalar(select(func.count()).where(Notification.status.in_(statuses))))


def leader_among(processes: list[Child]) -> Child:
    """The one of these that leads now; a dead one's lease has to run out first."""
    found: list[Child] = []

    def leads() -> bool:
        holder = scalar(select(Lease.holder).where(Lease.name == LEASE)) or "-0-0"
        found[:] = [process for process in processes if process.pid == int(holder.split("-")[-2])]
        return bool(found)

    wait_until(leads, 90, "somebody leads")
    return found[0]


def received(sandbox: Sandbox, people: list[tuple[str, WechatUser]]) -> Counter[str]:
    """How often each reminder arrived on a phone, by the team it names."""
    notices = [notice for person, _ in people for notice in sandbox.control.get(f"/sandbox/users/{person}/notices")]
    return Counter(row["value"] for notice in notices for row in notice["rows"] if row["value"].startswith("团队"))


def test_a_killed_leader_loses_none_and_nothing_is_sent_twice(
    app: APIFlask, sandbox: Sandbox, processes: Callable[[], Child]
) -> None:
    people = people_with_consent(sandbox)
    queue_reminders(people)
    # slow enough that the leader has most of it still before him, and calls in hand, whenever we come to kill him
    sandbox.control.post("/sandbox/faults", {"path": PUSH, "kind": "delay", "seconds": 0.05})
    both = [processes(), processes()]
    leader = leader_among(both)
    (standby,) = [process for process in both if process is not leader]

    wait_until(lambda: count(N.SENT) > REMINDERS // 4, 60, "a quarter is sent")
    leader.send_signal(signal.SIGKILL)
    leader.wait(timeout=10)
    assert count(N.CREATED) > 0, "the kill came too late to prove anything"
    sandbox.control.delete("/sandbox/faults")

    wait_until(lambda: count(N.CREATED) == 0, 90, "the standby sends the rest")
    wait_until(lambda: count(N.SENDING) == 0 or standby_is_idle(), 30, "the standby ends its run")
    sandbox.control.post("/sandbox/clock", {"advance_seconds": 180})  # what the dead one had in hand runs out
    wait_until(lambda: count(N.SENDING, N.CREATED) == 0, 60, "what the dead one had in hand is decided")

    arrived = received(sandbox, people)
    status_of = {
        facts["team"]: status for status, facts in db.session.execute(select(Notification.status, Notification.facts))
    }
    assert len(status_of) == REMINDERS
    assert max(arrived.values()) == 1
    lost = [team for team, status in status_of.items() if status == N.SENT and team not in arrived]
    assert lost == []
    unknown = [team for team, status in status_of.items() if status == N.UNKNOWN]
    assert len(unknown) <= 4, "only what each of the four senders had in hand"
    assert Counter(status_of.values()).keys() <= {N.SENT, N.UNKNOWN}
    assert len(arrived) >= REMINDERS - len(unknown)
    assert max(Counter(db.session.scalars(select(Attempt.notification_id))).values()) == 1

    db.session.rollback()
    holders = set(db.session.scalars(select(JobRun.holder).where(JobRun.job_id == "deliver_notifications")))
    assert {int(holder.split("-")[-2]) for holder in holders} == {leader.pid, standby.pid}
    assert scalar(select(Lease.epoch)) == 2


@pytest.mark.mariadb
def test_three_schedulers_killed_at_random_moments_while_wechat_fails_now_and_then(
    app: APIFlask, sandbox: Sandbox, processes: Callable[[], Child]
) -> None:
    """Whoever leads is killed again and again; the sandbox's journal says what arrived, and how often.

    In full: ``REMINDERS=10000 SCHEDULER_KILLS=50 python -m pytest tests/contention/test_scheduler.py -k three``.
    """
    people = people_with_consent(sandbox, ITEMS, 8)  # one each: those of one person would travel together
    queue_reminders(people, ITEMS)
    troubles: list[dict[str, object]] = [
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "http"},
        {"kind": "errcode", "errcode": -1},
    ]
    for trouble in troubles:
        sandbox.control.post("/sandbox/faults", {"path": PUSH, "share": 0.005, **trouble})
    running = [processes() for _ in range(3)]
    chance, killed = random.Random(1), 0
    while killed < KILLS:
        leader = leader_among(running)
        goal = min(count(N.CREATED), ITEMS // KILLS)
        left = count(N.CREATED) - goal + chance.randrange(max(goal - 1, 1))
        wait_until(lambda: count(N.CREATED) <= left, 120, "some more are sent")  # noqa: B023 - asked at once
        leader.send_signal(signal.SIGKILL)
        leader.wait(timeout=10)
        killed += 1
        running = [process for process in running if process is not leader] + [processes()]

    for _ in range(40):  # what a dead one had in hand runs out, and what WeChat refused is tried again
        # nobody is in the middle of a call when the hours jump: its lease would look run out
        wait_until(lambda: count_due() == 0 and standby_is_idle(), 120 + ITEMS // 20, "all that is due is decided")
        if count(N.SENDING, N.CREATED) == 0:
            break
        sandbox.control.post("/sandbox/clock", {"advance_seconds": 15_000})
        time.sleep(3)  # until everybody's clock has followed, nothing looks due
    assert count(N.SENDING, N.CREATED) == 0

    accepted, maybe = journal_of(sandbox)
    rows = db.session.execute(select(Notification.status, Notification.facts)).all()
    status_of = {facts["team"]: status for status, facts in rows}
    assert len(status_of) == ITEMS
    assert Counter(status_of.values()).keys() <= {N.SENT, N.UNKNOWN, N.FAILED}
    lost = [team for team, status in status_of.items() if status == N.SENT and team not in accepted]
    assert lost == []
    twice = [team for team, times in accepted.items() if times > 1]
    assert [team for team in twice if status_of[team] != N.UNKNOWN] == []
    unknown = [team for team, status in status_of.items() if status == N.UNKNOWN]
    figures = (killed, len(accepted), len(unknown), len(twice), maybe)
    logger.warning("%d kills, %d arrived, %d unknown, %d twice, %d calls unanswered", *figures)
    assert len(unknown) <= 4 * killed + maybe, "only what a killed sender had in hand, and what WeChat never answered"
    assert [team for team, status in status_of.items() if status == N.FAILED and team in accepted] == []


def count_due() -> int:
    """Rows that could be sent or decided now."""
    now = server_clock.now()
    waiting = (Notification.status == N.CREATED) & (Notification.next_attempt_at <= now)
    held = (Notification.status == N.SENDING) & (Notification.lease_until_at < now)
    return int(scalar(select(func.count()).select_from(Notification).where(waiting | held)))


def journal_of(sandbox: Sandbox) -> tuple[Counter[str], int]:
    """How often each reminder was accepted, and how many calls were left without an answer."""
    calls = sandbox.control.get(f"/sandbox/journal?path={PUSH}")
    # a call that is cut off afterwards was accepted all the same
    done = [one for one in calls if one["fault"] in (None, "drop_after") and one["errcode"] == 0]
    cut = sum(one["fault"] in ("drop_before", "drop_after", "http") for one in calls)
    return Counter(value["value"] for one in done for value in one["body"]["data"].values() if is_team(value)), cut


def is_team(value: dict[str, str]) -> bool:
    """Whether a field of a message is the one that tells reminders apart."""
    return value["value"].startswith("团队")


def standby_is_idle() -> bool:
    """Nothing but the dead leader's own rows is left in hand: no attempt began within the last seconds."""
    latest = scalar(select(func.max(Attempt.started_at)))
    return latest is not None and server_clock.now() - latest > timedelta(seconds=8)


def test_a_scheduler_that_is_told_to_stop_hands_over_at_once(app: APIFlask, processes: Callable[[], Child]) -> None:
    both = [processes(), processes()]
    leader = leader_among(both)
    (standby,) = [process for process in both if process is not leader]

    leader.send_signal(signal.SIGTERM)
    assert leader.wait(timeout=20) == 0

    wait_until(lambda: f"-{standby.pid}-" in scalar(select(Lease.holder)), 20, "the standby leads")
