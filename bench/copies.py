"""A table with a million rows in seconds: one good row, copied inside the database with some columns counted on."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, text

from server.database import db

ALPHABET = "BENCH"
"""Ids of copies: this, a letter for the table, and the number, 26 characters in all."""


def counted_id(letter: str, number: str = "i") -> str:
    """Return the SQL expression of the n-th copy's id, or of another one's: ``number`` is an expression of ``i``."""
    head = f"{ALPHABET}{letter}"
    if db.engine.dialect.name == "sqlite":
        return f"printf('{head}%0{26 - len(head)}d', {number})"
    return f"CONCAT('{head}', LPAD(CAST({number} AS UNSIGNED), {26 - len(head)}, '0'))"


def counted_instant(first: datetime, minutes: int, number: str = "i") -> str:
    """Return the SQL expression of an instant so many times ``minutes`` after the first."""
    at = first.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    if db.engine.dialect.name == "sqlite":
        return f"strftime('%Y-%m-%d %H:%M:%S.000000', '{at}', '+' || ({number} * {minutes}) || ' minutes')"
    return f"DATE_ADD('{at}', INTERVAL ({number} * {minutes}) MINUTE)"


def counted_day(first: str, days: int) -> str:
    """Return the SQL expression of a day that goes round: ``first``, the next one, … and after ``days`` again."""
    if db.engine.dialect.name == "sqlite":
        return f"date('{first}', '+' || (i % {days}) || ' days')"
    return f"DATE_ADD('{first}', INTERVAL (i % {days}) DAY)"


def day_before(day: str, days: int) -> str:
    """Return the SQL expression of so many days before a day expression."""
    if db.engine.dialect.name == "sqlite":
        return f"date({day}, '-{days} days')"
    return f"DATE_SUB({day}, INTERVAL {days} DAY)"


def copy(table: str, template_id: str, number: int, changed: Mapping[str, Any], block: int = 100_000) -> None:
    """Insert ``number`` copies of a row.

    Args:
        changed: column → SQL expression of ``i``, the number of the copy from 1 on.
    """
    columns = list(db.metadata.tables[table].columns.keys())
    chosen = ", ".join(str(changed.get(column, f"t.{column}")) for column in columns)
    with db.engine.connect() as connection, _filling(connection):
        for first in range(1, number + 1, block):
            last = min(first + block - 1, number)
            statement = text(
                f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - our own names
                f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
                f"SELECT {chosen} FROM n, {table} t WHERE t.id = :template"
            )
            # one transaction per block: a single one of millions of rows leaves MariaDB with as long an undo log
            with connection.execution_options(writes=True).begin():
                connection.execute(statement, {"template": template_id})


@contextlib.contextmanager
def _filling(connection: Connection) -> Iterator[None]:
    """Let MariaDB believe that copies of a good row are good, while a table is filled."""
    if connection.dialect.name == "sqlite":
        yield
        return
    checks = ("foreign_key_checks", "unique_checks", "check_constraint_checks")
    connection.execute(text("SET SESSION max_recursive_iterations = 1000000000"))
    connection.execute(text("SET SESSION " + ", ".join(f"{name} = 0" for name in checks)))
    connection.commit()
    yield
    connection.execute(text("SET SESSION " + ", ".join(f"{name} = 1" for name in checks)))
    connection.commit()
