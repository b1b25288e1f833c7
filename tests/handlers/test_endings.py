"""Ending an agreement early over HTTP: residents ask, teams register deaths and moves."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.actions import signing
from server.config import Settings
from server.models import AgreementStatus, EndingReason
from tests import configured, make
from tests.actions.leaving import ADMIN, NOTHING, Life, left_over, life
from tests.actions.test_signing import SIGNATURE
from tests.handlers.problem import refused

S = AgreementStatus
BODY = {"reason_code": "dissatisfied", "note": "等得太久", "signature": SIGNATURE}


@pytest.fixture
def one(client: FlaskClient) -> Life:
    return life()


@pytest.fixture
def lin(one: Life) -> dict[str, str]:
    return make.session_of(one.user)


@pytest.fixture
def chen(one: Life) -> dict[str, str]:
    return make.session_of(make.user(staff=one.team.lead))


def url(one: Life, tail: str = "") -> str:
    return f"/api/agreements/{one.agreement.id}{tail}"


def test_options_name_every_reason(client: FlaskClient, one: Life, lin: Any) -> None:
    body = client.get(url(one, "/termination"), headers=lin).json

    assert body["can_request"] is True
    assert [reason["code"] for reason in body["reasons"]] == [
        "moved",
        "breach",
        "dissatisfied",
        "changed_provider",
        "other",
    ]
    assert all(reason["allowed"] for reason in body["reasons"])
    assert (body["complaint_phone"], body["decide_within_workdays"]) == ("12320", 5)


def test_asking_shows_the_promise_and_can_be_taken_back(client: FlaskClient, one: Life, lin: Any) -> None:
    asked = client.post(url(one, "/termination"), json=BODY, headers=lin)
    again = client.post(url(one, "/termination"), json=BODY, headers=lin)

    assert (asked.status_code, again.status_code) == (201, 200)
    assert asked.json == again.json
    assert (asked.json["decide_by_on"], asked.json["outcome"], asked.json["outcome_label"]) == (
        "2026-03-09",
        None,
        "等待处理",
    )
    detail = client.get(url(one), headers=lin).json
    assert (detail["status_label"], detail["can_end"], detail["can_renew"]) == ("解约申请中", False, False)
    assert detail["termination"] == asked.json

    back = client.post(url(one, "/termination/withdraw"), headers=lin)

    assert (back.status_code, back.json["status"], back.json["can_end"]) == (200, "active", True)
    assert client.get(url(one), headers=lin).json["termination"]["outcome"] == "taken_back"
    assert client.post(url(one, "/termination/withdraw"), headers=lin).status_code == 200


def test_the_decision_is_read_on_the_agreement(client: FlaskClient, one: Life, lin: Any) -> None:
    client.post(url(one, "/termination"), json=BODY, headers=lin)
    wish = signing.request_termination(
        one.agreement, reason=EndingReason.OTHER, note="", signature=SIGNATURE, by=ADMIN
    )[0]
    signing.decide_termination(wish, approve=True, note="祝您健康", by=ADMIN)

    detail = client.get(url(one), headers=lin).json

    assert (detail["status"], detail["end_on"]) == ("terminated", "2026-03-02")
    assert (detail["termination"]["outcome_label"], detail["termination"]["decision_note"]) == ("已同意", "祝您健康")
    assert detail["termination"]["decide_by_on"] is None
    refused(client.post("/api/appointments", json={"slot_id": one.slot.id}, headers=lin), 409, "no_active_agreement")


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"reason_code": "duplicate"}, 400, "invalid"),
        ({"reason_code": "bored"}, 422, "invalid_input"),
        ({"signature": ""}, 400, "signature_invalid"),
        ({"note": "长" * 201}, 422, "invalid_input"),
        ({"extra": 1}, 422, "invalid_input"),
    ],
)
def test_what_cannot_be_asked(client: FlaskClient, one: Life, lin: Any, change: Any, status: int, code: str) -> None:
    refused(client.post(url(one, "/termination"), json=BODY | change, headers=lin), status, code)
    assert left_over(one)["in_force"] == 1


def test_registering_a_death_ends_everything(client: FlaskClient, one: Life, chen: Any) -> None:
    body = {"event": "death", "on": "2026-03-01"}
    address = f"/api/doctor/agreements/{one.agreement.id}/close"

    answers = [client.post(address, json=body, headers=chen) for _ in range(2)]

    assert [(answer.status_code, answer.json["status"]) for answer in answers] == [(200, "closed_death")] * 2
    assert left_over(one) == NOTHING
    assert client.get("/api/doctor/residents", headers=chen).json["items"] == []


def test_registering_a_move_says_so(client: FlaskClient, one: Life, lin: Any, chen: Any) -> None:
    (row,) = client.get("/api/doctor/residents", headers=chen).json["items"]
    address = f"/api/doctor/agreements/{row['agreement_id']}/close"

    answer = client.post(address, json={"event": "moved", "on": "2026-03-02"}, headers=chen)

    assert answer.json["status_label"] == "已终止（迁出）"
    (told, *_) = client.get("/api/reminders", headers=lin).json["items"]
    assert "签约服务：已终止" in told["text"]


@pytest.mark.parametrize("on", ["2026-03-03", "1950-01-01"])
def test_a_day_that_cannot_be_meant(client: FlaskClient, one: Life, chen: Any, on: str) -> None:
    address = f"/api/doctor/agreements/{one.agreement.id}/close"

    refused(client.post(address, json={"event": "death", "on": on}, headers=chen), 400, "closing_date_invalid")


# ---------------------------------------------------------------- C-03: the same public endpoint, two regions


@pytest.fixture
def settings(database_url: str, wechat_base: str, request: pytest.FixtureRequest) -> Settings:
    found = configured.settings(database_url, wechat_base)
    region = getattr(request, "param", "mianyang")
    return found.model_copy(update={"app": found.app.model_copy(update={"region": region})})


def signed(client: FlaskClient) -> tuple[str, dict[str, str]]:
    """Sign and accept over HTTP under the region's rules."""
    team, package = make.team(), make.package()
    lin = make.session_of(make.user(resident=make.resident()))
    choice = {"team_id": team.id, "package_id": package.id}
    preview = client.post("/api/agreements/preview", json=choice, headers=lin).json
    consents = [consent["key"] for consent in preview["consents"]]
    body = {**choice, "text_sha256": preview["text_sha256"], "consents": consents, "signature": SIGNATURE}
    agreement_id = client.post("/api/agreements", json=body, headers=lin).json["id"]
    chen = make.session_of(make.user(staff=team.lead))
    assert client.post(f"/api/doctor/agreements/{agreement_id}/accept", headers=chen).status_code == 200
    return f"/api/agreements/{agreement_id}/termination", lin


@pytest.mark.parametrize("settings", ["erqi", "mianyang"], indirect=True)
def test_where_everybody_may_leave(client: FlaskClient) -> None:
    address, lin = signed(client)

    assert client.post(address, json=BODY, headers=lin).status_code == 201


@pytest.mark.parametrize("settings", ["changyinsha"], indirect=True)
def test_where_the_term_binds_with_the_way_to_complain(client: FlaskClient) -> None:
    address, lin = signed(client)
    options = client.get(address, headers=lin).json
    assert [reason["code"] for reason in options["reasons"] if reason["allowed"]] == ["moved", "breach"]

    said = refused(client.post(address, json=BODY, headers=lin), 409, "term_not_allowed_in_term")

    assert said["details"]["complaint_phone"] == options["complaint_phone"]
    assert options["complaint_phone"] in said["title"]
    assert client.post(address, json=BODY | {"reason_code": "moved"}, headers=lin).status_code == 201
