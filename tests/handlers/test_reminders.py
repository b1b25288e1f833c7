"""/api/push-consents and /api/reminders over HTTP."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.database import db, transaction
from server.models import Notification, NotificationStatus, PushConsent
from tests import make
from tests.actions.pushing import queued


@pytest.mark.parametrize(
    ("scene", "ids"),
    [
        ("booking", ["sbx_appointment"]),
        ("signing", ["sbx_result", "sbx_renewal"]),
        ("followup", ["sbx_followup", "sbx_visit"]),
        ("message", ["sbx_reply"]),
    ],
)
def test_each_scene_has_its_templates(client: FlaskClient, scene: str, ids: list[str]) -> None:
    headers = make.session_of(make.user())

    assert client.get(f"/api/push-consents?scene={scene}", headers=headers).json == {"template_ids": ids}


def test_an_unknown_scene_is_not_found_and_a_missing_one_invalid(client: FlaskClient) -> None:
    headers = make.session_of(make.user())

    assert client.get("/api/push-consents?scene=x", headers=headers).json["code"] == "scene_unknown"
    assert client.get("/api/push-consents", headers=headers).status_code == 422
    assert client.get("/api/push-consents?scene=booking").status_code == 401


def test_answers_are_counted(client: FlaskClient) -> None:
    user = make.user()
    results = {"sbx_followup": "accept", "sbx_visit": "filter"}

    answer = client.post("/api/push-consents", json={"results": results}, headers=make.session_of(user))

    assert (answer.status_code, answer.text) == (204, "")
    db.session.rollback()
    (consent,) = db.session.scalars(select(PushConsent)).all()
    assert (consent.user_id, consent.template, consent.one_time_left) == (user.id, "followup", 1)


@pytest.mark.parametrize("body", [{}, {"results": {"a": "yes"}}, {"results": {}, "more": 1}, {"results": [1]}])
def test_bad_answers_are_refused(client: FlaskClient, body: dict[str, Any]) -> None:
    answer = client.post("/api/push-consents", json=body, headers=make.session_of(make.user()))

    assert (answer.status_code, answer.json["code"]) == (422, "invalid_input")


def test_reminders_show_what_became_of_them_to_their_owner_only(client: FlaskClient) -> None:
    resident = make.resident()
    user = make.user(resident=resident)
    sent = queued(resident_id=resident.id)
    failed = queued(user_id=user.id)
    hidden = [
        queued("message_waiting", user_id=user.id, facts={"sender": "张*明"}),
        queued(resident_id=make.resident().id),
        queued(resident_id=resident.id),
    ]
    with transaction() as session:
        for row, status in ((sent, "sent"), (failed, "failed"), (hidden[2], "cancelled")):
            changed = session.get_one(Notification, row.id)
            changed.status, changed.channel = NotificationStatus(status), "subscribe:followup"

    items = client.get("/api/reminders", headers=make.session_of(user)).json["items"]

    shown = {item["id"]: item for item in items}
    assert set(shown) == {sent.id, failed.id}
    assert shown[sent.id]["title"] == "健康随访提醒"
    assert shown[sent.id]["channel_label"] == "微信服务通知"
    assert "2026年3月9日" in shown[sent.id]["text"]
    assert (shown[failed.id]["status_label"], shown[failed.id]["channel_label"]) == ("未送达", "团队将电话联系您")


def test_somebody_without_a_name_sees_an_empty_list(client: FlaskClient) -> None:
    assert client.get("/api/reminders", headers=make.session_of(make.user())).json == {"items": [], "next": None}
