"""The rows of a programme's table: fields with ranges, limits, flags, classes, rules, alerts, findings."""

import functools
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from server.policy.programmes.conditions import Condition, parse
from server.policy.programmes.schedule import Number, Offset, Row

NUMERIC = ("int", "decimal")
CODED = ("choice", "many")


class When(Row):
    """A condition: ``when`` and all of ``all`` and one of ``any`` must hold; empty: always."""

    when: str | None = None
    all: list[str] = []
    any: list[str] = []

    @functools.cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """Every condition named, taken apart."""
        return tuple(parse(text) for text in (*([self.when] if self.when else []), *self.all, *self.any))

    @functools.cached_property
    def _parsed(self) -> tuple[tuple[Condition, ...], tuple[Condition, ...]]:
        needed = [*([self.when] if self.when else []), *self.all]
        return tuple(map(parse, needed)), tuple(map(parse, self.any))

    def holds(self, scope: dict[str, Any]) -> bool:
        """Tell whether it holds for these values."""
        needed, one_of = self._parsed
        return all(one.holds(scope) for one in needed) and (not one_of or any(one.holds(scope) for one in one_of))


class Band(Row):
    """What a number from here on means, until the next band."""

    since: Decimal = Field(alias="from")
    label: str = Field(min_length=1)
    sex: Literal["M", "F"] | None = None


class Derived(Row):
    """A value that follows from others, never entered."""

    by: Literal["bmi", "sum", "percent"]
    of: list[str] = Field(min_length=1)
    reversed: list[str] = []
    reversed_from: int = 0
    """Reversed items count this number minus the score."""


class FieldRow(Row):
    """One field of a form."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str = Field(min_length=1)
    type: Literal["int", "decimal", "choice", "many", "text", "date", "medicines"]
    unit: str = ""
    options: dict[str, str] = {}
    """By the form's own code."""
    none_option: str = ""
    """The option of a field with many that excludes the others: "no symptoms"."""
    hard: tuple[Decimal, Decimal] | None = None
    """Outside is a typing error, not a patient: refused."""
    soft: tuple[Decimal, Decimal] | None = None
    """Outside is unusual: confirmed."""
    decimals: int = Field(default=1, ge=0, le=3)
    units: dict[str, Decimal] = {}
    """Other units a value may be entered in, and what to divide it by."""
    required: bool = False
    required_when: str | None = None
    """Required if this condition holds."""
    required_unless: str | None = None
    """Required if this one does not."""
    visits: list[str] = []
    """Only in these visits (the field ``visit``); empty: in all."""
    carry: bool = False
    """The next form begins with this visit's value."""
    is_future: bool = False
    """A date may lie after the visit."""
    max_rows: int = Field(default=3, ge=1, le=20)
    """How many medicines."""
    derived: Derived | None = None
    bands: list[Band] = []

    def in_visit(self, visit: object) -> bool:
        """Tell whether the field belongs to a visit of this kind."""
        return not self.visits or str(visit) in self.visits

    def band(self, value: Decimal, sex: str) -> str | None:
        """What a value means, None if it has no name."""
        mine = [band for band in self.bands if band.since <= value and band.sex in (None, sex)]
        return mine[-1].label if mine else None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.type in CODED) != bool(self.options):
            raise ValueError(f"{self.key}: options belong to fields of choice, and to all of them")
        if self.type in NUMERIC and self.hard is None and self.derived is None:
            raise ValueError(f"{self.key}: a number without a hard range")
        for low, high in filter(None, (self.hard, self.soft)):
            if low >= high:
                raise ValueError(f"{self.key}: a range that nothing is in")
        if self.hard and self.soft and not (self.hard[0] <= self.soft[0] and self.soft[1] <= self.hard[1]):
            raise ValueError(f"{self.key}: the soft range reaches beyond the hard one")
        if self.none_option and self.none_option not in self.options:
            raise ValueError(f"{self.key}: unknown option {self.none_option}")
        return self


class Check(When):
    """Values that contradict each other: refused."""

    field: str
    message: str = Field(min_length=1)


class Limit(When):
    """A number that depends on the person; the first row of a name that holds counts, an own target before all."""

    key: str
    target: str | None = None
    value: Number


class Flag(When):
    """A condition with a name."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")


class ClassRow(When):
    """One class, highest first; the first that holds is the outcome."""

    code: int
    label: str = Field(min_length=1)
    needs: list[str] = []
    """Values without which nobody can be put into this class."""
    source: str = ""


class Next(Offset):
    """When the next visit is due."""

    by: Literal["offset", "plan", "previous"] = "offset"
    """plan: the programme's windows say; previous: the interval of the visit before, ``days`` without one."""


class Rule(When):
    """What follows; the first rule that holds counts."""

    id: str = Field(min_length=1)
    advice: str = Field(min_length=1)
    next: Next
    has_grace: bool = False
    is_emergency: bool = False
    refer: str | None = None
    check: Offset | None = None
    """By when something else than a referral is confirmed."""
    clause: str = Field(min_length=1)


class Yearly(Row):
    """What a calendar year needs at least."""

    contacts: Number
    """Of any kind."""
    face_to_face: Number = 0
    """Of these, in the clinic or at home."""
    clause: str = Field(min_length=1)


class Alert(When):
    """Who is told at once, whatever the class."""

    to: list[Literal["lead", "admin", "report_up"]] = Field(min_length=1)


class Finding(When):
    """What several values together mean; the first row of a key that holds counts."""

    key: str
    label: str = Field(min_length=1)
