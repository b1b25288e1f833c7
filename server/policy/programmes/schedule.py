"""The rows of a table that say when: distances, windows around an anchor, repeats, once a month or year."""

from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Number = int | Decimal | str
"""A number, or ``$parameter`` of the region's follow-up rules."""


class Row(BaseModel):
    """A row of a table; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Offset(Row):
    """A distance in civil days, weeks, months (clamped to the month's end) and birthdays; negative: before."""

    days: Number = 0
    weeks: Number = 0
    months: Number = 0
    years: Number = 0

    @property
    def parameters(self) -> set[str]:
        """The region's parameters it names."""
        return {one for one in (self.days, self.weeks, self.months, self.years) if isinstance(one, str)}

    @property
    def is_some(self) -> bool:
        """Tell whether it is any distance at all."""
        return any(one != 0 for one in (self.days, self.weeks, self.months, self.years))


class Anchor(Offset):
    """A distance from a fact."""

    of: str


class NamedAnchor(Anchor):
    """A day that follows from another fact, unless it is known itself: the due date from the last menses."""

    key: str
    needs: list[str] = []
    unless: list[str] = []


class _Conditional(Row):
    """What is only planned for some: facts that must be there, must not, or must have a value."""

    key: str = Field(min_length=1)
    title: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    needs: list[str] = []
    unless: list[str] = []
    only: dict[str, str] = {}
    """Facts with one of these codes, divided by ``|``."""
    other_than: dict[str, str] = {}
    """Facts without these codes; unknown is another."""

    @property
    def id(self) -> str:
        """What tells it from every other row: its key, and for whom."""
        codes = [*map("=".join, self.only.items()), *map("≠".join, self.other_than.items())]
        return " ".join([self.key, *self.needs, *("!" + one for one in self.unless), *codes])


class Window(_Conditional):
    """One due thing around an anchor."""

    anchor: str
    since: Offset = Field(default=Offset(), alias="from")
    until: Offset
    until_day_before: bool = False
    """The window ends on the day before ``until``."""
    due: Offset | None = None
    """The due day; without: the window's first day."""
    counts: Offset | None = None
    """Last day on which it counts in the indicators."""
    anchor_from: date | None = None
    """Only if the anchor is this day or later."""
    anchor_until: date | None = None
    """Only if it is this day or earlier."""

    @property
    def id(self) -> str:
        """Rows for other years of birth may have the same key."""
        return f"{super().id} {self.anchor_from} {self.anchor_until}"


class Repeat(_Conditional):
    """The same again and again: the n-th is n times ``every`` after the anchor."""

    anchor: str
    every: Offset
    not_before: Anchor | None = None
    until: str | None = None
    """The fact (or anchor) that ends it, that day included; without: the next ``ahead`` ones."""
    ahead: int = Field(default=2, ge=1, le=12)
    grace_days: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _moves(self) -> Self:
        if not self.every.is_some:
            raise ValueError(f"{self.key}: repeats without a distance")
        return self


class Calendar(_Conditional):
    """Once in each calendar month (due on its last day) or year (due a year after the last one, else on its last day)."""

    every: Literal["month", "year"]
    min_age: Number | None = None
    """Years reached by 31 December, from the fact ``birth``."""
    ahead: int = Field(default=2, ge=1, le=12)


class Deadline(_Conditional):
    """So many hours after an instant."""

    hours: int = Field(ge=1)
