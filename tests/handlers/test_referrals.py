"""Referrals over HTTP: the resident agrees and sees where to go, the doctor refers, registers and receives."""

from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select

from server.actions.booking import referring
from server.database import db
from server.models import AuditEvent, Notification, WechatUser
from tests import make
from tests.actions.referring import DESK, POLICY, SIGNED, Town, local


@pytest.fixture
def town(app: Any) -> Town:
    made = Town(hospital={"address": "涪城区长虹大道12号"})
    make.referral_desk(made.hospital)
    return made


@pytest.fixture
def doctor(town: Town) -> dict[str, str]:
    return make.session_of(make.user(staff=town.doctor))


@pytest.fixture
def patient(town: Town) -> dict[str, str]:
    return make.session_of(db.session.get_one(WechatUser, town.as_resident.id))


def options(client: FlaskClient, town: Town, doctor: dict[str, str]) -> Any:
    return client.get(f"/api/doctor/residents/{town.resident.id}/referral", headers=doctor).json


def body(**fields: Any) -> dict[str, Any]:
    return {"client_id": "c1", "reason_code": "diagnosis", "summary": "请协助诊治", **fields}


def test_the_doctor_sees_where_to_with_the_named_desk_first(client: FlaskClient, town: Town, doctor: Any) -> None:
    other, slot = make.hospital(name="远方医院"), make.slot(hospital=town.hospital)

    shown = options(client, town, doctor)
    slots = client.get(f"/api/doctor/referral-slots?hospital_id={town.hospital.id}", headers=doctor).json

    assert [(one["id"], one["in_combination"]) for one in shown["targets"]] == [
        (town.hospital.id, True),
        (other.id, False),
    ]
    assert shown["targets"][0]["desk"]["green_name"] == "绿色通道窗口"
    assert shown["targets"][0]["departments"][0]["name"] == "心内科"
    assert {one["code"]: one["proper"] for one in shown["reasons"]}["wish"] is False
    assert [one["id"] for one in slots["items"]] == [slot.id]


def test_refer_in_front_of_the_patient_and_he_sees_floor_desk_and_what_to_bring(
    client: FlaskClient, town: Town, doctor: Any, patient: Any
) -> None:
    slot = make.slot(hospital=town.hospital)
    target = options(client, town, doctor)["targets"][0]
    consent = {"method": "signature", "text_sha256": target["text_sha256"], "proof": SIGNED}
    sent = body(hospital_id=target["id"], slot_id=slot.id, consent=consent)

    answers = [
        client.post(f"/api/doctor/residents/{town.resident.id}/referrals", json=sent, headers=doctor) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 200]
    mine = client.get("/api/referrals", headers=patient).json["items"][0]
    assert (mine["status"], mine["hospital_address"]) == ("submitted", "涪城区长虹大道12号")
    assert (mine["visit"]["floor"], mine["visit"]["department"]) == ("门诊楼3楼", "心内科")
    assert "以前的心电图" in mine["visit"]["bring"]
    assert mine["desk"]["person"] == "周主任"
    assert "summary" not in mine


def test_the_drawn_consent_is_shown_opened_to_patient_and_doctor(
    client: FlaskClient, town: Town, doctor: Any, patient: Any
) -> None:
    referral = town.refer()

    listed = client.get("/api/referrals", headers=patient).json["items"][0]
    mine = client.get(f"/api/referrals/{referral.id}", headers=patient).json
    opened = client.get(f"/api/doctor/referrals/{referral.id}", headers=doctor).json

    assert listed["consent_drawing"] is None
    for shown in (mine, opened):
        assert (shown["consent_label"], shown["consent_drawing"]) == ("居民当面签字", SIGNED) and shown["consent_at"]


def test_without_consent_the_patient_reads_agrees_or_declines(
    client: FlaskClient, town: Town, doctor: Any, patient: Any
) -> None:
    address = f"/api/doctor/residents/{town.resident.id}/referrals"
    other = make.hospital()
    made = client.post(address, json=body(hospital_id=town.hospital.id), headers=doctor).json
    client.post(address, json=body(client_id="c2", hospital_id=other.id, outside_reason="有专科"), headers=doctor)
    second, first = client.get("/api/referrals", headers=patient).json["items"]
    assert (first["id"], first["can_agree"]) == (made["id"], True)

    wrong = client.post(f"/api/referrals/{first['id']}/agree", json={"text_sha256": "0" * 64}, headers=patient)
    agreed = client.post(
        f"/api/referrals/{first['id']}/agree", json={"text_sha256": first["text_sha256"]}, headers=patient
    )
    declined = client.post(f"/api/referrals/{second['id']}/decline", headers=patient)

    assert (wrong.status_code, wrong.json["code"]) == (409, "referral_text_changed")
    assert (agreed.json["status"], declined.json["status"]) == ("submitted", "terminated")
    tabs = {
        tab: [one["status"] for one in client.get(f"/api/doctor/referrals?tab={tab}", headers=doctor).json["items"]]
        for tab in ("waiting", "hospital", "down", "over")
    }
    assert tabs == {"waiting": ["submitted"], "hospital": [], "down": [], "over": ["terminated"]}


def test_what_is_in_a_referral_is_shown_only_opened_and_that_is_recorded(
    client: FlaskClient, town: Town, doctor: Any
) -> None:
    referral = town.refer()

    listed = client.get("/api/doctor/referrals", headers=doctor).json["items"][0]
    opened = client.get(f"/api/doctor/referrals/{referral.id}", headers=doctor).json

    assert listed["summary"] is None and listed["resident"]["name_masked"] != town.resident.name
    assert opened["summary"] == "血压波动大，请协助诊治"
    assert opened["consent_label"] == "居民当面签字"
    found = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "referral_opened")).all()
    assert [event.object_id for event in found] == [referral.id]


def test_an_emergency_told_by_the_patient_is_registered_and_by_the_doctor_completed(
    client: FlaskClient, town: Town, doctor: Any, patient: Any
) -> None:
    told = {"client_id": "e1", "hospital_name": "市一院", "admitted_at": "2026-03-02T23:30:00+08:00"}
    whole = {"diagnosis": "阑尾炎", "caller": "本人", "caller_phone": "13800000000"}
    with time_machine.travel(local("2026-03-03 08:00"), tick=False):
        mine = client.post("/api/referrals/emergencies", json=told | whole, headers=patient)
        again = client.post("/api/referrals/emergencies", json=told | whole, headers=patient)
        address = f"/api/doctor/residents/{town.resident.id}/emergencies"
        open_one = client.post(address, json=told | {"client_id": "e2"}, headers=doctor).json
        done = client.post(f"/api/doctor/referrals/{open_one['id']}/register", json=whole, headers=doctor).json

    assert [mine.status_code, again.status_code] == [201, 200]
    assert mine.json["retro"]["registered_at"] == "2026-03-03T08:00:00+08:00"
    assert open_one["retro"]["registered_at"] is None
    assert (done["retro"]["registered_at"], done["retro"]["in_time"]) == ("2026-03-03T08:00:00+08:00", None)


def test_sent_back_received_and_the_discharge_read_where_it_is_contacted(
    client: FlaskClient, town: Town, doctor: Any
) -> None:
    town.admitted()
    with time_machine.travel(local("2026-03-03 08:00"), tick=False):
        push = referring.Push(
            key="m1", body_sha256="a" * 64, discharged_on=local("2026-03-02").date(), diagnosis="肺炎", drugs="",
            needs="一周后复查", down_reason="recovery",
        )  # fmt: skip
        row, _ = referring.receive(town.hospital, town.resident, push, policy=POLICY, by=DESK)
        (waiting,) = client.get("/api/doctor/referrals?tab=down", headers=doctor).json["items"]
        received = client.post(f"/api/doctor/referrals/{waiting['id']}/receive", headers=doctor).json
        read = client.get(f"/api/doctor/followups/{row.followup_id}/discharge", headers=doctor).json

    assert (waiting["down_reason_label"], received["status"]) == ("康复期", "down_accepted")
    assert (read["diagnosis"], read["needs"], read["contact_by_on"]) == ("肺炎", "一周后复查", "2026-03-09")


def test_ending_one_tells_the_patient(client: FlaskClient, town: Town, doctor: Any) -> None:
    referral = town.refer()

    refused = client.post(f"/api/doctor/referrals/{referral.id}/terminate", json={"reason": " "}, headers=doctor)
    ended = client.post(f"/api/doctor/referrals/{referral.id}/terminate", json={"reason": "好转"}, headers=doctor)

    assert (refused.json["code"], ended.json["status"]) == ("termination_reason_needed", "terminated")
    kinds = list(db.session.scalars(select(Notification.kind)))
    assert "referral_answered" in kinds
