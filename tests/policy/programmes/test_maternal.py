"""Pregnancy and after: the example of domain.md §2.5 and its rules P1–P6."""

from datetime import date
from typing import Any

import pytest

from server.policy import programmes
from server.policy.programmes import Person
from tests.policy.programmes.cases import IN_14_DAYS, D, judged, planned, problems

LMP = date(2026, 1, 5)
MOTHER = Person(date(1996, 6, 1), "F", is_pregnant=True)


def day(month: int, number: int) -> date:
    return date(2026, month, number)


def form(visit: str = "M2", **changed: Any) -> dict[str, Any]:
    before = {"gestation_weeks": 18, "risk": 1}
    after = {"breasts": 1, "lochia": 1, "uterus": 1, "wound": 1, "mood": 1}
    both = {"visit": visit, "systolic": 118, "diastolic": 76, "symptoms": ["1"], "other_abnormal": 1}
    return {**both, **(after if visit in ("M6", "M7") else before), **changed}


@pytest.mark.parametrize(
    ("key", "from_on", "due_on", "until_on"),
    [
        ("M1", LMP, day(4, 5), day(4, 5)),
        ("M2", day(4, 27), day(4, 27), day(5, 31)),
        ("M3", day(6, 1), day(6, 1), day(6, 28)),
        ("M4", day(7, 20), day(7, 20), day(9, 20)),
        ("M5", day(9, 21), day(9, 21), day(10, 18)),
    ],
)
def test_example_windows_from_the_last_menses(key: str, from_on: date, due_on: date, until_on: date) -> None:
    by_lmp, by_edd = planned("maternal", LMP, lmp=LMP), planned("maternal", LMP, edd=day(10, 12))

    assert by_lmp[key] == by_edd[key] == (from_on, due_on, until_on)


def test_example_after_birth() -> None:
    table = programmes.load("maternal", D)
    facts = {"lmp": LMP, "delivered": day(10, 12), "discharged": day(10, 15)}
    due = {one.key: one for one in programmes.plan(table, facts, day(10, 15))}

    assert set(due) == {"M6", "M7"}
    assert (due["M6"].due_on, due["M6"].until_on, due["M6"].counts_until) == (day(10, 22), day(10, 22), day(11, 12))
    assert (due["M7"].from_on, due["M7"].due_on, due["M7"].until_on) == (day(11, 16), day(11, 23), day(11, 30))


def test_without_a_day_of_discharge_the_visit_counts_from_the_birth() -> None:
    found = planned("maternal", day(10, 12), lmp=LMP, delivered=day(10, 12))

    assert found["M6"] == (day(10, 12), day(10, 19), day(10, 19))


def test_p6_without_news_of_the_birth_somebody_asks_14_days_after_the_due_date() -> None:
    assert planned("maternal", day(10, 20), lmp=LMP)["ASK"][1] == day(10, 26)
    assert "ASK" not in planned("maternal", day(10, 20), lmp=LMP, delivered=day(10, 19))


def test_a_pregnancy_that_ended_plans_nothing_more() -> None:
    assert planned("maternal", day(4, 1), lmp=LMP, ended=day(3, 30)) == {}


def test_a_window_that_is_over_or_a_visit_that_was_made_is_not_due() -> None:
    assert set(planned("maternal", day(6, 1), lmp=LMP)) == {"M3", "M4", "M5", "ASK"}
    assert "M2" in planned("maternal", day(5, 31), lmp=LMP)
    assert "M3" not in planned("maternal", day(6, 1), lmp=LMP, M3=day(6, 1))


@pytest.mark.parametrize(
    ("values", "rule", "outcome", "refer"),
    [
        (form(), "P0", 1, None),
        (form(other_abnormal=2, abnormal_text="皮疹"), "P1", 2, "1"),
        (form(haemoglobin=109), "P1", 2, "1"),
        (form(haemoglobin=110), "P0", 1, None),
        (form(urine_protein=1), "P0", 1, None),
        (form(urine_protein=2), "P1", 2, "1"),
        (form(risk=2), "P0", 1, None),
        (form(risk=3), "P2", 1, None),
        (form(risk=5), "P2", 1, None),
        (form(systolic=139, diastolic=89), "P0", 1, None),
        (form(systolic=140), "P3", 2, "2"),
        (form(diastolic=90), "P3", 2, "2"),
        (form(systolic=160), "P4", 2, "5"),
        (form(diastolic=110), "P4", 2, "5"),
        (form(fetal_heart=109), "P4", 2, "5"),
        (form(fetal_heart=110), "P0", 1, None),
        (form(fetal_heart=160), "P0", 1, None),
        (form(fetal_heart=161), "P4", 2, "5"),
        (form(symptoms=["6"], critical=2), "P4", 2, "5"),
        (form(symptoms=["6"], critical=1), "P1", 2, "1"),
        (form("M6"), "P0", 1, None),
        (form("M6", systolic=145), "P0", 1, None),
        (form("M6", lochia=2), "P5", 2, "3"),
        (form("M7", mood=2), "P5", 2, "3"),
        (form("M6", temperature=38.0), "P5", 2, "3"),
        (form("M6", systolic=160), "P4", 2, "5"),
    ],
)
def test_rules(values: dict[str, Any], rule: str, outcome: int, refer: str | None) -> None:
    found = judged("maternal", values, MOTHER)

    assert problems("maternal", values, MOTHER) == {}
    assert (found.rule, found.outcome_class, found.refer) == (rule, outcome, refer)
    assert found.check_on == (IN_14_DAYS if refer else None)
    assert found.is_emergency == (rule == "P4")
    assert found.next_on is None  # the windows say when
    assert ("risk" in found.findings) == (values.get("risk") in (3, 5))


@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("fetal_heart", (60, 220), (59, 221)),
        ("haemoglobin", (30, 220), (29, 221)),
        ("fundal_height", (5, 50), (4.9, 50.1)),
        ("girth", (50, 150), (49.9, 150.1)),
    ],
)
def test_hard_ranges(field: str, inside: tuple[float, float], outside: tuple[float, float]) -> None:
    assert [problems("maternal", form(**{field: value})) for value in inside] == [{}, {}]
    assert [problems("maternal", form(**{field: value})) for value in outside] == [{field: "out_of_range"}] * 2


def test_each_visit_has_its_own_fields() -> None:
    assert problems("maternal", form("M6", fetal_heart=120)) == {"fetal_heart": "unknown_field"}
    assert problems("maternal", {**form("M6"), "lochia": None}) == {"lochia": "missing"}
    assert problems("maternal", {**form("M1"), "risk": None}) == {"risk": "missing"}
