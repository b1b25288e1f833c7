"""One cell: its text, and what kind of value the spreadsheet thought it was.

The kind matters: an identity number kept as a number has already lost its last digits.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

MOST_CHARACTERS = 500


class Kind(StrEnum):
    """What a spreadsheet says a cell is; csv knows only text."""

    TEXT = "t"
    NUMBER = "n"
    DAY = "d"
    FORMULA = "f"
    BROKEN = "e"


@dataclass(frozen=True, slots=True)
class Cell:
    """``text``: as a person would read it; of a day YYYY-MM-DD; of a formula and an error value nothing usable."""

    text: str
    kind: Kind = Kind.TEXT

    def __bool__(self) -> bool:
        return bool(self.text)


EMPTY = Cell("")


def from_value(value: Any) -> Cell:
    """Return a cell for what the xlsx reader gives."""
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return Cell("是" if value else "否")
    if isinstance(value, int | float):
        return Cell(_number(value), Kind.NUMBER)
    if isinstance(value, datetime):
        return Cell(value.date().isoformat(), Kind.DAY)
    if isinstance(value, date):
        return Cell(value.isoformat(), Kind.DAY)
    if isinstance(value, time):
        return Cell(value.isoformat())
    return from_text(str(value)) if not str(value).startswith("=") else Cell("=", Kind.FORMULA)


def from_text(text: str) -> Cell:
    """Return a cell for text; ``#REF!`` and the like are broken cells."""
    text = text.strip()[:MOST_CHARACTERS]
    if text.startswith("#") and text.rstrip("!?").isupper() and text.endswith(("!", "?", "/A")):
        return Cell(text, Kind.BROKEN)
    return Cell(text)


def _number(value: float) -> str:
    """123.0 is 123; what a float can no longer hold exactly shows itself by its exponent."""
    if isinstance(value, int) or (value == int(value) if abs(value) < 1e15 else False):
        return str(int(value))
    return repr(value)


def to_json(cells: list[Cell]) -> list[Any]:
    """Return cells as short JSON: text as it is, everything else as [kind, text]."""
    return [cell.text if cell.kind is Kind.TEXT else [cell.kind.value, cell.text] for cell in cells]


def from_json(values: list[Any]) -> list[Cell]:
    """Return the cells of ``to_json``."""
    return [Cell(value) if isinstance(value, str) else Cell(value[1], Kind(value[0])) for value in values]


def text_of(cells: list[Cell], index: int | None) -> str:
    """Return a cell's text, nothing where the row is shorter."""
    return cells[index].text if index is not None and 0 <= index < len(cells) else ""
