"""A table with a million rows in seconds: one good row, copied inside the database with some columns counted on."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

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
    with db.engine.connect() as connection, connection.execution_options(writes=True).begin():
        if connection.dialect.name != "sqlite":
            connection.execute(text("SET SESSION max_recursive_iterations = 1000000000"))
        for first in range(1, number + 1, block):
            last = min(first + block - 1, number)
            connection.execute(
                text(
                    f"INSERT INTO {table} ({', '.join(columns)}) "  # noqa: S608 - our own names
                    f"WITH RECURSIVE n(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM n WHERE i < {last}) "
                    f"SELECT {chosen} FROM n, {table} t WHERE t.id = :template"
                ),
                {"template": template_id},
            )
