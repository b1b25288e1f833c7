"""/api/family: what a resident sees and does, and what nobody can find out."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.actions import signing
from server.database import db
from server.models import AgreementStatus, Resident, WechatUser
from tests import make
from tests.actions.families import BY, MIANYANG, Family, family, sign
from tests.actions.test_signing import SIGNATURE
from tests.handlers.problem import refused

PHOTO = "data:image/png;base64,iVBORw0KGgo="
KNOWN, UNKNOWN = ("林秀英", "350199196509309962"), ("周大明", "410199197205100167")


@pytest.fixture
def home() -> Family:
    return family()


def as_of(who: Resident) -> dict[str, str]:
    return make.session_of(make.user(resident=who))


def named(who: tuple[str, str]) -> dict[str, Any]:
    return {"name": who[0], "number": who[1], "relation": "52", "proof": PHOTO}


def test_the_family_page_of_a_head(client: FlaskClient, home: Family) -> None:
    found = client.get("/api/family", headers=as_of(home.head)).json

    members = found["household"]["members"]
    assert found["household"]["i_am_head"] and len(members) == 6
    assert members[0]["is_head"] and members[0]["is_me"] and members[0]["relation_label"] == "户主"
    assert {row["person_masked"] for row in found["mine"]} == {"张*宝", "张*花"}
    assert found["relations"] and len(found["all_relations"]) > 80 and found["proof_needed"] is False


def test_without_a_household_one_is_made_once(client: FlaskClient) -> None:
    me = as_of(make.resident(birth_on=date(1980, 1, 1)))
    assert client.get("/api/family", headers=me).json["household"] is None

    answers = [client.post("/api/family/household", json={"address": "北街1号"}, headers=me) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json["code"] == answers[1].json["code"]


def without_ids(shown: dict[str, Any]) -> dict[str, Any]:
    """What the answer says about the named person, but for his own words."""
    rows = [row for row in shown["members"] if row["state"] == "waiting"]
    return {key: value for key, value in rows[0].items() if key not in ("id", "name_masked", "age")}


def test_nothing_tells_a_known_number_from_an_unknown_one(client: FlaskClient) -> None:
    """Naming him as a member, naming him under a wrong name, asking to sign for him: always the same answer."""
    known = make.resident(
        name=KNOWN[0],
        identity_number=KNOWN[1],
        identity_hash=Resident.hash_of("01", KNOWN[1]),
        birth_on=date(1965, 9, 30),
        sex=2,
    )
    make.agreement(resident=known)
    make.household(known)
    answers, claims = [], []
    for who in (KNOWN, UNKNOWN, ("别的人", KNOWN[1])):
        me = as_of(make.resident(birth_on=date(1980, 1, 1)))
        client.post("/api/family/household", json={}, headers=me)
        added = client.post("/api/family/members", json=named(who), headers=me)
        answers.append((added.status_code, without_ids(added.json)))
        body = named(who) | {"kind": "proxy", "proof_kind": "written_authority", "valid_to": "2026-12-31"}
        asked = client.post("/api/family/authorities", json=body, headers=me)
        claims.append((asked.status_code, asked.json["state"], asked.json["can_revoke"]))
        people = client.get("/api/family/signable", headers=me).json["items"]
        assert [row["relation_label"] for row in people] == ["本人"]

    assert answers[0] == answers[1] == answers[2] and answers[0][0] == 201
    assert claims[0] == claims[1] == claims[2] == (201, "waiting", True)


def test_the_named_person_is_asked_and_joins(client: FlaskClient) -> None:
    known = make.resident(
        name=KNOWN[0],
        identity_number=KNOWN[1],
        identity_hash=Resident.hash_of("01", KNOWN[1]),
        birth_on=date(1965, 9, 30),
    )
    head = make.resident(name="张大山", birth_on=date(1990, 1, 1))
    client.post("/api/family/household", json={}, headers=as_of(head))
    client.post("/api/family/members", json=named(KNOWN), headers=make.session_of(_user(head)))
    hers = as_of(known)
    (asked,) = client.get("/api/family", headers=hers).json["invitations"]
    assert (asked["head_masked"], asked["relation_label"]) == ("张*山", "母亲")

    after = client.post(f"/api/family/members/{asked['id']}/answer", json={"yes": True}, headers=hers).json

    assert after["invitations"] == [] and len(after["household"]["members"]) == 2
    assert not after["household"]["i_am_head"]


def _user(who: Resident) -> Any:
    return db.session.scalars(select(WechatUser).where(WechatUser.resident_id == who.id)).one()


def test_a_stranger_is_not_among_those_i_may_sign_for(client: FlaskClient, home: Family) -> None:
    stranger, team, package = make.resident(), make.team(), make.package()
    members = [{"resident_id": stranger.id, "package_id": package.id}]

    answer = client.post("/api/family/preview", json={"team_id": team.id, "members": members}, headers=as_of(home.head))

    refused(answer, 404, "not_found")


def test_whom_i_signed_for_and_who_signed_for_me(client: FlaskClient, home: Family) -> None:
    row = make.agreement(resident=home.wife, signed_by="head", signer_id=home.head.id, own_consent_due=True)

    (mine,) = client.get("/api/family/agreements", headers=as_of(home.head)).json["items"]
    hers = as_of(home.wife)
    (shown,) = client.get("/api/agreements", headers=hers).json["items"]
    asked = client.get(f"/api/family/agreements/{row.id}/own-consent", headers=hers).json

    assert (mine["resident_masked"], mine["signer_masked"]) == ("李*红", "张*山")
    assert shown["own_consent_due"] and shown["signed_by_label"] == "户主或家庭代表代签"
    assert asked["due"] and [one["key"] for one in asked["consents"]] == ["health_data", "share_with_hospitals"]
    keys = [one["key"] for one in asked["consents"]]
    done = client.post(f"/api/family/agreements/{row.id}/own-consent", json={"consents": keys}, headers=hers)
    assert done.json["own_consent_due"] is False


def test_a_doctor_sees_the_joint_request_and_accepts_it_as_one(client: FlaskClient, home: Family) -> None:
    team = make.team()
    sign([home.head, home.son, home.daughter], home.head, team, MIANYANG)
    doctor = make.session_of(make.user(staff=team.lead))

    rows = client.get("/api/doctor/agreements", headers=doctor).json["items"]
    assert [row["joint_size"] for row in rows] == [3, 3, 3]
    assert {row["signer_masked"] for row in rows} == {None, "张*山"}
    done = client.post(f"/api/doctor/joint/{rows[0]['joint_id']}/accept", headers=doctor)

    assert {row["status"] for row in done.json["items"]} == {"active"}
    again = client.post(f"/api/doctor/joint/{rows[0]['joint_id']}/accept", headers=doctor)
    assert again.status_code == 200


def test_a_newborn_is_added_without_a_number(client: FlaskClient, home: Family) -> None:
    me = as_of(home.head)
    body = {"name": "张小宝宝", "document_type": "90", "birth_on": "2026-02-20", "sex": 2, "relation": "30"}

    refused(client.post("/api/family/members", json=body, headers=me), 400, "proof_needed")
    made = client.post("/api/family/members", json=body | {"proof": PHOTO}, headers=me)
    old = body | {"birth_on": "2025-02-20", "proof": PHOTO}

    assert made.status_code == 201 and made.json["members"][-1]["age"] == 0
    refused(client.post("/api/family/members", json=old, headers=me), 400, "no_document_too_old")


def test_a_condition_is_seen_by_whom_it_concerns(client: FlaskClient, home: Family) -> None:
    here = {who.id: as_of(who) for who in (home.head, home.wife)}

    def shown(who: Resident) -> dict[str, tuple[bool, str | None]]:
        rows = client.get("/api/family", headers=here[who.id]).json["household"]["members"]
        return {row["id"]: (row["can_write_condition"], row["condition"]) for row in rows}

    mine = {who.id: member for who in home.everybody for member in home.home.members if member.resident_id == who.id}
    path = "/api/family/members/{}/condition"
    head, wife, son = (mine[who.id].id for who in (home.head, home.wife, home.son))

    for member, words in ((head, "高血压"), (son, "哮喘")):
        saved = client.post(path.format(member), json={"text": words}, headers=here[home.head.id])
        assert saved.status_code == 200, saved.text
    answer = client.post(path.format(wife), json={"text": "糖尿病"}, headers=here[home.head.id])
    refused(answer, 403, "condition_of_other")

    assert (shown(home.head)[head], shown(home.head)[son]) == ((True, "高血压"), (True, "哮喘"))
    assert (shown(home.wife)[head], shown(home.wife)[son], shown(home.wife)[wife]) == (
        (False, None),
        (False, None),
        (True, None),
    )


def test_a_guardian_ends_his_wards_agreement_and_nobody_else_does(client: FlaskClient, home: Family) -> None:
    agreement = make.agreement(resident=home.son)
    me, mother = as_of(home.head), as_of(home.wife)
    path = f"/api/family/wards/{agreement.id}"
    body = {"reason_code": "moved", "signature": SIGNATURE}

    assert [row["id"] for row in client.get("/api/family/wards", headers=me).json["items"]] == [agreement.id]
    assert client.get("/api/family/wards", headers=mother).json["items"] == []
    for tail in ("", "/termination"):
        assert client.get(path + tail, headers=mother).status_code == 404
    assert client.post(f"{path}/termination", json=body, headers=mother).status_code == 404

    assert client.get(path, headers=me).json["resident_masked"] == "张*宝"
    asked = client.post(f"{path}/termination", json=body, headers=me)
    assert (asked.status_code, client.get(path, headers=me).json["status"]) == (201, "termination_requested")
    kept = client.post(f"{path}/termination/withdraw", headers=me)
    assert kept.json["status"] == "active"


def test_who_was_only_authorised_to_sign_does_not_end_it(client: FlaskClient) -> None:
    agent, principal = make.resident(birth_on=date(1980, 1, 1)), make.resident()
    make.authority(agent, principal)
    agreement = make.agreement(resident=principal)

    assert client.get(f"/api/family/wards/{agreement.id}/termination", headers=as_of(agent)).status_code == 404


def test_a_guardian_answers_what_went_on_for_his_ward(client: FlaskClient, home: Family) -> None:
    """Domain.md §6.3: whoever cannot sign cannot confirm; without his guardian it would lapse on the ninetieth day."""
    waits = {"status": AgreementStatus.AUTO_RENEWED_UNCONFIRMED, "region": "erqi"}
    kept, ended = (make.agreement(resident=who, **waits) for who in (home.son, home.daughter))
    me, mother, son = as_of(home.head), as_of(home.wife), as_of(home.son)
    path = f"/api/family/wards/{kept.id}/renewal"

    assert client.get("/api/family/wards", headers=me).json["items"][0]["can_confirm"]
    for tail in ("", "/confirm", "/decline"):
        assert client.post(path + tail, json={}, headers=mother).status_code == 404
    for tail in ("confirm", "decline"):
        refused(client.post(f"/api/agreements/{kept.id}/renewal/{tail}", json={}, headers=son), 409, "guardian_needed")

    shown = client.post(path, json={}, headers=me)
    assert shown.json["confirm_by_on"] == kept.reconfirm_by_on.isoformat()
    refused(client.post(f"{path}/confirm", json={"text_sha256": "0" * 64}, headers=me), 409, "agreement_text_changed")
    yes = client.post(f"{path}/confirm", json={"text_sha256": shown.json["text_sha256"]}, headers=me)
    assert (yes.status_code, yes.json["can_confirm"]) == (200, False)
    no = client.post(f"/api/family/wards/{ended.id}/renewal/decline", headers=me)
    assert (no.status_code, no.json["status"]) == (200, "expired")


def test_a_guardian_who_is_none_any_more_cannot_answer(app: Any, home: Family) -> None:
    agreement = make.agreement(resident=home.son, status=AgreementStatus.AUTO_RENEWED_UNCONFIRMED, region="erqi")

    for guardian, refusal in ((home.wife, signing.GuardianNeeded), (None, signing.GuardianNeeded)):
        for act in (signing.confirm, signing.decline):
            with pytest.raises(refusal):
                act(agreement, by=BY, guardian=guardian)

    signing.confirm(agreement, by=BY, guardian=home.head)
    assert agreement.resident_confirmed_at is not None
