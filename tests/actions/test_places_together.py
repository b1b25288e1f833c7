"""Places given to many at once count as if they were given one by one; and all of them, or none."""

from collections.abc import Iterator

import pytest
from apiflask import APIFlask

from server.database import db, transaction
from server.models import CapUnit, PanelPlace, Resident, Team, place
from tests import make


@pytest.fixture(autouse=True)
def _app(app: APIFlask) -> Iterator[None]:
    """Every test here writes to a database."""
    yield


def people(count: int) -> list[Resident]:
    return [make.resident() for _ in range(count)]


def taken(team: Team, who: list[Resident], *, unit: CapUnit = CapUnit.PERSONS, hard: int = 2000) -> bool:
    """Take places in a transaction that is undone when there are too few."""

    class TooFew(Exception):
        pass

    try:
        with transaction():
            if not place.take_all({team.id: [one.id for one in who]}, unit=unit, hard=hard):
                raise TooFew
    except TooFew:
        return False
    return True


def counts(team: Team) -> tuple[int, int, int, int]:
    db.session.expire_all()
    assert team.lead is not None
    places = db.session.query(PanelPlace).filter_by(team_id=team.id).count()
    return team.panel_count, team.household_count, team.lead.panel_count, places


def test_as_many_as_there_are_places_and_not_one_more() -> None:
    team = make.team(panel_cap=3)

    assert not taken(team, people(4))
    assert counts(team) == (0, 0, 0, 0)
    assert taken(team, people(3))
    assert counts(team) == (3, 3, 3, 3)
    assert not taken(team, people(1))


def test_the_doctors_own_cap_holds_over_all_his_teams() -> None:
    doctor = make.staff()
    one, other = make.team(lead=doctor), make.team(lead=doctor)

    assert taken(one, people(3), hard=5)
    assert not taken(other, people(3), hard=5)
    assert taken(other, people(2), hard=5)


def test_who_has_a_place_keeps_it_and_takes_no_second_one() -> None:
    team = make.team(panel_cap=3)
    first = people(2)
    taken(team, first)

    assert taken(team, [*first, *people(1)])
    assert counts(team) == (3, 3, 3, 3)


def test_a_family_is_one_household() -> None:
    team = make.team(panel_cap=100)
    head, *others = people(3)
    home = make.household(head)
    for one in others:
        make.member(home, one, "20")

    assert taken(team, [head, others[0]], unit=CapUnit.HOUSEHOLDS, hard=2)
    assert taken(team, [others[1], *people(1)], unit=CapUnit.HOUSEHOLDS, hard=2)
    assert counts(team)[:2] == (4, 2)
    assert not taken(team, people(1), unit=CapUnit.HOUSEHOLDS, hard=2)
