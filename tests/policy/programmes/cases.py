"""Shared by the tests of the tables: the day of the worked examples and short forms of the calls."""

from datetime import date
from typing import Any

from server import policy
from server.policy import programmes
from server.policy.programmes import History, Judgement, Person, Previous

D = date(2026, 3, 2)
IN_14_DAYS = date(2026, 3, 16)
IN_3_MONTHS = date(2026, 6, 2)
NUMBERS = policy.load("mianyang").followups

AGE_55 = Person(date(1970, 6, 1), "M")
AGE_67 = Person(date(1958, 6, 1), "F")


def judged(
    name: str, values: dict[str, Any], person: Person = AGE_55, previous: Previous | None = None, on: date = D
) -> Judgement:
    return programmes.judge(programmes.load(name, on), values, person, on, History(previous), numbers=NUMBERS)


def problems(name: str, values: dict[str, Any], person: Person = AGE_55, on: date = D) -> dict[str, str]:
    """Code by field, of hard problems."""
    found = programmes.check(programmes.load(name, on), values, person, on, numbers=NUMBERS)
    return {one.field: str(one.code) for one in found if one.is_hard}


def unusual(name: str, values: dict[str, Any], on: date = D) -> set[str]:
    """Fields to be confirmed."""
    found = programmes.check(programmes.load(name, on), values, AGE_55, on, numbers=NUMBERS)
    return {one.field for one in found if not one.is_hard}


def planned(name: str, today: date, **facts: date | str) -> dict[str, tuple[date, date, date]]:
    """By key: first day, due day and last day."""
    due = programmes.plan(programmes.load(name, today), facts, today, numbers=NUMBERS)
    return {one.key: (one.from_on, one.due_on, one.until_on) for one in due}
