"""Pages of a list: a cursor is the sort key of the last row shown, so every page costs the same."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, literal, or_, tuple_

from server.database import db
from server.errors import Invalid

T = TypeVar("T")
PAGE_ROWS = 20


class CursorInvalid(Invalid):
    """The cursor was not made by us."""

    code, default_message = "cursor_invalid", "列表已更新，请从头再看"


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of rows and the cursor of the next one, None at the end."""

    items: list[T]
    next: str | None


def page(
    statement: Select[Any],
    keys: tuple[Any, ...],
    cursor: str | None,
    *,
    newest_first: bool = False,
    rows: int = PAGE_ROWS,
) -> Page[Any]:
    """Return one page of a statement ordered by ``keys`` (unique together, an index behind them).

    Args:
        keys: columns of the selected model; values must be text, numbers, days or instants.
        cursor: ``next`` of the page before, or None.
    Raises:
        CursorInvalid.
    """
    if cursor:
        # each value bound with its column's type: text of an instant would compare with nothing
        values = [literal(value, key.type) for value, key in zip(_decode(cursor, keys), keys, strict=True)]
        statement = statement.where(_after(keys, values, newest_first))
    order = [key.desc() for key in keys] if newest_first else list(keys)
    found = list(db.session.scalars(statement.order_by(*order).limit(rows + 1)).unique())
    following = cursor_of(found[rows - 1], keys) if len(found) > rows else None
    return Page(found[:rows], following)


def _after(keys: Sequence[Any], values: Sequence[Any], newest_first: bool) -> ColumnElement[bool]:
    """Return the condition of standing after a row, in the form from which each database finds its place in the index.

    SQLite does with a comparison of rows, and sorts anew with the other form; MariaDB counts its way from the beginning
    with a comparison of rows. tests/access/test_paging_cost.py measures it.
    """
    if db.engine.dialect.name == "sqlite":
        return tuple_(*keys) < tuple_(*values) if newest_first else tuple_(*keys) > tuple_(*values)
    pairs = list(zip(keys, values, strict=True))
    steps = []
    for place, (key, value) in enumerate(pairs):
        alike = [one == its for one, its in pairs[:place]]
        steps.append(and_(*alike, key < value if newest_first else key > value))
    return or_(*steps)


def cursor_of(row: Any, keys: tuple[Any, ...]) -> str:
    """Return the cursor of what comes after a row."""
    values = [getattr(row, key.key) for key in keys]
    texts = [value.isoformat() if hasattr(value, "isoformat") else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode()


def _decode(cursor: str, keys: tuple[Any, ...]) -> list[Any]:
    try:
        texts = json.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not isinstance(texts, list) or len(texts) != len(keys):
            raise CursorInvalid()
        return [_typed(text, key) for text, key in zip(texts, keys, strict=True)]
    except (ValueError, TypeError, binascii.Error, UnicodeError, RecursionError) as cause:
        raise CursorInvalid() from cause


def _typed(text: Any, key: Any) -> Any:
    # a TypeDecorator (UtcDateTime) says "object" of itself; the type it decorates knows better
    python_type = getattr(key.type, "impl_instance", key.type).python_type
    if python_type is datetime:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise CursorInvalid()
        return at
    if hasattr(python_type, "fromisoformat"):
        return python_type.fromisoformat(text)
    if not isinstance(text, python_type) or (python_type is int and abs(text) >= 2**63):
        raise CursorInvalid()
    if python_type is str:
        text.encode()  # a lone surrogate is no text: UnicodeError
    return text
