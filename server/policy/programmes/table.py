"""One version of one programme: complete, every name known, or refused."""

import functools
from datetime import date
from typing import Self

from pydantic import Field, model_validator

from server.policy.parts.reminding import FollowUps
from server.policy.programmes.conditions import PERSON, PREVIOUS, Condition, parse
from server.policy.programmes.rows import Alert, Check, ClassRow, FieldRow, Finding, Flag, Limit, Rule, Yearly
from server.policy.programmes.schedule import Calendar, Deadline, NamedAnchor, Repeat, Row, Window

KNOWN_FACTS = ("birth", "sex", "start", "last")
"""What is known of everybody: birth, sex, start of the enrolment, last visit."""
PARAMETERS = {f"${name}" for name in FollowUps.model_fields}


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
    yearly: Yearly | None = None
    reasons: dict[str, str] = {}
    fields: list[FieldRow] = []
    checks: list[Check] = []
    limits: list[Limit] = []
    flags: list[Flag] = []
    classes: list[ClassRow] = []
    rules: list[Rule] = []
    alerts: list[Alert] = []
    findings: list[Finding] = []
    facts: list[FieldRow] = []
    """What the enrolment may know for the plan, besides birth, sex, start and the last visit."""
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
        self._check_facts()
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

    def _check_facts(self) -> None:
        known = {*KNOWN_FACTS, *(one.key for one in self.facts), *(one.key for one in self.anchors)}
        rows = (*self.windows, *self.repeats, *self.calendar)
        named = {name for row in rows for name in (*row.needs, *row.unless, *row.only, *row.other_than)}
        named |= {row.anchor for row in self.windows} | {row.anchor for row in self.repeats}
        named |= {row.of for row in self.anchors}
        named |= {name for row in self.anchors for name in (*row.needs, *row.unless)}
        named |= {row.until for row in self.repeats if row.until} | {
            row.not_before.of for row in self.repeats if row.not_before
        }
        _refuse("unknown fact", sorted(named - known))

    def _check_numbers(self) -> None:
        offsets = [one.next for one in self.rules] + [one.check for one in self.rules if one.check]
        offsets += [*self.anchors]
        for window in self.windows:
            offsets += [one for one in (window.since, window.until, window.due, window.counts) if one]
        for repeat in self.repeats:
            offsets += [repeat.every, *([repeat.not_before] if repeat.not_before else [])]
        used = {name for one in offsets for name in one.parameters}
        used |= {str(one.value) for one in self.limits if isinstance(one.value, str)}
        if self.yearly:
            used |= {one for one in (self.yearly.contacts, self.yearly.face_to_face) if isinstance(one, str)}
        used |= {str(one.min_age) for one in self.calendar if isinstance(one.min_age, str)}
        _refuse("unknown parameter", sorted(used - PARAMETERS))
        for rule in self.rules:
            if rule.next.by == "offset" and not rule.next.is_some:
                raise ValueError(f"{rule.id}: no next date")


def _refuse(what: str, found: list[str]) -> None:
    if found:
        raise ValueError(f"{what}: {', '.join(found)}")
