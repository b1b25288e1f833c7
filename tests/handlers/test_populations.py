"""My health identity and the team's side of it, through the API."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server.database import db
from server.models import AuditEvent, Role, TagSource, TagStatus
from tests import make
from tests.handlers.problem import refused


class Scene:
    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.lead = make.staff()
        self.team = make.team(lead=self.lead)
        self.resident = make.resident(sex=2, birth_on=date(1995, 1, 1))
        self.agreement = make.agreement(resident=self.resident, team=self.team)
        self.me = make.session_of(make.user(resident=self.resident))
        self.doctor = make.session_of(make.user(staff=self.lead))

    def member(self, role: str) -> dict[str, str]:
        staff = make.staff(organisation=self.team.organisation_id)
        make.saved(make.Membership(team_id=self.team.id, staff_id=staff.id, role=role))
        return make.session_of(make.user(staff=staff))

    def post(self, path: str, who: dict[str, str], **body: Any) -> Any:
        return self.client.post(path, json=body or None, headers=who)

    def groups(self, who: dict[str, str]) -> list[dict[str, Any]]:
        found = self.client.get(f"/api/doctor/residents/{self.resident.id}/groups", headers=who)
        return list(found.json["items"])


@pytest.fixture
def scene(client: FlaskClient) -> Scene:
    return Scene(client)


def test_from_declaring_to_counting(scene: Scene) -> None:
    told = scene.post("/api/me/groups", scene.me, group="MATERNAL", due_on="2026-06-01")
    assert (told.status_code, told.json["status"], told.json["detail"]) == (201, "waiting", "预产期 2026-06-01")
    panel = scene.client.get("/api/doctor/residents", headers=scene.doctor).json["items"][0]
    assert panel["groups"] == []
    (waiting,) = scene.client.get("/api/doctor/groups", headers=scene.doctor).json["items"]

    certified = scene.post(f"/api/doctor/groups/{waiting['id']}/certify", scene.doctor)

    assert certified.json["status"] == "certified"
    panel = scene.client.get("/api/doctor/residents", headers=scene.doctor).json["items"][0]
    assert panel["groups"] == ["孕产妇"]
    (mine,) = scene.client.get("/api/me/groups", headers=scene.me).json["items"]
    assert (mine["status"], mine["can_withdraw"], mine["valid_to"]) == ("certified", False, "2026-07-27")
    assert scene.client.get("/api/doctor/groups", headers=scene.doctor).json["items"] == []


def test_a_resident_takes_a_declaration_back(scene: Scene) -> None:
    told = scene.post("/api/me/groups", scene.me, group="FLOATING", since_on="2025-01-01").json

    assert scene.post(f"/api/me/groups/{told['id']}/withdraw", scene.me).json["status"] == "withdrawn"
    assert scene.client.get("/api/me/groups", headers=scene.me).json["items"] == []
    refused(scene.post(f"/api/doctor/groups/{told['id']}/certify", scene.doctor), 409, "illegal_move")


@pytest.mark.parametrize("group", ["HTN", "SMI", "TB", "LOW_INCOME", "ELDER"])
def test_only_some_groups_can_be_declared(scene: Scene, group: str) -> None:
    refused(scene.post("/api/me/groups", scene.me, group=group), 400, "group_not_allowed")
    codes = [choice["code"] for choice in scene.client.get("/api/me/groups", headers=scene.me).json["declarable"]]
    assert codes == ["MATERNAL", "DISABLED", "FLOATING"]


def test_a_doctor_adds_and_ends_a_group_and_is_put_on_record(scene: Scene) -> None:
    address = f"/api/doctor/residents/{scene.resident.id}/groups"
    added = scene.post(address, scene.doctor, group="DM", diagnosed_on="2025-01-01", institution="市中心医院")
    assert (added.status_code, added.json["can_end"]) == (201, True)

    ended = scene.post(f"/api/doctor/groups/{added.json['id']}/end", scene.doctor, is_wrong=True)

    assert ended.json["status"] == "void"
    assert scene.groups(scene.doctor) == []
    actions = db.session.scalars(select(AuditEvent.action)).all()
    assert {"group_added", "group_ended", "groups_seen"} <= set(actions)


def test_a_yearly_group_appears_on_the_list_when_its_year_is_over(scene: Scene) -> None:
    tag = make.tag("IMMOBILE", resident=scene.resident, reassess_on=date(2026, 3, 2))
    make.tag("IMMOBILE", reassess_on=date(2026, 3, 2))

    (due,) = scene.client.get("/api/doctor/groups?which=reassess", headers=scene.doctor).json["items"]

    assert due["id"] == tag.id
    assert scene.post(f"/api/doctor/groups/{tag.id}/reassess", scene.doctor).json["reassess_on"] == "2027-03-02"
    assert scene.client.get("/api/doctor/groups?which=reassess", headers=scene.doctor).json["items"] == []


@pytest.mark.parametrize("group", ["TB", "SMI"])
def test_few_see_tuberculosis_and_mental_disorders(scene: Scene, group: str) -> None:
    tag = make.tag(group, resident=scene.resident, source=TagSource.LIST)
    nurse, public_health = scene.member(Role.NURSE), scene.member(Role.PUBLIC_HEALTH)

    assert [len(scene.groups(who)) for who in (scene.doctor, public_health, nurse)] == [1, 1, 0]
    panels = [
        scene.client.get("/api/doctor/residents", headers=who).json["items"][0]["groups"]
        for who in (scene.doctor, nurse)
    ]
    assert [len(found) for found in panels] == [1, 0]
    assert scene.client.get("/api/me/groups", headers=scene.me).json["items"] == []
    refused(scene.post(f"/api/doctor/groups/{tag.id}/reassess", nurse), 404, "not_found")
    refused(scene.post(f"/api/doctor/groups/{tag.id}/end", scene.doctor, is_wrong=True), 400, "group_not_allowed")


def test_a_request_on_its_way_is_reason_enough_to_certify(scene: Scene, client: FlaskClient) -> None:
    asking = make.resident()
    make.agreement(resident=asking, team=scene.team, status=make.AgreementStatus.PENDING_TEAM)
    tag = make.tag(
        "FLOATING", resident=asking, status=TagStatus.WAITING, source=TagSource.RESIDENT_DECLARED,
        detail='{"since_on": "2025-01-01"}',
    )  # fmt: skip

    assert scene.post(f"/api/doctor/groups/{tag.id}/certify", scene.doctor).json["status"] == "certified"
