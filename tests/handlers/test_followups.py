"""/api/followups and the doctor's follow-ups, enrolments and phone tasks, over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock
from server.database import db
from server.models import AuditEvent, PhoneTask
from tests import make
from tests.actions.pushing import queued


@pytest.fixture
def doctor(client: FlaskClient) -> Any:
    """Doctor Chen: his headers, team, and a panel resident."""
    agreement = make.agreement()
    user = make.user(staff=agreement.team.lead)
    return make.session_of(user), agreement.team, agreement.resident


@pytest.fixture
def stranger(client: FlaskClient) -> dict[str, str]:
    """Doctor Zhou of another team."""
    return make.session_of(make.user(staff=make.team().lead))


def visit(**fields: Any) -> dict[str, Any]:
    return {"visited_on": "2026-03-02", "method": "clinic", "systolic": 150, "diastolic": 80} | fields


def test_a_doctor_enrols_completes_and_sees_what_follows(client: FlaskClient, doctor: Any) -> None:
    headers, team, resident = doctor
    enrolled = client.post(
        f"/api/doctor/residents/{resident.id}/enrolments",
        json={"programme": "htn", "start_on": "2026-03-02"},
        headers=headers,
    )
    assert enrolled.status_code == 201
    first = enrolled.json
    assert (first["kind"], first["due_on"], first["overdue"]) == ("htn", "2026-03-02", False)
    assert first["resident"]["phone_masked"] == "138****0000"
    assert resident.name not in enrolled.text

    done = client.post(f"/api/doctor/followups/{first['id']}/complete", json=visit(), headers=headers)

    assert done.status_code == 200
    assert (done.json["class_label"], done.json["emergency"]) == ("控制不满意", False)
    assert done.json["next"]["due_on"] == "2026-03-16"
    assert done.json["followup"]["last"] == {"systolic": 150, "diastolic": 80, "visited_on": "2026-03-02"}
    listed = client.get("/api/doctor/followups", headers=headers).json
    assert [row["id"] for row in listed["items"]] == [done.json["next"]["id"]]
    assert listed["next"] is None
    seen = db.session.scalars(select(AuditEvent.object_id).where(AuditEvent.action == "measurements_seen"))
    assert list(seen) == [resident.id]


def test_an_emergency_says_so(client: FlaskClient, doctor: Any) -> None:
    headers, team, resident = doctor
    row = make.followup(team=team, resident=resident)

    done = client.post(f"/api/doctor/followups/{row.id}/complete", json=visit(systolic=185), headers=headers)

    assert done.json["emergency"] is True
    assert "120" in done.json["advice"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (visit(systolic=120, diastolic=130), 400, "measurement_invalid"),
        (visit(systolic=None, diastolic=None), 400, "measurement_invalid"),
        (visit(visited_on="2026-03-03"), 400, "date_invalid"),
        (visit(method="video"), 422, "invalid_input"),
        (visit(visited_on="yesterday"), 422, "invalid_input"),
        (visit(unknown=1), 422, "invalid_input"),
        (visit(note="长" * 501), 422, "invalid_input"),
    ],
)
def test_bad_reports_are_refused(
    client: FlaskClient, doctor: Any, body: dict[str, Any], status: int, code: str
) -> None:
    headers, team, _ = doctor
    row = make.followup(team=team)

    answer = client.post(f"/api/doctor/followups/{row.id}/complete", json=body, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (status, code)


def test_a_second_report_conflicts(client: FlaskClient, doctor: Any) -> None:
    headers, team, _ = doctor
    row = make.followup(team=team)
    url = f"/api/doctor/followups/{row.id}/complete"
    client.post(url, json=visit(), headers=headers)

    assert client.post(url, json=visit(), headers=headers).status_code == 409


def test_another_teams_doctor_finds_nothing(client: FlaskClient, doctor: Any, stranger: dict[str, str]) -> None:
    _, team, resident = doctor
    row = make.followup(team=team)
    enrol = {"programme": "htn", "start_on": "2026-03-02"}

    answers = [
        client.post(f"/api/doctor/followups/{row.id}/complete", json=visit(), headers=stranger),
        client.post(f"/api/doctor/residents/{resident.id}/enrolments", json=enrol, headers=stranger),
        client.post("/api/doctor/followups/nonsense/complete", json=visit(), headers=stranger),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.json["title"] for answer in answers}) == 1
    assert client.get("/api/doctor/followups", headers=stranger).json["items"] == []


def test_residents_and_strangers_to_the_programme_may_not_act_as_doctors(client: FlaskClient) -> None:
    headers = make.session_of(make.user(resident=make.resident()))

    assert client.get("/api/doctor/followups", headers=headers).status_code == 403
    assert client.get("/api/doctor/followups").status_code == 401


def test_a_resident_sees_only_his_own_follow_ups(client: FlaskClient) -> None:
    resident = make.resident()
    row = make.followup(resident=resident, due_on=clock.today() - timedelta(days=1))
    make.followup()

    found = client.get("/api/followups", headers=make.session_of(make.user(resident=resident))).json["items"]

    assert [one["id"] for one in found] == [row.id]
    assert (found[0]["title"], found[0]["overdue"], found[0]["resident"]) == ("健康随访", True, None)


def test_long_lists_come_in_pages_overdue_first(client: FlaskClient, doctor: Any) -> None:
    headers, team, _ = doctor
    for days in range(25):
        make.followup(team=team, due_on=clock.today() + timedelta(days=10 - days))

    first = client.get("/api/doctor/followups", headers=headers).json
    second = client.get(f"/api/doctor/followups?cursor={first['next']}", headers=headers).json

    due = [row["due_on"] for row in first["items"] + second["items"]]
    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 5, None)
    assert due == sorted(due)


def test_phone_tasks_are_listed_and_closed_by_the_team_only(
    client: FlaskClient, doctor: Any, stranger: dict[str, str]
) -> None:
    headers, team, resident = doctor
    note = queued(resident_id=resident.id, team_id=team.id)
    task = make.saved(
        PhoneTask(
            notification_id=note.id,
            team_id=team.id,
            resident_id=resident.id,
            reason="no_wechat",
            about="followup_due",
            created_at=clock.now(),
        )
    )
    (shown,) = client.get("/api/doctor/tasks", headers=headers).json["items"]
    assert (shown["reason"], shown["about"], shown["status"]) == ("未绑定微信", "健康随访提醒", "open")
    url = f"/api/doctor/tasks/{task.id}/done"

    assert client.post(url, json={"outcome": "reached"}, headers=stranger).status_code == 404
    assert client.post(url, json={"outcome": "perhaps"}, headers=headers).status_code == 422
    done = client.post(url, json={"outcome": "reached", "note": "已告知"}, headers=headers)

    assert (done.status_code, done.json["outcome_label"]) == (200, "已通知本人")
    assert client.get("/api/doctor/tasks", headers=headers).json["items"] == []


@pytest.mark.parametrize(
    "odd",
    [
        {"visited_on": 0},
        {"visited_on": "1970-01-01T00:00:00"},
        {"visited_on": 20260302},
        {"systolic": True},
        {"systolic": "150"},
        {"diastolic": 80.0},
    ],
)
def test_what_only_looks_like_a_day_or_a_number_is_refused(
    client: FlaskClient, doctor: Any, odd: dict[str, Any]
) -> None:
    headers, team, resident = doctor
    row = make.followup(team=team, resident=resident)

    answer = client.post(f"/api/doctor/followups/{row.id}/complete", json=visit(**odd), headers=headers)

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")
    assert answer.json["details"] == {"fields": sorted(odd)}
