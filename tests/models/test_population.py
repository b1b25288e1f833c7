"""Which tags count on which day (domain.md §4), and what no tag may be."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server import clock
from server.database import transaction
from server.models import TagSource, TagStatus, area, population
from server.policy.parts.kinds import Group
from tests import make

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def groups(tag: Any, on: date | None = None) -> frozenset[str]:
    return population.groups_of([tag.resident_id], on or clock.today())[tag.resident_id]


def test_a_certified_tag_counts_from_its_first_to_its_last_day() -> None:
    first, last = clock.today(), clock.today() + 3 * DAY
    tag = make.tag("MATERNAL", valid_from=first, valid_to=last)

    assert groups(tag, first - DAY) == frozenset()
    assert groups(tag, first) == groups(tag, last) == {"MATERNAL"}
    assert groups(tag, last + DAY) == frozenset()


@pytest.mark.parametrize("status", [TagStatus.WAITING, TagStatus.DECLINED, TagStatus.WITHDRAWN, TagStatus.VOID])
def test_what_nobody_certified_or_what_was_wrong_never_counts(status: TagStatus) -> None:
    tag = make.tag("FLOATING", status=status, source=TagSource.RESIDENT_DECLARED)

    assert groups(tag) == frozenset()


def test_an_ended_tag_still_counted_in_its_time() -> None:
    tag = make.tag(
        "LOW_INCOME", status=TagStatus.ENDED, valid_from=clock.today() - 9 * DAY, valid_to=clock.today() - DAY
    )

    assert groups(tag, clock.today() - DAY) == {"LOW_INCOME"}
    assert groups(tag) == frozenset()


def test_groups_of_many_people_answers_for_each_of_them() -> None:
    one, other = make.resident(), make.resident()
    make.tag("HTN", resident=one)
    make.tag("DM", resident=one)
    strangers = [f"{n:026d}" for n in range(2 * population.CHUNK)]

    found = population.groups_of([one.id, other.id, *strangers], clock.today())

    assert found[one.id] == {"HTN", "DM"}
    assert found[other.id] == frozenset()
    assert len(found) == 2 + len(strangers)


def test_two_open_tags_of_one_person_and_group_are_refused() -> None:
    tag = make.tag("HTN")

    with pytest.raises(DBAPIError):
        make.tag("HTN", resident=tag.resident, status=TagStatus.WAITING)


def test_nobody_certifies_what_he_imported() -> None:
    tag = make.tag("LOW_INCOME", source=TagSource.LIST, status=TagStatus.WAITING, entered_by="importer")

    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(
            text("UPDATE population_tag SET status = 'certified', certified_by = 'importer' WHERE id = :id"),
            {"id": tag.id},
        )


def test_nothing_counts_without_a_certifier() -> None:
    with pytest.raises(DBAPIError):
        make.tag("HTN", certified_by=None)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("510703", area.AreaLevel.COUNTY),
        ("510703001", area.AreaLevel.TOWNSHIP),
        ("510703001002", area.AreaLevel.VILLAGE),
        ("510703001002003", area.AreaLevel.GROUP),
    ],
)
def test_a_code_says_level_and_what_it_lies_in(code: str, level: area.AreaLevel) -> None:
    assert area.level_of(code) == level
    assert area.codes_around(code)[-1] == code
    assert all(code.startswith(part) for part in area.codes_around(code))


def test_codes_of_other_lengths_are_no_areas() -> None:
    with pytest.raises(ValueError, match="tuple"):
        area.level_of("5107")


def test_every_group_fits_its_column() -> None:
    assert max(len(group) for group in Group) <= 20
