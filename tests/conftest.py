"""Fixtures that every test may use: the application on a fresh database, a clock, the sandbox over real HTTP.

The database is built once per run by the migrations. SQLite: each test gets a copy of that file, at one place for the
whole run. With FAMILY_DOCTOR_TEST_DATABASE (a MySQL or MariaDB server address ending in a database name) each worker
gets a database of its own, emptied before each test. Either way the address stays the same, so that the application,
its 300 routes and its compiled statements are built once and not for each of thousands of tests.
"""

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from server import clock as server_clock
from server import sealing
from server.app import create_app
from server.config import Settings
from server.database import db
from tests import configured
from tools import mariadb

START = "2026-03-02 10:00"
NOBODY = "http://127.0.0.1:9"
OLD_EVERY = 50
"""Collections of what is a little older between two of everything; Python's own is 10."""


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what there is before the first test, and look through the old less often.

    A million objects of pytest, our modules and the built application live to the end; going through them again and
    again was a tenth of the suite's time. What tests make and leave behind is collected, and complained about, as before.
    """
    gc.collect()
    gc.freeze()
    youngest, middle, _ = gc.get_threshold()
    gc.set_threshold(youngest, middle, OLD_EVERY)


class Clock:
    """Moves the time of everything in this process; texts are Shanghai wall-clock time."""

    def __init__(self) -> None:
        self._traveller: time_machine.travel | None = None
        self._coordinates: Any = None

    def set(self, local: str | datetime) -> None:
        at = datetime.fromisoformat(local) if isinstance(local, str) else local
        at = at if at.tzinfo else at.replace(tzinfo=server_clock.SHANGHAI)
        if self._traveller:
            self._coordinates.move_to(at)
            return
        self._traveller = time_machine.travel(at, tick=True)
        self._coordinates = self._traveller.start()

    def advance(self, **kwargs: float) -> None:
        """Move forward by timedelta arguments, e.g. ``days=1``."""
        self._coordinates.move_to(server_clock.now() + timedelta(**kwargs))

    def stop(self) -> None:
        if self._traveller:
            self._traveller.stop()


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    """The time: Monday 2026-03-02 10:00 in Shanghai unless a test moves it. Browser tests keep the real one."""
    moved = Clock()
    if not request.node.get_closest_marker("browser"):
        moved.set(START)
    yield moved
    moved.stop()


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str | Path]:
    """A database with all migrations applied: the path of an SQLite file, or the URL of this worker's MySQL database."""
    server = os.environ.get("FAMILY_DOCTOR_TEST_DATABASE")
    if not server:
        path = tmp_path_factory.mktemp("template") / "template.db"
        _migrate(f"sqlite:///{path}")
        yield path
        return
    url = make_url(server)
    name = f"{url.database}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    admin = create_engine(url._replace(database=None), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS `{name}`"))
        connection.execute(text(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
    own = url.set(database=name).render_as_string(hide_password=False)
    _migrate(own)
    yield own
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS `{name}`"))
    admin.dispose()


def _migrate(url: str) -> None:
    from flask_migrate import upgrade

    app = create_app(configured.settings(url))
    with app.app_context():
        upgrade()
        db.engine.dispose()


def _empty(engine: Engine) -> None:
    """Delete all rows; asks first where there are any, because hundreds of tables mostly have none.

    One row per filled table: the server answers that three times as fast as hundreds of EXISTS in one row.
    """
    asked = " UNION ALL ".join(f"(SELECT '{name}' FROM `{name}` LIMIT 1)" for name in db.metadata.tables)
    with engine.begin() as connection:
        filled = connection.exec_driver_sql(asked).scalars().all()
        if not filled:
            return
        connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 0")
        for name in filled:
            connection.exec_driver_sql(f"DELETE FROM `{name}`")
        connection.exec_driver_sql("SET FOREIGN_KEY_CHECKS = 1")


@pytest.fixture(scope="session")
def database_place(database_template: str | Path) -> Iterator[Path | Engine]:
    """Where the tests of this worker keep their rows, one after another: an SQLite file or a MySQL database."""
    if isinstance(database_template, Path):
        # no test asks whether a disk keeps what it was told to
        folder = tempfile.mkdtemp(prefix="family-doctor-", dir=mariadb.place(in_memory=True))
        yield Path(folder) / "test.db"
        shutil.rmtree(folder)
        return
    engine = create_engine(database_template)
    yield engine
    engine.dispose()


@pytest.fixture
def database_url(database_template: str | Path, database_place: Path | Engine) -> str:
    """The address of an empty, migrated database."""
    if isinstance(database_place, Engine):
        _empty(database_place)
        return str(database_template)
    for left in database_place.parent.iterdir():
        left.unlink()  # whoever still has the last test's file open keeps it, and is alone with it
    shutil.copy(database_template, database_place)
    return f"sqlite:///{database_place}"


@pytest.fixture
def wechat_base() -> str:
    """Where the server finds WeChat. Nobody listens there; the ``sandbox`` fixture overrides it for tests that need it."""
    return NOBODY


@pytest.fixture
def read_seconds() -> float:
    """How long the server waits for WeChat's answer."""
    return configured.READ_SECONDS


@pytest.fixture
def settings(database_url: str, wechat_base: str, read_seconds: float) -> Settings:
    """Settings of this test; override ``database_url``, ``wechat_base`` or ``read_seconds`` to change them."""
    return configured.settings(database_url, wechat_base, read_seconds=read_seconds)


_built: dict[str, APIFlask] = {}


def _application(settings: Settings) -> APIFlask:
    """The application for these settings, built once. Where WeChat answers, each test has its own: callbacks may lag."""
    if settings.wechat.api_base != NOBODY:
        return create_app(settings)
    key = settings.model_dump_json()
    if key not in _built:
        _built[key] = create_app(settings)
    privacy = settings.privacy
    sealing.use(sealing.Sealer((privacy.data_key, *privacy.old_data_keys), privacy.index_key))
    server_clock.follow(None)
    return _built[key]


@pytest.fixture
def app(settings: Settings) -> Iterator[APIFlask]:
    """The application with an open context on a fresh database."""
    application = _application(settings)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def client(app: APIFlask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()
