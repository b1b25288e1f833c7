"""What every shape shares."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from server import clock


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
