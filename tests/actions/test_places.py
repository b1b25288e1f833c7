"""Caps: persons of a doctor over all his teams, households of a team (domain.md TM-07, TM-08, C-04, §6.5)."""

from typing import Any

import pytest
from sqlalchemy import select

from server import policy
from server.actions import signing, teams
from server.database import db
from server.models import Agreement, AgreementStatus, CapUnit, Membership, PanelPlace, Staff, Team, place
from server.policy.schema import Policy
from tests import make
from tests.actions.families import BY, ERQI, MIANYANG, STAFF, family, sign

S = AgreementStatus
HOUSEHOLDS = "households_per_team"


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def capped(rules: Policy, hard: int, soft: int | None = None) -> Policy:
    """The same rules with a cap that a test can fill."""
    changes = {"cap_hard": hard, "cap_soft": soft or hard}
    return rules.model_copy(update={"signing": rules.signing.model_copy(update=changes)})


def accept(team: Team, rules: Policy, who: Any = None) -> Agreement:
    row = make.agreement(status=S.PENDING_TEAM, team=team, resident=who or make.resident())
    return signing.accept(row, policy=rules, by=STAFF, staff=team.lead)


def counts(team: Team) -> tuple[int, int, int]:
    """Persons and households of the team, persons of its leader."""
    db.session.expire_all()
    found = db.session.get(Team, team.id)
    assert found is not None and found.lead is not None
    return found.panel_count, found.household_count, found.lead.panel_count


def test_the_caps_of_the_regions() -> None:
    assert (MIANYANG.signing.cap_unit, MIANYANG.signing.cap_hard) == ("persons_per_doctor", 2000)
    rules = ERQI.signing
    assert (rules.cap_unit, rules.cap_soft, rules.cap_hard) == (HOUSEHOLDS, 1000, 1500)


def test_person_2001_of_a_doctor_is_refused() -> None:
    """Worked example of §6.5: the doctor has 2 000 persons."""
    lead = make.staff(panel_count=1999)
    team = make.team(lead=lead, panel_cap=5000, panel_count=1999)

    accept(team, MIANYANG)
    with pytest.raises(signing.CapExceeded):
        accept(team, MIANYANG)

    assert counts(team) == (2000, 1, 2000)


def test_a_doctors_persons_are_counted_over_all_teams_he_leads() -> None:
    lead = make.staff()
    one, other = make.team(lead=lead), make.team(lead=lead)
    accept(one, capped(MIANYANG, 2))
    accept(other, capped(MIANYANG, 2))

    for team in (one, other):
        with pytest.raises(signing.CapExceeded):
            accept(team, capped(MIANYANG, 2))

    assert counts(one) == (1, 1, 2) and counts(other) == (1, 1, 2)
    db.session.expire_all()
    assert db.session.get(Team, one.id).places_left == 0


def test_household_1501_of_a_team_is_refused_and_one_more_member_of_a_signed_one_is_not() -> None:
    """Worked example of §6.5: the team has 1 500 households, a household of four joins."""
    home = family()
    team = make.team(cap_unit=HOUSEHOLDS, panel_cap=1500, panel_count=4000, household_count=1499)
    accept(team, ERQI, home.head)

    with pytest.raises(signing.CapExceeded):
        accept(team, ERQI)
    for who in (home.wife, home.father, home.mother):
        accept(team, ERQI, who)

    assert counts(team)[:2] == (4004, 1500)


def test_a_person_without_a_household_counts_as_one() -> None:
    team = make.team()
    accept(team, ERQI)
    accept(team, ERQI)

    assert counts(team) == (2, 2, 2)


def test_a_household_leaves_with_its_last_member() -> None:
    home, team = family(), make.team()
    made, _ = sign([home.head, home.wife], home.head, team)
    signing.accept_joint(str(made[0].joint_id), team.id, policy=ERQI, by=BY, staff=team.lead)
    assert counts(team) == (2, 1, 2)

    for row, left in zip(made, ((1, 1, 1), (0, 0, 0)), strict=True):
        signing.close(row, signing.Event.DEATH, make.clock.today(), by=STAFF)
        assert counts(team) == left


def test_joining_a_household_counts_two_signed_persons_as_one_household() -> None:
    head, wife, team = make.resident(), make.resident(), make.team()
    for who in (head, wife):
        accept(team, ERQI, who)
    make.member(make.household(head), wife, "12")
    with make.transaction():
        place.rehouse(head.id)
        place.rehouse(wife.id)

    assert counts(team) == (2, 1, 2)
    signing.close(_of(head), signing.Event.MOVED, make.clock.today(), by=STAFF)
    assert counts(team) == (1, 1, 1)


def _of(who: Any) -> Agreement:
    found: Agreement = db.session.scalars(select(Agreement).where(Agreement.active_key == who.id)).one()
    return found


def test_successive_agreements_of_one_person_take_one_place() -> None:
    who, team = make.resident(), make.team(panel_count=1)
    before = make.agreement(resident=who, team=team)
    renewal = make.agreement(resident=who, team=team, status=S.PENDING_TEAM, predecessor_id=before.id)

    signing.accept(renewal, policy=capped(MIANYANG, 1), by=STAFF, staff=team.lead)

    assert counts(team)[0] == 1
    assert len(db.session.scalars(select(PanelPlace)).all()) == 1


def test_a_team_keeps_its_own_lower_ceiling() -> None:
    team = make.team(panel_cap=1)
    accept(team, MIANYANG)

    with pytest.raises(signing.CapExceeded):
        accept(team, MIANYANG)


def test_a_refused_acceptance_leaves_every_count_as_it_was() -> None:
    team = make.team()
    accept(team, capped(MIANYANG, 1))

    with pytest.raises(signing.CapExceeded):
        accept(team, capped(MIANYANG, 1))

    assert counts(team) == (1, 1, 1)


@pytest.mark.parametrize(
    ("rules", "held", "says"),
    [
        (capped(MIANYANG, 3, 2), (1, 1), signing.Pressure.ROOM),
        (capped(MIANYANG, 3, 2), (2, 2), signing.Pressure.NEAR),
        (capped(MIANYANG, 3, 2), (3, 3), signing.Pressure.FULL),
        (capped(ERQI, 3, 2), (9, 1), signing.Pressure.ROOM),
        (capped(ERQI, 3, 2), (9, 2), signing.Pressure.NEAR),
        (capped(ERQI, 3, 2), (9, 3), signing.Pressure.FULL),
    ],
)
def test_the_soft_cap_warns_and_the_hard_one_stops(
    rules: Policy, held: tuple[int, int], says: signing.Pressure
) -> None:
    lead = make.staff(panel_count=held[0])
    team = make.team(
        lead=lead, cap_unit=rules.signing.cap_unit, panel_count=held[0], household_count=held[1], panel_cap=100
    )

    assert signing.pressure(team, rules) == says


def test_a_teams_residents_count_for_its_new_leader() -> None:
    old = make.staff(panel_count=30)
    team = make.team(lead=old, panel_count=30)
    new = make.staff(organisation=team.organisation_id, panel_count=70)
    membership = make.saved(Membership(team_id=team.id, staff_id=new.id, role="family_doctor"))

    with pytest.raises(teams.LeaderFull):
        teams.set_leader(membership, most=99, by=STAFF)
    teams.set_leader(membership, most=100, by=STAFF)

    db.session.expire_all()
    left = [db.session.get(Staff, who.id).panel_count for who in (old, new)]
    assert left == [0, 100]


def test_a_teams_ceiling_is_in_what_the_region_counts() -> None:
    team = make.team(cap_unit=HOUSEHOLDS, panel_cap=1500, panel_count=4000, household_count=1200)
    details = teams.TeamDetails(name="一队", intro="", hours="周一", phone="1", panel_cap=1300, is_open=True)

    teams.edit(team, details, most=1500, unit=CapUnit.HOUSEHOLDS, by=STAFF)
    with pytest.raises(teams.CapTooHigh):
        teams.edit(team, details.__class__(**{**details.__dict__, "panel_cap": 1501}), most=1500, by=STAFF)
    with pytest.raises(teams.CapBelowPanel):
        low = details.__class__(**{**details.__dict__, "panel_cap": 1199})
        teams.edit(team, low, most=1500, unit=CapUnit.HOUSEHOLDS, by=STAFF)

    db.session.refresh(team)
    assert (team.taken, team.places_left, team.unit_word) == (1200, 100, "户")


def test_two_regions_count_the_same_family_differently() -> None:
    """C-04: six persons of one doctor, or one household of one team."""
    for region, full in (("mianyang", True), ("erqi", False)):
        home, team = family(), make.team()
        rules = capped(policy.load(region), 3)
        taken = 0
        for who in home.everybody:
            try:
                accept(team, rules, who)
                taken += 1
            except signing.CapExceeded:
                break
        assert (taken == 3) is full and (taken == 6) is not full
