"""Who is reminded of what, when, and over which way: the sixty rules of domain.md §7.2 as one table of data. Pure.

``catalogue()`` is the table, ``lines(policy)`` what holds in a region: its profile sets days by values of its own, switches
lines off, moves their hour, and words what a notice calls its subject (``reminders.changes``).
"""

import functools
import tomllib
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import Any

from server.policy.reminders.shape import Catalogue, Line, Rule
from server.policy.schema import Policy

__all__ = ["Catalogue", "Effective", "Line", "Rule", "catalogue", "lines"]

TABLE = Path(__file__).parent / "catalogue.toml"


@dataclass(frozen=True)
class Effective:
    """A line as it holds in a region; ``key`` is its rule's id and its place, "N-06.2"."""

    key: str
    rule: Rule
    line: Line
    when: tuple[str, ...]
    at: time
    is_on: bool
    item: str = ""
    """What the region calls the subject of the notice; "": as the notice does."""

    @property
    def days(self) -> tuple[int, ...]:
        """Days from the anchor, negative before it; what is no day is left out."""
        return tuple(int(token) for token in self.when if token.lstrip("+-").isdigit())

    @property
    def hours(self) -> tuple[int, ...]:
        """Hours from the anchor, ascending."""
        return tuple(sorted(int(token[:-1]) for token in self.when if token.endswith("h")))

    @property
    def days_of_month(self) -> tuple[int, ...]:
        """Days of the anchor's month."""
        return tuple(sorted(int(token.removeprefix("day:")) for token in self.when if token.startswith("day:")))

    @property
    def dates(self) -> tuple[str, ...]:
        """Days of the year as MM-DD."""
        return tuple(token.removeprefix("date:") for token in self.when if token.startswith("date:"))

    @property
    def percents(self) -> tuple[int, ...]:
        """Shares of a cap, ascending."""
        return tuple(sorted(int(token[:-1]) for token in self.when if token.endswith("%")))


@functools.cache
def catalogue() -> Catalogue:
    """Return the table. Raises pydantic.ValidationError: a key, a time or a state that cannot be."""
    return Catalogue.model_validate(tomllib.loads(TABLE.read_text(encoding="utf-8")))


def lines(policy: Policy) -> list[Effective]:
    """Return every line of the table as it holds under a policy, those that are off included.

    Source:
        policy key reminders.changes, and the keys that lines name.
    """
    found = []
    for rule in catalogue().rule:
        for place, line in enumerate(rule.lines, start=1):
            key = f"{rule.id}.{place}" if len(rule.lines) > 1 else rule.id
            found.append(_effective(key, rule, line, policy))
    return found


def _effective(key: str, rule: Rule, line: Line, policy: Policy) -> Effective:
    change = policy.reminders.changes.get(key)
    when = tuple(change.when) if change and change.when else _said(line, policy)
    is_on = all(str(value_of(policy, name)) == wanted for name, wanted in line.where.items())
    at = change.at if change and change.at else policy.reminders.at if "at" not in line.model_fields_set else line.at
    return Effective(
        key,
        rule,
        line,
        when,
        at,
        is_on and not (change and change.off),
        change.item if change else "",
    )


def _said(line: Line, policy: Policy) -> tuple[str, ...]:
    """The times a profile's value says, as the line's own tokens: days before or after, hours, or days of the month."""
    value = value_of(policy, line.policy) if line.policy else None
    numbers = [value] if isinstance(value, int) else value
    if not isinstance(numbers, list):
        return line.when
    at_once = tuple(token for token in line.when if token == "now")
    return at_once + tuple(_token(number, line.when[-1]) for number in numbers)


def _token(number: int, like: str) -> str:
    if like.startswith("day:"):
        return f"day:{number}"
    if like.endswith("h"):
        return f"{number:+d}h"
    is_after = like.startswith("+")
    return f"{number if is_after else -number:+d}" if number else "0"


def value_of(policy: Policy, name: str) -> Any:
    """Return a value of the profile by "part.key". Raises AttributeError when there is none."""
    part, key = name.split(".")
    return getattr(getattr(policy, part), key)
