"""§1.9 row 29 over HTTP: the same endpoints in three regions."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from server.config import Settings
from server.models import Community, Resident
from tests import configured, make
from tests.actions.test_signing import SIGNATURE
from tests.handlers.problem import refused


@pytest.fixture
def settings(database_url: str, wechat_base: str, request: pytest.FixtureRequest) -> Settings:
    found = configured.settings(database_url, wechat_base)
    region = getattr(request, "param", "fujian")
    return found.model_copy(update={"app": found.app.model_copy(update={"region": region})})


@pytest.fixture
def lin(client: FlaskClient) -> Resident:
    return make.resident()


@pytest.fixture
def factory(lin: Resident) -> Community:
    made = make.community(team=make.team())
    make.community_member(community=made, resident=lin)
    return made


def sign(client: FlaskClient, factory: Community, who: dict[str, str]) -> Any:
    choice = {"team_id": factory.team_id, "package_id": make.package().id}
    preview = client.post("/api/agreements/preview", json=choice, headers=who).json
    body = {
        **choice,
        "text_sha256": preview["text_sha256"],
        "consents": [consent["key"] for consent in preview["consents"]],
        "signature": SIGNATURE,
        "community_id": factory.id,
    }
    return client.post("/api/agreements", json=body, headers=who)


def test_a_member_sees_what_his_organisation_signed_and_joins(
    client: FlaskClient, lin: Resident, factory: Community
) -> None:
    who = make.session_of(make.user(resident=lin))
    assert client.get("/api/communities", headers=who).json["items"] == []
    refused(sign(client, factory, who), 409, "community_closed")
    make.frame(factory)

    (seen,) = client.get("/api/communities", headers=who).json["items"]
    assert (seen["name"], seen["is_framed"], seen["answer"]) == (factory.name, True, "invited")

    agreement = sign(client, factory, who)
    assert agreement.status_code == 201
    chen = make.session_of(make.user(staff=factory.team.lead))
    client.post(f"/api/doctor/agreements/{agreement.json['id']}/accept", headers=chen)
    assert client.get("/api/communities", headers=who).json["items"][0]["answer_label"] == "您已签约"


def test_a_member_declines(client: FlaskClient, lin: Resident, factory: Community) -> None:
    make.frame(factory)
    who = make.session_of(make.user(resident=lin))

    assert client.post(f"/api/communities/{factory.id}/decline", headers=who).json["answer"] == "declined"


def test_colleagues_see_nothing_of_it(client: FlaskClient, factory: Community) -> None:
    make.frame(factory)
    stranger = make.session_of(make.user(resident=make.resident()))

    assert client.get("/api/communities", headers=stranger).json["items"] == []


@pytest.mark.parametrize("settings", ["qianjiang"], indirect=True)
def test_where_the_service_reaches_out_without_a_frame(client: FlaskClient, lin: Resident, factory: Community) -> None:
    who = make.session_of(make.user(resident=lin))

    (seen,) = client.get("/api/communities", headers=who).json["items"]

    assert seen["is_framed"] is False
    assert sign(client, factory, who).status_code == 201


@pytest.mark.parametrize("settings", ["mianyang", "erqi"], indirect=True)
def test_where_there_are_none(client: FlaskClient, lin: Resident, factory: Community) -> None:
    who = make.session_of(make.user(resident=lin))

    refused(client.get("/api/communities", headers=who), 409, "communities_not_here")
    refused(client.post(f"/api/communities/{factory.id}/decline", headers=who), 409, "communities_not_here")
    refused(sign(client, factory, who), 409, "community_closed")
