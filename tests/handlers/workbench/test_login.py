"""Signing in and out, and what a browser without a session sees."""

import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server.access.accounts import token_hash
from server.actions import administrators
from server.config import Settings
from server.database import db
from server.models import AdminLogin, WorkbenchSession
from tests import make
from tests.conftest import Clock
from tests.handlers.workbench.browser import PASSWORD, Browser

LOGIN = "/workbench/login"


def sign_in(client: FlaskClient, username: str, password: str, **fields: str) -> TestResponse:
    token = re.search(r'name="form_token" value="(\w+)"', client.get(LOGIN).text)
    assert token
    return client.post(LOGIN, data={"form_token": token[1], "username": username, "password": password, **fields})


@pytest.fixture
def chief(app: object) -> AdminLogin:
    return administrators.create("chief", PASSWORD, "林主任", make.organisation())


def test_page_without_session_redirects_to_login_and_back(client: FlaskClient, chief: AdminLogin) -> None:
    asked = client.get("/workbench/agreements?status=active")
    assert asked.status_code == 303
    assert asked.location.startswith(LOGIN + "?next=/workbench/agreements")

    answer = sign_in(client, "chief", PASSWORD, next="/workbench/agreements?status=active")

    assert answer.status_code == 303
    assert answer.location == "/workbench/agreements?status=active"
    assert client.get(answer.location).status_code == 200


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/api/me", "javascript:1"]
)
def test_login_never_redirects_elsewhere(client: FlaskClient, chief: AdminLogin, target: str) -> None:
    assert sign_in(client, "chief", PASSWORD, next=target).location == "/workbench/"


def test_session_cookie_is_hidden_from_scripts_and_other_sites(client: FlaskClient, chief: AdminLogin) -> None:
    answer = sign_in(client, "Chief ", PASSWORD)

    cookie = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("workbench="))
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/workbench" in cookie
    assert "Secure" not in cookie  # public_base_url of the tests is http
    token = cookie.split(";")[0].partition("=")[2]
    session = db.session.query(WorkbenchSession).one()
    assert session.token_hash == token_hash(token) != token


def test_session_cookie_is_secure_behind_https(settings: Settings) -> None:
    from server.app import create_app

    app = settings.app.model_copy(update={"public_base_url": "https://jiayi.example.cn"})
    secured = create_app(settings.model_copy(update={"app": app}))

    with secured.app_context():
        answer = secured.test_client().get(LOGIN, base_url="https://jiayi.example.cn")
        assert all("Secure" in line for line in answer.headers.getlist("Set-Cookie"))
        assert answer.headers.getlist("Set-Cookie")
        db.engine.dispose()


def test_unknown_user_and_wrong_password_look_the_same(client: FlaskClient, chief: AdminLogin) -> None:
    unknown = sign_in(client, "nobody", PASSWORD)
    wrong = sign_in(client, "chief", "wrong password")

    assert unknown.status_code == wrong.status_code == 401
    assert "用户名或密码不正确" in wrong.text
    pattern = re.compile(r'value="[^"]*"|[0-9A-Z]{26}')
    assert pattern.sub("", unknown.text) == pattern.sub("", wrong.text)


def test_typed_name_stays_and_password_does_not(client: FlaskClient, chief: AdminLogin) -> None:
    answer = sign_in(client, "chief", "wrong password")

    assert 'value="chief"' in answer.text
    assert "wrong password" not in answer.text


def test_five_failures_lock_for_fifteen_minutes(client: FlaskClient, chief: AdminLogin, clock: Clock) -> None:
    for _ in range(5):
        assert sign_in(client, "chief", "wrong password").status_code == 401

    assert sign_in(client, "chief", PASSWORD).status_code == 401
    clock.advance(minutes=14)
    assert sign_in(client, "chief", PASSWORD).status_code == 401
    clock.advance(minutes=2)
    assert sign_in(client, "chief", PASSWORD).status_code == 303


def test_login_form_of_another_browser_is_refused(client: FlaskClient, chief: AdminLogin) -> None:
    other = client.application.test_client()
    token = re.search(r'name="form_token" value="(\w+)"', other.get(LOGIN).text)
    assert token

    client.get(LOGIN)
    answer = client.post(LOGIN, data={"form_token": token[1], "username": "chief", "password": PASSWORD})

    assert answer.status_code == 403
    assert db.session.query(WorkbenchSession).count() == 0


def test_session_ends_after_eight_hours(browser: Browser, clock: Clock) -> None:
    clock.advance(hours=7, minutes=59)
    assert browser.get("/").status_code == 200

    clock.advance(minutes=2)

    assert browser.get("/").status_code == 303
    assert "登录已过期" in browser.get("/login").text


def test_signing_out_revokes_the_session(browser: Browser) -> None:
    cookie = browser.token

    answer = browser.post("/logout")

    assert answer.location == LOGIN
    browser.client.set_cookie("workbench", cookie, path="/workbench")
    assert browser.get("/").status_code == 303


def test_login_page_sends_who_is_signed_in_on(browser: Browser) -> None:
    assert browser.get("/login").location == "/workbench/"


def test_post_without_session_goes_to_login_without_target(client: FlaskClient) -> None:
    answer = client.post("/workbench/teams", data={"name": "x"})

    assert answer.status_code == 303
    assert answer.location == LOGIN


def test_pages_load_only_our_own_things(browser: Browser) -> None:
    for path in ("/", "/login", "/nothing-here"):
        answer = browser.get(path)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in answer.text and "style=" not in answer.text


def test_unknown_page_shows_a_readable_problem(browser: Browser) -> None:
    answer = browser.get("/nothing-here")

    assert answer.status_code == 404
    assert "not_found" in answer.text and answer.headers["X-Request-Id"] in answer.text
