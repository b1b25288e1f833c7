"""Four web workers on the database of this run: SQLite, or MariaDB with FAMILY_DOCTOR_TEST_DATABASE."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import pytest
import time_machine
from apiflask import APIFlask

from server import clock as server_clock
from server.config import Settings
from tests.conftest import Clock
from tests.contention import serving
from tests.contention.serving import Web

MOST_CALLERS = 30
"""Fewer than tap at once: whoever is quick on a busy machine, several processes take part."""


@pytest.fixture
def now(clock: Clock) -> datetime:
    """The real time, for the test too: the web workers are processes of their own."""
    at = datetime.fromtimestamp(time_machine.escape_hatch.time.time(), server_clock.SHANGHAI)
    clock.set(at)
    return at


@pytest.fixture
def serve(settings: Settings, app: APIFlask, now: datetime, tmp_path: Path) -> Iterator[Callable[..., Web]]:
    """Starts web servers; none of them outlives the test."""
    with ExitStack() as running:

        def start(factory: str = "server.app:create_app()") -> Web:
            web, process = serving.start(settings, tmp_path, factory, forked=True, most_callers=MOST_CALLERS)
            running.callback(serving.stop, process)
            return web

        yield start


@pytest.fixture
def web(serve: Callable[..., Web]) -> Web:
    """The real application."""
    return serve()
