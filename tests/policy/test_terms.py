"""How long an agreement may run: the worked examples of domain.md §6.5."""

from datetime import date

import pytest

from server import policy
from server.policy.terms import TermProblem, last_day, term_problem


@pytest.mark.parametrize(
    ("region", "months", "extended", "problem"),
    [
        ("fujian", 6, False, TermProblem.TOO_SHORT),
        ("fujian", 6, True, TermProblem.TOO_SHORT),
        ("fujian", 12, False, None),
        ("fujian", 36, False, None),
        ("fujian", 48, False, TermProblem.NEEDS_EXTENSION),
        ("fujian", 48, True, None),
        ("erqi", 36, False, None),
        ("erqi", 12, False, TermProblem.TOO_SHORT),
        ("mianyang", 12, False, None),
        ("mianyang", 24, False, TermProblem.TOO_LONG),
        ("mianyang", 24, True, TermProblem.TOO_LONG),
        ("changyinsha_special", 5, False, None),
    ],
)
def test_terms_that_may_be_agreed(region: str, months: int, extended: bool, problem: TermProblem | None) -> None:
    assert term_problem(policy.load(region).signing, months, extended_by_agreement=extended) is problem


@pytest.mark.parametrize(
    ("region", "start", "end"),
    [
        ("mianyang", date(2026, 3, 2), date(2027, 3, 1)),
        ("erqi", date(2026, 3, 2), date(2029, 3, 1)),
        ("mianyang", date(2028, 2, 29), date(2029, 2, 27)),
        ("changyinsha", date(2017, 4, 20), date(2018, 4, 19)),
        ("changyinsha_special", date(2017, 4, 20), date(2018, 2, 28)),
        ("changyinsha_special", date(2018, 2, 27), date(2018, 2, 28)),
    ],
)
def test_the_last_day(region: str, start: date, end: date) -> None:
    rules = policy.load(region).signing

    assert last_day(rules, start, rules.term_months) == end
