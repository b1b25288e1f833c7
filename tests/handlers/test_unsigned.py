"""The list of people to sign over HTTP: whose it is, what is masked, and two regions at the same address."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.config import Settings
from server.database import db
from server.models import AuditEvent, Team, UnsignedEntry
from tests import configured, make
from tests.actions.test_signing import SIGNATURE
from tests.handlers.problem import refused


@pytest.fixture
def settings(database_url: str, wechat_base: str, request: pytest.FixtureRequest) -> Settings:
    found = configured.settings(database_url, wechat_base)
    region = getattr(request, "param", "mianyang")
    return found.model_copy(update={"app": found.app.model_copy(update={"region": region})})


@pytest.fixture
def team(client: FlaskClient) -> Team:
    return make.team()


@pytest.fixture
def entry(team: Team) -> UnsignedEntry:
    who = make.resident(name="欧阳小明")
    for group in ("HTN", "SMI"):
        make.tag(group, resident=who)
    return make.unsigned(resident=who, team=team)


@pytest.fixture
def chen(team: Team) -> dict[str, str]:
    return make.session_of(make.user(staff=team.lead))


def notice(client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str], **changes: Any) -> Any:
    address = f"/api/doctor/unsigned/{entry.id}/notice"
    shown = client.get(address, headers=chen).json
    body = {"text_sha256": shown["text_sha256"], "signer": "resident", "signature": SIGNATURE} | changes
    return client.post(address, json=body, headers=chen)


def test_the_list_is_masked_and_hides_what_few_may_see(
    client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str]
) -> None:
    make.unsigned()  # another team's
    answer = client.get("/api/doctor/unsigned", headers=chen)

    (row,) = answer.json["items"]
    assert row["resident"]["name_masked"] == "欧**明" and "欧阳小明" not in answer.text
    assert row["group_labels"] == ["高血压"]
    assert (row["status"], row["status_label"]) == ("open", "待联系")
    assert client.get("/api/doctor/home", headers=chen).json["unsigned"] == 1


def test_a_listed_resident_may_be_called_until_he_signed_elsewhere(
    client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str]
) -> None:
    address = f"/api/doctor/residents/{entry.resident_id}/phone"
    stranger = make.session_of(make.user(staff=make.team().lead))
    refused(client.post(address, headers=stranger), 404, "not_found")

    assert client.post(address, headers=chen).json == {"phone": "13800000000"}

    make.saved(entry)
    with make.transaction() as session:
        row = session.get(UnsignedEntry, entry.id)
        row.status, row.live_key = "signed", None
    refused(client.post(address, headers=chen), 404, "not_found")


def test_an_entry_without_a_team_is_every_teams_of_the_institution(
    client: FlaskClient, team: Team, chen: dict[str, str]
) -> None:
    make.unsigned(team=team, team_id=None)
    make.unsigned(team_id=None)  # of another institution

    assert len(client.get("/api/doctor/unsigned", headers=chen).json["items"]) == 1


def test_contact_and_reason(client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str]) -> None:
    address = f"/api/doctor/unsigned/{entry.id}"
    assert client.post(f"{address}/contact", headers=chen).json["contacts"] == 1
    refused(client.post(f"{address}/reason", json={"code": "other"}, headers=chen), 400, "reason_note_needed")

    done = client.post(f"{address}/reason", json={"code": "lost_contact"}, headers=chen).json

    assert done["reason"]["label"] == "失联" and done["status"] == "explained"
    assert client.get("/api/doctor/unsigned", headers=chen).json["items"] == []
    assert len(client.get("/api/doctor/unsigned?tab=explained", headers=chen).json["items"]) == 1


# ---------------------------------------------------------------- §1.9 row 11: the same endpoint, two regions


@pytest.mark.parametrize("settings", ["qianjiang"], indirect=True)
def test_where_who_refuses_signs_an_informed_notice(
    client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str]
) -> None:
    options = client.get("/api/doctor/unsigned", headers=chen).json["options"]
    assert options["notice"] == "required"
    assert [one["label"] for one in options["reasons"]] == ["失联", "入狱", "死亡", "拒签", "其他"]
    address = f"/api/doctor/unsigned/{entry.id}/reason"

    refused(client.post(address, json={"code": "refused"}, headers=chen), 409, "notice_needed")
    kept = notice(client, entry, chen)

    assert kept.status_code == 201 and kept.json["signer_label"] == "居民本人签字"
    assert notice(client, entry, chen).status_code == 200
    assert client.post(address, json={"code": "refused", "note": "已告知"}, headers=chen).status_code == 200


@pytest.mark.parametrize("settings", ["mianyang", "fujian"], indirect=True)
def test_where_the_notice_is_optional(client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str]) -> None:
    assert client.get(f"/api/doctor/unsigned/{entry.id}/notice", headers=chen).json["required"] is False

    done = client.post(f"/api/doctor/unsigned/{entry.id}/reason", json={"code": "refused"}, headers=chen)

    assert done.json["reason"]["label"] == "拒签"


def test_showing_the_notice_names_him_in_full_and_is_recorded(
    client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str]
) -> None:
    shown = client.get(f"/api/doctor/unsigned/{entry.id}/notice", headers=chen)

    assert "欧阳小明" in shown.text
    db.session.rollback()
    assert db.session.query(AuditEvent).filter_by(action="informed_notice_shown", object_id=entry.id).count() == 1


def test_a_resident_reads_his_own_notice(client: FlaskClient, entry: UnsignedEntry, chen: dict[str, str]) -> None:
    refused(notice(client, entry, chen, signer="witness"), 400, "witness_unnamed")
    notice(client, entry, chen, signer="witness", witness_name="王芳")
    lin = make.session_of(make.user(resident=entry.resident))

    (mine,) = client.get("/api/informed-notices", headers=lin).json["items"]

    assert mine["witness_name"] == "王芳" and mine["outcome_label"] == "有效"
    assert any("自愿不签约" in line for line in mine["paragraphs"])
    assert (
        client.get("/api/informed-notices", headers=make.session_of(make.user(resident=make.resident()))).json["items"]
        == []
    )
