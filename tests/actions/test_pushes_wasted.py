"""What WeChat would refuse is not sent at all: its journal stays free of subscribe messages nobody accepted."""

from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask

from server import policy
from server.actions import notifications
from server.config import Settings
from server.handlers.context import EXTENSION
from server.models import NotificationStatus, PhoneTask, WechatAccount, WechatUser
from tests import configured, make
from tests.actions.pushing import fresh, queued
from wechat_sandbox.serving import Sandbox

POLICY = policy.load("mianyang")
SEND = "/cgi-bin/message/subscribe/send"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as served:
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def deliver_all(app: APIFlask, settings: Settings) -> Any:
    def run() -> None:
        while notifications.deliver_next(app.extensions[EXTENSION].gateway, settings, POLICY):
            pass

    return run


def person(sandbox: Sandbox) -> WechatUser:
    """A resident who uses the mini-program only, in the sandbox and in our database."""
    made = sandbox.control.post("/sandbox/users", {"name": "张小明"})
    user = make.user(openids=False, resident=make.resident())
    openid = made["openids"][configured.MINIPROGRAM]
    make.saved(WechatAccount(app="miniprogram", openid=openid, user_id=user.id, created_at=user.created_at))
    return user


def sends(sandbox: Sandbox) -> list[Any]:
    entries = sandbox.control.get("/sandbox/journal?limit=500")
    entries = entries["items"] if isinstance(entries, dict) else entries
    assert entries is not None
    return [entry for entry in entries if entry["path"] == SEND]


@pytest.mark.parametrize("known", [None, 0])
def test_without_an_accept_wechat_is_not_asked_and_the_team_phones(
    deliver_all: Any, sandbox: Sandbox, known: int | None
) -> None:
    user, team = person(sandbox), make.team()
    if known is not None:
        make.push_consent(user, "followup", left=known)
        make.push_consent(user, "followup_long", left=0, long_term=False)
    rows = [queued(kind, resident_id=user.resident_id, team_id=team.id) for kind in ("followup_due", "home_visit")]

    deliver_all()

    assert sends(sandbox) == []
    assert [(fresh(row).status, fresh(row).attempts) for row in rows] == [(NotificationStatus.FAILED, 0)] * 2
    assert make.db.session.query(PhoneTask).count() == 2


def test_an_accept_on_record_is_used(deliver_all: Any, sandbox: Sandbox) -> None:
    """Without this the test above would also pass if nothing were ever sent."""
    user = person(sandbox)
    openid = user.accounts[0].openid
    make.db.session.rollback()
    sandbox.world.balances.of(configured.MINIPROGRAM, openid, "sbx_followup").sends_left = 1
    make.push_consent(user, "followup", left=1)
    row = queued("followup_due", resident_id=user.resident_id)

    deliver_all()

    assert len(sends(sandbox)) == 1
    assert fresh(row).status == NotificationStatus.SENT
