"""Blood-pressure follow-ups by the worked examples of domain.md §2.11; D = 2026-03-02."""

from datetime import date

import pytest

from server import policy
from server.policy.followup_rules import OutcomeClass, Previous, Problem, Visit, is_emergency, judge, problem_of

RULES = policy.load("mianyang").followups
D = date(2026, 3, 2)
IN_14_DAYS = date(2026, 3, 16)
IN_3_MONTHS = date(2026, 6, 2)
CONTROLLED, UNCONTROLLED = Previous(1), Previous(2)


def age(born: date, on: date = D) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


@pytest.mark.parametrize(
    ("case", "visit", "previous", "outcome", "rule", "next_on"),
    [
        ("T1", Visit(D, 55, 139, 89), None, 1, "H1", IN_3_MONTHS),
        ("T2", Visit(D, 55, 140, 80), CONTROLLED, 2, "H2", IN_14_DAYS),
        ("T3", Visit(D, 55, 138, 90), CONTROLLED, 2, "H2", IN_14_DAYS),
        ("T4", Visit(D, 67, 149, 89), None, 1, "H1", IN_3_MONTHS),
        ("T5", Visit(D, 67, 150, 80), None, 2, "H2", IN_14_DAYS),
        ("T6", Visit(D, age(date(1961, 3, 2)), 145, 85), None, 1, "H1", IN_3_MONTHS),
        ("T7", Visit(D, age(date(1961, 3, 3)), 145, 85), None, 2, "H2", IN_14_DAYS),
        ("T8", Visit(D, 55, 150, 95), UNCONTROLLED, 2, "H4", IN_14_DAYS),
        ("T9", Visit(D, 55, 179, 109), None, 2, "H2", IN_14_DAYS),
        ("T10", Visit(D, 55, 180, 80), None, 2, "H7", IN_14_DAYS),
        ("T11", Visit(D, 55, 130, 110), None, 2, "H7", IN_14_DAYS),
        ("T12", Visit(D, 30, 142, 88, is_pregnant=True), None, 2, "H7", IN_14_DAYS),
        ("T13", Visit(D, 55, 136, 84, adverse_reaction=True), CONTROLLED, 3, "H3", IN_14_DAYS),
        ("T14", Visit(D, 55, 136, 84, adverse_reaction=True), Previous(3, adverse_reaction=True), 3, "H5", IN_14_DAYS),
        ("T15", Visit(D, 55, 132, 82, new_complication=True), CONTROLLED, 4, "H6", IN_14_DAYS),
        ("T18", Visit(date(2026, 11, 30), 55, 120, 80), None, 1, "H1", date(2027, 2, 28)),
    ],
)
def test_worked_example(
    case: str, visit: Visit, previous: Previous | None, outcome: int, rule: str, next_on: date
) -> None:
    found = judge(visit, previous, RULES)

    assert (found.outcome_class, found.rule, found.next_on) == (outcome, rule, next_on), case
    assert found.is_emergency == (rule == "H7")
    assert found.refer == (rule in {"H4", "H5", "H6", "H7"})
    assert found.has_grace == (rule == "H1")


def test_t16_a_chain_counts_anew_after_the_referral_was_attended() -> None:
    first = judge(Visit(D, 55, 152, 96), None, RULES)
    second = judge(Visit(date(2026, 3, 16), 55, 148, 92), Previous(first.outcome_class), RULES)
    attended = Previous(second.outcome_class, referral_completed=True)
    third = judge(Visit(date(2026, 4, 13), 55, 136, 84), attended, RULES)

    assert [first.rule, second.rule, third.rule] == ["H2", "H4", "H1"]
    assert second.refer
    assert third.next_on == date(2026, 7, 13)


def test_high_again_after_the_attended_referral_is_a_first_time() -> None:
    found = judge(Visit(D, 55, 150, 95), Previous(2, referral_completed=True), RULES)

    assert found.rule == "H2"


def test_critical_symptoms_are_an_emergency_whatever_the_pressure() -> None:
    found = judge(Visit(D, 55, 120, 80, is_critical=True), None, RULES)

    assert found.is_emergency
    assert found.class_label == "危急"
    assert "120" in found.advice
    assert found.outcome_class is OutcomeClass.CONTROLLED


@pytest.mark.parametrize(
    ("systolic", "diastolic", "problem"),
    [
        (50, 30, None),
        (300, 200, None),
        (49, 30, Problem.SYSTOLIC_OUT_OF_RANGE),
        (301, 80, Problem.SYSTOLIC_OUT_OF_RANGE),
        (120, 29, Problem.DIASTOLIC_OUT_OF_RANGE),
        (250, 201, Problem.DIASTOLIC_OUT_OF_RANGE),
        (120, 120, Problem.NOT_A_PAIR),
        (120, 130, Problem.NOT_A_PAIR),  # T39
    ],
)
def test_hard_ranges(systolic: int, diastolic: int, problem: Problem | None) -> None:
    assert problem_of(systolic, diastolic) == problem


@pytest.mark.parametrize(("systolic", "diastolic", "expected"), [(179, 109, False), (180, 60, True), (120, 110, True)])
def test_values_alone_can_be_an_emergency(systolic: int, diastolic: int, expected: bool) -> None:
    assert is_emergency(systolic, diastolic, RULES) is expected
