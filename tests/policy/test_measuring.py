"""Ranges, units and verdicts of self-measured values: domain.md §2.0, §2.1, §2.2."""

from datetime import date
from decimal import Decimal

import pytest

from server import policy
from server.policy import measuring
from server.policy.measuring import Kind, MeasurementImpossible, Moment, Unit, Verdict, glucose, judge, pressure
from server.policy.programmes import Person

ON = date(2026, 3, 2)
NUMBERS = policy.load("national").followups
ADULT, ELDER, PREGNANT = (
    Person(date(1971, 1, 5)),
    Person(date(1959, 1, 5)),
    Person(date(1996, 1, 5), "F", is_pregnant=True),
)


@pytest.mark.parametrize(("milligrams", "value"), [("126", "7.0"), ("301", "16.7"), ("70", "3.9")])
def test_milligrams_become_millimoles(milligrams: str, value: str) -> None:
    assert measuring.to_mmol(Decimal(milligrams)) == Decimal(value)
    read = glucose(milligrams, Unit.MG, Moment.FASTING)
    assert (read.glucose, read.unit, read.entered) == (Decimal(value), Unit.MG, milligrams)


@pytest.mark.parametrize("pair", [(49, 40), (301, 90), (120, 29), (250, 201), (120, 130), (120, 120)])
def test_impossible_pressures_are_refused(pair: tuple[int, int]) -> None:
    """T39 among them."""
    with pytest.raises(MeasurementImpossible):
        pressure(*pair)


@pytest.mark.parametrize(
    ("value", "unit"), [("0.9", Unit.MMOL), ("40.1", Unit.MMOL), ("10", Unit.MG), ("6,1", Unit.MMOL)]
)
def test_impossible_glucoses_are_refused(value: str, unit: Unit) -> None:
    with pytest.raises(MeasurementImpossible):
        glucose(value, unit, Moment.RANDOM)


def test_a_glucose_in_the_wrong_unit_is_told_so() -> None:
    with pytest.raises(MeasurementImpossible, match="mg/dL"):
        glucose("126", Unit.MMOL, Moment.RANDOM)


@pytest.mark.parametrize(
    ("pair", "is_asked"),
    [((80, 50), False), ((220, 130), False), ((79, 50), True), ((221, 120), True), ((200, 131), True)],
)
def test_rare_pressures_are_asked_again(pair: tuple[int, int], is_asked: bool) -> None:
    assert measuring.is_unusual(pressure(*pair)) is is_asked


@pytest.mark.parametrize(("value", "is_asked"), [("3.0", False), ("2.9", True), ("25.0", False), ("25.1", True)])
def test_rare_glucoses_are_asked_again(value: str, is_asked: bool) -> None:
    assert measuring.is_unusual(glucose(value, Unit.MMOL, Moment.RANDOM)) is is_asked


@pytest.mark.parametrize(
    ("pair", "who", "verdict"),
    [
        ((139, 89), ADULT, Verdict.FINE),
        ((140, 80), ADULT, Verdict.HIGH),
        ((138, 90), ADULT, Verdict.HIGH),
        ((149, 89), ELDER, Verdict.FINE),
        ((150, 80), ELDER, Verdict.HIGH),
        ((179, 109), ADULT, Verdict.HIGH),
        ((180, 80), ADULT, Verdict.EMERGENCY),
        ((130, 110), ADULT, Verdict.EMERGENCY),
        ((142, 88), PREGNANT, Verdict.EMERGENCY),
        ((139, 89), PREGNANT, Verdict.FINE),
    ],
)
def test_pressures_are_judged_by_the_thresholds_of_the_programme(
    pair: tuple[int, int], who: Person, verdict: Verdict
) -> None:
    assert judge(pressure(*pair), who, ON, NUMBERS) is verdict


@pytest.mark.parametrize(
    ("value", "moment", "who", "verdict"),
    [
        ("6.9", Moment.FASTING, ADULT, Verdict.FINE),
        ("7.0", Moment.FASTING, ADULT, Verdict.HIGH),
        ("10.2", Moment.RANDOM, ADULT, Verdict.FINE),
        ("16.6", Moment.RANDOM, ADULT, Verdict.FINE),
        ("16.7", Moment.RANDOM, ADULT, Verdict.EMERGENCY),
        ("3.9", Moment.RANDOM, ADULT, Verdict.EMERGENCY),
        ("4.0", Moment.FASTING, ADULT, Verdict.FINE),
        ("7.0", Moment.FASTING, PREGNANT, Verdict.EMERGENCY),
    ],
)
def test_glucoses_are_judged_by_the_thresholds_of_the_programme(
    value: str, moment: Moment, who: Person, verdict: Verdict
) -> None:
    assert judge(glucose(value, Unit.MMOL, moment), who, ON, NUMBERS) is verdict


def test_the_reference_of_a_chart_is_that_of_the_age() -> None:
    assert [band.high for band in measuring.bands(Kind.BLOOD_PRESSURE, 55, NUMBERS)] == [140, 90]
    assert [band.high for band in measuring.bands(Kind.BLOOD_PRESSURE, 65, NUMBERS)] == [150, 90]


def test_a_kept_value_is_read_back() -> None:
    for read in (pressure(128, 78), glucose("126", Unit.MG, Moment.FASTING)):
        assert measuring.of_values(read.kind, read.values, read.unit) == read
