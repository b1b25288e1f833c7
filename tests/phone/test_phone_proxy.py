"""`/backend/…` hands a call to our server as it is; `/sandbox/console` says whose phones to show."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from wechat_sandbox import phone_proxy
from wechat_sandbox.app import create_app
from wechat_sandbox.world import SandboxConfig, World

from .conftest import serve
from .echo_server import create_echo


@pytest.fixture
def page() -> Iterator[FlaskClient]:
    """The sandbox with an echo as its server."""
    app = create_app(SandboxConfig(miniprogram=None))
    world: World = app.extensions["sandbox"]
    with serve(create_echo()) as address:
        phone_proxy.configure(app, address + "/")
        yield app.test_client()
    world.close()


def test_forward_keeps_method_query_body_and_login(page: FlaskClient) -> None:
    headers = {"Authorization": "Bearer t", "X-Other": "no"}

    answer = page.post("/backend/api/echo?a=1&a=2&b=中", json={"name": "林😀"}, headers=headers)

    assert answer.status_code == 201
    assert answer.get_json() == {
        "method": "POST",
        "query": {"a": ["1", "2"], "b": ["中"]},
        "body": {"name": "林😀"},
        "headers": {"Authorization": "Bearer t", "Content-Type": "application/json", "X-Other": None},
    }


def test_forward_keeps_refusals_as_they_are(page: FlaskClient) -> None:
    answer = page.get("/backend/api/refused")

    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")
    assert answer.get_json()["code"] == "slot_full"


@pytest.mark.parametrize("base", ["", "http://127.0.0.1:1"])
def test_forward_without_a_server_says_so(page: FlaskClient, base: str) -> None:
    phone_proxy.configure(page.application, base)

    answer = page.get("/backend/api/me")

    assert answer.status_code == 502
    assert answer.get_json()["code"] == "backend_unreachable"


def test_console_settings_follow_the_options(page: FlaskClient) -> None:
    phone_proxy.configure(page.application, "http://127.0.0.1:9", resident="u0001")

    changed = page.patch("/sandbox/console", json={"doctor": "u0002"}).get_json()

    assert changed == page.get("/sandbox/console").get_json()
    assert (changed["resident"], changed["doctor"]) == ("u0001", "u0002")
    assert changed["miniprogram_appid"].startswith("wx")
    assert changed["backend"] == "http://127.0.0.1:9"


@pytest.mark.parametrize("wrong", [[], {"resident": 1}, {"backend": "http://127.0.0.1:9"}])
def test_console_settings_refuse_anything_else(page: FlaskClient, wrong: object) -> None:
    assert page.patch("/sandbox/console", json=wrong).status_code == 400
