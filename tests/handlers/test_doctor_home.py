"""/api/doctor/home: the counts of the caller's team only."""

from datetime import timedelta

from flask.testing import FlaskClient

from server import clock
from server.models import AgreementStatus, Conversation
from tests import make


def test_home_counts_the_own_teams_work(client: FlaskClient) -> None:
    team = make.team()
    today = clock.today()
    make.dispute(make.service(agreement=make.agreement(team=team)))
    make.agreement(team=team, start_on=today - timedelta(days=350), end_on=today + timedelta(days=15))
    make.agreement(team=team, status=AgreementStatus.PENDING_TEAM)
    make.agreement()
    for days in (-1, 0, 7, 8):
        make.followup(team=team, due_on=today + timedelta(days=days))
    user = make.user()
    make.saved(
        Conversation(
            user_id=user.id,
            open_key=user.id,
            status="waiting_doctor",
            team_id=team.id,
            is_urgent=True,
            short_no=1,
            created_at=clock.now(),
            last_message_at=clock.now(),
        )
    )

    found = client.get("/api/doctor/home", headers=make.session_of(make.user(staff=team.lead))).json

    assert found == {
        "name": team.lead.name,
        "team_name": team.name,
        "pending_agreements": 1,
        "waiting_conversations": 1,
        "urgent_conversations": 1,
        "due_followups": 3,
        "overdue_followups": 1,
        "open_tasks": 0,
        "panel_size": 2,
        "ending_soon": 1,
        "disputes": 1,
        "unsigned": 0,
        "panel_warning": "",
        "team_changes": 0,
        "measurements": 0,
        "urgent_measurements": 0,
        "referrals": 0,
    }


def test_a_team_near_its_cap_and_a_full_one_are_told(client: FlaskClient) -> None:
    for count, says in ((1799, ""), (1800, "签约已达到 1800 人，接近上限"), (2000, "签约名额已满，不能再接收")):
        team = make.team(lead=make.staff(panel_count=count), panel_count=count)
        doctor = make.session_of(make.user(staff=team.lead))

        assert client.get("/api/doctor/home", headers=doctor).json["panel_warning"] == says


def test_home_is_for_staff(client: FlaskClient) -> None:
    assert client.get("/api/doctor/home").status_code == 401
    assert client.get("/api/doctor/home", headers=make.session_of(make.user())).status_code == 403
