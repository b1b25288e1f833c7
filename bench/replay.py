"""The statements of one action, written down once and sent again for other rows by the plain driver.

That is the database's own rate for the same work: no HTTP, no framework, no objects.
"""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from server.database import db
from server.ids import new_id

ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
CODE = re.compile(r"[0-9a-f]{32}")
"""A random code that an action made up; there is no such thing among what it only reads."""


class Recording:
    """What the driver was told between ``begin`` and ``end``, with parameters."""

    def __init__(self) -> None:
        self.before = new_id()
        """Ids greater than this were made while recording."""
        self.statements: list[tuple[str, Any]] = []

    def for_other(self, names: dict[str, str]) -> list[tuple[str, Any]]:
        """Return the statements for other rows.

        Args:
            names: old id → new id of the rows the action was about; ids it made itself become new ones.
        """
        known = dict(names)

        def renamed(value: Any) -> Any:
            if isinstance(value, str) and CODE.fullmatch(value):
                return known.setdefault(value, secrets.token_hex(16))
            if isinstance(value, str):
                return ULID.sub(lambda found: self._other(found.group(), known), value)
            if isinstance(value, (list, tuple)):
                return type(value)(renamed(item) for item in value)
            return {key: renamed(item) for key, item in value.items()} if isinstance(value, dict) else value

        return [(sql, renamed(parameters)) for sql, parameters in self.statements]

    def _other(self, found: str, known: dict[str, str]) -> str:
        if found not in known and found > self.before:
            known[found] = new_id()
        return known.get(found, found)


@contextmanager
def recording() -> Iterator[Recording]:
    """Write down what the application tells its driver."""
    made = Recording()

    def note(_connection: Any, _cursor: Any, sql: str, parameters: Any, _context: Any, _many: bool) -> None:
        if not sql.upper().startswith(("PRAGMA", "BEGIN", "COMMIT", "ROLLBACK", "SET ")):
            made.statements.append((sql, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def send(connection: Any, statements: list[tuple[str, Any]]) -> None:
    """Send one action's statements as one transaction, reading every answer. Retries what the database asks to retry."""
    for _ in range(50):
        cursor = connection.cursor()
        try:
            cursor.execute("BEGIN IMMEDIATE" if hasattr(connection, "in_transaction") else "BEGIN")
            for sql, parameters in statements:
                if isinstance(parameters, list):  # several rows
                    cursor.executemany(sql, parameters)
                    continue
                cursor.execute(sql, parameters)
                if cursor.description:
                    cursor.fetchall()
            cursor.execute("COMMIT")
            return
        except Exception as error:
            cursor.execute("ROLLBACK")
            if error.args and error.args[0] in (1213, 1205, 1020):
                continue
            raise
        finally:
            cursor.close()
    raise RuntimeError("the database never took the statements")
