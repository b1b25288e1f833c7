"""How long an agreement may run and when it ends, by a region's rules (domain.md §1.9 row 8, §6.5). Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from server.policy.dates import agreement_end
from server.policy.schema import Renewal, Signing

YEAR = 12
LONGER = (12, 24)
"""How much more than the longest term is offered to choose from; any other number may be asked for (C)."""


class TermProblem(StrEnum):
    """Why a term cannot be agreed."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NEEDS_EXTENSION = "needs_extension"
    """Possible, if both sides mark it as extended by agreement."""


@dataclass(frozen=True)
class TermChoice:
    """A term to choose from."""

    months: int
    needs_extension: bool


def term_problem(rules: Signing, months: int, *, extended_by_agreement: bool = False) -> TermProblem | None:
    """Tell why so many months cannot be agreed, or None. A fixed end takes no term: every number is fine."""
    if rules.end_rule == "fixed":
        return None
    if months < rules.term_months_min:
        return TermProblem.TOO_SHORT
    if months <= rules.term_months_max:
        return None
    if not rules.term_extendable:
        return TermProblem.TOO_LONG
    return None if extended_by_agreement else TermProblem.NEEDS_EXTENSION


def term_choices(rules: Signing) -> list[TermChoice]:
    """Return the terms to choose from, the shortest first: whole years; none where all agreements end on one day."""
    if rules.end_rule == "fixed":
        return []
    within = {*range(rules.term_months_min, rules.term_months_max + 1, YEAR), rules.term_months, rules.term_months_max}
    longer = [rules.term_months_max + more for more in LONGER] if rules.term_extendable else []
    return [TermChoice(months, False) for months in sorted(within)] + [TermChoice(months, True) for months in longer]


def last_day(rules: Signing, start_on: date, months: int) -> date:
    """Return the last day, inclusive: so many months on, or the region's fixed day whatever the start."""
    return rules.fixed_end_on or agreement_end(start_on, months)


def in_window(rules: Renewal, end_on: date, today: date) -> bool:
    """Tell whether today is before the end, but near enough to renew."""
    return end_on - timedelta(days=rules.open_before_days) <= today <= end_on


def in_grace(rules: Renewal, end_on: date, today: date) -> bool:
    """Tell whether today is after the end, but early enough for a new agreement to count as renewal (L16)."""
    return end_on < today <= last_grace_day(rules, end_on)


def last_grace_day(rules: Renewal, end_on: date) -> date:
    """Return the last day on which a new agreement may begin and still count as renewal (domain.md §6.5)."""
    return end_on + timedelta(days=rules.grace_days)
