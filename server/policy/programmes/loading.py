"""Reading the tables: one file per version, shared fields from ``shared.toml``."""

import functools
import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from server.policy.programmes.conditions import ConditionError
from server.policy.programmes.table import Programme

TABLES = Path(__file__).parent / "tables"
SHARED = "shared.toml"


class TableError(Exception):
    """A table cannot be used; the message names file and place."""


def load(programme: str, on: date) -> Programme:
    """Return the rules of a programme as they are on a day.

    Raises:
        KeyError: no such programme, or no version valid on that day.
        TableError: a table is not complete.
    """
    valid = [one for one in versions(programme) if one.valid_from <= on]
    if not valid:
        raise KeyError(f"no table of {programme!r} on {on}")
    return valid[-1]


def versions(programme: str) -> tuple[Programme, ...]:
    """Return every version of a programme, the oldest first; none if it is unknown. Raises TableError."""
    return _all().get(programme, ())


def names() -> tuple[str, ...]:
    """Return every programme there is a table of, by name. Raises TableError."""
    return tuple(sorted(_all()))


def forget() -> None:
    """Read the tables again from now on, after they changed."""
    _all.cache_clear()


@functools.cache
def _all() -> dict[str, tuple[Programme, ...]]:
    found: dict[str, list[Programme]] = {}
    shared = _toml(TABLES / SHARED)
    for path in sorted(TABLES.glob("*.toml")):
        if path.name != SHARED:
            written = _toml(path)
            if "base" in written:
                written = based(written, _toml(TABLES / written["base"]))
            one = parse(path.name, written, shared)
            found.setdefault(one.name, []).append(one)
    for name, rows in found.items():
        if len({row.valid_from for row in rows}) < len(rows):
            raise TableError(f"{name}: two versions from the same day")
    return {name: tuple(sorted(rows, key=lambda row: row.valid_from)) for name, rows in found.items()}


def based(written: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Return a version that only says what differs: rows with the key of an older one replace it, others are added."""
    merged = {**base, **{key: value for key, value in written.items() if key not in ("base", "fields", "flags")}}
    for part in ("fields", "flags"):
        rows = {row.get("key", row.get("use")): row for row in base.get(part, [])}
        rows |= {row.get("key", row.get("use")): row for row in written.get(part, [])}
        merged[part] = list(rows.values())
    return merged


def parse(name: str, written: dict[str, Any], shared: dict[str, Any]) -> Programme:
    """Return the programme a table describes. Raises TableError."""
    try:
        fields = [_field(row, shared["fields"]) for row in written.get("fields", [])]
        keys = {row.get("key") for row in fields}
        checks = [row for row in shared["checks"] if set(row["of"]) <= keys] + written.get("checks", [])
        bare = [{key: value for key, value in row.items() if key != "of"} for row in checks]
        return Programme.model_validate({**written, "fields": fields, "checks": bare})
    except (ValidationError, ConditionError, KeyError) as cause:
        raise TableError(f"{name}: {cause}") from None


def _field(row: dict[str, Any], shared: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if "use" not in row:
        return row
    return {"key": row["use"], **shared[row["use"]], **{key: value for key, value in row.items() if key != "use"}}


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
