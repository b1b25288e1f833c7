"""What every shape shares."""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from server import clock


def _day_as_text(value: Any) -> Any:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("a day is YYYY-MM-DD")
    return value


# Left to itself pydantic reads 0 as 1970-01-01 and true as 1.
Day = Annotated[date, BeforeValidator(_day_as_text)]
Whole = Annotated[int, Strict()]


class In(BaseModel):
    """What comes in: an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Out(BaseModel):
    """What goes out."""


class PageIn(In):
    """Which page of a list."""

    cursor: str | None = Field(default=None, max_length=500)


def listed(items: list[Any], following: str | None) -> dict[str, Any]:
    """Return the shape of every list."""
    return {"items": items, "next": following}


def instant(at: datetime) -> str:
    """Return an instant as Shanghai wall-clock time with its offset."""
    return clock.local(at).isoformat(timespec="seconds")
