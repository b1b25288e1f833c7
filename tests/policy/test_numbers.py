"""Shares and caps: the tables and examples of domain.md §5.3, and what each region decides."""

from datetime import date, time

import pytest

from server import policy
from server.policy import numbers
from server.policy.parts.hospital import BookingException

RULES = policy.load("mianyang").booking


def days(*numbers_: int) -> list[date]:
    return [date(2026, 3, day) for day in numbers_]


@pytest.mark.parametrize(
    ("region", "shares"),
    [
        ("mianyang", {"GENERAL": 0, "SPECIALIST": 30, "EXPERT": 30, "EXAM": 0, "BED": 100}),
        ("qianjiang", {"GENERAL": 20, "SPECIALIST": 20, "EXPERT": 20, "EXAM": 0, "BED": 20}),
        ("fujian", {"GENERAL": 0, "SPECIALIST": 0, "EXPERT": 20, "EXAM": 20, "BED": 20}),
        ("erqi", {"GENERAL": 0, "SPECIALIST": 0, "EXPERT": 20, "EXAM": 0, "BED": 20}),
        ("changyinsha", {"GENERAL": 0, "SPECIALIST": 0, "EXPERT": 0, "EXAM": 0, "BED": 0}),
    ],
)
def test_each_region_shares_other_numbers(region: str, shares: dict[str, int]) -> None:
    rules = policy.load(region).booking

    assert {kind: numbers.share_of(rules, "某区中心医院", 3, kind) for kind in shares} == shares


def test_only_the_hospitals_that_are_named_give_numbers() -> None:
    rules = policy.load("qianjiang").booking

    assert numbers.share_of(rules, "黔江区中医院", 2, "EXPERT") == 20
    assert numbers.share_of(rules, "黔江民族医院", 2, "EXPERT") == 0


def test_beds_are_shared_by_a_figure_of_their_own() -> None:
    assert numbers.share_of(policy.load("qianjiang").booking, "黔江民族医院", 2, "BED") == 0, "it is not named"
    own = RULES.model_copy(
        update={
            "exceptions": [BookingException(hospital="乙医院", slot_types=["BED"], share_pct=0, source="非牵头单位")]
        }
    )
    assert [numbers.share_of(own, name, 3, "BED") for name in ("甲医院", "乙医院")] == [100, 0]
    assert [numbers.places_of(capacity, 100) for capacity in (1, 4)] == [1, 4]
    assert [numbers.places_of(capacity, 20) for capacity in (1, 4)] == [0, 1]


def test_a_hospital_may_go_its_own_way_for_a_kind() -> None:
    exceptions = [
        BookingException(hospital="中心医院", stop_day_before_at=time(17), source="院方通知"),
        BookingException(hospital="中心医院", slot_types=["EXAM"], public_horizon_days=28, source="院方通知"),
    ]
    rules = RULES.model_copy(update={"exceptions": exceptions})

    clinic, exam = (numbers.rules_for(rules, "市中心医院", kind) for kind in ("EXPERT", "EXAM"))
    assert (clinic.stop_day_before_at, clinic.horizon_days) == (time(17), 21)
    assert (exam.stop_day_before_at, exam.horizon_days) == (time(17), 42)
    assert numbers.rules_for(rules, "市中医医院", "EXAM") is rules


@pytest.mark.parametrize(
    ("others", "day", "is_too_many"),
    [
        (days(2, 4, 6), 8, True),  # the example of §5.3: 03-02 … 03-08
        (days(2, 4, 6), 9, False),
        (days(4, 6, 8), 2, True),  # the window may begin with the new visit
        (days(4, 6, 8), 1, False),
        (days(5, 5), 5, True),
        (days(5), 5, False),
    ],
)
def test_caps_of_a_day_and_of_seven_days(others: list[date], day: int, is_too_many: bool) -> None:
    assert numbers.is_too_many(date(2026, 3, day), others, RULES) is is_too_many


def test_cap_of_three_months_counts_dates_of_visits() -> None:
    others = [date(2026, 3, 2), date(2026, 3, 20), date(2026, 4, 5), date(2026, 4, 25), date(2026, 5, 10)]

    assert numbers.is_too_many(date(2026, 6, 1), others, RULES)
    assert not numbers.is_too_many(date(2026, 6, 2), others, RULES)


def test_three_months_end_with_the_month() -> None:
    assert numbers.months_after(date(2025, 11, 30), 3) == date(2026, 2, 28)
    assert numbers.months_after(date(2026, 1, 15), -3) == date(2025, 10, 15)
