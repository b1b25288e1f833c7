"""The sandbox's real pushes through our reader, and our replies through the sandbox's checks: both formats, all modes."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from server import clock
from server.config import Wechat, WechatApp
from server.wechat.callback import (
    CallbackRefused,
    CallbackRequest,
    ConsentChange,
    EnterChat,
    Inbound,
    InboundMessage,
    MenuClick,
    PushReceipt,
    Subscription,
    passive_reply,
    read,
    verify_url,
)
from server.wechat.gateway import Gateway
from tests import configured
from tests.wechat.conftest import Person
from wechat_sandbox.serving import STOP_SECONDS, Sandbox

APPIDS = {"miniprogram": configured.MINIPROGRAM, "service_account": configured.SERVICE_ACCOUNT}


class Receiver:
    """Our callback handlers in miniature: reads, remembers, answers with ``answer``."""

    def __init__(self, wechat: Wechat) -> None:
        self.accounts: dict[str, WechatApp] = {
            "miniprogram": wechat.miniprogram,
            "service_account": wechat.service_account,
        }
        self.received: list[Inbound] = []
        self.refused: list[CallbackRefused] = []
        self.answer: str | None = None

    def verify(self, app: str, args: dict[str, str]) -> bytes:
        return verify_url(self.accounts[app], args, clock.now(), 600).encode()

    def take(self, app: str, args: dict[str, str], body: bytes) -> bytes:
        account, at = self.accounts[app], clock.now()
        inbound = read(account, CallbackRequest(app, args, body), at=at, window_seconds=600, max_bytes=65536)
        self.received.append(inbound)
        return passive_reply(account, inbound, self.answer, at=at)

    def events(self) -> list[Any]:
        return [inbound.event for inbound in self.received]


@pytest.fixture
def receiver(wechat: Wechat, sandbox: Sandbox) -> Iterator[Receiver]:
    receiver = Receiver(wechat)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(lambda app, args: receiver.verify(app, args))

        def do_POST(self) -> None:
            # read to the end, so that the answer to a body that is too large is heard
            body = self.rfile.read(int(self.headers["Content-Length"]))[:65537]
            self._answer(lambda app, args: receiver.take(app, args, body))

        def _answer(self, work: Callable[[str, dict[str, str]], bytes]) -> None:
            target = urlsplit(self.path)
            try:
                status, answer = 200, work(target.path.rsplit("/", 1)[1], dict(parse_qsl(target.query)))
            except CallbackRefused as error:
                receiver.refused.append(error)
                status, answer = error.http_status, b""
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True).start()
    for app, appid in APPIDS.items():
        url = f"http://127.0.0.1:{server.server_port}/wechat/callback/{app}"
        sandbox.control.patch(f"apps/{appid}", {"callback_url": url})
    yield receiver
    server.shutdown()
    server.server_close()


def use(receiver: Receiver, sandbox: Sandbox, app: str, mode: str, form: str = "xml") -> None:
    receiver.accounts[app] = receiver.accounts[app].model_copy(update={"callback_mode": mode})
    sandbox.control.patch(f"apps/{APPIDS[app]}", {"mode": mode, "format": form})


@pytest.fixture
def follower(receiver: Receiver, lin: Person) -> Person:
    lin.post("follow", appid=configured.SERVICE_ACCOUNT)
    receiver.received.clear()
    return lin


@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
def test_text_is_read_and_answered_in_every_mode(
    receiver: Receiver, sandbox: Sandbox, follower: Person, mode: str
) -> None:
    use(receiver, sandbox, "service_account", mode)
    receiver.answer = "请测血压 ]]> <b>😀"

    answer = follower.post("messages", appid=configured.SERVICE_ACCOUNT, type="text", content="头晕 ]]> &amp;😀")

    (inbound,) = receiver.received
    assert isinstance(inbound.event, InboundMessage)
    assert (inbound.event.kind, inbound.event.text) == ("text", "头晕 ]]> &amp;😀")
    assert inbound.openid == follower.service_openid
    assert inbound.encrypted is (mode != "plain")
    assert answer["delivery"]["unavailable"] is False
    assert [(line["via"], line["text"]) for line in follower.chat()][-1] == ("passive", "请测血压 ]]> <b>😀")


def test_silence_is_accepted(receiver: Receiver, follower: Person) -> None:
    answer = follower.post("messages", appid=configured.SERVICE_ACCOUNT, type="text", content="您好")

    assert answer["delivery"]["unavailable"] is False
    assert len(answer["delivery"]["tries"]) == 1
    assert follower.chat()[-1]["via"] == "user"


def test_follow_scan_menu_and_unfollow(receiver: Receiver, lin: Person, wechat: Wechat, gateway: Gateway) -> None:
    gateway.create_menu([{"type": "click", "name": "找医生", "key": "doctor"}])
    lin.post("follow", appid=configured.SERVICE_ACCOUNT)
    lin.post("menu", appid=configured.SERVICE_ACCOUNT, key="doctor")
    lin.post("unfollow", appid=configured.SERVICE_ACCOUNT)

    assert receiver.events() == [Subscription(True, None), MenuClick("doctor"), Subscription(False)]
    assert len({inbound.dedupe_key for inbound in receiver.received}) == 3


@pytest.mark.parametrize("form", ["xml", "json"])
@pytest.mark.parametrize("mode", ["plain", "compatible", "secure"])
def test_miniprogram_pushes_in_both_formats(
    receiver: Receiver, sandbox: Sandbox, lin: Person, wechat: Wechat, gateway: Gateway, mode: str, form: str
) -> None:
    use(receiver, sandbox, "miniprogram", mode, form)
    template = wechat.subscribe_templates["reply"]
    lin.accept("sbx_reply", "sbx_result")
    data = {"sender": "陈医生", "time": "2026-03-02 10:00", "hint": "请查看"}
    pushed = gateway.push_subscribe(lin.openid, template, data, "pages/index/index")
    sandbox.settle()
    lin.post("enter-chat", appid=configured.MINIPROGRAM)

    consent, receipt, entered = receiver.events()
    assert isinstance(consent, ConsentChange)
    assert dict(consent.changes) == {"sbx_reply": True, "sbx_result": True}
    assert receipt == PushReceipt("subscribe", pushed.provider_ref or "", 0, "success")
    assert entered == EnterChat()
    assert {inbound.app for inbound in receiver.received} == {"miniprogram"}


def test_template_receipt_names_the_push(
    receiver: Receiver, sandbox: Sandbox, follower: Person, wechat: Wechat, gateway: Gateway
) -> None:
    data = {"item": "健康随访", "time": "2026-03-05 09:00", "hint": "请查看"}
    pushed = gateway.push_template(
        follower.service_openid, wechat.service_templates["notice"], data, "pages/index/index", "n1"
    )
    sandbox.settle()

    assert receiver.events() == [PushReceipt("template", pushed.provider_ref or "", 0, "success")]


def test_template_receipt_of_a_blocked_message(
    receiver: Receiver, sandbox: Sandbox, follower: Person, wechat: Wechat, gateway: Gateway
) -> None:
    sandbox.control.patch(f"users/{follower.id}", {"refuses_messages": True})
    data = {"item": "健康随访", "time": "2026-03-05 09:00", "hint": "请查看"}
    gateway.push_template(follower.service_openid, wechat.service_templates["notice"], data, "pages/index/index", "n1")
    sandbox.settle()

    (receipt,) = receiver.events()
    assert receipt.errcode != 0
    assert receipt.status.startswith("failed")


@pytest.mark.parametrize(
    "fault", ["wrong_signature", "wrong_appid", "tampered", "stale", "oversize", "entity_bomb", "malformed"]
)
@pytest.mark.parametrize("mode", ["plain", "secure"])
def test_pushes_wechat_would_never_send_are_refused(
    receiver: Receiver, sandbox: Sandbox, follower: Person, fault: str, mode: str
) -> None:
    use(receiver, sandbox, "service_account", mode)

    answer = follower.post("raw-callback", appid=configured.SERVICE_ACCOUNT, fault=fault, content="您好")

    assert receiver.received == []
    assert receiver.refused
    assert all(error.http_status in (403, 413) for error in receiver.refused)
    assert {attempt["status"] for attempt in answer["tries"]} <= {403, 413}


def test_redelivery_has_the_same_key(receiver: Receiver, sandbox: Sandbox, follower: Person) -> None:
    follower.post("raw-callback", appid=configured.SERVICE_ACCOUNT, fault="replay", content="您好")

    assert len(receiver.received) >= 2
    assert len({inbound.dedupe_key for inbound in receiver.received}) == 1
