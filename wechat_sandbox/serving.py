"""A sandbox inside a test process, and its control interface from Python."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from .app import create_app
from .http_server import Server
from .world import SandboxConfig, World

STOP_SECONDS = 0.005
"""How often a server asks whether it shall stop: a thousand tests wait for theirs to end."""


class ControlFailed(Exception):
    """A control call was refused; status and the answer."""

    def __init__(self, status: int, answer: Any) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status
        self.answer = answer


class Control:
    """The control interface from Python: `post("/sandbox/users", {...})`; the leading /sandbox may be left out."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._guard = threading.Lock()

    def _call(self, verb: str, path: str, body: dict[str, Any] | None) -> Any:
        if not path.startswith("/sandbox"):
            path = "/sandbox/" + path.lstrip("/")
        data = None if body is None else json.dumps(body).encode()
        with self._guard:
            response = self._session.request(verb, self._url + path, data=data, timeout=120)
        answer = response.json()
        if response.status_code >= 400:
            raise ControlFailed(response.status_code, answer)
        return answer

    def get(self, path: str) -> Any:
        return self._call("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._call("POST", path, body or {})

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        return self._call("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self._call("DELETE", path, None)

    def close(self) -> None:
        self._session.close()


class Sandbox:
    """A sandbox for tests, served from a thread on a free loopback port.

    `with Sandbox(seed=1) as sandbox:` gives sandbox.url (no slash at the end), sandbox.control and sandbox.world.
    """

    def __init__(
        self,
        seed: int | str = 1,
        *,
        port: int = 0,
        callback: str | None = None,
        miniprogram: Path | None = SandboxConfig.miniprogram,
        phone: Path = SandboxConfig.phone,
    ) -> None:
        config = SandboxConfig(seed=seed, callback=callback, miniprogram=miniprogram, phone=phone)
        self.app = create_app(config)
        self.world: World = self.app.extensions["sandbox"]
        self._server = Server("127.0.0.1", port, self.app)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self.control = Control(self.url)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(STOP_SECONDS,), daemon=True)

    def __enter__(self) -> Sandbox:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def settle(self) -> None:
        """Wait until every push that is due has been delivered."""
        if not self.world.pushes.settle(60):
            raise TimeoutError("pushes are still waiting")

    def close(self) -> None:
        """Stop serving and delivering."""
        self.control.close()
        self.world.close()
        self._server.stop()
        self._thread.join(timeout=10)
