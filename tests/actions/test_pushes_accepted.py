"""Every kind over every one of its channels, through the real gateway: WeChat's rules accept words and page."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import policy
from server.access.channels import Way
from server.actions import notifications
from server.config import Settings
from server.database import db
from server.handlers.context import EXTENSION
from server.models import Conversation, Message, Notification, NotificationStatus, WechatAccount, WechatUser
from server.policy.notices import CHATS, KEFU, KINDS, template_of
from tests import configured, make
from tests.actions.pushing import fresh, queued
from tests.policy.test_notices import FACTS
from wechat_sandbox.serving import Sandbox

POLICY = policy.load("mianyang")
EACH = [(kind, channel) for kind, row in KINDS.items() for channel in row.channels]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as served:
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def person(sandbox: Sandbox, app: APIFlask) -> tuple[str, WechatUser]:
    """Somebody in the sandbox who follows us and wrote to us just now, and the same one in our database."""
    follows = {configured.SERVICE_ACCOUNT: True}
    made = sandbox.control.post("/sandbox/users", {"name": "张小明", "follows": follows})
    user = make.user(openids=False, resident=make.resident())
    for app_name, app_id in (("miniprogram", configured.MINIPROGRAM), ("service_account", configured.SERVICE_ACCOUNT)):
        account = WechatAccount(
            app=app_name, openid=made["openids"][app_id], user_id=user.id, follows=True, created_at=user.created_at
        )
        account.open_window(user.created_at, messages=5, minutes=60)
        make.saved(account)
    for app_id in (configured.SERVICE_ACCOUNT, configured.MINIPROGRAM):
        message = {"appid": app_id, "type": "text", "content": "您好"}
        sandbox.control.post(f"/sandbox/users/{made['id']}/messages", message)
    return made["id"], user


@pytest.mark.parametrize(("kind", "channel"), EACH)
def test_wechat_accepts_it(
    kind: str,
    channel: str,
    person: tuple[str, WechatUser],
    sandbox: Sandbox,
    app: APIFlask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person_id, user = person
    app_name = "miniprogram" if channel.startswith("subscribe:") else CHATS.get(channel, "service_account")
    openid = user_openid(user, app_name)
    if channel.startswith("subscribe:"):
        sandbox.world.balances.of(configured.MINIPROGRAM, openid, f"sbx_{template_of(channel)}").sends_left = 1
    monkeypatch.setattr("server.actions.notifications.deciding.first_open", lambda *_, **__: Way(channel, openid))
    row: Notification = queued(kind, user_id=user.id, facts=FACTS, **subject_of(kind, user))

    notifications.deliver_next(app.extensions[EXTENSION].gateway, settings, POLICY)

    assert (fresh(row).status, fresh(row).channel) == (NotificationStatus.SENT, channel)
    chat_with = configured.MINIPROGRAM if channel == KEFU else configured.SERVICE_ACCOUNT
    chat = sandbox.control.get(f"/sandbox/users/{person_id}/chat?appid={chat_with}")
    shown = sandbox.control.get(f"/sandbox/users/{person_id}/notices") if channel.startswith("subscribe:") else chat
    assert shown
    if channel in CHATS:
        assert shown[-1]["via"] == "customer_service"
    else:
        assert fresh(row).provider_ref


def subject_of(kind: str, user: WechatUser) -> dict[str, str]:
    """What the bot said: only that is sent into the chat."""
    if kind != "bot_answer":
        return {}
    at = user.created_at
    row = make.saved(
        Conversation(user_id=user.id, open_key=user.id, status="bot", short_no=0, created_at=at, last_message_at=at)
    )
    said = make.saved(Message(conversation_id=row.id, sender="bot", text="您好", via="kefu", at=at))
    return {"subject_id": said.id}


def user_openid(user: WechatUser, app: str) -> str:
    found = db.session.scalar(
        select(WechatAccount.openid).where(WechatAccount.user_id == user.id, WechatAccount.app == app)
    )
    db.session.rollback()
    assert found
    return found
