"""Tuberculosis by the worked examples T33–T36 of domain.md §2.11 and the rules of §2.4."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from server.policy import programmes
from tests.policy.programmes.cases import IN_14_DAYS, D, judged, planned, problems

START = date(2026, 3, 10)
REGULAR = {
    "month": 2, "supervisor": 2, "phase": 1, "symptoms": ["0"], "missed_doses": 0, "adr": 1, "complication": 1,
    "comorbidity": 1,
}  # fmt: skip


def days(found: dict[str, tuple[date, date, date]], key: str) -> list[date]:
    return [due_on for name, (_, due_on, _) in found.items() if name.startswith(key)]


def test_t33_the_first_home_visit_is_within_72_hours() -> None:
    table = programmes.load("tb", D)
    notice = datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Asia/Shanghai"))

    assert programmes.deadline(table, "FIRST", notice) == datetime(2026, 3, 5, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert planned("tb", D, notified=D)["FIRST"] == (D, date(2026, 3, 5), date(2026, 3, 5))
    with pytest.raises(KeyError):
        programmes.deadline(table, "SECOND", notice)


def test_t34_family_supervision_every_ten_days_then_every_month() -> None:
    found = planned("tb", START, start=START, supervisor="2")

    assert days(found, "TEN") == [
        date(2026, 3, 20), date(2026, 3, 30), date(2026, 4, 9), date(2026, 4, 19), date(2026, 4, 29), date(2026, 5, 9),
    ]  # fmt: skip
    assert days(found, "MONTH") == [date(2026, 6, 10), date(2026, 7, 10), date(2026, 8, 10), date(2026, 9, 10)]


@pytest.mark.parametrize("told", [{"supervisor": "1"}, {"supervisor": "4"}, {}])
def test_other_supervision_every_month_from_the_start(told: dict[str, str]) -> None:
    found = planned("tb", START, start=START, **told)

    assert days(found, "TEN") == []
    assert days(found, "MONTH") == [date(2026, month, 10) for month in range(4, 10)]


def test_the_enrolment_may_know_other_phases() -> None:
    found = planned("tb", START, start=START, supervisor="2", intensive_ends=date(2026, 6, 8), retreatment="1")

    assert days(found, "TEN")[-1] == date(2026, 6, 8)
    assert days(found, "MONTH") == [date(2026, month, 10) for month in (7, 8, 9, 10, 11)]


@pytest.mark.parametrize(
    ("taken", "due", "rate", "means"), [(162, 180, "90.0", "规律服药"), (161, 180, "89.4", "不规律服药")]
)
def test_t35_adherence(taken: int, due: int, rate: str, means: str) -> None:
    closing = {"stop_reason": 1, "stopped_on": D, "visits_due": 10, "visits_done": 10}
    values = {**REGULAR, **closing, "doses_due": due, "doses_taken": taken}
    clean, _ = programmes.read(programmes.load("tb", D), values, D)

    assert problems("tb", values) == {}
    assert str(clean["dose_rate"]) == rate
    assert judged("tb", values).findings["dose_rate"] == means
    assert (judged("tb", values).rule, judged("tb", values).check_on) == ("B4", IN_14_DAYS)


def test_t36_a_suspect_is_called_within_a_week() -> None:
    assert planned("tb", D, suspect_referred=D)["SUSPECT"] == (D, date(2026, 3, 9), date(2026, 3, 9))


def test_a_closing_form_is_whole_and_possible() -> None:
    assert set(problems("tb", {**REGULAR, "stop_reason": 1})) == {
        "stopped_on", "visits_due", "visits_done", "doses_due", "doses_taken",
    }  # fmt: skip
    assert problems("tb", {**REGULAR, "doses_due": 180, "doses_taken": 181}) == {"doses_taken": "contradiction"}
    assert judged("tb", {**REGULAR, "doses_due": 0, "doses_taken": 0}).findings == {}


@pytest.mark.parametrize(
    ("changed", "outcome", "rule", "refer"),
    [
        ({}, 1, "B1", None),
        ({"missed_doses": 2, "missed_days": 2}, 2, "B2", None),
        ({"adr": 2}, 3, "B3", "1"),
        ({"complication": 2}, 3, "B3", "2"),
        ({"complication": 3}, 3, "B3", "2"),
        ({"comorbidity": 2}, 3, "B3", "3"),
        ({"adr": 2, "missed_doses": 2, "missed_days": 2}, 3, "B3", "1"),
    ],
)
def test_rules(changed: dict[str, Any], outcome: int, rule: str, refer: str | None) -> None:
    found = judged("tb", {**REGULAR, **changed})

    assert (found.outcome_class, found.rule, found.refer) == (outcome, rule, refer)
    assert found.check_on == (IN_14_DAYS if refer else None)
    assert found.next_on is None  # by phase and supervisor: the plan says


@pytest.mark.parametrize(("days_missed", "told"), [(7, ()), (8, ("report_up",))])
def test_more_than_a_week_without_drugs_is_reported_up(days_missed: int, told: tuple[str, ...]) -> None:
    values = {**REGULAR, "missed_doses": days_missed, "missed_days": days_missed}

    assert judged("tb", values).alerts == told
    assert problems("tb", {**REGULAR, "missed_doses": 1}) == {"missed_days": "missing"}


def test_blood_makes_the_form_ask_whether_it_is_critical() -> None:
    assert problems("tb", {**REGULAR, "symptoms": ["3"]}) == {"critical": "missing"}
    assert judged("tb", {**REGULAR, "symptoms": ["3"], "critical": 2}).is_emergency


def test_sputum_checks_of_new_and_repeated_treatment() -> None:
    new = planned("tb", START, start=START, supervisor="1")
    repeated = planned("tb", START, start=START, supervisor="1", retreatment="1")

    assert days(new, "SPUTUM") == [date(2026, 5, 10), date(2026, 8, 10), date(2026, 9, 10)]
    assert days(repeated, "SPUTUM") == [date(2026, 5, 10), date(2026, 8, 10), date(2026, 11, 10)]
    assert days(repeated, "MONTH")[-1] == date(2026, 11, 10)


def test_after_closing_only_the_check_is_left() -> None:
    assert set(planned("tb", D, start=START, supervisor="2", closed=D)) == {"CLOSING"}
    assert planned("tb", D, closed=D)["CLOSING"][1] == IN_14_DAYS
