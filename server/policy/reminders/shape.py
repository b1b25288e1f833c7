"""The shape of ``catalogue.toml``: one rule per id of domain.md §7.2, one line per group of people told at the same times."""

import re
from datetime import time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Who = Literal["resident", "guardian", "doctor", "nurse", "leader", "hospital", "administrator"]
By = Literal["push", "list", "desk"]
Source = Literal[
    "followups", "overdue", "undone", "first_visits", "visits", "referral_checks", "cards", "credentials", "teams"
]
Day = Literal["due_on", "window_start_on", "window_end_on"]

AT = time(9)
"""When reminders go out unless a line says otherwise (§7.2)."""
RESIDENTS: tuple[Who, ...] = ("resident", "guardian")
STAFF: tuple[Who, ...] = ("doctor", "nurse", "leader")
PLANNER = "plan_reminders"
_TOKEN = re.compile(
    r"now|[+-][1-9]\d{0,2}|0|[+-]\d{1,2}h|day:([1-9]|[12]\d|3[01])|date:\d\d-\d\d|weekly:[1-7]|monthly|yearly|\d{2,3}%"
)


def _token(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text!r} says no time: see the head of catalogue.toml")
    return text


Token = Annotated[str, AfterValidator(_token)]


class Strict(BaseModel):
    """Nothing but what is named, and nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rows(Strict):
    """What the daily planner selects for a line."""

    source: Source
    programmes: tuple[str, ...] = ()
    """Follow-up programmes; empty: all of them."""
    keys: tuple[str, ...] = ()
    """Windows of the rule tables ("M7"); empty: all of them."""
    pace: Literal["", "routine", "hard"] = ""
    """routine: with days of grace; hard: the due day is the last one (§2.0)."""
    fasting: tuple[str, ...] = ()
    """Programmes for whose visits the resident is asked to come fasting."""


class Line(Strict):
    """Who is told when, over which way, in which words, and what makes it."""

    to: tuple[Who, ...] = Field(min_length=1)
    when: tuple[Token, ...] = Field(min_length=1)
    of: str
    at: time = AT
    by: By = "push"
    kinds: tuple[str, ...] = ()
    made: str
    rows: Rows | None = None
    policy: str = ""
    """Key of the profile whose value says ``when`` there."""
    where: dict[str, str] = Field(default_factory=dict)
    """Values of the profile without which the line is off."""
    passes_quiet: bool = False
    works_through: bool = False
    """A hard deadline, or counted in days of its own: weekends and holidays do not move it."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.rows is not None and self.made != PLANNER and "administrator" not in self.to:
            raise ValueError("only the planner selects rows")
        if self.rows is not None and self.made == PLANNER and len(self.kinds) != 1:
            raise ValueError("the planner leaves notices of one kind")
        if len({who in RESIDENTS for who in self.to}) != 1:
            raise ValueError("residents and staff are told in lines of their own")
        return self

    @property
    def is_planned(self) -> bool:
        """Whether the daily planner makes it."""
        return self.made == PLANNER and self.rows is not None

    @property
    def is_for_residents(self) -> bool:
        """Whether residents are told, one by one; staff hear of many at once."""
        return self.to[0] in RESIDENTS

    @property
    def moves_to_workday(self) -> bool:
        """Whether what falls on a weekend or holiday is told on the working day before (§7.1)."""
        return not self.is_for_residents and not self.works_through


class Rule(Strict):
    """One id of the catalogue."""

    id: str = Field(pattern=r"^N-\d\d$")
    event: str = Field(min_length=4)
    source: str = Field(min_length=4)
    lines: tuple[Line, ...] = Field(min_length=1)
    tests: tuple[str, ...] = ()
    """What holds it, as tests/path.py::test."""
    not_met: str = ""
    """What is missing, and why."""

    @model_validator(mode="after")
    def _held(self) -> Self:
        if not self.tests and not self.not_met:
            raise ValueError(f"{self.id} is held by no test and does not say why")
        return self

    @property
    def state(self) -> Literal["met", "in part", "not met"]:
        """Whether it is built."""
        if not self.not_met:
            return "met"
        return "in part" if self.tests else "not met"


class Beyond(Strict):
    """A kind of notice that is no reminder of §7.2."""

    kind: str
    event: str


class Catalogue(Strict):
    """The whole table."""

    rule: tuple[Rule, ...]
    beyond: tuple[Beyond, ...]

    @model_validator(mode="after")
    def _once(self) -> Self:
        ids = [rule.id for rule in self.rule]
        if ids != sorted(set(ids)):
            raise ValueError("each id once, in order")
        return self
