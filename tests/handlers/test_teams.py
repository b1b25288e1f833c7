"""GET /api/teams and /api/teams/{team_id}: public facts only."""

import pytest
from flask.testing import FlaskClient

from tests import make
from tests.handlers.problem import refused, without_request_id


@pytest.fixture
def headers(client: FlaskClient) -> dict[str, str]:
    return make.session_of(make.user())


def test_open_teams_show_leader_members_and_places(client: FlaskClient, headers: dict[str, str]) -> None:
    lead = make.staff(name="陈静", title="主治医师")
    team = make.team(lead=lead, name="城北一队", panel_cap=2000, panel_count=1990)
    nurse = make.staff(name="王芳", title="主管护师", organisation_id=lead.organisation_id)
    make.saved(make.Membership(team_id=team.id, staff_id=nurse.id, role="nurse"))

    (shown,) = client.get("/api/teams", headers=headers).json["items"]

    assert (shown["id"], shown["name"], shown["places_left"]) == (team.id, "城北一队", 10)
    assert shown["lead"] == {"name": "陈静", "title": "主治医师"}
    assert sorted((member["name"], member["role_label"]) for member in shown["members"]) == [
        ("王芳", "护士"),
        ("陈静", "家庭医生"),
    ]


def test_closed_teams_are_not_listed_and_not_found(client: FlaskClient, headers: dict[str, str]) -> None:
    closed = make.team(is_open=False)

    assert client.get("/api/teams", headers=headers).json["items"] == []
    refused(client.get(f"/api/teams/{closed.id}", headers=headers), 404, "not_found")


def test_a_team_shows_the_packages_on_offer_with_who_pays(client: FlaskClient, headers: dict[str, str]) -> None:
    team, package = make.team(), make.package(price_fen=1200, self_pay_fen=200)
    make.package(is_offered=False)

    (shown,) = client.get(f"/api/teams/{team.id}", headers=headers).json["packages"]

    assert (shown["id"], shown["price_fen"], shown["self_pay_fen"]) == (package.id, 1200, 200)
    assert sum(payer["amount_fen"] for payer in shown["payers"]) == 1200


def test_ids_that_are_none_all_look_absent(client: FlaskClient, headers: dict[str, str]) -> None:
    closed = make.team(is_open=False)
    ids = [closed.id, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "x", "😀", "%00", "x" * 3000]

    answers = [without_request_id(client.get(f"/api/teams/{one}", headers=headers)) for one in ids]

    assert all(answer == answers[0] for answer in answers)
    assert answers[0][0] == 404


def test_many_teams_come_in_pages(client: FlaskClient, headers: dict[str, str]) -> None:
    for number in range(23):
        make.team(name=f"第{number % 3}队")  # names repeat: the id decides

    first = client.get("/api/teams", headers=headers).json
    second = client.get("/api/teams", query_string={"cursor": first["next"]}, headers=headers).json

    names = [team["name"] for team in first["items"] + second["items"]]
    assert (len(first["items"]), len(second["items"]), second["next"]) == (20, 3, None)
    assert names == sorted(names)
    assert len({team["id"] for team in first["items"] + second["items"]}) == 23
