"""The diabetes table by the worked examples of domain.md §2.11; D = 2026-03-02."""

from datetime import date
from typing import Any

import pytest

from server.policy import programmes
from server.policy.programmes import Person, Previous
from tests.policy.programmes.cases import AGE_55, IN_3_MONTHS, IN_14_DAYS, NUMBERS, D, judged, problems
from tests.policy.programmes.test_hypertension import form as pressures


def form(fasting: Any = None, **more: Any) -> dict[str, Any]:
    return {**pressures(125, 80), "fasting_glucose": fasting, **more}


@pytest.mark.parametrize(
    ("values", "previous", "outcome", "rule", "next_on"),
    [
        pytest.param(form("6.9"), None, 1, "D1", IN_3_MONTHS, id="T19"),
        pytest.param(form("7.0"), Previous(1), 2, "D2", IN_14_DAYS, id="T20"),
        pytest.param(form("7.0"), Previous(2, uncontrolled=True), 2, "D4", IN_14_DAYS, id="T21"),
        pytest.param(form("16.6"), None, 2, "D2", IN_14_DAYS, id="T22-below"),
        pytest.param(form("16.7"), None, 2, "D7", IN_14_DAYS, id="T22-at"),
        pytest.param(form("3.9"), None, 1, "D7", IN_14_DAYS, id="T23-at"),
        pytest.param(form("4.0"), None, 1, "D1", IN_3_MONTHS, id="T23-above"),
        pytest.param(form(6.0, heart_rate=101, heart_rate_sustained="2"), None, 1, "D7", IN_14_DAYS, id="T24-heart"),
        pytest.param(form(6.0, heart_rate=100, heart_rate_sustained="2"), None, 1, "D1", IN_3_MONTHS, id="T24-100"),
        pytest.param(form(6.0, temperature=39.1), None, 1, "D7", IN_14_DAYS, id="T24-fever"),
        pytest.param(form(6.0, temperature="39.0"), None, 1, "D1", IN_3_MONTHS, id="T24-39.0"),
    ],
)
def test_worked_example(
    values: dict[str, Any], previous: Previous | None, outcome: int, rule: str, next_on: date
) -> None:
    found = judged("dm", values, AGE_55, previous)

    assert problems("dm", values) == {}
    assert (found.outcome_class, found.rule, found.next_on) == (outcome, rule, next_on)
    assert found.is_emergency == (rule == "D7")
    assert found.refer == {"D7": "5", "D4": "1"}.get(rule)
    assert found.check_on == (IN_14_DAYS if found.refer else None)


def test_t25_only_a_random_value_is_incomplete_and_asks_for_the_fasting_one() -> None:
    values = form(random_glucose="10.2")
    found = judged("dm", values)

    assert problems("dm", values) == {"fasting_glucose": "missing"}
    assert (found.rule, found.outcome_class, found.next_on) == ("incomplete", None, None)
    assert "空腹血糖" in found.advice


@pytest.mark.parametrize("key", ["random_glucose", "glucose_2h"])
@pytest.mark.parametrize("value", ["16.7", "3.9"])
def test_a_random_value_feeds_the_emergency_test(key: str, value: str) -> None:
    values = form(**{key: value})
    found = judged("dm", values)

    assert problems("dm", values) == {}  # an emergency waits for nothing
    assert (found.rule, found.outcome_class, found.refer) == ("D7", None, "5")


def test_t26_both_programmes_in_one_encounter_meet_at_the_earlier_date() -> None:
    values = {**pressures(138, 84), "fasting_glucose": "7.4"}
    hypertension = judged("htn", {key: values[key] for key in pressures(138, 84)})
    diabetes = judged("dm", values)
    dates = [one.next_on for one in (hypertension, diabetes) if one.next_on]

    assert (hypertension.outcome_class, diabetes.outcome_class) == (1, 2)
    assert programmes.joint_next(dates) == IN_14_DAYS


def test_other_emergencies() -> None:
    pregnant = Person(date(1996, 6, 1), "F", is_pregnant=True)

    assert judged("dm", form("6.2"), pregnant).is_emergency
    assert not judged("dm", form("6.1"), pregnant).is_emergency
    assert judged("dm", form("6.0", systolic=180)).is_emergency
    assert judged("dm", form("6.0", systolic=150, diastolic=110)).is_emergency
    assert judged("dm", form("6.0", critical="2", critical_reason=["2"])).is_emergency
    assert not judged("dm", form("6.0", heart_rate=101, heart_rate_sustained="1")).is_emergency
    assert problems("dm", form("6.0", heart_rate=101)) == {"heart_rate_sustained": "missing"}


def test_reactions_and_complications_as_in_hypertension() -> None:
    assert judged("dm", form("6.0", adr="2")).rule == "D3"
    assert judged("dm", form("6.0", adr="2"), previous=Previous(3, adverse=True)).rule == "D5"
    assert judged("dm", form("6.0", complication="2")).refer == "3"
    assert judged("dm", form("6.0", complication="3")).refer == "4"
    assert judged("dm", form(complication="3")).outcome_class == 4  # this class needs no glucose


def test_an_own_target_for_fasting_glucose() -> None:
    strict = Person(AGE_55.born_on, targets={"fasting_glucose": 6.5})

    assert judged("dm", form("6.4"), strict).outcome_class == 1
    assert judged("dm", form("6.5"), strict).outcome_class == 2


def test_a_low_value_from_home_is_an_alarm() -> None:
    table = programmes.load("dm", D)

    assert programmes.measured(table, {"random_glucose": "3.9"}, AGE_55, D, numbers=NUMBERS).is_emergency
    assert not programmes.measured(table, {"random_glucose": "4.0"}, AGE_55, D, numbers=NUMBERS).is_emergency
    assert programmes.measured(table, {"random_glucose": "10.2"}, AGE_55, D, numbers=NUMBERS).outcome_class is None
