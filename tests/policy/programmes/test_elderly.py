"""The examination from 65 (T38) and the constitutions of Chinese medicine (domain.md §2.7, §2.8)."""

from datetime import date
from typing import Any

import pytest

from server.policy import programmes
from server.policy.programmes import Person
from tests.policy.programmes.cases import AGE_67, IN_14_DAYS, D, judged, planned, problems

BORN = AGE_67.born_on
ABLE = {"eating": 0, "washing": 0, "dressing": 0, "toilet": 0, "moving": 0}


def form(**changed: Any) -> dict[str, Any]:
    return {"systolic": 130, "diastolic": 80, "weight": 60, "height": 160, **ABLE, "cognition": 1, "mood": 1, **changed}


@pytest.mark.parametrize(
    ("scores", "total", "means"),
    [
        ({"eating": 3}, 3, "可自理"),
        ({"eating": 3, "washing": 1}, 4, "轻度依赖"),
        ({"eating": 3, "toilet": 5}, 8, "轻度依赖"),
        ({"eating": 3, "toilet": 5, "moving": 1}, 9, "中度依赖"),
        ({"toilet": 10, "eating": 5, "dressing": 3}, 18, "中度依赖"),
        ({"toilet": 10, "eating": 5, "dressing": 3, "moving": 1}, 19, "不能自理"),
    ],
)
def test_t38_self_care(scores: dict[str, int], total: int, means: str) -> None:
    values = form(**scores)
    clean, _ = programmes.read(programmes.load("elder", D), values, D)

    assert problems("elder", values, AGE_67) == {}
    assert clean["self_care"] == total
    assert judged("elder", values, AGE_67).findings["self_care"] == means


def test_a_score_that_the_scale_does_not_know_is_refused() -> None:
    assert problems("elder", form(eating=1), AGE_67) == {"eating": "unknown_option"}


@pytest.mark.parametrize(
    ("changed", "rule", "refer", "check_on"),
    [
        ({}, "E0", None, None),
        ({"systolic": 149, "diastolic": 89}, "E0", None, None),
        ({"systolic": 150}, "E1", None, IN_14_DAYS),
        ({"fasting_glucose": 7.0}, "E1", None, IN_14_DAYS),
        ({"ecg": 2, "abnormal_text": "房颤"}, "E2", "1", IN_14_DAYS),
        ({"chest": 2, "abnormal_text": "结节"}, "E2", "1", IN_14_DAYS),
        ({"cognition": 2}, "E3", "2", IN_14_DAYS),
        ({"mood": 2}, "E3", "2", IN_14_DAYS),
        ({"systolic": 180}, "E4", "5", IN_14_DAYS),
        ({"fasting_glucose": 3.9}, "E4", "5", IN_14_DAYS),
    ],
)
def test_rules(changed: dict[str, Any], rule: str, refer: str | None, check_on: date | None) -> None:
    found = judged("elder", form(**changed), AGE_67)

    assert problems("elder", form(**changed), AGE_67) == {}
    assert (found.rule, found.refer, found.check_on, found.next_on) == (rule, refer, check_on, None)
    assert found.outcome_class == (1 if rule == "E0" else 2)


def test_bmi_and_waist_are_named() -> None:
    woman = judged("elder", form(weight=65, waist=85), AGE_67)
    man = judged("elder", form(weight=65, waist=89.9), Person(BORN, "M"))

    assert woman.findings == {"bmi": "超重", "waist": "中心型肥胖", "self_care": "可自理"}
    assert "waist" not in man.findings
    assert judged("elder", form(waist=90), Person(BORN, "M")).findings["waist"] == "中心型肥胖"


def test_from_2025_the_examination_has_two_more_items() -> None:
    before, since = programmes.load("elder", date(2024, 12, 31)), programmes.load("elder", date(2025, 1, 1))

    assert set(since.by_key) - set(before.by_key) == {"chest", "hba1c"}
    assert (before.version, since.version) == ("2017.1", "2025.1")
    assert problems("elder", form(chest=2), AGE_67, on=date(2024, 6, 1)) == {"chest": "unknown_field"}
    assert [rule.id for rule in before.rules] == [rule.id for rule in since.rules]


def test_once_a_year_a_year_after_the_last_one() -> None:
    found = planned("elder", D, birth=BORN, last=date(2025, 5, 20))

    assert found["EXAM-2026"] == (date(2026, 1, 1), date(2026, 5, 20), date(2026, 12, 31))
    assert planned("elder", D, birth=BORN)["EXAM-2026"][1] == date(2026, 12, 31)
    assert list(planned("elder", D, birth=BORN, last=date(2026, 1, 5))) == ["EXAM-2027"]


@pytest.mark.parametrize(("born", "listed"), [(date(1961, 12, 31), True), (date(1962, 1, 1), False)])
def test_whoever_turns_65_by_the_end_of_the_year_is_listed(born: date, listed: bool) -> None:
    assert ("EXAM-2026" in planned("elder", D, birth=born)) is listed
    assert ("TCM-2026" in planned("tcm_elder", D, birth=born)) is listed


BIASED = {
    "qi_deficiency": (2, 3, 4, 14), "yang_deficiency": (11, 12, 13, 29), "yin_deficiency": (10, 21, 26, 31),
    "phlegm_damp": (9, 16, 28, 32), "damp_heat": (23, 25, 27, 30), "blood_stasis": (19, 22, 24, 33),
    "qi_stagnation": (5, 6, 7, 8), "special_nature": (15, 17, 18, 20),
}  # fmt: skip


def answers(**changed: int) -> dict[str, int]:
    return {f"q{number}": 1 for number in range(1, 34)} | changed


def test_example_of_a_balanced_constitution() -> None:
    clean, _ = programmes.read(programmes.load("tcm_elder", D), answers(q1=4), D)
    found = judged("tcm_elder", answers(q1=4), AGE_67)

    assert clean["balanced"] == 24
    assert {clean[key] for key in BIASED} == {4}
    assert found.findings == {"balanced": "是", **dict.fromkeys(BIASED, "否")}
    assert (found.outcome_class, found.class_label) == (1, "平和质")


@pytest.mark.parametrize(("key", "items"), BIASED.items())
@pytest.mark.parametrize(("total", "means"), [(8, "否"), (9, "倾向是"), (10, "倾向是"), (11, "是")])
def test_each_biased_constitution(key: str, items: tuple[int, ...], total: int, means: str) -> None:
    first, second, third, fourth = (f"q{number}" for number in items)
    scores = {first: 1, second: 1, third: min(5, total - 3), fourth: max(1, total - 7)}
    found = judged("tcm_elder", answers(q1=5, **scores), AGE_67)

    assert sum(scores.values()) == total
    assert found.findings[key] == means
    assert found.findings["balanced"] == {8: "是", 9: "基本是", 10: "基本是", 11: "否"}[total]
    assert found.outcome_class == {8: 1, 9: 3, 10: 3, 11: 2}[total]


def test_balanced_needs_seventeen() -> None:
    """q2, q4, q5 and q13 count six minus their score."""
    enough = answers(q1=1, q2=2, q4=2, q5=2, q13=2)
    less = answers(q1=1, q2=2, q4=2, q5=2, q13=3)

    assert judged("tcm_elder", enough, AGE_67).findings["balanced"] == "是"  # 1 + 4 × 4 = 17
    assert judged("tcm_elder", less, AGE_67).findings["balanced"] == "否"
    assert judged("tcm_elder", less, AGE_67).outcome_class == 3


def test_all_33_items_are_asked() -> None:
    values = answers()
    del values["q33"]

    assert problems("tcm_elder", {}) == {f"q{number}": "missing" for number in range(1, 34)}
    assert judged("tcm_elder", values, AGE_67).rule == "incomplete"
    assert problems("tcm_elder", answers(q1=6)) == {"q1": "unknown_option"}
