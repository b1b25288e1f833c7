"""Drafts, signing on a doctor's phone, change of team and mass transfer over HTTP."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.actions import signing
from server.database import db
from server.models import Agreement, AuditEvent, Resident, SigningPhoto, TransferReason
from tests import make
from tests.actions.test_mass_transfer import ADMIN, POLICY
from tests.actions.test_signing import SIGNATURE
from tests.handlers.problem import refused

NUMBER = "11010519491231002X"
PHOTO = SIGNATURE


@pytest.fixture
def team() -> Any:
    return make.team()


@pytest.fixture
def package() -> Any:
    return make.package()


@pytest.fixture
def chen(client: FlaskClient, team: Any) -> dict[str, str]:
    return make.session_of(make.user(staff=team.lead))


@pytest.fixture
def lin(client: FlaskClient) -> Any:
    return make.resident(name="林秀英")


@pytest.fixture
def hers(lin: Any) -> dict[str, str]:
    return make.session_of(make.user(resident=lin))


def test_a_draft_is_there_again(client: FlaskClient, team: Any, package: Any, hers: Any) -> None:
    assert client.get("/api/agreements/draft", headers=hers).json == {"draft": None}
    body = {"team_id": team.id, "package_id": package.id, "consents": ["health_data"], "step": "consent"}

    first = client.post("/api/agreements/draft", json=body, headers=hers)
    again = client.post("/api/agreements/draft", json=body | {"step": "sign"}, headers=hers)

    assert (first.status_code, again.status_code) == (201, 200)
    draft = client.get("/api/agreements/draft", headers=hers).json["draft"]
    assert (draft["team"]["id"], draft["consents"], draft["step"], draft["begun_by_staff"]) == (
        team.id,
        ["health_data"],
        "sign",
        False,
    )
    assert client.get("/api/agreements", headers=hers).json["items"] == []
    assert client.post(f"/api/agreements/{draft['id']}/withdraw", headers=hers).json["status"] == "withdrawn"
    assert client.get("/api/agreements/draft", headers=hers).json == {"draft": None}
    assert client.get("/api/agreements", headers=hers).json["items"] == []


def test_a_doctor_finds_only_an_exact_number_and_each_look_is_recorded(client: FlaskClient, chen: Any) -> None:
    refused(client.post("/api/doctor/begin/find", json={"number": NUMBER}, headers=chen), 404, "not_found")
    make.resident(identity_number=NUMBER, name="王小丽")

    found = client.post("/api/doctor/begin/find", json={"number": NUMBER}, headers=chen).json

    assert (found["resident"]["name_masked"], found["can_begin"]) == ("王*丽", True)
    assert NUMBER not in str(found)
    looks = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "resident_looked_for")).all()
    assert [look.object_kind for look in looks] == ["staff", "resident"]


def test_nobody_tries_numbers_all_day(client: FlaskClient, chen: Any, team: Any) -> None:
    from server import clock

    for _ in range(60):
        make.saved(
            AuditEvent(
                at=clock.now(),
                actor_kind="staff",
                actor_id=team.lead.id,
                action="resident_looked_for",
                object_kind="staff",
                object_id=team.lead.id,
            )
        )

    refused(client.post("/api/doctor/begin/find", json={"number": NUMBER}, headers=chen), 429, "looks_too_often")


def test_nothing_is_begun_for_somebody_the_doctor_did_not_look_up(
    client: FlaskClient, chen: Any, lin: Any, package: Any
) -> None:
    body = {"resident_id": lin.id, "package_id": package.id, "seen": True}

    refused(client.post("/api/doctor/begin", json=body, headers=chen), 404, "not_found")


def begun(client: FlaskClient, chen: Any, package: Any) -> dict[str, Any]:
    person = {"name": "王小丽", "number": NUMBER, "phone": "13800138000"}
    found = client.post("/api/doctor/begin/register", json=person, headers=chen)
    assert found.status_code == 200, found.text
    assert found.json["resident"]["real_name_state"] == "staff_seen"
    body = {"resident_id": found.json["resident"]["id"], "package_id": package.id}
    made = client.post("/api/doctor/begin", json=body, headers=chen)
    assert made.status_code == 201, made.text
    assert client.post("/api/doctor/begin", json=body, headers=chen).status_code == 200
    (row,) = client.get("/api/doctor/begin", headers=chen).json["items"]
    assert row["id"] == made.json["id"]
    return dict(made.json)


def test_registered_begun_and_signed_on_the_doctors_phone(client: FlaskClient, chen: Any, package: Any) -> None:
    made = begun(client, chen, package)
    preview = client.post(f"/api/doctor/begin/{made['id']}/preview", headers=chen).json
    body = {
        "text_sha256": preview["text_sha256"],
        "consents": [consent["key"] for consent in preview["consents"]],
        "signature": SIGNATURE,
        "photo": PHOTO,
    }
    url = f"/api/doctor/begin/{made['id']}/sign"
    refused(client.post(url, json=body | {"signature": ""}, headers=chen), 400, "signature_invalid")
    refused(client.post(url, json=body | {"consents": []}, headers=chen), 400, "consent_missing")
    refused(client.post(url, json=body | {"photo": "x"}, headers=chen), 400, "signing_photo_invalid")

    signed = client.post(url, json=body, headers=chen)

    assert (signed.status_code, signed.json["status"]) == (200, "pending_team")
    agreement = db.session.get_one(Agreement, made["id"])
    assert (agreement.channel, agreement.begun_by is not None, agreement.signature) == ("doctor_phone", True, SIGNATURE)
    assert db.session.scalars(select(SigningPhoto.picture)).one() == PHOTO
    accepted = client.post(f"/api/doctor/agreements/{made['id']}/accept", headers=chen)
    assert accepted.json["status"] == "active"


def test_only_what_is_meant_for_him_is_offered_and_begun(client: FlaskClient, chen: Any, package: Any) -> None:
    elderly = make.package(name="慢性病管理包", for_groups=["HTN"])
    body = {"name": "张小明", "document_type": "01", "number": "35019919760704005X", "phone": None}
    found = client.post("/api/doctor/begin/register", json=body, headers=chen).json
    who = found["resident"]["id"]

    def offered(query: str) -> set[str]:
        answer = client.get(f"/api/doctor/begin/packages{query}", headers=chen)
        return {row["id"] for row in answer.json["items"]}

    assert offered("") == {package.id, elderly.id}
    assert offered(f"?for_resident={who}") == {package.id}
    refused(client.get(f"/api/doctor/begin/packages?for_resident={make.resident().id}", headers=chen), 404, "not_found")
    wish = {"resident_id": who, "package_id": elderly.id, "seen": True}
    refused(client.post("/api/doctor/begin", json=wish, headers=chen), 409, "package_not_for_you")


def test_who_cannot_write_puts_his_mark_on_the_doctors_phone(client: FlaskClient, chen: Any, package: Any) -> None:
    made = begun(client, chen, package)
    preview = client.post(f"/api/doctor/begin/{made['id']}/preview", headers=chen).json
    body = {
        "text_sha256": preview["text_sha256"],
        "consents": [consent["key"] for consent in preview["consents"]],
        "signature": SIGNATURE,
        "photo": PHOTO,
        "is_mark": True,
    }

    client.post(f"/api/doctor/begin/{made['id']}/sign", json=body, headers=chen)

    agreement = db.session.get_one(Agreement, made["id"])
    assert agreement.signed_by == "mark" and db.session.scalars(select(SigningPhoto.picture)).one() == PHOTO
    refused(client.post(f"/api/doctor/agreements/{made['id']}/accept", headers=chen), 409, "witness_needed")


def test_or_the_resident_signs_on_his_own_phone(client: FlaskClient, chen: Any, package: Any) -> None:
    made = begun(client, chen, package)
    person = db.session.scalars(select(Resident).where(Resident.identity_hash == Resident.hash_of("01", NUMBER))).one()
    his = make.session_of(make.user(resident=person))
    draft = client.get("/api/agreements/draft", headers=his).json["draft"]
    assert (draft["id"], draft["begun_by_staff"]) == (made["id"], True)
    choice = {"team_id": draft["team"]["id"], "package_id": package.id}
    preview = client.post("/api/agreements/preview", json=choice, headers=his).json
    consents = [consent["key"] for consent in preview["consents"]]
    body = {**choice, "text_sha256": preview["text_sha256"], "consents": consents, "signature": SIGNATURE}

    signed = client.post("/api/agreements", json=body, headers=his)

    assert (signed.status_code, signed.json["id"], signed.json["status"]) == (201, made["id"], "pending_team")


def test_registering_a_known_number_with_another_name_is_refused(client: FlaskClient, chen: Any) -> None:
    make.resident(identity_number=NUMBER, name="王小丽", birth_on=date(1949, 12, 31))

    refused(
        client.post("/api/doctor/begin/register", json={"name": "李大明", "number": NUMBER}, headers=chen),
        409,
        "known_by_another_name",
    )


# ---------------------------------------------------------------- change of team


def test_asking_for_another_team_and_both_leaders_agree(client: FlaskClient, lin: Any, hers: Any, team: Any) -> None:
    old = make.team()
    agreement = make.agreement(resident=lin, team=old, start_on=date(2026, 1, 1))
    leaving, taking = make.session_of(make.user(staff=old.lead)), make.session_of(make.user(staff=team.lead))
    url = f"/api/agreements/{agreement.id}/change"
    detail = client.get(f"/api/agreements/{agreement.id}", headers=hers).json
    assert (detail["can_change"], detail["change"]) == (True, None)
    preview = client.post(url + "/preview", json={"team_id": team.id}, headers=hers).json
    assert (preview["signature_needed"], [reason["code"] for reason in preview["reasons"]][0]) == (False, "moved")
    body = {"team_id": team.id, "reason_code": "nearer", "note": "", "text_sha256": preview["text_sha256"]}

    asked = client.post(url, json=body, headers=hers)

    assert (asked.status_code, client.post(url, json=body, headers=hers).status_code) == (201, 200)
    (out,), (coming,) = (client.get("/api/doctor/changes", headers=who).json["items"] for who in (leaving, taking))
    assert (out["direction"], coming["direction"], coming["resident"]["name_masked"]) == ("out", "in", "林*英")
    assert client.get("/api/doctor/home", headers=taking).json["team_changes"] == 1
    yes = {"handover_note": "血压每周一量"}
    assert client.post(f"/api/doctor/changes/{out['id']}/agree", json=yes, headers=leaving).json["old_agreed"] is True
    done = client.post(f"/api/doctor/changes/{out['id']}/agree", json={}, headers=taking).json
    assert done["state_label"] == "已更换"
    now = client.get(f"/api/agreements/{done['successor_id']}", headers=hers).json
    assert (now["status"], now["team"]["id"]) == ("active", team.id)
    (received,) = client.get("/api/doctor/changes/received", headers=taking).json["items"]
    assert received["handover_note"] == "血压每周一量"


def test_only_leaders_answer(client: FlaskClient, team: Any) -> None:
    from server.models import Membership

    nurse = make.staff(organisation=team.organisation_id)
    make.saved(Membership(team_id=team.id, staff_id=nurse.id, role="nurse"))
    db.session.expire_all()
    change = make.team_change(to=team)
    hers = make.session_of(make.user(staff=nurse))

    refused(client.post(f"/api/doctor/changes/{change.id}/agree", json={}, headers=hers), 403, "leader_needed")


def test_refusing_is_read_by_the_resident(client: FlaskClient, lin: Any, hers: Any, team: Any, chen: Any) -> None:
    agreement = make.agreement(resident=lin, start_on=date(2026, 1, 1))
    text = signing.change_text(agreement, team, POLICY)
    url = f"/api/agreements/{agreement.id}/change"
    body = {"team_id": team.id, "reason_code": "nearer", "text_sha256": text.sha256}
    change = client.post(url, json=body, headers=hers).json

    client.post(f"/api/doctor/changes/{change['id']}/refuse", json={"note": "名额已满"}, headers=chen)

    detail = client.get(f"/api/agreements/{agreement.id}", headers=hers).json
    assert (detail["status"], detail["change"]["state"], detail["change"]["refusal_note"]) == (
        "active",
        "refused",
        "名额已满",
    )


def test_who_is_declined_is_shown_other_teams(client: FlaskClient, lin: Any, hers: Any, team: Any) -> None:
    rejected = make.agreement(resident=lin, status=make.AgreementStatus.REJECTED, reject_code="cap_full")
    make.team(panel_cap=1, panel_count=1)

    assert client.get(f"/api/agreements/{rejected.id}", headers=hers).json["wants_other_teams"] is True
    items = client.get(f"/api/agreements/{rejected.id}/other-teams", headers=hers).json["items"]

    assert [item["id"] for item in items] == [team.id]


# ---------------------------------------------------------------- mass transfer


def test_a_resident_hears_that_his_team_closes_and_says_what_he_wants(
    client: FlaskClient, lin: Any, hers: Any, team: Any
) -> None:
    old, own = make.team(), make.team()
    make.agreement(resident=lin, team=old, start_on=date(2026, 1, 1))
    assert client.get("/api/transfer", headers=hers).json == {"transfer": None}
    signing.plan_transfer(
        old,
        [signing.Target(team, 5)],
        reason=TransferReason.DISSOLVED,
        move_on=date(2026, 3, 20),
        policy=POLICY,
        by=ADMIN,
    )
    while signing.list_transfer_next(POLICY):
        pass

    entry = client.get("/api/transfer", headers=hers).json["transfer"]
    assert not entry["has_answered"]

    assert (entry["to_team"], entry["move_on"], entry["can_answer"]) == (team.name, "2026-03-20", True)
    url = f"/api/transfers/{entry['id']}"
    refused(client.post(url, json={"choice": "other_team"}, headers=hers), 400, "target_invalid")
    said = client.post(url, json={"choice": "other_team", "team_id": own.id}, headers=hers).json
    assert (said["to_team"], said["choice_label"], said["has_answered"]) == (own.name, "自选其他团队", True)
    assert client.post(url, json={"choice": "end"}, headers=hers).json["to_team"] is None
