"""How long an agreement may run and when it ends, by a region's rules (domain.md §1.9 row 8, §6.5). Pure."""

from datetime import date
from enum import StrEnum

from server.policy.dates import agreement_end
from server.policy.schema import Signing


class TermProblem(StrEnum):
    """Why a term cannot be agreed."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NEEDS_EXTENSION = "needs_extension"
    """Possible, if both sides mark it as extended by agreement."""


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


def last_day(rules: Signing, start_on: date, months: int) -> date:
    """Return the last day, inclusive: so many months on, or the region's fixed day whatever the start."""
    return rules.fixed_end_on or agreement_end(start_on, months)
