"""Who is missing in a team, by the regions' own words (domain.md TM-01…TM-06)."""

import pytest

from server import policy
from server.policy import composition
from server.policy.composition import Member

DOCTOR, NURSE, PUBLIC = Member("family_doctor", "clinical"), Member("nurse", "nurse"), Member("public_health")
MATERNAL, VILLAGE = Member("maternal_child"), Member("village_doctor", "village")
SPECIALIST = Member("specialist", "clinical", hospital_level=2)


@pytest.mark.parametrize(
    ("region", "members", "lacking"),
    [
        ("mianyang", [DOCTOR, NURSE, PUBLIC], []),
        ("mianyang", [VILLAGE, NURSE, PUBLIC], []),
        ("mianyang", [DOCTOR, NURSE], ["public_health"]),
        ("mianyang", [], ["gp", "nurse", "public_health"]),
        ("erqi", [DOCTOR, NURSE, PUBLIC], ["maternal_child"]),
        ("erqi", [DOCTOR, NURSE, PUBLIC, MATERNAL], []),
        ("fujian", [DOCTOR, NURSE], []),
        ("fujian", [NURSE], ["gp"]),
        ("changyinsha_special", [DOCTOR, NURSE], ["hospital_doctor"]),
        ("changyinsha_special", [DOCTOR, SPECIALIST], []),
        ("changyinsha_special", [SPECIALIST], ["gp"]),
    ],
)
def test_each_region_wants_its_own_people(region: str, members: list[Member], lacking: list[str]) -> None:
    assert composition.missing(members, policy.load(region).teams) == lacking


def test_nobody_fills_two_places() -> None:
    rules = policy.load("mianyang").teams

    assert composition.missing([DOCTOR, Member("nurse", "nurse")], rules) == ["public_health"]


def test_somebody_moves_to_another_place_when_that_lets_both_sit() -> None:
    rules = policy.load("fujian").teams.model_copy(
        update={
            "positions": [
                policy.load("fujian").teams.positions[0].model_copy(update={"any_of": ["nurse", "gp"]}),
                policy.load("fujian").teams.positions[1],
            ]
        }
    )

    assert composition.missing([NURSE, DOCTOR], rules) == []


def test_a_licence_that_is_known_speaks_louder_than_the_role() -> None:
    assert not composition.fills(Member("family_doctor", "nurse"), policy.load("fujian").teams.positions[0])
    assert composition.fills(Member("family_doctor", None), policy.load("fujian").teams.positions[0])


def test_traditional_medicine_in_each_team_where_the_region_says_so() -> None:
    mianyang, fujian = policy.load("mianyang").teams, policy.load("fujian").teams

    assert composition.lacks_tcm([DOCTOR], mianyang)
    assert not composition.lacks_tcm([DOCTOR, Member("nurse", "nurse", gives_tcm=True)], mianyang)
    assert not composition.lacks_tcm([DOCTOR], fujian)


def test_the_latest_target_for_hospital_doctors_holds() -> None:
    mianyang = policy.load("mianyang").teams

    assert [getattr(composition.share_target(year, mianyang), "pct", None) for year in (2016, 2017, 2019, 2026)] == [
        None, 30, 30, 60,
    ]  # fmt: skip
    assert composition.share_target(2026, policy.load("fujian").teams) is None


def test_special_households_want_a_hospitals_doctor_besides() -> None:
    """TM-05."""
    name = policy.load("changyinsha_special").name

    assert composition.variant_gaps([DOCTOR, NURSE], "changyinsha") == {name: ["二级以上医院医生"]}
    assert composition.variant_gaps([DOCTOR, NURSE, SPECIALIST], "changyinsha") == {}
    assert composition.variant_gaps([], "mianyang") == {}
