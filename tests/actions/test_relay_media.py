"""Pictures and voice: fetched at once, checked by content, sealed; content safety, through the real gateway."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server import clock as server_clock
from server import policy
from server.access import conversations, media
from server.actions import messaging
from server.config import Settings
from server.database import db
from server.handlers.context import EXTENSION
from server.models import (
    AuditEvent,
    ContentCheck,
    Conversation,
    MediumStatus,
    Message,
    MessageMedium,
    Verdict,
    WechatAccount,
    WechatUser,
)
from server.wechat.gateway import Gateway, Judged
from tests import configured, make
from tests.actions.conversing import as_resident, as_staff, said_in
from tests.conftest import Clock
from wechat_sandbox.samples import PICTURE, VOICE
from wechat_sandbox.serving import Sandbox

POLICY = policy.load("mianyang")
APPS = {"service_account": configured.SERVICE_ACCOUNT, "miniprogram": configured.MINIPROGRAM}
MEDIA_GET = "/cgi-bin/media/get"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as served:
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def gateway(app: APIFlask) -> Gateway:
    found: Gateway = app.extensions[EXTENSION].gateway
    return found


class Person:
    """Resident Lin with a phone in the sandbox, and her doctor."""

    def __init__(self, sandbox: Sandbox, clock: Clock) -> None:
        self.sandbox, self.chen = sandbox, make.staff(name="陈医生")
        lin = make.resident(name="林小月")
        make.agreement(resident=lin, team=make.team(lead=self.chen))
        made = sandbox.control.post("users", {"name": "林小月", "follows": {configured.SERVICE_ACCOUNT: True}})
        self.id, self.openids = made["id"], made["openids"]
        self.user: WechatUser = make.user(openids=False, resident=lin)
        for app, app_id in APPS.items():
            row = WechatAccount(
                app=app, openid=made["openids"][app_id], user_id=self.user.id, created_at=self.user.created_at
            )
            make.saved(row)

    def sends(self, kind: str, content: bytes | None = None, app: str = "service_account", words: str = "") -> Message:
        """Send something on the phone and hand the callback's values to the action."""
        file = {} if content is None else {"file": base64.b64encode(content).decode()}
        body = {"appid": APPS[app], "type": kind, **({"content": words} if kind == "text" else file)}
        self.sandbox.control.post(f"users/{self.id}/messages", body)
        media_id = next(reversed(self.sandbox.world.media._media), "") if kind in ("image", "voice") else ""
        messaging.receive(
            app=app, openid=self.openids[APPS[app]], unionid=None, dedupe_key=f"{app}:msg:{media_id or words}", text=words,
            kind=kind, at=server_clock.now(), policy=POLICY, most=500, media_id=media_id,
        )  # fmt: skip
        said = select(Message).where(Message.sender == "resident").order_by(Message.id.desc()).limit(1)
        return db.session.scalars(said).one()

    @property
    def conversation(self) -> Conversation:
        return db.session.scalars(select(Conversation).where(Conversation.open_key == self.user.id)).one()


@pytest.fixture
def lin(app: APIFlask, sandbox: Sandbox, clock: Clock) -> Person:
    return Person(sandbox, clock)


def medium() -> MessageMedium:
    db.session.rollback()
    return db.session.scalars(select(MessageMedium).execution_options(populate_existing=True)).one()


def check() -> ContentCheck:
    db.session.rollback()
    return db.session.scalars(select(ContentCheck).execution_options(populate_existing=True)).one()


def shown(message: Message) -> str:
    """What the doctor reads."""
    db.session.rollback()
    return conversations.held_back([message], server_clock.now()).get(message.id, message.text)


# ---------------------------------------------------------------- fetching


@pytest.mark.parametrize(
    ("kind", "content", "content_type"), [("image", PICTURE, "image/jpeg"), ("voice", VOICE, "audio/amr")]
)
@pytest.mark.parametrize("chat", ["service_account", "miniprogram"])
def test_what_somebody_sends_is_fetched_and_sealed(
    lin: Person, gateway: Gateway, kind: str, content: bytes, content_type: str, chat: str
) -> None:
    said = lin.sends(kind, app=chat)

    assert [messaging.fetch_next(gateway), messaging.fetch_next(gateway)] == [True, False]

    row = medium()
    assert (row.status, row.content_type, row.size_bytes, row.media_id) == ("kept", content_type, len(content), None)
    stored = db.session.execute(text("SELECT content FROM message_medium")).scalar_one()
    assert base64.b64encode(content).decode()[:40] not in stored
    assert said.id == row.message_id


def test_the_doctor_sees_it_and_the_look_is_written_down(lin: Person, gateway: Gateway) -> None:
    said = lin.sends("image")
    messaging.fetch_next(gateway)

    row = media.of_team(said.id, lin.chen, server_clock.now())
    messaging.look_at(row, by=as_staff(lin.chen))

    assert media.opened(row).content == PICTURE
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "medium_read")).one()
    assert (event.actor_id, event.object_id) == (lin.chen.id, row.id)


def test_another_teams_doctor_does_not_see_it(lin: Person, gateway: Gateway) -> None:
    said = lin.sends("image")
    messaging.fetch_next(gateway)
    zhou = make.staff()
    make.team(lead=zhou)

    with pytest.raises(media.MediumNotFound):
        media.of_team(said.id, zhou, server_clock.now())


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("image", b"<html><script>", "wrong_type"),
        ("image", VOICE, "wrong_type"),
        ("voice", PICTURE, "wrong_type"),
        ("image", b"MZ\x90\x00", "wrong_type"),
        ("image", b"\xff\xd8\xff" + b"0" * 6_000_000, "too_big"),
        ("voice", b"#!AMR\n" + b"0" * 2_000_000, "too_big"),
        ("image", json.dumps({"video_url": "http://x"}).encode(), "not_taken"),
    ],
)
def test_what_it_is_says_its_content_and_a_refusal_is_seen(
    lin: Person, gateway: Gateway, kind: str, content: bytes, reason: str
) -> None:
    lin.sends(kind, content)

    messaging.fetch_next(gateway)

    assert (medium().status, medium().reason) == ("failed", reason)
    assert "请居民" in medium().status_label


def test_after_three_days_it_is_given_up_and_said_so(
    lin: Person, gateway: Gateway, sandbox: Sandbox, clock: Clock
) -> None:
    sandbox.control.post("faults", {"path": MEDIA_GET, "kind": "http", "status": 502})
    lin.sends("image")
    tries = 0
    for _ in range(80):
        tries += messaging.fetch_next(gateway)
        clock.advance(hours=1)

    assert (medium().status, medium().reason) == ("failed", "expired")
    assert 10 < tries < 20


def test_wechat_has_forgotten_it(lin: Person, gateway: Gateway, sandbox: Sandbox) -> None:
    lin.sends("image")
    sandbox.world.media._media.clear()

    messaging.fetch_next(gateway)

    assert (medium().status, medium().reason) == ("failed", "gone")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "http", "status": 502},
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "errcode", "errcode": -1},
        {"kind": "errcode", "errcode": 45011},
    ],
)
def test_a_fault_is_tried_again(
    lin: Person, gateway: Gateway, sandbox: Sandbox, clock: Clock, fault: dict[str, Any]
) -> None:
    sandbox.control.post("faults", {"path": MEDIA_GET, "count": 1, **fault})
    lin.sends("image")

    messaging.fetch_next(gateway)
    assert medium().status == "wanted"
    assert messaging.fetch_next(gateway) is False
    clock.advance(seconds=11)
    messaging.fetch_next(gateway)

    assert medium().status == "kept"


def test_what_a_dead_worker_left_is_fetched_again(
    lin: Person, gateway: Gateway, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    lin.sends("image")
    monkeypatch.setattr(Gateway, "fetch_medium", _dies)
    with pytest.raises(KeyboardInterrupt):
        messaging.fetch_next(gateway)
    monkeypatch.undo()
    assert (medium().status, messaging.fetch_next(gateway)) == ("fetching", False)
    clock.advance(minutes=3)

    assert messaging.fetch_next(gateway) is True
    assert (medium().status, medium().tries) == (MediumStatus.KEPT, 2)


def _dies(*_: Any) -> None:
    raise KeyboardInterrupt


# ---------------------------------------------------------------- content safety


def test_words_are_checked_and_then_read(lin: Person, gateway: Gateway) -> None:
    said = lin.sends("text", app="miniprogram", words="我的签约")
    assert shown(said) == conversations.NOT_YET

    assert [messaging.check_next(gateway, ""), messaging.check_next(gateway, "")] == [True, False]

    assert (check().verdict, check().label, shown(said)) == (Verdict.PASSED, 100, "我的签约")


def test_risky_words_are_kept_from_the_doctor_and_the_sender_is_told(lin: Person, gateway: Gateway) -> None:
    said = lin.sends("text", app="miniprogram", words="找医生违规测试")
    messaging.check_next(gateway, "")

    assert (check().verdict, check().label, shown(said)) == (Verdict.RISKY, 20006, conversations.HELD_BACK)
    assert conversations.refused([said])[said.id] == "没有通过内容安全检查，医生看不到"
    sender, told = said_in(lin.conversation)[-1]
    assert sender == "system" and "没有通过微信的内容安全检查" in told and "120" in told


def test_words_to_review_are_read(lin: Person, gateway: Gateway) -> None:
    said = lin.sends("text", app="miniprogram", words="待审测试")
    messaging.check_next(gateway, "")

    assert (check().verdict, shown(said)) == (Verdict.REVIEW, "待审测试")


def test_an_emergency_is_read_at_once_whatever_the_verdict(lin: Person, gateway: Gateway) -> None:
    said = lin.sends("text", app="miniprogram", words="我胸口疼得厉害，喘不上气，违规测试")
    assert shown(said) == said.text
    messaging.check_next(gateway, "")

    assert (check().verdict, shown(said)) == (Verdict.RISKY, said.text)
    assert not [words for _, words in said_in(lin.conversation) if "内容安全" in words]


@pytest.mark.parametrize("fault", [{"kind": "http", "status": 502}, {"kind": "errcode", "errcode": 61010}])
def test_without_a_check_others_wait_a_minute_at_most(
    lin: Person, gateway: Gateway, sandbox: Sandbox, clock: Clock, fault: dict[str, Any]
) -> None:
    sandbox.control.post("faults", {"path": "/wxa/msg_sec_check", **fault})
    said = lin.sends("text", app="miniprogram", words="我的签约")
    for _ in range(5):
        messaging.check_next(gateway, "")
        clock.advance(seconds=16)

    assert (check().verdict, shown(said)) == (Verdict.UNAVAILABLE, said.text)


def test_even_without_the_job_nobody_is_kept_from_his_doctor(lin: Person, clock: Clock) -> None:
    said = lin.sends("text", app="miniprogram", words="我的签约")
    clock.advance(seconds=61)

    assert shown(said) == said.text


def test_the_service_accounts_chat_is_watched_by_wechat_itself(lin: Person) -> None:
    said = lin.sends("text", words="我的签约")

    assert (shown(said), db.session.query(ContentCheck).count()) == (said.text, 0)


def test_a_picture_waits_for_wechats_verdict(lin: Person, gateway: Gateway, settings: Settings) -> None:
    said = lin.sends("image", app="miniprogram")
    messaging.fetch_next(gateway)
    messaging.check_next(gateway, "http://127.0.0.1:9")
    with pytest.raises(media.MediumNotFound):
        media.of_team(said.id, lin.chen, server_clock.now())

    messaging.record_verdict(check().trace_id or "", Judged("risky", 20002), 0)
    messaging.record_verdict(check().trace_id or "", Judged("pass", 100), 0)

    assert (check().verdict, check().label) == (Verdict.RISKY, 20002)
    with pytest.raises(media.MediumNotFound):
        media.of_team(said.id, lin.chen, server_clock.now())


def test_a_picture_wechat_could_not_look_at_is_shown(lin: Person, gateway: Gateway) -> None:
    said = lin.sends("image", app="miniprogram")
    messaging.fetch_next(gateway)
    messaging.check_next(gateway, "http://127.0.0.1:9")

    messaging.record_verdict(check().trace_id or "", Judged("review", 21000), -1008)

    assert check().verdict == Verdict.UNAVAILABLE
    assert media.of_team(said.id, lin.chen, server_clock.now())


def test_wechat_fetches_by_a_secret_link_of_half_an_hour(
    lin: Person, gateway: Gateway, app: APIFlask, clock: Clock
) -> None:
    lin.sends("image", app="miniprogram")
    messaging.fetch_next(gateway)
    secret, client = messaging.link(medium().id, server_clock.now()), app.test_client()
    got = client.get(f"/wechat/media/{secret}")
    forged = client.get(f"/wechat/media/{secret[:-1]}{'0' if secret[-1] != '0' else '1'}")
    clock.advance(minutes=36)
    late = client.get(f"/wechat/media/{secret}")

    assert (got.data, got.content_type, got.headers["X-Content-Type-Options"]) == (PICTURE, "image/jpeg", "nosniff")
    assert (forged.status_code, late.status_code) == (404, 404)


def test_a_link_is_of_no_use_when_nothing_is_asked(lin: Person, gateway: Gateway, app: APIFlask) -> None:
    lin.sends("image")
    messaging.fetch_next(gateway)

    answer = app.test_client().get(f"/wechat/media/{messaging.link(medium().id, server_clock.now())}")

    assert answer.status_code == 404


def test_a_photo_of_the_page_is_sealed_and_sent_once(lin: Person) -> None:
    photo = "data:image/jpeg;base64," + base64.b64encode(PICTURE).decode()
    for _ in range(2):
        messaging.send_photo(lin.user, photo, "c1", policy=POLICY, by=as_resident(lin.user), at=server_clock.now())

    assert (medium().status, medium().content_type, medium().size_bytes) == ("kept", "image/jpeg", len(PICTURE))
    assert [words for _, words in said_in(lin.conversation)][0] == "[图片]"
    assert media.own(medium().message_id, lin.user, server_clock.now()).id == medium().id
