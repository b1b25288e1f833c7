"""Severe mental disorder by the worked examples T27–T32 of domain.md §2.11."""

from datetime import date
from typing import Any

import pytest

from server.policy import programmes
from server.policy.programmes import Previous
from tests.policy.programmes.cases import IN_3_MONTHS, IN_14_DAYS, D, judged, problems

MARCH_16 = date(2026, 3, 16)
STABLE = {"risk": 0, "symptom_state": 1, "insight": 1, "social": 2, "adr": 1, "physical": 1}


def form(**changed: Any) -> dict[str, Any]:
    return {**STABLE, **changed}


@pytest.mark.parametrize(
    ("values", "previous", "on", "outcome", "rule", "next_on"),
    [
        pytest.param(form(risk=3), None, D, 1, "S1", IN_14_DAYS, id="T27"),
        pytest.param(form(risk=1), None, D, 2, "S2", IN_14_DAYS, id="T28"),
        pytest.param(form(insight=2), Previous(2), MARCH_16, 2, "S4", date(2026, 4, 16), id="T29"),
        pytest.param(form(), Previous(2), MARCH_16, 3, "S3", date(2026, 6, 16), id="T30"),
        pytest.param(form(), None, D, 3, "S5", IN_3_MONTHS, id="T31"),
        pytest.param(form(insight=3), None, D, 1, "S1", IN_14_DAYS, id="T32"),
    ],
)
def test_worked_example(
    values: dict[str, Any], previous: Previous | None, on: date, outcome: int, rule: str, next_on: date
) -> None:
    found = judged("smi", values, previous=previous, on=on)

    assert problems("smi", values, on=on) == {}
    assert (found.outcome_class, found.rule, found.next_on) == (outcome, rule, next_on)
    assert found.refer == ("6" if rule == "S1" else None)
    assert found.check_on == (IN_14_DAYS if rule == "S1" else None)
    assert ("精神科医生" in found.advice) == (rule in ("S1", "S4"))


@pytest.mark.parametrize(("risk", "told"), [(2, ()), (3, ("lead", "admin")), (5, ("lead", "admin"))])
def test_s6_a_dangerous_state_is_told_to_the_leader_and_the_institution(risk: int, told: tuple[str, ...]) -> None:
    assert judged("smi", form(risk=risk)).alerts == told


@pytest.mark.parametrize(
    "changed", [{"risk": 3}, {"risk": 5}, {"symptom_state": 3}, {"insight": 3}, {"adr": 3}, {"physical": 2}]
)
def test_each_reason_alone_makes_unstable(changed: dict[str, int]) -> None:
    assert judged("smi", form(**changed)).outcome_class == 1


@pytest.mark.parametrize("changed", [{"risk": 2}, {"symptom_state": 2}, {"insight": 2}, {"social": 3}])
def test_each_reason_alone_makes_only_basically_stable(changed: dict[str, int]) -> None:
    assert judged("smi", form(**changed)).outcome_class == 2


def test_an_ordinary_reaction_leaves_it_stable() -> None:
    assert judged("smi", form(adr=2)).outcome_class == 3


def test_whoever_was_not_reached_keeps_the_interval_and_needs_no_form() -> None:
    values = {"contact": 2}
    before = Previous(3, on=date(2025, 12, 2), next_on=date(2026, 3, 2))

    assert problems("smi", values) == {}
    assert (judged("smi", values).rule, judged("smi", values).outcome_class) == ("S0", 0)
    assert judged("smi", values, previous=before).next_on == date(2026, 5, 31)  # 90 days as before
    assert judged("smi", values).next_on == IN_14_DAYS


def test_without_an_assessment_there_is_no_class() -> None:
    assert set(problems("smi", {})) == {"risk", "symptom_state", "insight", "social", "adr", "physical"}
    assert judged("smi", {"risk": 0}).rule == "incomplete"


def test_the_programme_is_restricted_and_its_message_is_neutral() -> None:
    table = programmes.load("smi", D)

    assert table.is_restricted
    assert table.neutral_title == "健康随访"
    assert [name for name in programmes.names() if programmes.load(name, D).is_restricted] == ["smi", "tb"]
