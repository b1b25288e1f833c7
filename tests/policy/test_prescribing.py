"""Long prescriptions: medicines, days by region, dates (domain.md §7.3, §1.9 rows 23–24)."""

from datetime import date

import pytest

from server import policy
from server.policy import prescribing
from server.policy.prescribing import (
    MedicineClass,
    MedicineNotAllowed,
    Row,
    SupplyInvalid,
    check_days,
    check_rows,
    is_long,
)

GOOD = Row("amlodipine_5", 1, "1片")


def test_four_weeks_from_2_march_end_on_29_march_and_are_spoken_of_in_time() -> None:
    """The worked example of N-31."""
    end = prescribing.last_day(date(2026, 3, 2), 28)

    assert end == date(2026, 3, 29)
    assert prescribing.refill_days(end) == [date(2026, 3, 22), date(2026, 3, 26), date(2026, 3, 29)]
    assert prescribing.evaluate_on(end) == date(2026, 3, 15)


@pytest.mark.parametrize(
    ("region", "fewest", "most"),
    [
        ("mianyang", 28, 62),
        ("fujian", 28, 84),
        ("erqi", 1, 84),
        ("qianjiang", 1, 84),
        ("changyinsha", 1, 84),
    ],
)
def test_each_region_has_its_limits(region: str, fewest: int, most: int) -> None:
    rules = policy.load(region).prescriptions

    for days in (fewest, most):
        check_days(days, rules)
    for days in (fewest - 1, most + 1):
        with pytest.raises(SupplyInvalid, match=f"{fewest} 到 {most}"):
            check_days(days, rules)
    assert (is_long(28, rules), is_long(29, rules)) == (False, True)


@pytest.mark.parametrize("region", ["mianyang", "fujian", "erqi", "qianjiang", "changyinsha"])
def test_only_mianyang_brings_medicine_home_and_only_fujian_extends(region: str) -> None:
    rules = policy.load(region).prescriptions

    assert (rules.home_delivery, rules.extended) == (region == "mianyang", region == "fujian")


def test_every_class_that_may_not_be_supplied_for_long_is_refused_by_name() -> None:
    refused = [one for one in prescribing.medicines().values() if not one.is_allowed]

    assert {one.kind for one in refused} == set(MedicineClass) - {MedicineClass.CHRONIC}
    for medicine in refused:
        with pytest.raises(MedicineNotAllowed, match="不能开长期处方"):
            check_rows([GOOD, Row(medicine.code, 1, "1片")])


def test_long_treatment_of_tuberculosis_and_fungi_is_exempt() -> None:
    rows = [Row("isoniazid_100", 1, "3片"), Row("fluconazole_50", 1, "1粒")]

    assert check_rows(rows) == rows


@pytest.mark.parametrize(
    "rows",
    [[], [GOOD, GOOD], [Row("unknown", 1, "1片")], [Row("amlodipine_5", 0, "1片")], [Row("amlodipine_5", 1, " ")]],
)
def test_rows_that_cannot_be_meant_are_refused(rows: list[Row]) -> None:
    with pytest.raises(SupplyInvalid):
        check_rows(rows)
