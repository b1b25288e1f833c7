"""COPD, after a hospital, home beds, disabled people, special households, home visits, children's TCM (domain.md §2.8, §2.9)."""

from datetime import date
from typing import Any

import pytest

from server.policy import programmes
from tests.policy.programmes.cases import AGE_55, IN_3_MONTHS, IN_14_DAYS, NUMBERS, D, judged, planned, problems

FORMS: dict[str, dict[str, Any]] = {
    "copd": {"mmrc": 1, "cat": 12, "exacerbations": 0, "change": 2, "adr": 1},
    "discharge": {"wound": 1, "drugs": 1, "symptoms": 1, "readmitted": 1},
    "home_bed": {"change": 2, "skin": 1},
    "disabled": {"mobility": 1, "rehabilitation": ["1"], "devices": 1, "skin": 1, "need_care": 1},
    "special": {"health": 1, "mood": 1},
    "home_visit": {"health": 1},
}
WEEK_LATER = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("name", "changed", "rule", "refer", "next_on"),
    [
        ("copd", {}, "O1", None, IN_3_MONTHS),
        ("copd", {"spo2": 90}, "O1", None, IN_3_MONTHS),
        ("copd", {"spo2": 89}, "O2", "1", IN_14_DAYS),
        ("copd", {"change": 3, "critical": 1}, "O2", "1", IN_14_DAYS),
        ("copd", {"change": 3, "critical": 2, "critical_text": "喘憋"}, "O3", "5", IN_14_DAYS),
        ("discharge", {}, "X1", None, None),
        ("discharge", {"wound": 2}, "X2", "1", None),
        ("discharge", {"readmitted": 2}, "X2", "1", None),
        ("discharge", {"symptoms": 3, "symptoms_text": "发热", "critical": 1}, "X2", "1", None),
        ("discharge", {"systolic": 180, "diastolic": 90}, "X3", "5", None),
        ("home_bed", {}, "L0", None, None),
        ("home_bed", {"skin": 2}, "L1", None, None),
        ("home_bed", {"tubes": 2}, "L1", None, None),
        ("home_bed", {"change": 3, "critical": 1}, "L2", "1", None),
        ("home_bed", {"systolic": 120, "diastolic": 110}, "L3", "5", None),
        ("disabled", {}, "J1", None, IN_3_MONTHS),
        ("disabled", {"skin": 2}, "J2", "1", IN_14_DAYS),
        ("disabled", {"need_care": 2}, "J2", "1", IN_14_DAYS),
        ("disabled", {"systolic": 185, "diastolic": 90}, "J3", "5", IN_14_DAYS),
        ("special", {}, "V1", None, None),
        ("special", {"mood": 3}, "V2", "1", None),
        ("special", {"fasting_glucose": 16.7}, "V3", "5", None),
        ("home_visit", {}, "V4", None, None),
        ("home_visit", {"systolic": 179, "diastolic": 109}, "V4", None, None),
        ("home_visit", {"skin": 2}, "V5", "1", None),
        ("home_visit", {"systolic": 180, "diastolic": 80}, "V6", "5", None),
        ("home_visit", {"random_glucose": 3.9}, "V6", "5", None),
    ],
)
def test_rules(name: str, changed: dict[str, Any], rule: str, refer: str | None, next_on: date | None) -> None:
    values = {**FORMS[name], **changed}
    found = judged(name, values)

    assert problems(name, values) == {}
    assert (found.rule, found.refer, found.next_on) == (rule, refer, next_on)
    assert found.check_on == (IN_14_DAYS if refer else None)
    assert found.is_emergency == (refer == "5")


@pytest.mark.parametrize("name", [name for name in FORMS if name not in ("discharge", "home_visit")])
def test_without_an_answer_there_is_no_class(name: str) -> None:
    assert set(problems(name, {})) >= set(FORMS[name])
    assert judged(name, {}).rule == "incomplete"


def test_a_call_after_a_hospital_may_be_noted_without_all_answers_but_then_says_nothing_about_the_recovery() -> None:
    assert problems("discharge", {"note": "已通话"}) == {}
    assert (judged("discharge", {"note": "已通话"}).rule, judged("discharge", {}).outcome_class) == ("X0", None)
    assert judged("discharge", {"wound": 2}).outcome_class == 2  # what is bad is bad without the rest


def test_a_home_visit_needs_no_numbers_but_both_pressures_or_none() -> None:
    assert problems("home_visit", {}) == {}
    assert (judged("home_visit", {}).rule, judged("home_visit", {}).class_label) == ("V4", "已记录")
    assert problems("home_visit", {"systolic": 120}) == {"diastolic": "missing"}


def test_scores_of_copd() -> None:
    assert problems("copd", FORMS["copd"] | {"cat": 40, "mmrc": 4}) == {}
    assert problems("copd", FORMS["copd"] | {"cat": 41, "mmrc": 5}) == {"cat": "out_of_range", "mmrc": "unknown_option"}


def test_after_a_hospital_within_seven_days_and_on_day_30() -> None:
    found = planned("discharge", D, discharged=D)

    assert found["FIRST"] == (D, date(2026, 3, 9), date(2026, 3, 9))
    assert found["SECOND"][1] == date(2026, 4, 1)
    assert planned("discharge", D, discharged=D, first_by=date(2026, 3, 5))["FIRST"][1] == date(2026, 3, 5)
    assert planned("discharge", D, down_referred=D)["DOWN"][1] == IN_14_DAYS
    assert problems("discharge", FORMS["discharge"] | {"clinic_on": "2026-04-01"}) == {}


def test_a_home_bed_is_seen_weekly_and_renewed_after_three_months() -> None:
    found = planned("home_bed", D, opened=D)

    assert [found[f"ROUND{number}"][1] for number in (1, 2, 3)] == [WEEK_LATER, IN_14_DAYS, date(2026, 3, 23)]
    assert found["RENEW1"][1] == IN_3_MONTHS
    assert planned("home_bed", D, start=D) == found
    assert planned("home_bed", D, opened=D, closed=D) == {}
    assert [key for key in planned("home_bed", date(2026, 6, 20), opened=D) if "RENEW" in key] == ["RENEW2"]


def test_special_households_are_due_at_the_end_of_each_month() -> None:
    found = planned("special", D)

    assert found["SPECIAL-2026-03"] == (date(2026, 3, 1), date(2026, 3, 31), date(2026, 3, 31))
    assert list(found) == ["SPECIAL-2026-03", "SPECIAL-2026-04"]
    assert list(planned("special", D, last=D)) == ["SPECIAL-2026-04"]


def test_home_visits_monthly_where_the_region_wants_them_and_quarterly_for_the_immobile() -> None:
    assert planned("home_visit", D) == {}
    assert planned("home_visit", D, monthly="1")["VISIT-2026-03"][1] == date(2026, 3, 31)
    assert planned("home_visit", D, immobile_since=date(2026, 1, 31)) == {
        "QUARTER1": (date(2026, 4, 30), date(2026, 4, 30), date(2026, 5, 14))
    }


def test_the_regions_frequencies_hold() -> None:
    often = NUMBERS.model_copy(
        update={
            "copd_next_months": 1,
            "home_bed_round_days": 3,
            "home_bed_renewal_months": 1,
            "disabled_next_months": 2,
        }
    )

    def next_on(name: str) -> date | None:
        return programmes.judge(programmes.load(name, D), FORMS[name], AGE_55, D, numbers=often).next_on

    assert next_on("copd") == date(2026, 4, 2)
    assert next_on("disabled") == date(2026, 5, 2)
    rounds = {
        one.key: one.due_on for one in programmes.plan(programmes.load("home_bed", D), {"opened": D}, D, numbers=often)
    }
    assert (rounds["ROUND1"], rounds["RENEW1"]) == (date(2026, 3, 5), date(2026, 4, 2))


@pytest.mark.parametrize(
    ("name", "methods", "left"),
    [
        ("htn", [], (4, 4)),
        ("htn", ["clinic", "home", "phone"], (1, 2)),
        ("dm", ["clinic"] * 4, (0, 0)),
        ("dm", ["phone", "video", "chatbot", "phone", "phone"], (0, 4)),
        ("smi", ["phone"], (3, 0)),
        ("copd", ["clinic", "phone"], (2, 1)),
        ("disabled", [], (4, 0)),
        ("elder", [], (0, 0)),
    ],
)
def test_what_a_year_still_needs(name: str, methods: list[str], left: tuple[int, int]) -> None:
    assert programmes.yearly_left(programmes.load(name, D), methods, numbers=NUMBERS) == left


def test_a_region_may_want_more_of_them() -> None:
    more = NUMBERS.model_copy(update={"min_face_to_face": 6})

    assert programmes.yearly_left(programmes.load("htn", D), ["clinic"], numbers=more) == (5, 5)


def test_childrens_tcm_has_six_points_with_their_own_techniques() -> None:
    found = planned("tcm_child", D, birth=D)

    assert list(found) == ["Y6", "Y12", "Y18", "Y24", "Y30", "Y36"]
    assert found["Y6"] == (date(2026, 9, 2), date(2026, 9, 2), date(2026, 10, 1))
    assert problems("tcm_child", {"visit": "Y6", "diet_guided": 1}) == {"belly_spine": "missing"}
    assert problems("tcm_child", {"visit": "Y18", "diet_guided": 1}) == {"nose_leg": "missing"}
    assert problems("tcm_child", {"visit": "Y36", "diet_guided": 1}) == {"head": "missing"}
    assert judged("tcm_child", {"visit": "Y6", "diet_guided": 1, "belly_spine": 1}).outcome_class == 1
    assert judged("tcm_child", {"visit": "Y6", "diet_guided": 1, "belly_spine": 2}).outcome_class == 2
