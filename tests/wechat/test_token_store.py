"""The shared access token, in the database and in memory: one fetch at a time, one refresh, one retry."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text, update

from server import clock
from server.database import db, transaction
from server.models.wechat_token import WechatToken
from server.wechat.errcodes import Outcome
from server.wechat.gateway import Gateway
from server.wechat.token_store import DatabaseTokens, Fetched, MemoryTokens, NoToken, Token, TokenStore
from tests.wechat.conftest import Person
from wechat_sandbox.serving import Sandbox

APP = "service_account"
STABLE, INFO = "/cgi-bin/stable_token", "/cgi-bin/user/info"
Calls = Callable[[str], list[dict[str, Any]]]


class Fetcher:
    """Stands where WeChat's token endpoint is: counts, waits, and can fail."""

    def __init__(self, life_seconds: int = 7200, takes_seconds: float = 0.0) -> None:
        self.forced: list[bool] = []
        self.life, self.takes = life_seconds, takes_seconds
        self.error: Exception | None = None

    def __call__(self, force: bool) -> Fetched:
        self.forced.append(force)
        mine = len(self.forced)
        time.sleep(self.takes)
        if self.error:
            raise self.error
        return Fetched(f"token-{mine}", self.life)


@pytest.fixture(params=["memory", "database"])
def tokens(request: pytest.FixtureRequest) -> TokenStore:
    if request.param == "memory":
        return MemoryTokens()
    request.getfixturevalue("app")
    return DatabaseTokens()


def together(count: int, work: Callable[[], Any], app: APIFlask | None = None) -> list[Any]:
    """Run the work in many threads that start at once; exceptions are results."""
    start = threading.Barrier(count)

    def one() -> Any:
        start.wait()
        try:
            if app is None:
                return work()
            with app.app_context():
                return work()
        except Exception as error:
            return error

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(one) for _ in range(count)]]


def test_current_fetches_once_and_keeps(tokens: TokenStore) -> None:
    fetch = Fetcher()

    first, second = tokens.current(APP, fetch), tokens.current(APP, fetch)

    assert first == second == Token("token-1", 1)
    assert fetch.forced == [False]


def test_current_keeps_apps_apart(tokens: TokenStore) -> None:
    fetch = Fetcher()

    assert tokens.current(APP, fetch).value != tokens.current("miniprogram", fetch).value


def test_current_renews_ten_minutes_before_the_end(tokens: TokenStore, clock: Any) -> None:
    fetch = Fetcher()
    tokens.current(APP, fetch)

    clock.advance(seconds=7200 - 601)
    assert tokens.current(APP, fetch).version == 1
    clock.advance(seconds=2)
    assert tokens.current(APP, fetch) == Token("token-2", 2)


def test_current_does_not_ask_with_every_call_while_wechat_keeps_the_same_token(tokens: TokenStore, clock: Any) -> None:
    fetch = Fetcher(life_seconds=540)  # what stable_token answers between 10 and 5 minutes before the end

    for _ in range(20):
        tokens.current(APP, fetch)

    assert len(fetch.forced) == 1
    clock.advance(seconds=61)
    tokens.current(APP, fetch)
    assert len(fetch.forced) == 2


def test_current_uses_the_old_token_when_renewing_fails(tokens: TokenStore, clock: Any) -> None:
    fetch = Fetcher()
    tokens.current(APP, fetch)
    clock.advance(seconds=7200 - 300)
    fetch.error = ConnectionError()

    assert tokens.current(APP, fetch) == Token("token-1", 1)


def test_current_raises_when_there_is_no_token_at_all(tokens: TokenStore) -> None:
    fetch = Fetcher()
    fetch.error = ConnectionError()

    with pytest.raises(ConnectionError):
        tokens.current(APP, fetch)
    fetch.error = None
    assert tokens.current(APP, fetch).value == "token-2"  # nothing stays locked


def test_current_takes_over_from_a_refresher_that_died(app: APIFlask, clock: Any) -> None:
    tokens, fetch = DatabaseTokens(), Fetcher()
    tokens.current(APP, fetch)
    clock.advance(hours=3)
    dead = {"refresher": "dead", "refresh_until_at": clock_now() - timedelta(seconds=1)}
    with transaction() as session:
        session.execute(update(WechatToken).values(**dead))

    assert tokens.current(APP, fetch).value == "token-2"


def test_current_uses_the_old_token_while_another_process_renews(app: APIFlask, clock: Any) -> None:
    tokens, fetch = DatabaseTokens(), Fetcher()
    tokens.current(APP, fetch)
    clock.advance(seconds=7200 - 300)
    busy = {"refresher": "another", "refresh_until_at": clock_now() + timedelta(seconds=30)}
    with transaction() as session:
        session.execute(update(WechatToken).values(**busy))

    assert tokens.current(APP, fetch).value == "token-1"
    assert len(fetch.forced) == 1


def test_stampede_fetches_one_token(tokens: TokenStore, request: pytest.FixtureRequest) -> None:
    app = request.getfixturevalue("app") if isinstance(tokens, DatabaseTokens) else None
    fetch = Fetcher(takes_seconds=0.2)

    found = together(20, lambda: tokens.current(APP, fetch), app)

    assert found == [Token("token-1", 1)] * 20
    assert len(fetch.forced) == 1


def test_stampede_on_a_dead_token_endpoint_asks_it_once(
    tokens: TokenStore, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = request.getfixturevalue("app") if isinstance(tokens, DatabaseTokens) else None
    loads: Counter[int] = Counter()
    counting, everybody_waits, asked = threading.Lock(), threading.Event(), []
    load = tokens._load

    def counted(name: str) -> Any:
        with counting:  # a dictionary that others fill cannot be gone through
            loads[threading.get_ident()] += 1
            if len([count for count in loads.values() if count > 1]) == 9:
                everybody_waits.set()
        return load(name)

    def fetch(force: bool) -> Fetched:
        asked.append(force)
        time.sleep(0.1)
        raise ConnectionError

    def fetch_when_everybody_waits(force: bool) -> Fetched:
        assert everybody_waits.wait(20)
        return fetch(force)

    monkeypatch.setattr(tokens, "_load", counted)
    found = together(10, lambda: tokens.current(APP, fetch_when_everybody_waits), app)

    assert sorted(type(error).__name__ for error in found) == ["ConnectionError"] + ["NoToken"] * 9
    assert len(asked) == 1


def test_replaced_fetches_by_force_when_the_stored_token_is_the_refused_one(tokens: TokenStore) -> None:
    fetch = Fetcher()
    refused = tokens.current(APP, fetch)

    assert tokens.replaced(APP, refused, fetch, expired=False) == Token("token-2", 2)
    assert fetch.forced == [False, True]


def test_replaced_does_not_force_for_an_expired_token(tokens: TokenStore) -> None:
    fetch = Fetcher()
    tokens.replaced(APP, tokens.current(APP, fetch), fetch, expired=True)

    assert fetch.forced == [False, False]


def test_replaced_uses_the_token_somebody_else_fetched(tokens: TokenStore) -> None:
    fetch = Fetcher()
    refused = tokens.current(APP, fetch)
    newer = tokens.replaced(APP, refused, fetch, expired=False)

    assert tokens.replaced(APP, refused, fetch, expired=False) == newer
    assert len(fetch.forced) == 2


def test_replaced_forces_at_most_once_a_minute(tokens: TokenStore, clock: Any) -> None:
    fetch = Fetcher()
    token = tokens.current(APP, fetch)
    for _ in range(3):
        token = tokens.replaced(APP, token, fetch, expired=False)
    clock.advance(seconds=61)
    tokens.replaced(APP, token, fetch, expired=False)

    assert fetch.forced == [False, True, False, False, True]


def test_replaced_in_many_threads_fetches_once(tokens: TokenStore, request: pytest.FixtureRequest) -> None:
    app = request.getfixturevalue("app") if isinstance(tokens, DatabaseTokens) else None
    fetch = Fetcher()
    refused = tokens.current(APP, fetch)
    fetch.takes = 0.2

    found = together(20, lambda: tokens.replaced(APP, refused, fetch, expired=False), app)

    assert found == [Token("token-2", 2)] * 20
    assert fetch.forced == [False, True]


def test_waiting_for_a_fetch_that_fails_leaves_the_forced_one_to_the_next(
    tokens: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = Fetcher()
    refused = tokens.current(APP, fetch)
    assert tokens._claim(APP, refused.version, "another", clock_now(), clock_now() + timedelta(seconds=45))
    with monkeypatch.context() as patched:
        patched.setattr("server.wechat.token_store.time.sleep", lambda seconds: tokens._release(APP, "another"))
        with pytest.raises(NoToken):
            tokens.replaced(APP, refused, fetch, expired=False)

    tokens.replaced(APP, refused, fetch, expired=False)

    assert fetch.forced == [False, True]


def test_database_row_is_sealed_and_long_enough(app: APIFlask) -> None:
    long_token = "t" * 512
    tokens = DatabaseTokens()

    tokens.current(APP, lambda force: Fetched(long_token, 7200))

    stored = db.session.execute(text("SELECT token FROM wechat_token")).scalar_one()
    assert long_token not in stored
    assert db.session.execute(select(WechatToken.token)).scalar_one() == long_token


def test_database_tokens_refuse_to_work_inside_a_transaction(app: APIFlask) -> None:
    tokens = DatabaseTokens()

    with transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        tokens.current(APP, Fetcher())


def test_database_tokens_hold_nothing_while_wechat_is_asked(app: APIFlask) -> None:
    def fetch(force: bool) -> Fetched:
        assert db.engine.pool.checkedout() == 0  # type: ignore[attr-defined]
        return Fetched("t", 7200)

    db.session.remove()

    assert DatabaseTokens().current(APP, fetch).value == "t"


def test_database_tokens_leave_the_callers_rows_alone(app: APIFlask) -> None:
    tokens = DatabaseTokens()
    tokens.current(APP, Fetcher())
    row = db.session.execute(select(WechatToken)).scalar_one()

    tokens.replaced(APP, Token("token-1", 1), Fetcher(), expired=False)

    assert row.version == 1  # as the caller read it


def test_token_whose_key_is_gone_is_fetched_again(app: APIFlask) -> None:
    tokens, fetch = DatabaseTokens(), Fetcher()
    tokens.current(APP, fetch)
    with transaction() as session:
        session.execute(text("UPDATE wechat_token SET token = 'deadbeef:AAAA'"))

    assert tokens.current(APP, fetch) == Token("token-2", 2)


def test_push_without_the_database_was_not_sent(app: APIFlask, wechat: Any, sandbox: Sandbox, lin: Person) -> None:
    with transaction() as session:
        session.execute(text("ALTER TABLE wechat_token RENAME TO elsewhere"))
    try:
        pushed = Gateway(wechat).push_text(lin.service_openid, "您好")
    finally:
        with transaction() as session:
            session.execute(text("ALTER TABLE elsewhere RENAME TO wechat_token"))

    assert pushed.outcome is Outcome.RETRY
    assert sandbox.control.get("journal?path=/cgi-bin/message/custom/send") == []


def clock_now() -> Any:
    return clock.now()


# ------------------------------------------------------------ with the gateway, over HTTP


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_refused_token_is_refreshed_once_and_the_call_repeated_once(
    gateway: Gateway, lin: Person, sandbox: Sandbox, calls: Calls, errcode: int
) -> None:
    sandbox.control.post("faults", {"path": INFO, "kind": "errcode", "errcode": errcode, "count": 1})

    assert gateway.follower(lin.service_openid).subscribe is False
    assert (len(calls(STABLE)), len(calls(INFO))) == (2, 2)


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_persistently_refused_token_is_no_endless_loop(
    gateway: Gateway, lin: Person, sandbox: Sandbox, calls: Calls, errcode: int
) -> None:
    path = "/cgi-bin/message/custom/send"
    sandbox.control.post("faults", {"path": path, "kind": "errcode", "errcode": errcode})
    gateway.follower(lin.service_openid)  # the first token

    pushed = gateway.push_text(lin.service_openid, "您好")

    assert (pushed.outcome, pushed.errcode) == (Outcome.RETRY, errcode)
    assert (len(calls(STABLE)), len(calls(path))) == (2, 2)


def test_repeated_call_sends_the_same_body(gateway: Gateway, lin: Person, sandbox: Sandbox, calls: Calls) -> None:
    path = "/cgi-bin/message/custom/send"
    sandbox.control.post("faults", {"path": path, "kind": "errcode", "errcode": 40001, "count": 1})

    gateway.push_text(lin.service_openid, "您好")

    first, second = calls(path)
    assert first["body"] == second["body"] != {}


def test_gateway_threads_share_one_fetch(gateway: Gateway, lin: Person, calls: Calls) -> None:
    found = together(20, lambda: gateway.follower(lin.service_openid))

    assert [follower.subscribe for follower in found] == [False] * 20
    assert len(calls(STABLE)) == 1


def test_token_really_dead_at_wechat_is_replaced(gateway: Gateway, lin: Person, sandbox: Sandbox, calls: Calls) -> None:
    gateway.follower(lin.service_openid)
    sandbox.control.post("clock", {"advance_seconds": 7201})  # WeChat's time runs ahead of ours

    assert gateway.follower(lin.service_openid).subscribe is False
    assert len(calls(STABLE)) == 2


def test_two_processes_share_the_token_in_the_database(
    app: APIFlask, sandbox: Sandbox, wechat: Any, lin: Person, calls: Calls
) -> None:
    for _ in range(2):
        Gateway(wechat).follower(lin.service_openid)

    assert len(calls(STABLE)) == 1


def test_refused_credentials_are_an_error_in_the_log(
    gateway: Gateway, lin: Person, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.control.post("faults", {"path": STABLE, "kind": "errcode", "errcode": 40164})

    with caplog.at_level(logging.ERROR):
        gateway.push_text(lin.service_openid, "您好")

    assert "WeChat gives no access token" in caplog.text
