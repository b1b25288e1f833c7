"""The one clock: aware instants, Shanghai days, and the sandbox's time in demo and tests."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from server import clock as server_clock
from tests import source


class Served:
    """A sandbox that only knows the time."""

    def __init__(self) -> None:
        self.body: bytes = b"{}"
        self.delay_seconds = 0.0
        self.calls = 0
        self.set(0)
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.calls += 1
                time.sleep(served.delay_seconds)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(served.body)

            def log_message(self, *_: Any) -> None:
                """Silence."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/sandbox/clock"

    def set(self, offset_seconds: float) -> None:
        self.body = json.dumps({"offset_seconds": offset_seconds}).encode()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def served() -> Iterator[Served]:
    found = Served()
    yield found
    server_clock.follow(None)
    found.close()


def ahead() -> float:
    """Seconds our clock is ahead of this process's time."""
    return (server_clock.now() - datetime.now(UTC)).total_seconds()


def until(is_so: Any, seconds: float = 10) -> bool:
    end = time.perf_counter() + seconds
    while not is_so() and time.perf_counter() < end:
        time.sleep(0.02)
    return bool(is_so())


# ---------------------------------------------------------------- instants and days


def test_now_is_an_aware_instant_in_utc(clock: Any) -> None:
    clock.set("2026-03-02 10:00")

    assert server_clock.now().tzinfo is UTC
    assert server_clock.now().replace(microsecond=0) == datetime(2026, 3, 2, 2, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2026-03-01 23:59:59", date(2026, 3, 1)),
        ("2026-03-02 00:00:00", date(2026, 3, 2)),
        ("2026-03-02 07:59:59", date(2026, 3, 2)),  # still the 1st in UTC
        ("2026-12-31 23:59:59", date(2026, 12, 31)),
        ("2028-02-29 12:00:00", date(2028, 2, 29)),
    ],
)
def test_today_is_the_day_in_shanghai(clock: Any, local: str, day: date) -> None:
    clock.set(local)

    assert server_clock.today() == day


def test_local_is_shanghai_wall_clock_time() -> None:
    at = server_clock.local(datetime(2026, 7, 1, 16, 30, tzinfo=UTC))

    assert (at.isoformat(), at.date()) == ("2026-07-02T00:30:00+08:00", date(2026, 7, 2))


def test_monotonic_only_grows() -> None:
    readings = [server_clock.monotonic() for _ in range(100)]

    assert readings == sorted(readings)


# ---------------------------------------------------------------- following the sandbox


def test_follow_takes_the_sandboxs_time_at_once(served: Served) -> None:
    served.set(86_400)

    server_clock.follow(served.url)

    assert ahead() == pytest.approx(86_400, abs=1)


def test_follow_notices_a_jump_without_being_told(served: Served) -> None:
    server_clock.follow(served.url)
    assert ahead() == pytest.approx(0, abs=1)

    served.set(3 * 86_400)

    assert until(lambda: ahead() > 86_400)
    assert ahead() == pytest.approx(3 * 86_400, abs=1)


def test_now_never_waits_for_a_slow_sandbox(served: Served) -> None:
    server_clock.follow(served.url)
    served.delay_seconds = 1.5
    before = served.calls
    server_clock.now()
    assert until(lambda: served.calls > before)

    started = time.perf_counter()
    for _ in range(1_000):
        server_clock.now()

    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    "body", [b"", b"no json", b"{}", b'{"offset_seconds": "soon"}', b"[]", b'{"offset_seconds": 1e300}']
)
def test_an_answer_without_time_keeps_the_last_one(served: Served, body: bytes) -> None:
    served.set(600)
    server_clock.follow(served.url)
    served.body = body
    before = served.calls
    server_clock.now()

    assert until(lambda: served.calls > before + 1)
    assert ahead() == pytest.approx(600, abs=1)


def test_a_sandbox_that_is_not_there_leaves_the_system_clock() -> None:
    server_clock.follow("http://127.0.0.1:9/sandbox/clock")
    try:
        assert ahead() == pytest.approx(0, abs=1)
    finally:
        server_clock.follow(None)


def test_following_goes_on_where_the_thread_was_left_behind(served: Served) -> None:
    """A forked worker has the follower, but not its thread."""
    server_clock.follow(served.url)
    follower = server_clock._follower
    assert follower is not None
    follower.thread = threading.Thread()
    served.set(1_200)

    server_clock.now()

    assert until(lambda: ahead() > 600)


def test_follow_nobody_returns_to_the_system_clock(served: Served) -> None:
    served.set(timedelta(days=400).total_seconds())
    server_clock.follow(served.url)

    server_clock.follow(None)

    assert ahead() == pytest.approx(0, abs=1)


# ---------------------------------------------------------------- nobody else


def test_nobody_else_asks_the_database_for_the_time() -> None:
    asking = ("func.now", "CURRENT_TIMESTAMP", "UTC_TIMESTAMP", "NOW()", "server_onupdate")
    found = [source.name_of(path) for path in source.python_files() if any(word in path.read_text() for word in asking)]

    assert found == []
