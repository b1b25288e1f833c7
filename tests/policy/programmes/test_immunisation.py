"""Reminders of the national immunisation programme as data (domain.md §2.10)."""

from datetime import date

import pytest

from server.policy import programmes
from server.policy.dates import add_months
from tests.policy.programmes.cases import planned

NEW, OLD = date(2025, 3, 10), date(2024, 3, 10)
AGES = {
    0: {"HepB1", "BCG"}, 1: {"HepB2"}, 2: {"IPV1", "DTaP1"}, 3: {"IPV2"}, 4: {"bOPV1", "DTaP2"},
    6: {"HepB3", "MPSV-A1", "DTaP3"}, 8: {"MMR1", "JE-L1"}, 9: {"MPSV-A2"}, 18: {"DTaP4", "MMR2", "HepA-L"},
    24: {"JE-L2"}, 36: {"MPSV-AC1"}, 48: {"bOPV2"}, 72: {"DTaP5", "MPSV-AC2"},
}  # fmt: skip


def test_every_dose_of_the_table_is_due_at_its_age() -> None:
    found = planned("immunisation", NEW, birth=NEW)

    assert {key: due_on for key, (_, due_on, _) in found.items() if not key.startswith("HPV")} == {
        key: add_months(NEW, months) for months, keys in AGES.items() for key in keys
    }


def test_before_2025_dtap_was_at_3_4_and_5_months() -> None:
    found = planned("immunisation", OLD, birth=OLD)

    assert [found[f"DTaP{number}"][1] for number in (1, 2, 3, 4)] == [add_months(OLD, at) for at in (3, 4, 5, 18)]


@pytest.mark.parametrize(("born", "months"), [(date(2024, 10, 31), 3), (date(2024, 11, 1), 2)])
def test_whoever_reaches_two_months_in_2025_follows_the_new_rule(born: date, months: int) -> None:
    assert planned("immunisation", born, birth=born)["DTaP1"][1] == add_months(born, months)


def test_at_six_years_dt_before_2025_and_dtap_since() -> None:
    before, since = date(2018, 12, 31), date(2019, 1, 1)

    assert {"DT", "DTaP5"} & set(planned("immunisation", OLD, birth=before)) == {"DT"}
    assert {"DT", "DTaP5"} & set(planned("immunisation", OLD, birth=since)) == {"DTaP5"}


def test_the_clinics_record_overrides() -> None:
    found = planned("immunisation", NEW, birth=NEW, HepB1=NEW, BCG=NEW)

    assert "HepB1" not in found and "BCG" not in found and "HepB2" in found


def test_a_missing_dose_stays_due_until_its_last_age() -> None:
    first = add_months(NEW, 8)

    assert planned("immunisation", add_months(NEW, 11), birth=NEW)["MMR1"] == (first, first, date(2026, 3, 9))
    assert "MMR1" not in planned("immunisation", date(2026, 3, 10), birth=NEW)
    assert planned("immunisation", NEW, birth=NEW)["HepB1"][2] == date(2025, 3, 11)


@pytest.mark.parametrize(
    ("born", "sex", "due"),
    [(date(2012, 5, 1), "F", True), (date(2012, 5, 1), "M", False), (date(2011, 11, 9), "F", False)],
)
def test_hpv_for_girls_of_thirteen(born: date, sex: str, due: bool) -> None:
    found = planned("immunisation", date(2025, 1, 1), birth=born, sex=sex)

    assert ("HPV1" in found and "HPV2" in found) is due
    assert not due or found["HPV1"][1] == date(2025, 5, 1)


def test_whoever_is_grown_up_has_nothing_due() -> None:
    assert planned("immunisation", date(2026, 3, 2), birth=date(1990, 1, 1), sex="F") == {}
    assert programmes.load("immunisation", date(2026, 3, 2)).fields == []
