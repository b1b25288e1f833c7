"""Many answers at the same moment: the cap holds, one request is decided once, one person signs once."""

from collections import Counter

from sqlalchemy import func, select

from server import policy as policies
from server.actions import signing
from server.database import db
from server.models import Agreement, AgreementEvent, AgreementStatus, Notification, Resident, Staff, Team
from tests import make
from tests.contention.people import residents, token_of
from tests.contention.serving import Answer, Call, Web, counted
from tests.handlers.test_agreements import drawing

S = AgreementStatus
POLICY = policies.load("mianyang")
LATE = {(409, "stale_state"), (409, "illegal_move")}


def panel_count(team: Team) -> int:
    db.session.rollback()
    return db.session.scalar(select(Team.panel_count).where(Team.id == team.id)) or 0


def in_state(team: Team, status: AgreementStatus) -> int:
    db.session.rollback()
    found = select(func.count()).select_from(Agreement).where(Agreement.team_id == team.id, Agreement.status == status)
    return db.session.scalar(found) or 0


def moves(to: AgreementStatus) -> int:
    db.session.rollback()
    found = select(func.count()).select_from(AgreementEvent).where(AgreementEvent.new == to)
    return db.session.scalar(found) or 0


def colleague(team: Team) -> Staff:
    nurse = make.staff(organisation_id=team.organisation_id)
    make.saved(make.Membership(team_id=team.id, staff_id=nurse.id, role="nurse"))
    return nurse


def accept(token: str, agreement_id: str) -> Call:
    return Call(f"/api/doctor/agreements/{agreement_id}/accept", token)


def test_fifty_acceptances_at_the_cap_go_ten_over_by_none(web: Web) -> None:
    team = make.team(panel_cap=110, panel_count=100)
    waiting = residents(50, team, make.package(), S.PENDING_TEAM)
    assert team.lead
    doctor = token_of(team.lead)

    answers = web.at_once([accept(doctor, agreement_id) for _, _, agreement_id in waiting])

    assert counted(answers) == Counter({(200, ""): 10, (409, "cap_exceeded"): 40})
    assert (panel_count(team), in_state(team, S.ACTIVE), in_state(team, S.PENDING_TEAM)) == (110, 10, 40)
    assert web.busy_workers() >= 2


def test_two_doctors_accept_the_same_request_and_it_counts_once(web: Web) -> None:
    team = make.team()
    waiting = residents(20, team, make.package(), S.PENDING_TEAM)
    assert team.lead
    doctors = token_of(team.lead), token_of(colleague(team))

    answers = web.at_once([accept(doctor, row[2]) for row in waiting for doctor in doctors])

    for first, second in pairs(answers):
        assert first.status == 200 or second.status == 200
        assert {(first.status, first.code), (second.status, second.code)} <= {(200, "")} | LATE
    assert (panel_count(team), in_state(team, S.ACTIVE), moves(S.ACTIVE)) == (20, 20, 20)
    told = select(func.count()).select_from(Notification).where(Notification.kind == "agreement_decided")
    assert db.session.scalar(told) == 20


def test_accepting_against_withdrawing_ends_in_one_of_them(web: Web) -> None:
    team = make.team()
    waiting = residents(20, team, make.package(), S.PENDING_TEAM)
    assert team.lead
    doctor = token_of(team.lead)

    answers = web.at_once(
        [
            call
            for token, _, agreement_id in waiting
            for call in (accept(doctor, agreement_id), Call(f"/api/agreements/{agreement_id}/withdraw", token))
        ]
    )

    for first, second in pairs(answers):
        assert sorted((first.status, second.status)) == [200, 409]
    accepted = sum(answer.status == 200 for answer in answers[::2])
    assert (panel_count(team), in_state(team, S.ACTIVE), in_state(team, S.WITHDRAWN)) == (
        accepted,
        accepted,
        20 - accepted,
    )


def test_one_person_signing_with_two_teams_at_once_signs_with_one(web: Web) -> None:
    teams, package = (make.team(), make.team()), make.package()
    people = residents(10, teams[0], package, None)
    calls = []
    for token, resident_id, _ in people:
        resident = db.session.get(Resident, resident_id)
        assert resident is not None
        for team in teams:
            body = {
                "team_id": team.id,
                "package_id": package.id,
                "text_sha256": signing.document(resident, team, package, POLICY).sha256,
                "consents": list(POLICY.signing.consents),
                "signature": drawing(),
            }
            calls.append(Call("/api/agreements", token, body))

    answers = web.at_once(calls)

    for first, second in pairs(answers):
        assert sorted([(first.status, first.code), (second.status, second.code)]) == [
            (201, ""),
            (409, "agreement_overlap"),
        ]
    assert in_state(teams[0], S.PENDING_TEAM) + in_state(teams[1], S.PENDING_TEAM) == 10


def pairs(answers: list[Answer]) -> list[tuple[Answer, Answer]]:
    return list(zip(answers[::2], answers[1::2], strict=True))
