"""The hypertension table by the worked examples of domain.md §2.11; D = 2026-03-02."""

from datetime import date
from typing import Any

import pytest

from server.policy import programmes
from server.policy.programmes import Person, Previous
from tests.policy.programmes.cases import AGE_55, AGE_67, IN_3_MONTHS, IN_14_DAYS, NUMBERS, D, judged, problems

CONTROLLED, UNCONTROLLED = Previous(1), Previous(2, uncontrolled=True)
PREGNANT = Person(date(1996, 6, 1), "F", is_pregnant=True)
TURNS_65, STILL_64 = Person(date(1961, 3, 2)), Person(date(1961, 3, 3))
REASONS = {"H4": "1", "H5": "2", "H6": "3", "H7": "5"}


def form(systolic: int, diastolic: int, **more: Any) -> dict[str, Any]:
    return {"systolic": systolic, "diastolic": diastolic, "symptoms": ["1"], "adr": "1", "complication": "1", **more}


@pytest.mark.parametrize(
    ("values", "person", "previous", "outcome", "rule", "next_on"),
    [
        pytest.param(form(139, 89), AGE_55, None, 1, "H1", IN_3_MONTHS, id="T1"),
        pytest.param(form(140, 80), AGE_55, CONTROLLED, 2, "H2", IN_14_DAYS, id="T2"),
        pytest.param(form(138, 90), AGE_55, CONTROLLED, 2, "H2", IN_14_DAYS, id="T3"),
        pytest.param(form(149, 89), AGE_67, None, 1, "H1", IN_3_MONTHS, id="T4"),
        pytest.param(form(150, 80), AGE_67, None, 2, "H2", IN_14_DAYS, id="T5"),
        pytest.param(form(145, 85), TURNS_65, None, 1, "H1", IN_3_MONTHS, id="T6"),
        pytest.param(form(145, 85), STILL_64, None, 2, "H2", IN_14_DAYS, id="T7"),
        pytest.param(form(150, 95), AGE_55, UNCONTROLLED, 2, "H4", IN_14_DAYS, id="T8"),
        pytest.param(form(179, 109), AGE_55, None, 2, "H2", IN_14_DAYS, id="T9"),
        pytest.param(form(180, 80), AGE_55, None, 2, "H7", IN_14_DAYS, id="T10"),
        pytest.param(form(130, 110), AGE_55, None, 2, "H7", IN_14_DAYS, id="T11"),
        pytest.param(form(142, 88), PREGNANT, None, 2, "H7", IN_14_DAYS, id="T12"),
        pytest.param(form(136, 84, adr="2"), AGE_55, CONTROLLED, 3, "H3", IN_14_DAYS, id="T13"),
        pytest.param(form(136, 84, adr="2"), AGE_55, Previous(3, adverse=True), 3, "H5", IN_14_DAYS, id="T14"),
        pytest.param(form(132, 82, complication="2"), AGE_55, CONTROLLED, 4, "H6", IN_14_DAYS, id="T15"),
    ],
)
def test_worked_example(
    values: dict[str, Any], person: Person, previous: Previous | None, outcome: int, rule: str, next_on: date
) -> None:
    found = judged("htn", values, person, previous)

    assert (found.outcome_class, found.rule, found.next_on) == (outcome, rule, next_on)
    assert found.is_emergency == (rule == "H7")
    assert found.refer == REASONS.get(rule)
    assert found.check_on == (IN_14_DAYS if rule in REASONS else None)
    assert found.has_grace == (rule == "H1")
    assert found.alerts == (("lead",) if rule == "H7" else ())


def previous_of(values: dict[str, Any], before: Previous | None, on: date, *, attended: bool = False) -> Previous:
    """The visit as the next one sees it."""
    found = judged("htn", values, AGE_55, before, on)
    return Previous(found.outcome_class, found.is_adverse, found.is_uncontrolled, attended, on, found.next_on)


def test_t16_a_chain_counts_anew_after_the_referral_was_attended() -> None:
    first = judged("htn", form(152, 96), on=D)
    before = previous_of(form(152, 96), None, D)
    second = judged("htn", form(148, 92), previous=before, on=IN_14_DAYS)
    attended = previous_of(form(148, 92), before, IN_14_DAYS, attended=True)
    third = judged("htn", form(136, 84), previous=attended, on=date(2026, 4, 13))
    high_again = judged("htn", form(150, 95), previous=attended, on=date(2026, 4, 13))

    assert [first.rule, second.rule, third.rule, high_again.rule] == ["H2", "H4", "H1", "H2"]
    assert (second.refer, second.check_on) == ("1", date(2026, 3, 30))
    assert third.next_on == date(2026, 7, 13)


def test_t17_a_missed_visit_between_two_high_ones_neither_resets_nor_adds() -> None:
    """Whoever asks gives the visit that took place; the missed one of 16 March is none."""
    found = judged("htn", form(148, 92), previous=previous_of(form(152, 96), None, D), on=date(2026, 4, 1))

    assert (found.rule, found.refer, found.check_on) == ("H4", "1", date(2026, 4, 15))


def test_t18_three_months_later_is_clamped_to_the_months_end() -> None:
    found = judged("htn", form(120, 80), on=date(2026, 11, 30))

    assert (found.outcome_class, found.next_on) == (1, date(2027, 2, 28))


def test_t39_a_pressure_upside_down_is_refused() -> None:
    assert problems("htn", form(120, 130)) == {"diastolic": "contradiction"}
    assert problems("htn", form(120, 120)) == {"diastolic": "contradiction"}
    with pytest.raises(ValueError, match="diastolic"):
        judged("htn", form(120, 130))


@pytest.mark.parametrize("emergency", [form(185, 95), form(130, 110)])
def test_t40_a_value_from_home_makes_no_class_but_the_alarm(emergency: dict[str, Any]) -> None:
    values = {key: emergency[key] for key in ("systolic", "diastolic")}
    found = programmes.measured(programmes.load("htn", D), values, AGE_55, D, numbers=NUMBERS)

    assert (found.outcome_class, found.next_on, found.refer, found.check_on) == (None, None, None, None)
    assert found.is_emergency and "120" in found.advice
    assert found.alerts == ("lead",)


def test_t40_a_high_value_from_home_below_the_threshold_is_no_alarm() -> None:
    found = programmes.measured(
        programmes.load("htn", D), {"systolic": 179, "diastolic": 109}, AGE_55, D, numbers=NUMBERS
    )

    assert (found.rule, found.is_emergency, found.advice, found.alerts) == ("self_measured", False, "", ())
    assert found.is_uncontrolled


def test_critical_symptoms_are_an_emergency_whatever_the_pressure() -> None:
    values = form(120, 80, symptoms=["2"], critical="2", critical_reason=["2"])
    found = judged("htn", values)

    assert problems("htn", values) == {}
    assert (found.rule, found.outcome_class, found.class_label) == ("H7", 1, "危急")
    assert "120" in found.advice


@pytest.mark.parametrize("symptom", ["2", "3", "4", "5", "6"])
def test_symptoms_of_the_list_make_the_form_ask_whether_it_is_critical(symptom: str) -> None:
    assert problems("htn", form(120, 80, symptoms=[symptom])) == {"critical": "missing"}
    assert problems("htn", form(120, 80, symptoms=[symptom], critical="1")) == {}
    assert problems("htn", form(120, 80, symptoms=[symptom], critical="2")) == {"critical_reason": "missing"}


def test_an_old_complication_that_got_worse_has_its_own_reason() -> None:
    found = judged("htn", form(132, 82, complication="3"))

    assert (found.outcome_class, found.rule, found.refer) == (4, "H6", "4")


def test_the_doctor_may_call_a_first_reaction_hard_to_control() -> None:
    assert judged("htn", form(130, 80, adr="2", adr_hard="2")).rule == "H5"
    assert judged("htn", form(130, 80, adr="1", adr_hard="2")).rule == "H1"


def test_the_highest_class_is_kept_and_every_flag() -> None:
    found = judged("htn", form(150, 95, adr="2", complication="2"))

    assert found.outcome_class == 4
    assert {"uncontrolled", "adverse", "complicated"} <= set(found.flags)


def test_high_a_second_time_is_referred_also_with_a_first_reaction() -> None:
    """REPEATED goes before ADVERSE (§2.0); the class stays the higher one."""
    found = judged("htn", form(150, 95, adr="2"), previous=UNCONTROLLED)

    assert (found.outcome_class, found.rule, found.refer) == (3, "H4", "1")


def test_an_own_target_is_lower_than_the_general_one() -> None:
    diabetic = Person(AGE_67.born_on, targets={"systolic": 130, "diastolic": 80})

    assert judged("htn", form(129, 79), diabetic).outcome_class == 1
    assert judged("htn", form(130, 79), diabetic).outcome_class == 2
    assert judged("htn", form(129, 80), diabetic).outcome_class == 2


def test_without_a_pressure_nobody_is_controlled() -> None:
    values = form(120, 80)
    del values["diastolic"]

    assert problems("htn", values) == {"diastolic": "missing"}
    assert (judged("htn", values).rule, judged("htn", values).outcome_class) == ("incomplete", None)


def test_the_regions_numbers_hold() -> None:
    table = programmes.load("htn", D)
    strict = NUMBERS.model_copy(
        update={
            "systolic_limit": 130,
            "uncontrolled_next_days": 7,
            "referral_check_days": 10,
            "systolic_emergency": 170,
        }
    )
    found = programmes.judge(table, form(131, 80), AGE_55, D, numbers=strict)
    urgent = programmes.judge(table, form(171, 80), AGE_55, D, numbers=strict)

    assert (found.outcome_class, found.next_on) == (2, date(2026, 3, 9))
    assert (urgent.is_emergency, urgent.check_on) == (True, date(2026, 3, 12))
    assert programmes.judge(table, form(139, 80), AGE_55, D).outcome_class == 1


def test_nothing_a_resident_reads_names_the_disease() -> None:
    assert programmes.load("htn", D).neutral_title == "健康随访"
