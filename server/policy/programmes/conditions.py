"""Conditions of the tables: ``[not] name [operator operand]``, no more.

Names: fields, flags written above, ``class``, ``person.*``, ``previous.*``. Operators: ``< <= > >=`` with a number, a
``$parameter`` of the region's follow-up rules, an ``@limit`` of the table or another field; ``=`` and ``has`` (for fields
with many options) with codes divided by ``|``. A name alone: it holds, or there is a value. What compares with a missing
value does not hold.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

PERSON = ("person.age", "person.months", "person.sex", "person.pregnant")
PREVIOUS = ("previous.class", "previous.adverse", "previous.uncontrolled")
_FORM = re.compile(r"(?P<negated>not )?(?P<name>[a-z][\w.]*)(?: (?P<sign><=?|>=?|=|has) (?P<operand>\S+))?")
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class ConditionError(ValueError):
    """A condition is written wrongly."""


@dataclass(frozen=True)
class Condition:
    """One condition, taken apart."""

    name: str
    sign: str = ""
    operand: str = ""
    negated: bool = False

    @property
    def codes(self) -> frozenset[str]:
        """The options an ``=`` or ``has`` names."""
        return frozenset(self.operand.split("|")) if self.sign in ("=", "has") else frozenset()

    @property
    def reference(self) -> str:
        """What an ordering compares with, if not a number: ``$parameter``, ``@limit`` or a field."""
        return self.operand if self.sign in _ORDER and number(self.operand) is None else ""

    def holds(self, scope: Mapping[str, Any]) -> bool:
        """Tell whether it holds; ``scope`` has values by name, parameters and limits with their sign."""
        return self._compare(scope) != self.negated

    def _compare(self, scope: Mapping[str, Any]) -> bool:
        value = scope.get(self.name)
        if not self.sign:
            return value is not None and value is not False and value not in ("", [], ())
        if value is None:
            return False
        if self.sign == "has":
            return not self.codes.isdisjoint(map(str, value))
        if self.sign == "=":
            return str(value) in self.codes
        other = scope.get(self.reference) if self.reference else self.operand
        left, right = number(value), number(other)
        return left is not None and right is not None and _ORDER[self.sign](left, right)


def parse(text: str) -> Condition:
    """Take a condition apart. Raises ConditionError."""
    found = _FORM.fullmatch(text)
    if found is None:
        raise ConditionError(f"not a condition: {text!r}")
    return Condition(found["name"], found["sign"] or "", found["operand"] or "", bool(found["negated"]))


def number(value: Any) -> Decimal | None:
    """Return a value as a number, None if it is none; choices count by their code."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | Decimal):
        found = Decimal(value)
        return found if found.is_finite() else None
    text = str(value)
    return Decimal(text) if re.fullmatch(r"-?\d{1,12}(\.\d{1,12})?", text) else None
