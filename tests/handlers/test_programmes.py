"""Programmes over HTTP: the form, one encounter of two, what is refused and why, enrolments, checks, a resident's own."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server import policy
from server.database import db
from server.models import AuditEvent, FollowUpAlarm, Programme, Resident
from server.models.actor import Actor, ActorKind
from tests import make
from tests.handlers.test_followups import doctor, stranger

__all__ = ["doctor", "stranger"]

POLICY = policy.load("mianyang")
FORM = {"systolic": 138, "diastolic": 84} | make.CHRONIC


def said(**fields: Any) -> dict[str, Any]:
    return {"visited_on": "2026-03-02", "method": "clinic", "values": FORM} | fields


def complete(client: FlaskClient, headers: dict[str, str], row: Any, body: dict[str, Any]) -> Any:
    return client.post(f"/api/doctor/followups/{row.id}/complete", json=body, headers=headers)


def test_the_form_begins_with_what_stays_and_the_usual_answers(client: FlaskClient, doctor: Any) -> None:
    headers, team, resident = doctor
    row = make.followup(team=team, resident=resident)
    dm = make.followup(team=team, resident=resident, programme=Programme.DM)
    first = client.get(f"/api/doctor/followups/{row.id}/form", headers=headers).json

    assert (first["programme"], first["version"], first["last"]) == ("htn", "2017.1", None)
    assert first["values"] == make.CHRONIC
    assert [one["id"] for one in first["together"]] == [dm.id]
    pressure = next(one for one in first["fields"] if one["key"] == "systolic")
    assert (pressure["unit"], pressure["hard"], pressure["soft"], pressure["required"]) == (
        "mmHg", [50, 300], [80, 220], True,
    )  # fmt: skip
    assert "bmi" not in [one["key"] for one in first["fields"]], "what follows from others is not entered"

    done = complete(client, headers, row, said(values=FORM | {"height": 170, "heart_rate": 70})).json
    again = client.get(f"/api/doctor/followups/{done['next']['id']}/form", headers=headers).json

    assert again["values"] == make.CHRONIC | {"height": "170"}
    assert (again["last"]["class_label"], again["last"]["values"]["heart_rate"]) == ("控制满意", 70)
    seen = db.session.scalars(select(AuditEvent.object_id).where(AuditEvent.action == "measurements_seen"))
    assert list(seen) == [resident.id, resident.id]


def test_one_encounter_of_two_programmes(client: FlaskClient, doctor: Any) -> None:
    headers, team, resident = doctor
    row = make.followup(team=team, resident=resident)
    dm = make.followup(team=team, resident=resident, programme=Programme.DM)
    also = [{"followup_id": dm.id, "values": FORM | {"fasting_glucose": "7.4"}}]

    done = complete(client, headers, row, said(also=also)).json

    assert (done["class_label"], done["also"][0]["class_label"]) == ("控制满意", "控制不满意")
    assert {done["next"]["due_on"], done["also"][0]["next"]["due_on"]} == {"2026-03-16"}
    stranger_row = make.followup(programme=Programme.DM)
    also = [{"followup_id": stranger_row.id, "values": FORM}]
    assert complete(client, headers, make.followup(team=team), said(also=also)).status_code == 404


@pytest.mark.parametrize(
    ("fields", "status", "code", "details"),
    [
        ({"values": {"systolic": 138}}, 400, "measurement_invalid", "problems"),
        ({"values": FORM | {"unknown": 1}}, 400, "measurement_invalid", "problems"),
        ({"values": FORM | {"diastolic": 49}}, 409, "confirmation_needed", "problems"),
        ({"next_on": "2026-07-01"}, 400, "reason_needed", "latest_on"),
        ({"also": [{"followup_id": "x"}]}, 422, "invalid_input", "json"),
    ],
)
def test_what_is_refused_says_why(
    client: FlaskClient, doctor: Any, fields: dict[str, Any], status: int, code: str, details: str
) -> None:
    headers, team, _ = doctor
    answer = complete(client, headers, make.followup(team=team), said(**fields))

    assert (answer.status_code, answer.json["code"]) == (status, code)
    if status < 422:
        assert details in answer.json["details"]


def test_a_referral_is_advised_asked_about_and_answered(client: FlaskClient, doctor: Any, stranger: Any) -> None:
    headers, team, _ = doctor
    done = complete(client, headers, make.followup(team=team), said(values=FORM | {"complication": "2",
                    "complication_text": "蛋白尿"})).json  # fmt: skip
    assert (done["refer"], done["check_on"]) == ("出现新的并发症", "2026-03-16")

    (check,) = client.get("/api/doctor/referral-checks", headers=headers).json["items"]
    assert (check["title"], check["reason"], check["overdue"]) == ("高血压随访：追踪转诊结果", "出现新的并发症", False)
    url = f"/api/doctor/referral-checks/{check['id']}/answer"
    assert client.post(url, json={"result": "attended"}, headers=stranger).status_code == 404
    assert client.post(url, json={"result": "dropped"}, headers=headers).status_code == 422
    assert client.post(url, json={"result": "attended"}, headers=headers).json["result_label"] == "已就诊"
    assert client.get("/api/doctor/referral-checks", headers=headers).json["items"] == []


def test_dead_points_to_the_agreement(client: FlaskClient, doctor: Any) -> None:
    headers, team, resident = doctor
    row = make.followup(team=team, resident=resident)

    done = client.post(
        f"/api/doctor/followups/{row.id}/not-visited", json={"reason": "dead", "on": "2026-03-02"}, headers=headers
    ).json

    assert (done["followup"]["status_label"], done["next"], done["ending_hint"]) == ("结案", None, "death")
    closing = {"event": done["ending_hint"], "on": "2026-03-02"}
    closed = client.post(f"/api/doctor/agreements/{done['agreement_id']}/close", json=closing, headers=headers)
    assert closed.status_code == 200


def test_enrolments_are_listed_assigned_and_ended(client: FlaskClient, doctor: Any) -> None:
    headers, team, resident = doctor
    enrol = {"programme": "dm", "start_on": "2026-03-09", "staff_id": team.lead.id}
    url = f"/api/doctor/residents/{resident.id}/enrolments"
    assert client.post(url, json=enrol | {"staff_id": make.staff().id}, headers=headers).status_code == 404
    assert client.post(url, json=enrol | {"programme": "smi"}, headers=headers).json["code"] == "group_needed"
    assert (
        client.post(url, json=enrol | {"facts": {"lmp": "2026-01-05"}}, headers=headers).json["code"] == "fact_invalid"
    )
    assert client.post(url, json=enrol, headers=headers).status_code == 201

    (one,) = client.get(url, headers=headers).json["items"]
    assert (one["title"], one["staff_name"], one["ended_on"]) == ("2型糖尿病随访", team.lead.name, None)
    ended = client.post(f"/api/doctor/enrolments/{one['id']}/end", headers=headers).json
    assert ended["ended_on"] == "2026-03-09", "not before its first day"


def test_a_resident_reads_his_own_visit_and_nothing_of_a_restricted_one(client: FlaskClient, doctor: Any) -> None:
    headers, team, _ = doctor
    who: Resident = make.resident()
    mine = make.session_of(make.user(resident=who))
    row = make.followup(team=team, resident=who)
    before = client.get(f"/api/followups/{row.id}", headers=mine).json
    assert (before["title"], before["values"], before["address"]) == ("健康随访", [], team.organisation.address)
    complete(client, headers, row, said())

    told = client.get(f"/api/followups/{row.id}", headers=mine).json

    assert (told["class_label"], told["method_label"], told["visited_on"]) == ("控制满意", "门诊", "2026-03-02")
    assert told["values"][:2] == [
        {"label": "收缩压", "value": "138", "unit": "mmHg", "meaning": ""},
        {"label": "舒张压", "value": "84", "unit": "mmHg", "meaning": ""},
    ]
    hidden = make.followup(
        team=team, resident=who, programme=Programme.SMI, status="done", visited_on=row.due_on,
        result='{"class_label": "不稳定", "advice": "转诊"}',
    )  # fmt: skip
    told = client.get(f"/api/followups/{hidden.id}", headers=mine).json
    assert (told["title"], told["class_label"], told["advice"], told["values"]) == ("健康随访", "", "", [])
    assert (
        client.get(f"/api/followups/{row.id}", headers=make.session_of(make.user(resident=make.resident()))).status_code
        == 404
    )


def test_a_colleague_who_opens_a_critical_follow_up_sees_it_and_stops_the_call(
    client: FlaskClient, doctor: Any
) -> None:
    headers, team, resident = doctor
    row = make.followup(team=team, resident=resident)
    make.visited(row, 185, 95, policy=POLICY, by=Actor(ActorKind.STAFF, make.colleague(team).id))

    form = client.get(f"/api/doctor/followups/{row.id}/form", headers=headers).json

    assert form["followup"]["status"] == "done" and form["last"]["values"]["systolic"] == 185
    assert "120" in form["last"]["advice"]
    db.session.rollback()
    assert db.session.scalars(select(FollowUpAlarm.seen_by)).one() == team.lead.id
