"""Long prescriptions over HTTP: the doctor writes, the resident reads and signs, the workbench brings; who sees what."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.database import db
from server.models import AuditEvent
from tests import make
from tests.handlers.workbench import browser as browsers

DRAWN = "data:image/png;base64,iVBORw0KGgo="
EIGHT_WEEKS = {
    "client_id": "p1",
    "medicines": [{"code": "amlodipine_5", "times": 1, "dose": "1片"}],
    "days": 56,
    "start_on": "2026-03-02",
    "evaluation": "血压稳定，无不良反应",
}


@pytest.fixture
def town(app: Any) -> dict[str, Any]:
    team = make.team()
    lin = make.resident(name="林秀英")
    make.agreement(resident=lin, team=team)
    return {
        "team": team,
        "lin": lin,
        "doctor": make.session_of(make.user(staff=team.lead)),
        "me": make.session_of(make.user(resident=lin)),
    }


def test_eight_weeks_are_written_signed_brought_and_seen_by_the_right_people(
    client: FlaskClient, town: dict[str, Any]
) -> None:
    address = f"/api/doctor/residents/{town['lin'].id}/prescriptions"
    written = client.post(address, json=EIGHT_WEEKS, headers=town["doctor"])
    assert (written.status_code, written.json["status"]) == (201, "waiting")  # type: ignore[index]
    assert client.post(address, json=EIGHT_WEEKS, headers=town["doctor"]).status_code == 200

    (mine,) = client.get("/api/prescriptions", headers=town["me"]).json["items"]  # type: ignore[index]
    assert "56 天" in mine["to_sign"][0] and mine["evaluation"] == ""
    signed = client.post(
        f"/api/prescriptions/{mine['id']}/sign",
        json={"text_sha256": mine["text_sha256"], "signature": DRAWN},
        headers=town["me"],
    )
    assert signed.json is not None and (signed.json["status"], signed.json["to_sign"]) == ("active", [])

    plan = {"planned_on": "2026-03-03", "courier": "王平"}
    brought = client.post(f"/api/doctor/prescriptions/{mine['id']}/delivery", json=plan, headers=town["doctor"])
    assert brought.json is not None and brought.json["delivery"]["state"] == "planned"

    seen = client.get(address, headers=town["doctor"]).json
    assert seen is not None
    assert seen["rules"] == {
        "min_days": 28, "usual_days": 28, "max_days": 62, "extended": False, "home_delivery": True,
    }  # fmt: skip
    audited = select(AuditEvent.object_id).where(AuditEvent.action == "prescriptions_seen")
    assert list(db.session.scalars(audited)) == [town["lin"].id]

    admin = browsers.Browser(client, browsers.admin(town["team"].organisation))
    page = admin.get("/deliveries").text
    assert "王平" in page and "林*英" in page and "氨氯地平" not in page
    stranger = browsers.Browser(client, browsers.admin())
    assert "王平" not in stranger.get("/deliveries").text


def test_a_delivery_is_settled_in_the_workbench(client: FlaskClient, town: dict[str, Any]) -> None:
    address = f"/api/doctor/residents/{town['lin'].id}/prescriptions"
    row = client.post(address, json=EIGHT_WEEKS | {"days": 28}, headers=town["doctor"]).json
    assert row is not None
    plan = {"planned_on": "2026-03-03", "courier": "王平"}
    client.post(f"/api/doctor/prescriptions/{row['id']}/delivery", json=plan, headers=town["doctor"])
    admin = browsers.Browser(client, browsers.admin(town["team"].organisation))
    path = admin.get("/deliveries").text.split('action="/workbench')[-1].split('"')[0]

    answer = admin.follow(admin.post(path, page="/deliveries", result="delivered"))

    assert "已登记送达" in answer.text
    assert "王平" in admin.get("/deliveries?state=delivered").text


def test_a_medicine_that_may_not_be_is_refused_in_words(client: FlaskClient, town: dict[str, Any]) -> None:
    wrong = EIGHT_WEEKS | {"medicines": [{"code": "estazolam_1", "times": 1, "dose": "1片"}]}
    answer = client.post(f"/api/doctor/residents/{town['lin'].id}/prescriptions", json=wrong, headers=town["doctor"])

    assert (answer.status_code, answer.json["code"]) == (409, "medicine_not_allowed")  # type: ignore[index]
    assert "第二类精神药品" in answer.json["title"]  # type: ignore[index]
    listed = client.get("/api/doctor/medicines", headers=town["doctor"]).json["items"]  # type: ignore[index]
    assert {one["is_allowed"] for one in listed} == {True, False}


def test_what_ends_soon_stands_on_the_teams_list(client: FlaskClient, town: dict[str, Any]) -> None:
    address = f"/api/doctor/residents/{town['lin'].id}/prescriptions"
    row = client.post(address, json=EIGHT_WEEKS | {"days": 28}, headers=town["doctor"]).json
    assert row is not None
    assert client.get("/api/doctor/prescriptions", headers=town["doctor"]).json["items"] == []  # type: ignore[index]

    stop = client.post(
        f"/api/doctor/prescriptions/{row['id']}/stop", json={"reason": "adverse"}, headers=town["doctor"]
    )

    assert stop.json is not None and stop.json["stop_label"] == "药物不良反应"


def test_a_short_supply_stands_there_at_once(client: FlaskClient, town: dict[str, Any], clock: Any) -> None:
    address = f"/api/doctor/residents/{town['lin'].id}/prescriptions"
    client.post(address, json=EIGHT_WEEKS | {"days": 28}, headers=town["doctor"])
    clock.set("2026-03-15 09:00")

    rows = client.get("/api/doctor/prescriptions", headers=town["doctor"]).json["items"]  # type: ignore[index]

    assert [(row["end_on"], row["evaluate_on"]) for row in rows] == [("2026-03-29", "2026-03-15")]
