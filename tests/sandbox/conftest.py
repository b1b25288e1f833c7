"""A served sandbox, a caller of WeChat's paths, a person, and a callback that records what reaches it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from flask import Flask, request

from wechat_sandbox import crypto, defaults
from wechat_sandbox.bodies import read_xml
from wechat_sandbox.http_server import Server
from wechat_sandbox.serving import STOP_SECONDS, Sandbox

MP = defaults.MINIPROGRAM_APPID
OA = defaults.SERVICE_ACCOUNT_APPID
SECRETS = {MP: defaults.MINIPROGRAM_SECRET, OA: defaults.SERVICE_ACCOUNT_SECRET}
ORIGINAL_IDS = {MP: defaults.MINIPROGRAM_ORIGINAL_ID, OA: defaults.SERVICE_ACCOUNT_ORIGINAL_ID}
PAGE = "pages/index/index"

FOLLOWUP = {
    "thing1": {"value": "健康随访"},
    "time2": {"value": "2026年11月21日 09:00"},
    "thing3": {"value": "城北家庭医生团队"},
    "phone_number4": {"value": "0816-1234567"},
    "thing5": {"value": "请按时参加"},
}
NOTICE = {"thing1": {"value": "预约"}, "time2": {"value": "2026-11-21 09:00"}, "thing3": {"value": "已登记"}}


class Wechat:
    """Calls WeChat's paths as a backend does."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self._tokens: dict[str, str] = {}

    def token(self, appid: str = MP) -> str:
        if appid not in self._tokens:
            self._tokens[appid] = self.new_token(appid)
        return self._tokens[appid]

    def new_token(self, appid: str = MP) -> str:
        query = {"grant_type": "client_credential", "appid": appid, "secret": SECRETS[appid]}
        return str(self.get("/cgi-bin/token", token=None, **query)["access_token"])

    def stable(self, appid: str = MP, **more: Any) -> dict[str, Any]:
        body = {"grant_type": "client_credential", "appid": appid, "secret": SECRETS[appid], **more}
        return self.post("/cgi-bin/stable_token", body, token=None)

    def raw(self, verb: str, path: str, *, query: dict[str, str], data: bytes | None = None) -> requests.Response:
        return self.session.request(verb, self.url + path, params=query, data=data, timeout=20)

    def get(self, path: str, *, app: str = MP, token: str | None = "", **query: str) -> dict[str, Any]:
        if token is not None:
            query["access_token"] = token or self.token(app)
        return dict(self.raw("GET", path, query=query).json())

    def post(self, path: str, body: dict[str, Any], *, app: str = MP, token: str | None = "") -> dict[str, Any]:
        query = {} if token is None else {"access_token": token or self.token(app)}
        data = json.dumps(body, ensure_ascii=False).encode()
        return dict(self.raw("POST", path, query=query, data=data).json())

    def code_to_session(self, code: str, appid: str = MP, **more: str) -> dict[str, Any]:
        query = {"appid": appid, "secret": SECRETS[appid], "js_code": code, "grant_type": "authorization_code"}
        return self.get("/sns/jscode2session", token=None, **(query | more))


@dataclass
class Person:
    """A person of the sandbox."""

    sandbox: Sandbox
    id: str
    mp: str
    oa: str
    unionid: str | None

    def do(self, what: str, appid: str = MP, **body: Any) -> Any:
        return self.sandbox.control.post(f"users/{self.id}/{what}", {"appid": appid, **body})

    def see(self, what: str, appid: str = "") -> Any:
        return self.sandbox.control.get(f"users/{self.id}/{what}" + (f"?appid={appid}" if appid else ""))

    def login(self) -> str:
        return str(self.do("login")["code"])

    def accept(self, *template_ids: str) -> Any:
        return self.do("subscribe", template_ids=list(template_ids), choices=dict.fromkeys(template_ids, "accept"))

    def chat(self, appid: str = OA) -> list[dict[str, Any]]:
        return list(self.see("chat", appid))

    def flag(self, **flags: Any) -> None:
        self.sandbox.control.patch(f"users/{self.id}", flags)


@dataclass
class Received:
    """One request at the callback."""

    verb: str
    query: dict[str, str]
    body: str
    content_type: str

    def plain(self, appid: str) -> dict[str, Any]:
        """The fields of an encrypted XML push."""
        return read_xml(self.text(appid))

    def text(self, appid: str) -> str:
        """The decrypted text of a push in either format."""
        outer = json.loads(self.body) if self.body.startswith("{") else read_xml(self.body)
        return crypto.decrypt_push(outer["Encrypt"], defaults.AES_KEY, appid)


@dataclass
class Receiver:
    """A callback; `answer` decides what it says, echostr is always right unless `echo` is changed."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], tuple[int, bytes]] = lambda _: (200, b"success")
    echo: Callable[[str], str] = str

    def pushes(self) -> list[Received]:
        return [entry for entry in self.received if entry.verb == "POST"]

    def events(self, appid: str) -> list[dict[str, Any]]:
        """All pushes, decrypted."""
        return [entry.plain(appid) for entry in self.pushes()]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1, miniprogram=None) as served:
        yield served


@pytest.fixture
def wechat(sandbox: Sandbox) -> Iterator[Wechat]:
    caller = Wechat(sandbox.url)
    yield caller
    caller.session.close()


@pytest.fixture
def make_person(sandbox: Sandbox) -> Callable[..., Person]:
    def make(name: str = "林秀英", **fields: Any) -> Person:
        user = sandbox.control.post("users", {"name": name, "phone": "13800138000", **fields})
        return Person(sandbox, user["id"], user["openids"][MP], user["openids"][OA], user["unionid"])

    return make


@pytest.fixture
def lin(make_person: Callable[..., Person]) -> Person:
    return make_person()


@pytest.fixture
def follower(make_person: Callable[..., Person]) -> Person:
    return make_person("陈建国", follows={OA: True})


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    app, receiver = Flask("receiver"), Receiver()
    guard = threading.Lock()

    @app.route("/callback", methods=["GET", "POST"])
    def callback() -> tuple[bytes, int]:
        entry = Received(
            request.method, request.args.to_dict(), request.get_data().decode(), request.content_type or ""
        )
        with guard:
            receiver.received.append(entry)
        if entry.verb == "GET":
            return receiver.echo(entry.query["echostr"]).encode(), 200
        status, body = receiver.answer(entry)
        return body, status

    server = Server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    thread.start()
    receiver.url = f"http://127.0.0.1:{server.server_port}/callback"
    yield receiver
    server.stop()
    thread.join(timeout=10)


@pytest.fixture
def connected(sandbox: Sandbox, receiver: Receiver) -> Receiver:
    """The receiver is the callback of both apps."""
    for appid in (MP, OA):
        sandbox.control.patch(f"apps/{appid}", {"callback_url": receiver.url})
    return receiver
