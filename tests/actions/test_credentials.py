"""Licences, approvals of people from outside, and teams that are not complete (SG-06, SG-07, SG-24, TM-01…TM-06)."""

import base64
from typing import Any

import pytest

from server import policy
from server.access import composition
from server.access import resident as access
from server.actions import credentials, signing, teams
from server.actions.credentials import CredentialDetails, SupportDetails
from server.database import db
from server.errors import NotFound
from server.models import Licence, Origin, RemovalReason, Role, Staff, Team
from server.models.actor import Actor, ActorKind
from tests import make

ONE, OTHER = Actor(ActorKind.ADMIN, "one"), Actor(ActorKind.ADMIN, "other")
MIANYANG = policy.load("mianyang")
RULES = MIANYANG.teams
DETAILS = teams.TeamDetails("第一团队", "", "周一", "0816-2222222", 100, True)
DRAWN = "data:image/png;base64," + base64.b64encode(signing.PNG_HEAD + b"x").decode()


@pytest.fixture
def team(app: Any) -> Team:
    return teams.create(make.organisation(), DETAILS, most=2000, rules=RULES, by=ONE)


def join(team: Team, role: Role) -> Any:
    staff = make.staff(organisation=team.organisation_id)
    return teams.add_member(team, staff, role, rules=RULES, by=ONE)


def lacks(team: Team) -> str:
    db.session.refresh(team)
    return team.lacks


def test_a_team_takes_residents_once_every_place_is_filled(team: Team) -> None:
    assert lacks(team) == "gp nurse public_health"
    for role in (Role.FAMILY_DOCTOR, Role.NURSE):
        join(team, role)
    assert (lacks(team), team.takes_residents) == ("public_health", False)
    with pytest.raises(NotFound):
        access.open_team(team.id)
    assert access.open_teams(None).items == []

    last = join(team, Role.PUBLIC_HEALTH)

    assert (lacks(team), team.takes_residents) == ("", True)
    assert access.open_team(team.id).id == team.id
    teams.remove_member(last, reason=RemovalReason.LEFT, rules=RULES, by=ONE)
    assert lacks(team) == "public_health"


def test_nobody_signs_with_a_team_that_lacks_somebody(app: Any) -> None:
    resident, team, package = make.resident(), make.team(lacks="nurse"), make.package()
    wish = signing.Wish(
        team=team, package=package, text_sha256=signing.document(resident, team, package, MIANYANG).sha256,
        consents=tuple(MIANYANG.signing.consents), signature=DRAWN,
    )  # fmt: skip

    with pytest.raises(signing.TeamClosed):
        signing.request(resident, wish, policy=MIANYANG, by=ONE)


def test_a_licence_that_does_not_fit_the_role_leaves_the_place_empty(team: Team) -> None:
    for role in (Role.FAMILY_DOCTOR, Role.NURSE, Role.PUBLIC_HEALTH):
        member = join(team, role)
    assert lacks(team) == ""

    credentials.keep(
        db.session.get_one(Staff, member.staff_id), CredentialDetails(Licence.CLINICAL), rules=RULES, by=ONE
    )
    assert lacks(team) == ""
    credentials.keep(db.session.get_one(Staff, member.staff_id), CredentialDetails(Licence.TCM), rules=RULES, by=ONE)

    assert lacks(team) == "public_health"


def test_somebody_from_outside_serves_after_two_approvals_by_two_people(team: Team) -> None:
    staff = make.staff(organisation=team.organisation_id)
    outside = CredentialDetails(Licence.CLINICAL, origin=Origin.PRIVATE, employer="仁心诊所")
    held = credentials.keep(staff, outside, rules=RULES, by=ONE)
    with pytest.raises(teams.OutsideNotApproved):
        teams.add_member(team, staff, Role.FAMILY_DOCTOR, rules=RULES, by=ONE)

    credentials.approve(held, "authority", "绵卫〔2026〕1号", by=ONE)
    with pytest.raises(credentials.ApprovalSecondPerson):
        credentials.approve(held, "contract", "协议1", by=ONE)
    with pytest.raises(teams.OutsideNotApproved):
        teams.add_member(team, staff, Role.FAMILY_DOCTOR, rules=RULES, by=ONE)
    credentials.approve(held, "contract", "协议1", by=OTHER)

    teams.add_member(team, staff, Role.FAMILY_DOCTOR, rules=RULES, by=ONE)
    moved = CredentialDetails(Licence.CLINICAL, origin=Origin.PRIVATE, employer="别的诊所")
    assert not credentials.keep(staff, moved, rules=RULES, by=ONE).may_serve


def test_own_staff_needs_no_approval_and_a_hospital_needs_its_level(team: Team) -> None:
    staff = make.staff(organisation=team.organisation_id)
    held = credentials.keep(staff, CredentialDetails(Licence.NURSE), rules=RULES, by=ONE)

    with pytest.raises(credentials.ApprovalNotNeeded):
        credentials.approve(held, "authority", "x", by=ONE)
    for wrong in (
        CredentialDetails(Licence.CLINICAL, origin=Origin.HOSPITAL, employer="中心医院"),
        CredentialDetails(Licence.CLINICAL, origin=Origin.PRIVATE),
        CredentialDetails(Licence.CLINICAL, hospital_level=2),
    ):
        with pytest.raises(credentials.HospitalLevelNeeded):
            credentials.keep(staff, wrong, rules=RULES, by=ONE)


def test_only_some_licences_lead_a_team_of_their_own(team: Team) -> None:
    member = join(team, Role.VILLAGE_DOCTOR)
    staff = db.session.get_one(Staff, member.staff_id)
    licences = MIANYANG.signing.independent_team_licences
    credentials.keep(staff, CredentialDetails(Licence.VILLAGE), rules=RULES, by=ONE)

    with pytest.raises(teams.LeaderLicence):
        teams.set_leader(member, licences=licences, by=ONE)
    teams.set_leader(member, licences=policy.load("fujian").signing.independent_team_licences, by=ONE)


def test_specialists_join_only_where_the_region_lets_them(team: Team) -> None:
    closed = RULES.model_copy(update={"specialists_may_join": False})

    with pytest.raises(teams.SpecialistNotAllowed):
        teams.add_member(team, make.staff(organisation=team.organisation_id), Role.SPECIALIST, rules=closed, by=ONE)


def test_the_share_of_teams_with_a_hospitals_doctor_counts_open_teams(team: Team) -> None:
    teams.create(team.organisation, teams.TeamDetails("第二", "", "", "1", 100, True), most=2000, rules=RULES, by=ONE)
    member = join(team, Role.SPECIALIST)
    staff = db.session.get_one(Staff, member.staff_id)
    hospital = CredentialDetails(Licence.CLINICAL, origin=Origin.HOSPITAL, employer="中心医院", hospital_level=3)
    credentials.keep(staff, hospital, rules=RULES, by=ONE)
    tcm = make.staff(organisation=team.organisation_id)
    credentials.keep(tcm, CredentialDetails(Licence.TCM), rules=RULES, by=ONE)
    from tests.handlers.workbench.browser import admin

    shares = composition.shares(by=admin(team.organisation))

    assert (shares.teams, shares.with_hospital_doctor) == (2, 1)
    assert [person.id for person in shares.tcm_unplaced] == [tcm.id]


def test_a_combination_has_as_many_hospitals_as_the_region_says(team: Team) -> None:
    rules = MIANYANG.combination
    second = credentials.add_support(team, SupportDetails("市二医院", 2, specialist="罗医生"), rules=rules, by=ONE)
    with pytest.raises(credentials.CombinationFull):
        credentials.add_support(team, SupportDetails("市三医院", 2), rules=rules, by=ONE)

    credentials.remove_support(second, by=ONE)
    credentials.remove_support(second, by=ONE)
    credentials.add_support(team, SupportDetails("市三医院", 2), rules=rules, by=ONE)
    credentials.add_support(team, SupportDetails("中心医院", 3), rules=rules, by=ONE)

    assert [row.institution for row in composition.supports(team.id)] == ["中心医院", "市三医院"]
