"""The gateway against the sandbox over real HTTP, and a raw server for faults of the wire."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from server.config import Wechat
from server.wechat.gateway import Gateway
from server.wechat.token_store import MemoryTokens
from tests import configured
from wechat_sandbox.serving import Sandbox


@dataclass
class Person:
    """A human in the sandbox."""

    sandbox: Sandbox
    id: str
    openid: str
    service_openid: str
    unionid: str

    def login_code(self) -> str:
        return str(self.post("login", appid=configured.MINIPROGRAM)["code"])

    def phone_code(self) -> str:
        return str(self.post("phone-code", appid=configured.MINIPROGRAM)["code"])

    def accept(self, *template_ids: str) -> None:
        choices = dict.fromkeys(template_ids, "accept")
        self.post("subscribe", appid=configured.MINIPROGRAM, template_ids=list(template_ids), choices=choices)

    def notices(self) -> list[dict[str, Any]]:
        return list(self.sandbox.control.get(f"users/{self.id}/notices"))

    def chat(self) -> list[dict[str, Any]]:
        return list(self.sandbox.control.get(f"users/{self.id}/chat?appid={configured.SERVICE_ACCOUNT}"))

    def post(self, what: str, **body: Any) -> Any:
        return self.sandbox.control.post(f"users/{self.id}/{what}", body)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh sandbox that calls nobody back."""
    with Sandbox(seed=7) as served:
        yield served


@pytest.fixture
def wechat(sandbox: Sandbox) -> Wechat:
    """Settings that point at the sandbox."""
    return configured.settings("sqlite://", sandbox.url).wechat


@pytest.fixture
def gateway(wechat: Wechat) -> Gateway:
    return Gateway(wechat, MemoryTokens())


@pytest.fixture
def make_person(sandbox: Sandbox) -> Callable[..., Person]:
    def make(name: str = "林秀英", phone: str = "13800138000", **fields: Any) -> Person:
        user = sandbox.control.post("users", {"name": name, "phone": phone, **fields})
        openids = user["openids"]
        return Person(
            sandbox, user["id"], openids[configured.MINIPROGRAM], openids[configured.SERVICE_ACCOUNT], user["unionid"]
        )

    return make


@pytest.fixture
def lin(make_person: Callable[..., Person]) -> Person:
    return make_person()


@pytest.fixture
def calls(sandbox: Sandbox) -> Callable[[str], list[dict[str, Any]]]:
    """The journal's entries for a path."""

    def of(path: str) -> list[dict[str, Any]]:
        found = sandbox.control.get(f"journal?path={path}&limit=1000")
        return list(found["entries"] if isinstance(found, dict) else found)

    return of


@dataclass
class RawServer:
    """Answers each request with the bytes its script says for that path; None cuts the connection after reading."""

    script: Callable[[str, bytes], bytes | None]
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    url: str = ""

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        # whoever asked may be gone by now
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as stream:
            target = stream.readline().decode().split(" ")[1]
            length = 0
            while (line := stream.readline().strip()) != b"":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
            body = stream.read(length)
            self.requests.append((target, body))
            answer = self.script(target, body)
            if answer is not None:
                connection.sendall(answer)


def http(body: bytes, status: str = "200 OK") -> bytes:
    """An HTTP answer that closes the connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode() + body


TOKEN = http(b'{"access_token":"THE-SECRET-TOKEN","expires_in":7200}')


@pytest.fixture
def raw_server() -> Iterator[Callable[[Callable[[str, bytes], bytes | None]], RawServer]]:
    """Start raw servers; all are closed in the end."""
    listeners: list[socket.socket] = []

    def start(script: Callable[[str, bytes], bytes | None]) -> RawServer:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        server = RawServer(script, url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        threading.Thread(target=server.serve, args=(listener,), daemon=True).start()
        return server

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
