"""No gap, no overlap: whatever the day somebody signs and the term, leap days and month ends included."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server import policy as policies
from server.actions.signing import period
from server.policy.dates import add_months, agreement_end
from server.policy.renewal_notices import after_end, before_end, due, following, while_unconfirmed
from server.policy.terms import in_grace, in_window, last_day, last_grace_day, term_choices, term_problem

DAYS = st.dates(min_value=date(2016, 1, 1), max_value=date(2096, 12, 31))
MONTHS = st.integers(min_value=1, max_value=120)
ROLLING = [name for name in policies.regions() if policies.load(name).signing.end_rule == "rolling"]
REGIONS = st.sampled_from(ROLLING)


@given(start=DAYS, months=MONTHS)
def test_an_end_lies_a_day_before_the_same_day_months_later(start: date, months: int) -> None:
    end = agreement_end(start, months)

    assert end + timedelta(days=1) == add_months(start, months)
    assert end >= start
    if start.day <= 28:
        assert (end + timedelta(days=1)).day == start.day


@given(start=DAYS, terms=st.lists(st.integers(min_value=0, max_value=4), min_size=1, max_size=8), region=REGIONS)
def test_a_chain_of_renewals_covers_every_day_once(start: date, terms: list[int], region: str) -> None:
    rules = policies.load(region)
    choices = [choice.months for choice in term_choices(rules.signing) if not choice.needs_extension]
    covered_until = start - timedelta(days=1)
    for choice in terms:
        months = choices[choice % len(choices)]
        begin = covered_until + timedelta(days=1)
        end = last_day(rules.signing, begin, months)
        assert begin == covered_until + timedelta(days=1) <= end
        assert term_problem(rules.signing, months) is None
        covered_until = end


@given(today=DAYS, left=st.integers(min_value=0, max_value=90), region=REGIONS, longer=st.booleans())
def test_what_follows_an_agreement_in_force_begins_the_day_after_it(
    today: date, left: int, region: str, longer: bool
) -> None:
    policy = policies.load(region)
    before: Any = SimpleNamespace(end_on=today + timedelta(days=left))
    months = term_choices(policy.signing)[-1 if longer else 0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.actions.signing.period.clock.today", lambda: today)
        found = period.agreed(policy, term_months=months.months, is_extended=longer, predecessor=before)

    assert found.start_on == before.end_on + timedelta(days=1)
    assert found.end_on == agreement_end(found.start_on, months.months)
    assert found.is_extended == months.needs_extension


@given(end=DAYS, region=REGIONS)
def test_every_day_around_the_end_is_in_the_window_or_in_the_grace_or_in_neither(end: date, region: str) -> None:
    rules = policies.load(region).renewal
    for offset in range(-rules.open_before_days - 2, rules.grace_days + 3):
        day = end + timedelta(days=offset)
        assert in_window(rules, end, day) == (-rules.open_before_days <= offset <= 0)
        assert in_grace(rules, end, day) == (0 < offset <= rules.grace_days)
    assert last_grace_day(rules, end) == end + timedelta(days=rules.grace_days)


@given(
    end=DAYS,
    region=REGIONS,
    runs=st.lists(st.integers(min_value=-100, max_value=40), min_size=1, max_size=40, unique=True),
)
def test_notices_are_told_at_most_once_whatever_days_the_calendar_runs(end: date, region: str, runs: list[int]) -> None:
    rules = policies.load(region).renewal
    for steps in (before_end(rules, end), after_end(rules, end), while_unconfirmed(rules, end)):
        told, since = [], None
        for offset in sorted(runs):
            today = end + timedelta(days=offset)
            if since is not None and since > today:
                continue
            told += due(steps, since, today)
            since = following(steps, today) or date.max
        assert len(told) == len(set(told))
        assert all(step in steps for step in told)


@given(end=DAYS, region=REGIONS)
def test_a_calendar_that_runs_each_day_tells_everything(end: date, region: str) -> None:
    rules = policies.load(region).renewal
    steps, told, since = before_end(rules, end), [], None
    for offset in range(-rules.open_before_days - 1, 1):
        today = end + timedelta(days=offset)
        if since is None or since <= today:
            told += due(steps, since, today)
            since = following(steps, today) or date.max

    assert told == steps
