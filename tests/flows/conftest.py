"""The town of the flows: our server on a loopback port, the sandbox calling it back."""

import threading
from collections.abc import Iterator

import pytest
from apiflask import APIFlask
from werkzeug.serving import make_server

from server.handlers import wechat_callback
from tests import configured
from tests.flows.town import Town
from wechat_sandbox.serving import STOP_SECONDS, Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=21) as served:
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


@pytest.fixture
def town(app: APIFlask, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Everything is up, nobody lives here yet."""
    monkeypatch.setitem(wechat_callback._asking, "from", 0.0)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(STOP_SECONDS,), daemon=True)
    thread.start()
    web = f"http://127.0.0.1:{server.server_port}"
    accounts = (("miniprogram", configured.MINIPROGRAM), ("service_account", configured.SERVICE_ACCOUNT))
    for name, appid in accounts:
        sandbox.control.patch(f"apps/{appid}", {"callback_url": f"{web}/wechat/callback/{name}"})
    made = Town(app, sandbox, web)
    yield made
    made.close()
    server.shutdown()
    thread.join(timeout=10)
    server.server_close()
