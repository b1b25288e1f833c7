"""Fields, ranges and units of domain.md §2.0."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.policy import programmes
from tests.policy.programmes.cases import D, judged, problems, unusual
from tests.policy.programmes.test_diabetes import form as glucose
from tests.policy.programmes.test_hypertension import form

RANGES = [
    ("htn", "systolic", ("50", "300"), ("80", "220"), "1"),
    ("htn", "diastolic", ("30", "200"), ("50", "130"), "1"),
    ("htn", "heart_rate", ("20", "250"), ("45", "140"), "1"),
    ("dm", "temperature", ("34.0", "43.0"), ("35.5", "38.5"), "0.1"),
    ("htn", "weight", ("20", "300"), ("35", "150"), "0.1"),
    ("htn", "height", ("50", "250"), ("130", "200"), "0.1"),
    ("dm", "fasting_glucose", ("1.0", "40.0"), ("3.0", "25.0"), "0.1"),
    ("dm", "random_glucose", ("1.0", "40.0"), ("3.0", "25.0"), "0.1"),
    ("dm", "glucose_2h", ("1.0", "40.0"), ("3.0", "25.0"), "0.1"),
    ("dm", "hba1c", ("3.0", "20.0"), None, "0.1"),
    ("htn", "smoking", ("0", "200"), ("0", "60"), "1"),
    ("htn", "alcohol", ("0", "50"), ("0", "10"), "0.1"),
    ("htn", "exercise_times", ("0", "21"), None, "1"),
    ("htn", "exercise_minutes", ("0", "600"), None, "1"),
    ("dm", "staple_food", ("0", "2000"), None, "1"),
]


@pytest.mark.parametrize(("name", "key", "hard", "soft", "step"), RANGES, ids=[row[1] for row in RANGES])
def test_hard_refuses_and_soft_asks(
    name: str, key: str, hard: tuple[str, str], soft: tuple[str, str] | None, step: str
) -> None:
    by = Decimal(step)

    def with_value(value: Decimal) -> dict[str, Any]:
        return {**(form(300, 30) if name == "htn" else glucose("6.0", systolic=300, diastolic=30)), key: value}

    for inside, outside in ((Decimal(hard[0]), -by), (Decimal(hard[1]), by)):
        assert problems(name, with_value(inside)).get(key) in (None, "contradiction", "missing")
        assert problems(name, with_value(inside + outside))[key] == "out_of_range"
    for inside, outside in ((Decimal(soft[0]), -by), (Decimal(soft[1]), by)) if soft else ():
        assert key not in unusual(name, with_value(inside))
        below_zero = inside + outside < 0
        assert key in unusual(name, with_value(inside + outside)) or below_zero


@pytest.mark.parametrize(("entered", "kept"), [(126, "7.0"), (301, "16.7"), (70, "3.9")])
def test_glucose_in_the_other_unit(entered: int, kept: str) -> None:
    table = programmes.load("dm", D)
    clean, wrong = programmes.read(table, {"fasting_glucose": {"value": entered, "unit": "mg/dL"}}, D)

    assert (clean["fasting_glucose"], wrong) == (Decimal(kept), [])
    assert programmes.convert(table.by_key["fasting_glucose"], Decimal(entered), "mg/dL") == Decimal(kept)


def test_the_other_unit_counts_in_the_rules() -> None:
    assert judged("dm", glucose({"value": 301, "unit": "mg/dL"})).is_emergency
    assert judged("dm", glucose({"value": 126, "unit": "mg/dL"})).outcome_class == 2
    assert problems("dm", glucose({"value": 126, "unit": "mg"}))["fasting_glucose"] == "not_a_number"


@pytest.mark.parametrize(
    ("weight", "height", "bmi", "means"),
    [
        ("50.0", "165.0", "18.4", "偏瘦"),
        ("53.5", "170.0", "18.5", "正常"),
        ("69.2", "170.0", "23.9", "正常"),
        ("69.4", "170.0", "24.0", "超重"),
        ("80.8", "170.0", "28.0", "肥胖"),
        ("64.98", "171.0", None, None),
        ("81.0", "200.0", "20.3", "正常"),  # 20.25: half goes up
    ],
)
def test_bmi_is_derived_and_rounded_half_up(weight: str, height: str, bmi: str | None, means: str | None) -> None:
    clean, wrong = programmes.read(programmes.load("htn", D), {"weight": weight, "height": height, "bmi": "99"}, D)

    assert clean.get("bmi") == (Decimal(bmi) if bmi else None)
    assert [one.code for one in wrong] == ([] if bmi else ["too_precise"])
    assert judged("htn", {"weight": weight, "height": height} if bmi else {}).findings.get("bmi") == means


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"systolic": "12O"}, "systolic", "not_a_number"),
        ({"systolic": True}, "systolic", "not_a_number"),
        ({"systolic": float("nan")}, "systolic", "not_a_number"),
        ({"systolic": "120.5"}, "systolic", "too_precise"),
        ({"weight": "60.55"}, "weight", "too_precise"),
        ({"salt": "4"}, "salt", "unknown_option"),
        ({"symptoms": ["1", "2"]}, "symptoms", "contradiction"),
        ({"symptoms": ["99"]}, "symptoms", "unknown_option"),
        ({"note": "字" * 501}, "note", "not_a_text"),
        ({"medicines": [{"name": "氨氯地平", "times": 25, "dose": 5}]}, "medicines", "not_medicines"),
        ({"medicines": [{"name": "", "times": 1, "dose": 5}]}, "medicines", "not_medicines"),
        ({"medicines": [{"name": "氨氯地平", "times": 1, "dose": 0}]}, "medicines", "not_medicines"),
        ({"medicines": [{"name": "药", "times": 1, "dose": 1}] * 4}, "medicines", "not_medicines"),
        ({"tomorrow": 1}, "tomorrow", "unknown_field"),
        ({"adr": "2"}, "adr_text", "missing"),
    ],
)
def test_what_is_refused(values: dict[str, Any], field: str, code: str) -> None:
    assert problems("htn", {**form(120, 80), **values})[field] == code


def test_what_is_taken() -> None:
    rows = [{"name": "氨氯地平", "times": 1, "dose": 2.5, "unit": "mg"}]
    values = form(120.0, "80", symptoms="1", medicines=rows, note=" 无 ", weight="")  # type: ignore[arg-type]
    clean, wrong = programmes.read(programmes.load("htn", D), values, D)

    assert wrong == []
    assert (clean["systolic"], clean["diastolic"], clean["symptoms"], clean["note"]) == (120, 80, ["1"], "无")
    assert clean["medicines"] == [{"name": "氨氯地平", "times": 1, "dose": Decimal("2.5"), "unit": "mg"}]
    assert "weight" not in clean


def test_dates_lie_before_the_visit() -> None:
    late = glucose("6.0", hba1c="6.5", hba1c_on=date(2026, 3, 3))

    assert problems("dm", late) == {"hba1c_on": "out_of_range"}
    assert problems("dm", late | {"hba1c_on": "2026-03-02"}) == {}
    assert problems("dm", late | {"hba1c_on": "yesterday"}) == {"hba1c_on": "not_a_date"}
    assert problems("dm", late | {"hba1c_on": None}) == {"hba1c_on": "missing"}
