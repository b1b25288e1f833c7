"""What goes into the rules of a programme and what comes out."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from server.policy.dates import add_months

Values = dict[str, Any]
"""A form by field key: int, Decimal, str (also choices, by their code), list of codes, date or rows of medicines."""


@dataclass(frozen=True)
class Person:
    """Whom a visit is about. ``targets``: own limits agreed for this person, by field (mmHg, mmol/L)."""

    born_on: date
    sex: str = ""
    """"M" or "F"; empty: unknown."""
    is_pregnant: bool = False
    """Pregnant or breastfeeding."""
    targets: dict[str, Any] = field(default_factory=dict)

    def age(self, on: date) -> int:
        """Full years (domain.md §0.4); born on 29 February: complete on 1 March of other years."""
        return on.year - self.born_on.year - ((on.month, on.day) < (self.born_on.month, self.born_on.day))

    def months(self, on: date) -> int:
        """Whole calendar months, with the clamp to the month's end (domain.md §0.4)."""
        months = (on.year - self.born_on.year) * 12 + on.month - self.born_on.month
        return months - (add_months(self.born_on, months) > on)


@dataclass(frozen=True)
class Previous:
    """The immediately previous visit that took place and has the measurement; missed ones neither reset nor add."""

    outcome_class: int | None = None
    adverse: bool = False
    uncontrolled: bool = False
    referral_completed: bool = False
    """A referral after it was attended: counting starts anew."""
    on: date | None = None
    next_on: date | None = None
    """What it had planned; a visit that reached nobody keeps that interval."""

    @property
    def interval(self) -> timedelta | None:
        """From that visit to the one it had planned."""
        return self.next_on - self.on if self.on and self.next_on else None


@dataclass(frozen=True)
class History:
    """What came before a visit."""

    previous: Previous | None = None


class ProblemCode(StrEnum):
    """Why a value cannot be taken (hard), or should be looked at again (unusual)."""

    UNKNOWN_FIELD = "unknown_field"
    MISSING = "missing"
    NOT_A_NUMBER = "not_a_number"
    TOO_PRECISE = "too_precise"
    OUT_OF_RANGE = "out_of_range"
    UNUSUAL = "unusual"
    UNKNOWN_OPTION = "unknown_option"
    CONTRADICTION = "contradiction"
    NOT_A_TEXT = "not_a_text"
    NOT_A_DATE = "not_a_date"
    NOT_MEDICINES = "not_medicines"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one value. Hard: refused. Else the doctor confirms it."""

    field: str
    code: str
    message: str
    is_hard: bool = True


@dataclass(frozen=True)
class Judgement:
    """What follows from a visit."""

    rule: str
    """The line of the table, such as H4; "incomplete" if a value is missing that every class needs."""
    outcome_class: int | None
    class_label: str
    is_emergency: bool
    refer: str | None
    """Reason code of the referral the rule advises, see ``Programme.reasons``; None: no referral."""
    next_on: date | None
    """None: the programme's windows say when (``plan``), or nothing was judged."""
    has_grace: bool
    """False: ``next_on`` is a hard deadline."""
    check_on: date | None
    """By when the result of the referral, or the other thing the rule names, is confirmed."""
    advice: str
    alerts: tuple[str, ...] = ()
    """Who is told at once: "lead", "admin", "report_up" (the body above that watches the programme)."""
    flags: tuple[str, ...] = ()
    """Every condition that held, also those below the class that is stored."""
    findings: dict[str, str] = field(default_factory=dict)
    """By field: what a value means, such as a sum's grade."""

    @property
    def is_adverse(self) -> bool:
        """An adverse drug reaction: ``Previous.adverse`` of the next visit."""
        return "adverse" in self.flags

    @property
    def is_uncontrolled(self) -> bool:
        """A value beyond its limit: ``Previous.uncontrolled`` of the next visit."""
        return "uncontrolled" in self.flags


@dataclass(frozen=True)
class Due:
    """One due thing of a programme with windows. ``key`` is the age point or visit, such as C3 or M2."""

    key: str
    due_on: date
    from_on: date
    until_on: date
    title: str
    counts_until: date | None = None
    """Last day on which it counts in the indicators, where that is another day."""
