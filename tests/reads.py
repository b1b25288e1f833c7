"""How much a database has to read for what is asked, whatever the clock says."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from server.database import db


@contextmanager
def reads() -> Iterator[list[int]]:
    """Count what the database does: rows it asks its engine for, or steps of its machine."""
    found = [0]
    connection = db.session.connection()
    if connection.dialect.name == "sqlite":
        raw: Any = connection.connection.driver_connection

        def step() -> int:
            found[0] += 1
            return 0

        raw.set_progress_handler(step, 10)
        yield found
        raw.set_progress_handler(None, 0)
        return

    def handled() -> int:
        rows = connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Handler_read%%'")
        return sum(int(value) for _, value in rows)

    before = handled()
    yield found
    found[0] = handled() - before
