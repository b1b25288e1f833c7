"""My entitlements over HTTP: what a resident sees and says, what a doctor writes down and answers."""

import base64
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from server.actions.signing import pricing
from server.database import db
from server.models import Agreement, AuditEvent, ServiceRecord, WechatUser
from tests import make
from tests.handlers.problem import refused

JPEG = "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff" + b"x" * 40).decode()
VISIT = {"client_id": "c1", "served_on": "2026-03-02", "place": "home", "note": "量血压，指导用药"}


@dataclass
class Two:
    """A resident and his doctor, each with a phone."""

    client: FlaskClient
    agreement: Agreement
    resident: dict[str, str]
    doctor: dict[str, str]

    def mine(self, path: str, body: Any = None) -> Any:
        return self._call(path, body, self.resident)

    def his(self, path: str, body: Any = None) -> Any:
        return self._call(path, body, self.doctor)

    def _call(self, path: str, body: Any, headers: dict[str, str]) -> Any:
        if body is None:
            return self.client.get("/api" + path, headers=headers)
        return self.client.post("/api" + path, json=body, headers=headers)


@pytest.fixture
def two(client: FlaskClient) -> Two:
    agreement = make.agreement(region="changyinsha")
    user: WechatUser = make.user(resident=agreement.resident)
    doctor = make.user(staff=agreement.team.lead)
    return Two(client, agreement, make.session_of(user), make.session_of(doctor))


def test_a_doctor_records_and_the_resident_sees_and_confirms(two: Two) -> None:
    row = make.entitlement(agreement=two.agreement, promised=4)

    made = two.his(f"/doctor/entitlements/{row.id}/services", VISIT | {"photo": JPEG})
    again = two.his(f"/doctor/entitlements/{row.id}/services", VISIT | {"photo": JPEG})

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json["state"] == "recorded" and made.json["proof_label"] == "照片" and made.json["photo"] is None
    seen = two.mine("/rights").json
    assert seen["items"][0]["label"] == "共4次，已用1次，还剩3次"
    (waiting,) = seen["waiting"]
    assert (waiting["by"], waiting["place_label"]) == (two.agreement.team.lead.name, "家中")
    assert two.mine(f"/services/{waiting['id']}").json["photo"] == JPEG
    assert two.mine(f"/services/{waiting['id']}/confirm", {}).json["state"] == "confirmed"
    assert two.mine("/rights").json["waiting"] == []
    assert [one["state"] for one in two.mine("/services").json["items"]] == ["confirmed"]


def test_a_dispute_is_due_in_the_regions_working_days_and_answered(two: Two) -> None:
    row = make.entitlement(agreement=two.agreement, promised=1)
    service_id = two.his(f"/doctor/entitlements/{row.id}/services", VISIT).json["id"]

    said = two.mine(f"/services/{service_id}/dispute", {"reason": "那天没有做"}).json
    assert (said["state"], said["answer_by_on"]) == ("disputed", "2026-03-11")
    refused(two.mine(f"/services/{service_id}/confirm", {}), 409, "service_answered")

    (waiting,) = two.his("/doctor/disputes").json["items"]
    assert (waiting["reason"], waiting["is_late"]) == ("那天没有做", False)
    answered = two.his(f"/doctor/disputes/{waiting['id']}/answer", {"upheld": True, "reply": "登记有误"})
    assert answered.json["service"]["state"] == "answered"
    assert two.his("/doctor/disputes").json["items"] == []
    seen = two.mine(f"/services/{service_id}").json
    assert (seen["state_label"], seen["reply"]) == ("已更正，这次服务不计入", "登记有误")
    assert two.mine("/rights").json["items"][0]["remaining"] == 1


def test_over_use_and_bad_input_are_refused_by_their_codes(two: Two) -> None:
    row = make.entitlement(agreement=two.agreement, promised=1, used=1)
    path = f"/doctor/entitlements/{row.id}/services"

    refused(two.his(path, VISIT), 409, "entitlement_used_up")
    refused(two.his(path, VISIT | {"served_on": "2026-03-03"}), 400, "service_date_invalid")
    refused(two.his(path, VISIT | {"photo": "data:image/png;base64,eA=="}), 400, "photo_invalid")
    refused(two.his(path, VISIT | {"place": "moon"}), 422, "invalid_input")
    refused(two.his(path, VISIT | {"client_id": "no spaces"}), 422, "invalid_input")


def test_c20_benefits_are_told_in_points_and_the_insurance_can_be_declared(two: Two) -> None:
    assert any("10个百分点" in line for line in two.mine("/rights").json["benefits"])

    assert two.mine("/me/insurance", {"insurance": "employee"}).json == {"insurance": "employee"}
    assert two.mine("/rights").json["insurance"] == "employee"
    refused(two.mine("/me/insurance", {"insurance": "gold"}), 400, "insurance_unknown")


def test_the_four_ones_say_what_was_given(client: FlaskClient) -> None:
    agreement = make.agreement(region="changyinsha_special")
    headers = make.session_of(make.user(resident=agreement.resident))
    make.entitlement(agreement=agreement, kind="health_prescription", promised=1, used=1, is_minimum=True)
    make.entitlement(agreement=agreement, kind="specialist_visit", promised=2, used=1, is_minimum=True)
    make.card(agreement)

    seen = client.get("/api/rights", headers=headers).json

    states = {one["label"]: one["state"] for one in seen["four_ones"]}
    assert states["健康服务卡"] == "已发放"
    assert states["个性化健康处方"] == "已提供" and states["家庭护理技能培训"] == "待提供"
    assert "约定不少于2次，已提供1次，还应提供1次" in [item["label"] for item in seen["items"]]
    assert seen["card"]["balance_fen"] == 100_000


def test_a_card_shows_its_lines_and_nobody_elses(two: Two, client: FlaskClient) -> None:
    make.card(two.agreement)

    shown = two.mine("/health-card").json

    assert (shown["card"]["balance_fen"], [line["label"] for line in shown["items"]]) == (100_000, ["发卡"])
    refused(
        client.get("/api/health-card", headers=make.session_of(make.user(resident=make.resident()))), 404, "not_found"
    )


def test_without_an_agreement_there_is_nothing_and_the_rules_are_still_told(client: FlaskClient) -> None:
    headers = make.session_of(make.user(resident=make.resident()))

    seen = client.get("/api/rights", headers=headers).json

    assert (seen["agreement"], seen["items"], seen["waiting"], seen["fee"]) == (None, [], [], [])
    assert seen["insurance_options"]


def test_a_doctor_takes_a_mistake_back(two: Two) -> None:
    row = make.entitlement(agreement=two.agreement, promised=1)
    service_id = two.his(f"/doctor/entitlements/{row.id}/services", VISIT).json["id"]

    assert two.his(f"/doctor/services/{service_id}/take-back", {}).json["state"] == "taken_back"
    sheet = two.his(f"/doctor/residents/{two.agreement.resident_id}/entitlements").json
    assert sheet["items"][0]["remaining"] == 1
    assert [one["state"] for one in sheet["services"]] == ["taken_back"]
    refused(two.mine(f"/services/{service_id}/confirm", {}), 409, "service_taken_back")


def test_conversations_are_no_services_to_confirm(two: Two) -> None:
    make.service(agreement=two.agreement, kind="consultation")

    assert two.mine("/services").json["items"] == []


def test_looking_at_entitlements_is_written_down(two: Two) -> None:
    two.his(f"/doctor/residents/{two.agreement.resident_id}/entitlements")

    actions = [row.action for row in db.session.query(AuditEvent).all()]
    assert "entitlements_seen" in actions


def test_c11_and_c12_two_regions_through_the_same_endpoint(client: FlaskClient) -> None:
    fees = {}
    for region in ("mianyang", "erqi"):
        package = make.package(
            **({} if region == "mianyang" else {"public_health_fen": 0, "insurance_fen": 0, "subsidy_fen": 1000})
        )
        agreement = make.agreement(region=region, package=package)
        with make.transaction():
            pricing.freeze_fee(db.session.get_one(Agreement, agreement.id))
        headers = make.session_of(make.user(resident=agreement.resident))
        fees[region] = client.get("/api/rights", headers=headers).json["fee"]

    assert [(line["payer_label"], line["amount_fen"]) for line in fees["mianyang"]] == [
        ("医保基金", 300),
        ("基本公共卫生服务经费", 700),
    ]
    assert [line["is_unassigned"] for line in fees["mianyang"]] == [True, False]
    assert fees["erqi"] == []


def test_proof_of_a_follow_up_is_the_follow_up(two: Two) -> None:
    record: ServiceRecord = make.service(agreement=two.agreement, kind="followup", source_key="followup:F1")

    assert two.mine(f"/services/{record.id}").json["proof_label"] == "随访记录"
