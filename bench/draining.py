"""Draining the outbox to WeChat's endpoint, beside that endpoint's own limit at the same number of connections.

Target: at least 0.5 of what a plain load generator gets out of the same endpoint (performance.md P8).
"""

import contextlib
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import requests
from sqlalchemy import func, select

from bench import load
from bench.stage import Stage, interleaved, ratio_line
from server import clock
from server.app import create_app
from server.config import Settings, WechatApp
from server.database import db, transaction
from server.jobs.cli import work_of
from server.jobs.schedule import job
from server.jobs.work import Work
from server.models import Notification, NotificationStatus, PushConsent, WechatAccount
from server.models.notification import queue_many
from tests import configured, make
from tests.conftest import Clock
from tools import ports
from wechat_sandbox.serving import Control

ROOT = Path(__file__).resolve().parents[1]
SIZE = 1000
PUSH = "/cgi-bin/message/subscribe/send"
TEMPLATE = "sbx_followup_long"
FIELDS = {
    "thing1": {"value": "健康随访"},
    "time2": {"value": "2026年11月30日 09:00"},
    "thing3": {"value": "家庭医生团队"},
    "phone_number4": {"value": "0816-3333333"},
    "thing5": {"value": "请按时到中心或等待医生联系"},
}
START_SECONDS = 60
PORT = 8790


def run(stage: Stage, *, rounds: int, size: int | None) -> list[str]:
    """Send as many reminders by the job as by a plain load generator, turn by turn.

    Returns:
        Lines of the report.
    Raises:
        RuntimeError: one of the two did not get every message accepted.
    """
    count = size or SIZE
    with _sandbox() as (port, control), _morning() as now:
        settings = _as_shipped(configured.settings(stage.settings.database.url, f"http://127.0.0.1:{port}"))
        work = work_of(create_app(settings))
        connections = settings.scheduler.delivery_threads
        people = _people(control, count)
        token = _token(port, settings.wechat.miniprogram)
        plain = [_plain(token, openid) for openid in people.values()]
        days = iter(range(1, 10 * rounds + 10))

        def by_job() -> float:
            now.set(datetime.combine(clock.today() + timedelta(days=next(days)), datetime.min.time().replace(hour=10)))
            _queue(list(people))
            stage.settle()
            return _drained(work, count)

        def by_load() -> float:
            outcome = load.drive(port, plain, connections)
            if outcome.statuses != {200: count}:
                raise RuntimeError(f"the endpoint answered {dict(outcome.statuses)}")
            return outcome.rate

        by_job()
        pairs = interleaved(rounds, by_job, by_load)
    outcomes = _outcomes()
    if outcomes != {(NotificationStatus.SENT, None): count * (rounds + 1)}:
        raise RuntimeError(f"not all of {rounds + 1} times {count} messages were accepted: {outcomes}")
    return [
        f"{count} messages a round over {connections} connections",
        f"job {min(one for one, _ in pairs):.0f}–{max(one for one, _ in pairs):.0f} a second, "
        f"endpoint {min(one for _, one in pairs):.0f}–{max(one for _, one in pairs):.0f} (this machine, now)",
        ratio_line("drained / endpoint's own limit", [ours / limit for ours, limit in pairs], "at least 0.5"),
    ]


def _as_shipped(settings: Settings) -> Settings:
    """With the senders of config.example.toml."""
    shipped = tomllib.loads((ROOT / "config.example.toml").read_text(encoding="utf-8"))["scheduler"]
    return settings.model_copy(update={"scheduler": settings.scheduler.model_copy(update=shipped)})


@contextlib.contextmanager
def _sandbox() -> Iterator[tuple[int, Control]]:
    """WeChat's endpoint in a process of its own: its work must not be mistaken for ours."""
    port = ports.choose(PORT)
    process = subprocess.Popen([sys.executable, "-m", "wechat_sandbox", "--port", str(port)], cwd=ROOT, stdout=-3)
    control = Control(f"http://127.0.0.1:{port}")
    deadline = time.monotonic() + START_SECONDS
    try:
        while True:
            try:
                control.get("clock")
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        yield port, control
    finally:
        control.close()
        process.terminate()
        process.wait(timeout=30)


@contextlib.contextmanager
def _morning() -> Iterator[Clock]:
    now = Clock()
    now.set(datetime.combine(clock.today(), datetime.min.time().replace(hour=10)))
    try:
        yield now
    finally:
        now.stop()


def _people(control: Control, count: int) -> dict[str, str]:
    """Users who accepted reminders for good: our id → openid."""
    found = {}
    for number in range(count):
        person = control.post("users", {"name": f"居民{number}"})
        control.post(f"users/{person['id']}/subscribe", {"appid": configured.MINIPROGRAM, "template_ids": [TEMPLATE]})
        user = make.user(openids=False, resident=make.resident())
        found[user.id] = person["openids"][configured.MINIPROGRAM]
    at = clock.now()
    with transaction() as session:
        for user_id, openid in found.items():
            session.add(WechatAccount(app="miniprogram", openid=openid, user_id=user_id, created_at=at))
            session.add(PushConsent(user_id=user_id, template="followup_long", is_long_term=True, updated_at=at))
    return found


def _outcomes() -> dict[tuple[str, str | None], int]:
    db.session.rollback()
    columns = (Notification.status, Notification.reason)
    found = db.session.execute(select(*columns, func.count(Notification.id)).group_by(*columns))
    return {(status, reason): number for status, reason, number in found}


def _queue(people: list[str]) -> None:
    at = clock.now()
    facts = {"team": "家庭医生团队", "phone": "0816-3333333", "due_on": clock.today().isoformat()}
    notes = [
        {
            "kind": "followup_due",
            "dedupe_key": f"bench:{user_id}:{at}",
            "subject_id": user_id,
            "at": at,
            "facts": facts,
            "user_id": user_id,
        }
        for user_id in people
    ]
    with transaction():
        queue_many(notes)


def _drained(work: Work, count: int) -> float:
    """Messages a second of the job, run after run as the scheduler does."""
    began, handled = time.perf_counter(), 0
    while handled < count:
        done = job("deliver_notifications").run(work)
        if not done:
            raise RuntimeError(f"the job stopped after {handled} of {count} messages")
        handled += done
    return count / (time.perf_counter() - began)


def _token(port: int, account: WechatApp) -> str:
    """The token that the job uses, too: a stable one does not end another."""
    body = {"grant_type": "client_credential", "appid": account.app_id, "secret": account.app_secret}
    answer = requests.post(f"http://127.0.0.1:{port}/cgi-bin/stable_token", json=body, timeout=30)
    return str(answer.json()["access_token"])


def _plain(token: str, openid: str) -> bytes:
    body = {"touser": openid, "template_id": TEMPLATE, "page": "pages/followups/list", "data": FIELDS}
    return load.request("POST", f"{PUSH}?access_token={token}", "-", body)
