"""What a member of staff may see: the requests and the panel of his own team."""

from datetime import timedelta
from typing import Any

import pytest

from server import clock as clocks
from server.access import doctor as access
from server.errors import NotFound
from server.models import AgreementStatus, Enrolment, FollowUpStatus, Programme, Staff, Team
from tests import make

S = AgreementStatus


@pytest.fixture
def team(app: Any) -> Team:
    return make.team()


def lead(team: Team) -> Staff:
    assert team.lead
    return team.lead


def nurse_of(team: Team) -> Staff:
    nurse = make.staff(organisation_id=team.organisation_id)
    make.saved(make.Membership(team_id=team.id, staff_id=nurse.id, role="nurse"))
    return nurse


def ids(page: Any) -> list[str]:
    return [row.id for row in page.items]


def test_leader_and_nurse_of_the_team_see_the_same(team: Team) -> None:
    made = make.agreement(team=team, status=S.PENDING_TEAM)

    for one in (lead(team), nurse_of(team)):
        assert access.agreement(made.id, one).id == made.id
        assert ids(access.agreements(one, "pending_team", None)) == [made.id]


def test_another_teams_doctor_sees_nothing_even_of_the_same_centre(team: Team) -> None:
    made = make.agreement(team=team)
    neighbour = lead(make.team(lead=make.staff(organisation_id=team.organisation_id)))

    with pytest.raises(NotFound) as others:
        access.agreement(made.id, neighbour)
    with pytest.raises(NotFound) as absent:
        access.agreement("x", neighbour)

    assert others.value.message == absent.value.message
    for which in ("pending_team", "active", "ending"):
        assert access.agreements(neighbour, which, None).items == []
    assert access.panel(neighbour, None).items == []


def test_staff_without_a_team_find_nothing(team: Team) -> None:
    made = make.agreement(team=team)

    with pytest.raises(NotFound):
        access.agreement(made.id, make.staff(organisation_id=team.organisation_id))


def test_requests_come_oldest_first_agreements_by_their_end(team: Team, clock: Any) -> None:
    first = make.agreement(team=team, status=S.PENDING_TEAM)
    late = make.agreement(team=team)
    early = make.agreement(team=team, start_on=clocks.today() - timedelta(days=300))
    clock.advance(minutes=1)
    second = make.agreement(team=team, status=S.PENDING_TEAM)

    assert ids(access.agreements(lead(team), "pending_team", None)) == [first.id, second.id]
    assert ids(access.agreements(lead(team), "active", None)) == [early.id, late.id]
    assert ids(access.agreements(lead(team), "ending", None)) == [early.id]


@pytest.mark.parametrize("status", [S.PENDING_TEAM, S.SIGNED, S.REJECTED, S.WITHDRAWN, S.EXPIRED, S.RENEWED])
def test_the_panel_is_who_has_an_agreement_in_force(team: Team, status: AgreementStatus) -> None:
    made = make.agreement(team=team)
    make.agreement(team=team, status=status)

    assert ids(access.panel(lead(team), None)) == [made.id]


def test_programmes_are_the_open_ones_of_these_residents(team: Team) -> None:
    lin, wang = make.resident(), make.resident()
    make.followup(resident=lin, team=team)
    make.followup(resident=wang, team=team)
    ended = Enrolment(
        resident_id=lin.id,
        team_id=team.id,
        programme=Programme.HOME_VISIT,
        started_on=clocks.today(),
        ended_on=clocks.today(),
    )
    make.saved(ended)

    assert access.programmes([lin.id], lead(team)) == {lin.id: ["htn"]}
    assert access.programmes([], lead(team)) == {}


def test_next_due_is_the_earliest_planned(team: Team) -> None:
    lin, today = make.resident(), clocks.today()
    row = make.followup(resident=lin, team=team, due_on=today + timedelta(days=9))
    for days, status in ((3, FollowUpStatus.MISSED), (30, FollowUpStatus.PLANNED)):
        make.saved(
            make.FollowUp(
                enrolment_id=row.enrolment_id,
                resident_id=lin.id,
                team_id=team.id,
                programme=Programme.HTN,
                status=status,
                due_on=today + timedelta(days=days),
                window_end_on=today + timedelta(days=days),
            )
        )

    assert access.next_due([lin.id, "x"]) == {lin.id: today + timedelta(days=9)}
