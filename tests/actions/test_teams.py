"""Teams, their members, and bind codes."""

import pytest
from apiflask import APIFlask

from server import clock as server_clock
from server import sealing
from server.actions import accounts, teams
from server.actions.teams import (
    AlreadyMember,
    CapBelowPanel,
    CapTooHigh,
    LeaderStays,
    NotADoctor,
    OtherOrganisation,
    TeamDetails,
    TeamNameTaken,
)
from server.database import db
from server.errors import AppError, NotFound
from server.models import Membership, Organisation, RemovalReason, Role, Staff, Team, WechatUser
from server.models.actor import Actor, ActorKind
from tests import make
from tests.conftest import Clock

BY = Actor(ActorKind.ADMIN, "01ADMIN")
MOST = 2000


def details(**fields: object) -> TeamDetails:
    values = {
        "name": "第一团队",
        "intro": "",
        "hours": "周一",
        "phone": "0816-2222222",
        "panel_cap": 100,
        "is_open": True,
    }
    return TeamDetails(**(values | fields))  # type: ignore[arg-type]


@pytest.fixture
def centre(app: APIFlask) -> Organisation:
    return make.organisation()


def test_create_begins_with_an_empty_panel(centre: Organisation) -> None:
    team = teams.create(centre, details(name="𠮷祥团队"), most=MOST, by=BY)

    assert (team.panel_count, team.places_left, team.name) == (0, 100, "𠮷祥团队")
    assert team.lead is None


def test_create_twice_with_one_name_is_refused(centre: Organisation) -> None:
    teams.create(centre, details(), most=MOST, by=BY)

    with pytest.raises(TeamNameTaken):
        teams.create(centre, details(), most=MOST, by=BY)

    assert db.session.query(Team).count() == 1
    teams.create(make.organisation(), details(), most=MOST, by=BY)


def test_create_above_the_regions_cap_is_refused(centre: Organisation) -> None:
    with pytest.raises(CapTooHigh, match="2000 人"):
        teams.create(centre, details(panel_cap=2001), most=MOST, by=BY)


def test_edit_to_a_taken_name_is_refused(centre: Organisation) -> None:
    teams.create(centre, details(), most=MOST, by=BY)
    second = teams.create(centre, details(name="第二团队"), most=MOST, by=BY)

    with pytest.raises(TeamNameTaken):
        teams.edit(second, details(), most=MOST, by=BY)

    db.session.expire_all()
    assert second.name == "第二团队"


@pytest.mark.parametrize(("cap", "is_possible"), [(29, False), (30, True), (31, True)])
def test_edit_keeps_room_for_the_panel(app: APIFlask, cap: int, is_possible: bool) -> None:
    team = make.team(panel_count=30)

    if is_possible:
        assert teams.edit(team, details(panel_cap=cap), most=MOST, by=BY).panel_cap == cap
    else:
        with pytest.raises(CapBelowPanel):
            teams.edit(team, details(panel_cap=cap), most=MOST, by=BY)


def test_add_member_twice_is_refused(centre: Organisation) -> None:
    team = teams.create(centre, details(), most=MOST, by=BY)
    nurse = teams.add_staff(centre, name="刘护士", title="主管护师", by=BY)
    teams.add_member(team, nurse, Role.NURSE, by=BY)

    with pytest.raises(AlreadyMember):
        teams.add_member(team, nurse, Role.FAMILY_DOCTOR, by=BY)

    with pytest.raises(OtherOrganisation):
        teams.add_member(team, make.staff(), Role.NURSE, by=BY)


def test_set_leader_replaces_the_one_before(app: APIFlask) -> None:
    team = make.team()
    before = team.memberships[0]
    doctor = make.staff(organisation=team.organisation_id)
    member = teams.add_member(team, doctor, Role.VILLAGE_DOCTOR, by=BY)

    teams.set_leader(member, by=BY)
    teams.set_leader(member, by=BY)

    db.session.expire_all()
    assert team.lead and team.lead.id == doctor.id
    assert not before.is_lead


def test_set_leader_needs_a_doctor_who_is_still_there(app: APIFlask) -> None:
    team = make.team()
    staff = make.staff(organisation=team.organisation_id)
    nurse = teams.add_member(team, staff, Role.NURSE, by=BY)
    with pytest.raises(NotADoctor):
        teams.set_leader(nurse, by=BY)

    doctor = teams.add_member(team, make.staff(organisation=team.organisation_id), Role.FAMILY_DOCTOR, by=BY)
    gone = Membership(id=doctor.id, team_id=team.id, staff_id=doctor.staff_id, role=doctor.role)
    teams.remove_member(doctor, reason=RemovalReason.LEFT, by=BY)
    with pytest.raises(NotFound):
        teams.set_leader(gone, by=BY)

    db.session.expire_all()
    assert team.lead is not None


def test_remove_member_keeps_the_leader(app: APIFlask) -> None:
    team = make.team()
    nurse = teams.add_member(team, make.staff(organisation=team.organisation_id), Role.NURSE, by=BY)
    with pytest.raises(LeaderStays):
        teams.remove_member(team.memberships[0], reason=RemovalReason.LEFT, by=BY)

    teams.remove_member(nurse, reason=RemovalReason.LEFT, by=BY)

    db.session.expire_all()
    assert len(team.memberships) == 1


def test_bind_code_is_eight_digits_stored_as_keyed_hash(app: APIFlask) -> None:
    staff = make.staff()

    code = teams.issue_bind_code(staff, by=BY)

    assert len(code) == 8 and code.isdigit() and code.isascii()
    assert staff.bind_code_hash == sealing.current().index(code, "staff.bind_code")
    assert staff.bind_code_expires_at and (staff.bind_code_expires_at - server_clock.now()).days in (6, 7)


def join(code: str, user: WechatUser) -> None:
    accounts.join_staff(user, code, by=Actor(ActorKind.RESIDENT, user.id))


def joined(staff: Staff) -> int:
    return db.session.query(WechatUser).filter_by(staff_id=staff.id).count()


def test_bind_code_joins_once(app: APIFlask) -> None:
    staff = make.staff()
    code = teams.issue_bind_code(staff, by=BY)

    join(code, make.user())

    assert joined(staff) == 1
    with pytest.raises(AppError):
        join(code, make.user())
    assert joined(staff) == 1


def test_only_the_newest_bind_code_works(app: APIFlask) -> None:
    staff = make.staff()
    old = teams.issue_bind_code(staff, by=BY)
    new = teams.issue_bind_code(staff, by=BY)

    with pytest.raises(AppError):
        join(old, make.user())
    join(new, make.user())

    assert joined(staff) == 1


def test_bind_code_ends_after_seven_days(app: APIFlask, clock: Clock) -> None:
    staff = make.staff()
    code = teams.issue_bind_code(staff, by=BY)

    clock.advance(days=7, seconds=1)

    with pytest.raises(AppError):
        join(code, make.user())
    assert joined(staff) == 0
