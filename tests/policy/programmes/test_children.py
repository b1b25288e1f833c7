"""Children 0–6: T37, month ends and the rules of domain.md §2.6."""

from datetime import date
from typing import Any

import pytest

from server.policy.programmes import Person
from tests.policy.programmes.cases import IN_14_DAYS, D, judged, planned, problems

BORN = date(2026, 1, 31)
NEWBORN = Person(date(2026, 2, 25), "F")
BABY = Person(date(2025, 9, 1), "M")  # six months on D


def form(visit: str = "C3", **changed: Any) -> dict[str, Any]:
    newborn = {
        "temperature": 36.8, "respiration": 40, "heart_rate": 130, "jaundice": 1, "umbilicus": 2, "danger_signs": ["1"],
    }  # fmt: skip
    later = {} if visit in ("C0", "C1") else {"warning_sign": 1}
    both = {"visit": visit, "weight": 7.55, "height": 66.0, "nutrition": ["1"]}
    return {**both, **(newborn if visit == "C0" else later), **changed}


def test_t37_three_months_from_the_end_of_a_month() -> None:
    assert planned("child", D, birth=BORN)["C2"] == (date(2026, 4, 30), date(2026, 4, 30), date(2026, 5, 30))


def test_month_points_of_a_birth_on_the_31st() -> None:
    found = planned("child", BORN, birth=BORN)

    assert [found[key][0] for key in ("C2", "C3", "C4")] == [date(2026, 4, 30), date(2026, 7, 31), date(2026, 9, 30)]
    assert found["C1"] == (date(2026, 2, 28), date(2026, 2, 28), date(2026, 3, 2))


def test_all_thirteen_points_and_their_years() -> None:
    found = planned("child", BORN, birth=BORN, discharged=date(2026, 2, 3))

    assert list(found) == [f"C{number}" for number in range(13)]
    assert found["C9"] == (date(2029, 1, 31), date(2029, 1, 31), date(2029, 2, 27))
    assert found["C10"] == (date(2030, 1, 31), date(2030, 1, 31), date(2031, 1, 30))
    assert found["C12"][2] == date(2033, 1, 30)


def test_born_on_29_february_the_birthday_is_1_march() -> None:
    found = planned("child", date(2024, 3, 1), birth=date(2024, 2, 29))

    assert found["C11"][0] == date(2029, 3, 1)
    assert found["C10"] == (date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 28))


def test_the_newborn_visit_counts_from_the_discharge_and_from_a_report_of_high_risk() -> None:
    home, risk = date(2026, 2, 3), date(2026, 2, 2)

    assert planned("child", home, birth=BORN, discharged=home)["C0"][1] == date(2026, 2, 10)
    assert planned("child", risk, birth=BORN, discharged=home, high_risk_reported=risk)["C0"][1] == date(2026, 2, 5)
    assert planned("child", home, birth=BORN)["C0"][1] == date(2026, 2, 14)


@pytest.mark.parametrize(
    "changed",
    [
        {"temperature": 37.5}, {"temperature": 35.5}, {"respiration": 19}, {"respiration": 61}, {"heart_rate": 99},
        {"heart_rate": 161}, {"jaundice": 5}, {"umbilicus": 4}, *({"danger_signs": [str(code)]} for code in range(2, 9)),
    ],
)  # fmt: skip
def test_each_danger_sign_of_a_newborn_is_an_emergency(changed: dict[str, Any]) -> None:
    found = judged("child", form("C0", **changed), NEWBORN)

    assert (found.rule, found.refer, found.check_on) == ("K3", "5", IN_14_DAYS)
    assert found.is_emergency and "120" in found.advice


@pytest.mark.parametrize(
    "changed", [{"temperature": 37.4}, {"temperature": 35.6}, {"respiration": 20}, {"respiration": 60},
                {"heart_rate": 100}, {"heart_rate": 160}, {"jaundice": 4}, {"umbilicus": 3}],
)  # fmt: skip
def test_what_is_just_inside_is_none(changed: dict[str, Any]) -> None:
    values = form("C0", **changed)

    assert problems("child", values, NEWBORN) == {}
    assert (judged("child", values, NEWBORN).rule, judged("child", values, NEWBORN).outcome_class) == ("K0", 1)


@pytest.mark.parametrize(
    ("changed", "rule", "refer", "next_on"),
    [
        ({}, "K0", None, None),
        ({"haemoglobin": 110}, "K0", None, None),
        ({"haemoglobin": 109}, "K1", None, date(2026, 4, 2)),
        ({"nutrition": ["3"]}, "K1", None, date(2026, 4, 2)),
        ({"nutrition": ["4", "2"]}, "K1", None, date(2026, 4, 2)),
        ({"nutrition": ["5"]}, "K1", None, date(2026, 4, 2)),
        ({"warning_sign": 2}, "K2", "1", None),
        ({"hearing": 2}, "K2", "2", None),
    ],
)
def test_rules(changed: dict[str, Any], rule: str, refer: str | None, next_on: date | None) -> None:
    values = form("C3", **changed)
    found = judged("child", values, BABY)

    assert problems("child", values, BABY) == {}
    assert (found.rule, found.refer, found.next_on) == (rule, refer, next_on)
    assert found.check_on == (IN_14_DAYS if refer else None)
    assert found.outcome_class == (1 if rule == "K0" else 2)


def test_before_six_months_this_haemoglobin_is_not_called_anaemia() -> None:
    assert judged("child", form("C3", haemoglobin=109), Person(date(2025, 9, 3))).rule == "K0"


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("weight", ("0.5", "60"), ("0.49", "60.01")),
        ("height", ("30", "150"), ("29.9", "150.1")),
        ("head", ("25", "60"), ("24.9", "60.1")),
        ("outdoor_hours", ("0", "12"), ("-0.1", "12.1")),
        ("vitamin_d", ("0", "2000"), ("-1", "2001")),
    ],
)
def test_hard_ranges(field: str, inside: tuple[str, str], outside: tuple[str, str]) -> None:
    assert [problems("child", form(**{field: value})) for value in inside] == [{}, {}]
    assert [problems("child", form(**{field: value})) for value in outside] == [{field: "out_of_range"}] * 2


def test_teeth_and_warning_signs_belong_to_their_visits() -> None:
    assert problems("child", form("C3", teeth=2)) == {"teeth": "unknown_field"}
    assert problems("child", form("C5", teeth=20)) == {}
    assert problems("child", form("C5", teeth=21)) == {"teeth": "out_of_range"}
    asked = [f"C{n}" for n in range(13) if "warning_sign" in problems("child", {"visit": f"C{n}"})]
    assert len(asked) == 11  # eleven screens, at 3, 6, 8, 12, 18, 24, 30, 36 months and 4, 5, 6 years
