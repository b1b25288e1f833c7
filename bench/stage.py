"""A migrated database of its own, the application on it, and the plain driver beside it."""

import contextlib
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import pymysql
from apiflask import APIFlask
from flask_migrate import upgrade
from sqlalchemy import make_url

from server.app import create_app
from server.config import Settings
from server.database import SQLITE_PRAGMAS, db
from tests import configured


@dataclass(frozen=True)
class Stage:
    """What a bench runs on. An application context is open."""

    app: APIFlask
    settings: Settings
    folder: Path
    kind: str

    def driver(self) -> Any:
        """Return a connection of the plain driver, nothing in between; each transaction is begun by hand."""
        return driver(self.settings.database.url)

    def settle(self) -> None:
        """Let SQLite copy back what was written so far: a measurement pays for its own pages only."""
        if self.kind == "sqlite":
            with contextlib.closing(self.driver()) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def driver(address: str) -> Any:
    """Return a connection of the plain driver to a database."""
    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(url.database), timeout=60, isolation_level=None, check_same_thread=False)
        for pragma in SQLITE_PRAGMAS:  # the application's own: what tunes one side tunes the other
            connection.execute(f"PRAGMA {pragma}")
        return connection
    return pymysql.connect(
        host=url.host or "127.0.0.1",
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
        charset="utf8mb4",
    )


@contextlib.contextmanager
def standing(mariadb_url: str | None) -> Iterator[Stage]:
    """A stage on SQLite, or on an empty MariaDB database."""
    with tempfile.TemporaryDirectory(prefix="family-doctor-bench-") as folder:
        url = mariadb_url or f"sqlite:///{folder}/bench.db"
        settings = configured.settings(url)
        app = create_app(settings)
        with app.app_context():
            upgrade()
            try:
                yield Stage(app, settings, Path(folder), "mariadb" if mariadb_url else "sqlite")
            finally:
                db.session.remove()
                db.engine.dispose()


def ratio_line(name: str, ratios: list[float], must: str) -> str:
    """One line of the report: the median of the rounds, their range, and what it must be."""
    return f"{name}: {median(ratios):.2f} [{min(ratios):.2f}–{max(ratios):.2f}] in {len(ratios)} rounds, must be {must}"


def interleaved(rounds: int, *measurements: Callable[[], float]) -> list[tuple[float, ...]]:
    """Run measurements turn by turn, so that what disturbs the machine disturbs all of them."""
    return [tuple(measure() for measure in measurements) for _ in range(rounds)]
