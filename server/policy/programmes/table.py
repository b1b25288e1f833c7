"""The shape of a programme's table: fields, limits, flags, classes, rules, windows; complete or refused."""

import functools
from datetime import date
from decimal import Decimal
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from server.policy.parts.reminding import FollowUps
from server.policy.programmes.conditions import PERSON, PREVIOUS, Condition, parse
from server.policy.programmes.schedule import Calendar, Deadline, NamedAnchor, Number, Offset, Repeat, Row, Window

NUMERIC = ("int", "decimal")
CODED = ("choice", "many")
PARAMETERS = {f"${name}" for name in FollowUps.model_fields}


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


class Alert(When):
    """Who is told at once, whatever the class."""

    to: list[Literal["lead", "admin", "report_up"]] = Field(min_length=1)


class Finding(When):
    """What several values together mean; the first row of a key that holds counts."""

    key: str
    label: str = Field(min_length=1)


class Programme(Row):
    """One version of one programme's rules."""

    name: str = Field(alias="programme", pattern=r"^[a-z_]+$")
    rule_set: str = Field(min_length=1)
    version: str = Field(min_length=1)
    valid_from: date
    source: str = Field(min_length=1)
    clause: str = Field(min_length=1)
    title: str = Field(min_length=1)
    """For doctors."""
    neutral_title: str = Field(min_length=1)
    """For residents and messages: names no disease."""
    is_restricted: bool = False
    """Only assigned staff see it."""
    incomplete_advice: str = "请补全必填项目后再分类。"
    emergency_label: str = "危急"
    reasons: dict[str, str] = {}
    fields: list[FieldRow] = []
    checks: list[Check] = []
    limits: list[Limit] = []
    flags: list[Flag] = []
    classes: list[ClassRow] = []
    rules: list[Rule] = []
    alerts: list[Alert] = []
    findings: list[Finding] = []
    anchors: list[NamedAnchor] = []
    windows: list[Window] = []
    repeats: list[Repeat] = []
    calendar: list[Calendar] = []
    deadlines: list[Deadline] = []

    @functools.cached_property
    def by_key(self) -> dict[str, FieldRow]:
        """The fields by key."""
        return {one.key: one for one in self.fields}

    def class_label(self, code: int | None) -> str:
        """A class, for people; empty for None."""
        return next((one.label for one in self.classes if one.code == code), "")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        self._check_names()
        self._check_conditions()
        self._check_rules()
        self._check_numbers()
        return self

    def _check_names(self) -> None:
        for what, keys in (
            ("field", [one.key for one in self.fields]),
            ("flag", [one.key for one in self.flags]),
            ("class", [str(one.code) for one in self.classes]),
            ("window", [one.id for one in (*self.windows, *self.repeats, *self.calendar, *self.deadlines)]),
        ):
            _refuse(f"{what} twice", [key for key in keys if keys.count(key) > 1])
        named = {*(key for one in self.fields if one.derived for key in one.derived.of)}
        named |= {key for one in self.classes for key in one.needs} | {one.field for one in self.checks}
        _refuse("unknown field", sorted(named - set(self.by_key)))

    def _check_conditions(self) -> None:
        known = {*self.by_key, *PERSON}
        everywhere = known | {*PREVIOUS, *(one.key for one in self.flags)}
        limits = {f"@{one.key}" for one in self.limits}
        for when in (*self.checks, *self.limits):
            self._check(when.conditions, known, limits)
        reached = known | set(PREVIOUS)
        for flag in self.flags:
            self._check(flag.conditions, reached, limits)
            reached = reached | {flag.key}
        for row in self.classes:
            self._check(row.conditions, everywhere, limits)
        for later in (*self.rules, *self.alerts, *self.findings):
            self._check(later.conditions, everywhere | {"class"}, limits)
        for one in self.fields:
            texts = [text for text in (one.required_when, one.required_unless) if text]
            self._check(tuple(map(parse, texts)), everywhere, limits)

    def _check(self, conditions: tuple[Condition, ...], known: set[str], limits: set[str]) -> None:
        for one in conditions:
            if one.name not in known:
                raise ValueError(f"unknown name {one.name!r}")
            if one.reference and one.reference not in limits | set(self.by_key) | PARAMETERS:
                raise ValueError(f"unknown reference {one.reference!r}")
            options = self.by_key[one.name].options if one.name in self.by_key else {}
            if one.name == "class":
                options = {str(row.code): row.label for row in self.classes}
            if one.codes and options and not one.codes <= set(options):
                raise ValueError(f"{one.name}: unknown option in {one.operand!r}")

    def _check_rules(self) -> None:
        _refuse("unknown reason", [one.refer for one in self.rules if one.refer and one.refer not in self.reasons])
        if bool(self.classes) and self.classes[-1].conditions:
            raise ValueError("the last class must hold for everybody else")
        if self.fields and not self.rules:
            raise ValueError("fields without a rule")
        if self.rules and not self.classes and self.rules[-1].conditions:
            raise ValueError("the last rule must hold for everybody else")

    def _check_numbers(self) -> None:
        offsets = [one.next for one in self.rules] + [one.check for one in self.rules if one.check]
        offsets += [*self.anchors]
        for window in self.windows:
            offsets += [one for one in (window.since, window.until, window.due, window.counts) if one]
        for repeat in self.repeats:
            offsets += [repeat.every, *([repeat.not_before] if repeat.not_before else [])]
        used = {name for one in offsets for name in one.parameters}
        used |= {str(one.value) for one in self.limits if isinstance(one.value, str)}
        used |= {str(one.min_age) for one in self.calendar if isinstance(one.min_age, str)}
        _refuse("unknown parameter", sorted(used - PARAMETERS))
        for rule in self.rules:
            if rule.next.by == "offset" and not rule.next.is_some:
                raise ValueError(f"{rule.id}: no next date")


def _refuse(what: str, found: list[str]) -> None:
    if found:
        raise ValueError(f"{what}: {', '.join(found)}")
