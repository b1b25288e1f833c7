"""What households, authorities and places must never be; who belongs to whom on a day."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from server import clock
from server.database import transaction
from server.models import household
from tests import make


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def refused(statement: str, **values: Any) -> None:
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(statement), values)


def test_members_are_those_of_the_day() -> None:
    head, wife, son, left, waiting = (make.resident() for _ in range(5))
    home = make.household(head)
    make.member(home, wife, "12")
    make.member(home, son, "20", joined_on=clock.today() - timedelta(days=5))
    make.member(home, left, "30", joined_on=clock.today() - timedelta(days=9), left_on=clock.today())
    make.member(home, waiting, "51", state="waiting")

    assert household.members_of(son.id, clock.today()) == [son.id, *sorted([head.id, wife.id])]
    yesterday = clock.today() - timedelta(days=1)
    assert household.members_of(left.id, yesterday) == [left.id, son.id]
    assert household.members_of(left.id, clock.today()) == [left.id]
    assert household.members_of(waiting.id, clock.today()) == [waiting.id]


def test_who_moved_to_another_household_belongs_to_the_new_one() -> None:
    mother, daughter, husband = (make.resident() for _ in range(3))
    born_into, married_into = make.household(mother), make.household(husband)
    make.member(born_into, daughter, "30", joined_on=clock.today() - timedelta(days=9), left_on=clock.today())
    make.member(married_into, daughter, "12")

    assert household.members_of(daughter.id, clock.today()) == [daughter.id, husband.id]
    found = household.household_of(daughter.id)
    assert found is not None and found.id == married_into.id


def test_nobody_belongs_to_two_households() -> None:
    somebody = make.resident()
    make.household(somebody)

    with pytest.raises(DBAPIError):
        make.member(make.household(make.resident()), somebody, "20")


def test_a_household_has_one_head() -> None:
    home = make.household(make.resident())

    with pytest.raises(DBAPIError):
        make.member(home, make.resident(), "12", head_key=home.id)


def test_a_waiting_member_is_no_member_and_heads_nothing() -> None:
    home = make.household(make.resident())
    waiting = make.member(home, make.resident(), "12", state="waiting")

    refused("UPDATE household_member SET current_key = resident_id WHERE id = :id", id=waiting.id)
    refused("UPDATE household_member SET head_key = household_id WHERE id = :id", id=waiting.id)
    refused("UPDATE household_member SET state = 'left' WHERE id = :id", id=waiting.id)


def test_an_authority_needs_its_days_and_two_persons() -> None:
    held = make.authority(make.resident(), make.resident())

    refused("UPDATE authority SET valid_to = NULL WHERE id = :id", id=held.id)
    refused("UPDATE authority SET valid_to = '2000-01-01' WHERE id = :id", id=held.id)
    refused("UPDATE authority SET principal_id = agent_id WHERE id = :id", id=held.id)
    refused("UPDATE authority SET state = 'revoked' WHERE id = :id", id=held.id)
    refused("UPDATE authority SET decided_by = NULL WHERE id = :id", id=held.id)


def test_one_place_per_person_and_team_and_no_more_than_the_caps() -> None:
    lead = make.staff(panel_count=1, panel_cap=1)
    team = make.team(lead=lead, cap_unit="households_per_team", panel_cap=1, panel_count=4, household_count=1)

    refused("UPDATE staff SET panel_count = 2 WHERE id = :id", id=lead.id)
    refused("UPDATE team SET household_count = 2 WHERE id = :id", id=team.id)
    somebody = make.resident()
    make.place(team, somebody)
    with pytest.raises(DBAPIError):
        make.place(team, somebody)
