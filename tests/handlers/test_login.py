"""POST /api/login and the life of a session, with the sandbox as WeChat."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock as clocks
from server.access.accounts import token_hash
from server.database import db
from server.models import LoginToken, WechatAccount, WechatUser
from tests import configured, make
from tests.conftest import Clock
from tests.handlers.conftest import Phone
from tests.handlers.problem import refused, rows
from wechat_sandbox.serving import Sandbox

CODE_TO_SESSION = "/sns/jscode2session"


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


def login(client: FlaskClient, code: str) -> object:
    return client.post("/api/login", json={"code": code})


def test_a_first_login_makes_a_user_and_a_session(client: FlaskClient, lin: Phone) -> None:
    answer = client.post("/api/login", json={"code": lin.login_code()})

    assert answer.status_code == 200
    assert set(answer.json) == {"token", "expires_at", "me"}
    assert datetime.fromisoformat(answer.json["expires_at"]) - clocks.now() > timedelta(days=29, hours=23)
    me = answer.json["me"]
    assert (me["bound"], me["name_masked"], me["consent_needed"], me["staff"]) == (False, None, True, None)
    user = db.session.scalars(select(WechatUser)).one()
    assert user.unionid == lin.unionid


def test_only_a_hash_of_the_token_is_stored(client: FlaskClient, lin: Phone) -> None:
    token = client.post("/api/login", json={"code": lin.login_code()}).json["token"]

    stored = db.session.scalars(select(LoginToken)).one()
    assert stored.token_hash == token_hash(token)
    assert len(token) >= 32
    assert token not in str({column.name: getattr(stored, column.name) for column in LoginToken.__table__.columns})


def test_a_second_login_is_the_same_user_with_another_session(client: FlaskClient, lin: Phone) -> None:
    first, second = lin.open(), lin.open()

    assert first != second
    assert rows()["wechat_user"] == 1
    assert client.get("/api/me", headers=first).status_code == 200
    assert client.get("/api/me", headers=second).status_code == 200


def test_a_follower_who_opens_the_mini_program_is_the_same_user(client: FlaskClient, lin: Phone) -> None:
    follower = make.user(openids=False, unionid=lin.unionid)
    make.saved(
        WechatAccount(
            app="service_account", openid="oServLin", user_id=follower.id, follows=True, created_at=clocks.now()
        )
    )

    answer = client.post("/api/login", json={"code": lin.login_code()})

    assert answer.json["me"]["follows_service_account"] is True
    assert rows()["wechat_user"] == 1


@pytest.mark.parametrize("code", ["made-up", "0" * 32, "登录", "x y", "\x00", "'; DROP TABLE wechat_user; --", "😀"])
def test_a_wrong_code_is_refused(client: FlaskClient, lin: Phone, code: str) -> None:
    before = rows()

    refused(client.post("/api/login", json={"code": code}), 400, "login_code_invalid")

    assert rows() == before


def test_a_used_code_is_refused(client: FlaskClient, lin: Phone) -> None:
    code = lin.login_code()
    client.post("/api/login", json={"code": code})
    before = rows()

    refused(client.post("/api/login", json={"code": code}), 400, "login_code_invalid")

    assert rows() == before


def test_an_old_code_is_refused(client: FlaskClient, lin: Phone, clock: Clock) -> None:
    code = lin.login_code()
    clock.advance(minutes=6)

    refused(client.post("/api/login", json={"code": code}), 400, "login_code_invalid")


@pytest.mark.parametrize("code", ["", "   ", "x" * 513, None, 7, ["x"]])
def test_what_is_no_code_at_all_is_invalid_input(client: FlaskClient, lin: Phone, code: object) -> None:
    problem = refused(client.post("/api/login", json={"code": code}), 422, "invalid_input")

    assert problem["details"] == {"fields": ["code"]}


def test_somebody_wechat_blocks_is_told_whom_to_turn_to(client: FlaskClient, lin: Phone) -> None:
    lin.flag(blocked=True)

    problem = refused(client.post("/api/login", json={"code": lin.login_code()}), 403, "user_blocked")

    assert "致电" in problem["title"]
    assert rows()["wechat_user"] == 0


@pytest.mark.parametrize("read_seconds", [2.0])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "timeout", "seconds": 8},
        {"kind": "delay", "seconds": 8},
        {"kind": "http", "status": 502},
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "errcode", "errcode": -1},
        {"kind": "errcode", "errcode": 45011},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_wechat_in_trouble_is_said_in_time_and_the_next_try_works(
    client: FlaskClient, sandbox: Sandbox, lin: Phone, settings: object, fault: dict[str, object]
) -> None:
    sandbox.control.post("faults", {"path": CODE_TO_SESSION, "count": 1, **fault})
    began = time.perf_counter()

    refused(client.post("/api/login", json={"code": lin.login_code()}), 503, "wechat_unavailable")

    assert time.perf_counter() - began < 5
    assert rows()["wechat_user"] == rows()["login_token"] == 0
    sandbox.control.delete("faults")
    assert client.get("/api/me", headers=lin.open()).status_code == 200


class TestWithoutWechat:
    """Nobody answers at WeChat's address."""

    @pytest.fixture
    def wechat_base(self) -> str:
        return "http://127.0.0.1:9"

    def test_login_says_so_and_stores_nothing(self, client: FlaskClient) -> None:
        refused(client.post("/api/login", json={"code": "c" * 32}), 503, "wechat_unavailable")

        assert rows()["wechat_user"] == rows()["login_token"] == 0

    def test_who_is_logged_in_goes_on_working(self, client: FlaskClient) -> None:
        headers = make.session_of(make.user(resident=make.resident()))

        assert client.get("/api/me", headers=headers).status_code == 200
        assert client.get("/api/teams", headers=headers).status_code == 200


def test_a_session_ends_after_its_days(client: FlaskClient, lin: Phone, clock: Clock) -> None:
    headers = lin.open()

    clock.advance(days=29, hours=23)
    assert client.get("/api/me", headers=headers).status_code == 200
    clock.advance(hours=2)
    refused(client.get("/api/me", headers=headers), 401, "not_logged_in")


def test_logging_out_ends_this_session_only(client: FlaskClient, lin: Phone) -> None:
    here, there = lin.open(), lin.open()

    assert client.post("/api/logout", headers=here).status_code == 204

    refused(client.get("/api/me", headers=here), 401, "not_logged_in")
    refused(client.post("/api/logout", headers=here), 401, "not_logged_in")
    assert client.get("/api/me", headers=there).status_code == 200


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Basic eDp5", "Bearer made-up", "Bearer \xff", "Token x", "bearer  "]
)
def test_what_is_no_session_is_refused(client: FlaskClient, header: str) -> None:
    refused(client.get("/api/me", headers={"Authorization": header}), 401, "not_logged_in")


def test_the_stored_hash_is_no_key(client: FlaskClient, lin: Phone) -> None:
    lin.open()
    stored = db.session.scalars(select(LoginToken)).one()

    refused(client.get("/api/me", headers={"Authorization": f"Bearer {stored.token_hash}"}), 401, "not_logged_in")


def test_the_unionid_that_comes_late_joins_both_accounts(
    client: FlaskClient, sandbox: Sandbox, make_phone: Callable[..., Phone]
) -> None:
    sandbox.control.patch(f"apps/{configured.MINIPROGRAM}", {"bound_to_open_platform": False})
    wang = make_phone("王建国")
    wang.open()
    assert db.session.scalars(select(WechatUser)).one().unionid is None
    follower = make.user(openids=False, unionid=wang.unionid)

    sandbox.control.patch(f"apps/{configured.MINIPROGRAM}", {"bound_to_open_platform": True})
    headers = wang.open()

    assert client.get("/api/me", headers=headers).status_code == 200
    db.session.rollback()
    assert db.session.scalars(select(WechatAccount)).one().user_id == follower.id


def test_a_login_leaves_a_trace_without_the_token(client: FlaskClient, app: APIFlask, lin: Phone) -> None:
    headers = lin.open()

    assert rows()["audit_event"] == 1
    token = headers["Authorization"].removeprefix("Bearer ")
    table = db.metadata.tables["audit_event"]
    assert token not in str([tuple(row) for row in db.session.execute(select(table))])
