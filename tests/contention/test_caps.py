"""Caps under pressure: fifty acceptances at once where a few places are left, on both units (domain.md C-04).

The suite runs a few rounds; all hundred: ``CAP_ROUNDS=100 python -m pytest tests/contention/test_caps.py``.
"""

import os
import threading
from collections.abc import Callable

import pytest
from apiflask import APIFlask
from sqlalchemy import select, update

from server import policy
from server.actions import signing
from server.database import db, transaction
from server.models import Agreement, AgreementStatus, CapUnit, PanelPlace, Staff, Team, place
from server.models.actor import Actor, ActorKind
from server.policy.schema import Policy
from tests import make
from tests.contention import people

S = AgreementStatus
BY = Actor(ActorKind.STAFF, "s", "test")
ROUNDS = int(os.environ.get("CAP_ROUNDS", "2"))
AT_ONCE, LEFT = 50, 7
PERSONS, HOUSEHOLDS = policy.load("mianyang"), policy.load("erqi")


def rules_for(base: Policy, hard: int) -> Policy:
    changes = {"cap_hard": hard, "cap_soft": hard}
    return base.model_copy(update={"signing": base.signing.model_copy(update=changes)})


def storm(app: APIFlask, requests: list[str], rules: Policy) -> list[str]:
    """Accept all of them at the same moment, each in a thread with a session of its own. Returns what each met."""
    start, met = threading.Barrier(len(requests)), ["" for _ in requests]

    def run(position: int, agreement_id: str) -> None:
        with app.app_context():
            try:
                row = db.session.get_one(Agreement, agreement_id)
                staff = row.team.lead
                assert staff is not None
                db.session.rollback()  # nobody waits with a connection in his hand
                start.wait(30)
                signing.accept(row, policy=rules, by=BY, staff=staff)
                met[position] = "accepted"
            except signing.CapExceeded:
                met[position] = "full"
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(n, one)) for n, one in enumerate(requests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return met


def two_teams_of_one_doctor() -> tuple[list[Team], list[str]]:
    lead = make.staff()
    teams = [make.team(lead=lead, panel_cap=10_000), make.team(lead=lead, panel_cap=10_000)]
    package = make.package()
    found = [people.residents(AT_ONCE // 2, team, package, S.PENDING_TEAM) for team in teams]
    return teams, [agreement for rows in found for _, _, agreement in rows]


def one_team() -> tuple[list[Team], list[str]]:
    team = make.team(panel_cap=10_000, cap_unit=CapUnit.HOUSEHOLDS)
    rows = people.residents(AT_ONCE, team, make.package(), S.PENDING_TEAM)
    return [team], [agreement for _, _, agreement in rows]


def standing(teams: list[Team]) -> tuple[int, int, int]:
    """Persons, households and the leader's persons, counted by rows and by counters."""
    db.session.rollback()
    db.session.expire_all()
    ids = [team.id for team in teams]
    places = db.session.execute(
        select(PanelPlace.resident_id, PanelPlace.unit_key).where(PanelPlace.team_id.in_(ids))
    ).all()
    rows = [db.session.get_one(Team, team_id) for team_id in ids]
    lead = rows[0].lead
    assert lead is not None
    assert sum(row.panel_count for row in rows) == len(places) == lead.panel_count
    return len(places), sum(row.household_count for row in rows), lead.panel_count


@pytest.mark.parametrize(
    ("base", "setting"),
    [(PERSONS, two_teams_of_one_doctor), (HOUSEHOLDS, one_team)],
    ids=["persons of a doctor", "households of a team"],
)
def test_fifty_at_once_at_the_cap_never_exceed_it(
    app: APIFlask, base: Policy, setting: Callable[[], tuple[list[Team], list[str]]]
) -> None:
    rules, over = rules_for(base, LEFT), 0
    for _ in range(ROUNDS):
        teams, requests = setting()
        met = storm(app, requests, rules)
        persons, households, _ = standing(teams)
        assert (met.count("accepted"), met.count("full")) == (LEFT, AT_ONCE - LEFT)
        over += max(0, (persons if base is PERSONS else households) - LEFT)
    assert over == 0


def test_looking_first_and_taking_then_does_oversell(app: APIFlask) -> None:
    """The control: the mistake everybody makes first. It shows that the storm above is heavy enough to tell."""
    teams, requests = one_team()
    team_id = teams[0].id
    start = threading.Barrier(len(requests))

    def look_then_take(agreement_id: str) -> None:
        with app.app_context():
            row = db.session.get_one(Agreement, agreement_id)
            taken = len(db.session.scalars(select(PanelPlace.id).where(PanelPlace.team_id == team_id)).all())
            db.session.rollback()
            start.wait(30)
            if taken < LEFT:
                with transaction():
                    place.take(team_id, row.resident_id, unit=CapUnit.HOUSEHOLDS, hard=10_000)
            db.session.remove()

    threads = [threading.Thread(target=look_then_take, args=(one,)) for one in requests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    db.session.rollback()
    taken = db.session.scalars(select(PanelPlace.id).where(PanelPlace.team_id == team_id)).all()
    assert len(taken) > LEFT


def test_counts_stand_after_everybody_left_at_once(app: APIFlask) -> None:
    """Giving back is as safe as taking: no count falls below what is there."""
    teams, requests = one_team()
    storm(app, requests, rules_for(HOUSEHOLDS, AT_ONCE))
    assert standing(teams)[:2] == (AT_ONCE, AT_ONCE)
    start = threading.Barrier(10)

    def leave(agreement_id: str) -> None:
        with app.app_context():
            row = db.session.get_one(Agreement, agreement_id)
            db.session.rollback()
            start.wait(30)
            signing.close(row, signing.Event.MOVED, make.clock.today(), by=BY)
            db.session.remove()

    threads = [threading.Thread(target=leave, args=(one,)) for one in requests[:10]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert standing(teams)[:2] == (AT_ONCE - 10, AT_ONCE - 10)


def test_the_database_holds_the_cap_even_against_a_plain_update(app: APIFlask) -> None:
    lead = make.staff(panel_count=5, panel_cap=5)

    with pytest.raises(Exception, match="(?i)panel_within_cap"), transaction() as session:
        session.execute(update(Staff).where(Staff.id == lead.id).values(panel_count=6))
