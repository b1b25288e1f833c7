"""Who belongs to which group by birth date and document, and what a group is called when (domain.md §4, C-17, C-18)."""

from datetime import date

import pytest

from server import policy
from server.policy import populations, visiting
from server.policy.parts.kinds import Group

NATIONAL = policy.load("mianyang").groups
TODAY = date(2026, 3, 2)


def groups(birth_on: date, document_type: str = "01", today: date = TODAY) -> set[str]:
    return set(populations.derive(birth_on, document_type, today, NATIONAL).spans)


@pytest.mark.parametrize(
    ("birth_on", "found"),
    [
        (date(1961, 3, 2), {Group.ELDER}),  # V2: 65 today
        (date(1961, 3, 3), set()),  # V3: 65 tomorrow
        (date(2019, 3, 2), set()),  # V14: exactly 7
        (date(2019, 3, 3), {Group.CHILD}),  # V15: still 6
        (date(2026, 1, 1), {Group.CHILD}),
        (date(1988, 2, 29), set()),
    ],
)
def test_age_makes_elders_and_children_to_the_day(birth_on: date, found: set[str]) -> None:
    assert groups(birth_on) == found


def test_a_leap_day_child_turns_seven_on_the_first_of_march() -> None:
    born = date(2020, 2, 29)

    assert populations.birthday(born, 7) == date(2027, 3, 1)
    assert groups(born, today=date(2027, 2, 28)) == {Group.CHILD}
    assert groups(born, today=date(2027, 3, 1)) == set()


@pytest.mark.parametrize("region", [name for name in policy.regions() if "_" not in name])
def test_every_region_calls_somebody_elderly_at_sixty_five(region: str) -> None:
    """C-18: "elderly" in some documents, "65+" in one: one parameter, 65 everywhere until a region says otherwise."""
    rules = policy.load(region).groups

    assert Group.ELDER in populations.derive(date(1961, 3, 2), "01", TODAY, rules).spans
    assert Group.ELDER not in populations.derive(date(1961, 3, 3), "01", TODAY, rules).spans


def test_another_age_in_the_policy_moves_the_limit() -> None:
    sixty = NATIONAL.model_copy(update={"elderly_min_age": 60})

    assert Group.ELDER in populations.derive(date(1966, 3, 2), "01", TODAY, sixty).spans


def test_the_next_change_is_the_next_birthday_that_matters() -> None:
    assert populations.derive(date(2020, 5, 1), "01", TODAY, NATIONAL).due_on == date(2027, 5, 1)
    assert populations.derive(date(1970, 5, 1), "01", TODAY, NATIONAL).due_on == date(2035, 5, 1)
    assert populations.derive(date(1950, 5, 1), "01", TODAY, NATIONAL).due_on is None


@pytest.mark.parametrize(
    ("document_type", "kind"),
    [
        ("01", None),
        ("03C", None),
        ("06", "hk_macao_taiwan"),
        ("06N", "hk_macao_taiwan"),
        ("07", "hk_macao_taiwan"),
        ("08", "hk_macao_taiwan"),
        ("03F", "foreigner"),
        ("09", "foreigner"),
        ("90", None),
    ],
)
def test_the_document_says_who_is_not_from_the_mainland(document_type: str, kind: str | None) -> None:
    assert populations.nonlocal_kind(document_type) == kind
    assert (Group.NONLOCAL in groups(date(1990, 1, 1), document_type)) == (kind is not None)


@pytest.mark.parametrize(
    ("on", "label"),
    [
        (date(2020, 12, 31), "建档立卡贫困人口"),
        (date(2021, 1, 1), "脱贫人口"),
        (date(2026, 3, 2), "脱贫人口"),
    ],
)
def test_poverty_groups_are_called_what_they_were_called_then(on: date, label: str) -> None:
    """C-17."""
    assert populations.label("OUT_OF_POVERTY", on, NATIONAL) == label


def test_every_group_has_a_word_and_one_way_of_being_obtained() -> None:
    assert set(populations.LABELS) == set(Group)
    ways = [*populations.DERIVED, *populations.STAFF, *populations.LISTED, *populations.NOTIFIED]
    assert sorted(ways) == sorted(Group)
    assert set(populations.DECLARED) <= set(populations.STAFF)


def test_pregnancy_ends_forty_two_days_after_the_birth() -> None:
    due_on = populations.due_date(date(2025, 6, 1))

    assert due_on == date(2026, 3, 8)
    assert populations.maternal_span(TODAY, due_on=due_on).to == date(2026, 5, 3)
    assert populations.maternal_span(TODAY, due_on=due_on, delivered_on=date(2026, 3, 10)).to == date(2026, 4, 21)


def test_hardship_by_illness_lasts_twelve_months() -> None:
    assert populations.listed_until(Group.HARDSHIP_ILLNESS, date(2026, 3, 2)) == date(2027, 3, 1)
    assert populations.listed_until(Group.LOW_INCOME, date(2026, 3, 2)) is None


def test_a_certificate_says_category_and_grade() -> None:
    """V34."""
    assert populations.disability("51079919500315001643") == {"category": 4, "grade": 3}


def test_who_is_visited_monthly_is_the_regions_own_choice() -> None:
    """C-14: monthly for the chronic in one region, for special households in another, for nobody as a rule elsewhere."""
    assert visiting.monthly(policy.load("mianyang")).everybody
    assert Group.HTN in visiting.monthly(policy.load("mianyang")).groups
    special = visiting.monthly(policy.load("changyinsha"))
    assert not special.everybody
    assert special.groups == {Group.HARDSHIP_ILLNESS, Group.SPECIAL_FP}
    assert visiting.monthly(policy.load("fujian")).groups == frozenset()
