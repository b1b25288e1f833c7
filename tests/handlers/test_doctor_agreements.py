"""/api/doctor/agreements… and /api/doctor/residents: the team answers requests and sees its panel."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from server import clock as clocks
from server.database import db
from server.models import Agreement, AgreementStatus, Enrolment, Membership, Programme, Team
from tests import make
from tests.handlers.problem import refused

S = AgreementStatus
URL = "/api/doctor/agreements"


@pytest.fixture
def team(client: FlaskClient) -> Team:
    return make.team(lead=make.staff(name="陈静"))


@pytest.fixture
def chen(team: Team) -> dict[str, str]:
    return make.session_of(make.user(staff=team.lead))


@pytest.fixture
def pending(team: Team) -> Agreement:
    return make.agreement(team=team, status=S.PENDING_TEAM, resident=make.resident(name="林秀英"))


def panel_count(team: Team) -> int:
    db.session.rollback()
    found = db.session.get(Team, team.id, populate_existing=True)
    assert found is not None
    return found.panel_count


def listed(client: FlaskClient, headers: dict[str, str], status: str) -> list[dict[str, Any]]:
    found = client.get(f"{URL}?status={status}", headers=headers)
    assert found.status_code == 200
    items: list[dict[str, Any]] = found.json["items"]
    return items


def test_lists_by_state_are_the_teams_own_and_masked(client: FlaskClient, team: Team, chen: Any) -> None:
    pending = make.agreement(team=team, status=S.PENDING_TEAM, resident=make.resident(name="林秀英"))
    fresh = make.agreement(team=team)
    ending = make.agreement(team=team, start_on=clocks.today() - timedelta(days=300))
    make.agreement(status=S.PENDING_TEAM)
    make.agreement()

    assert [item["id"] for item in listed(client, chen, "pending_team")] == [pending.id]
    assert [item["id"] for item in listed(client, chen, "active")] == [ending.id, fresh.id]
    assert [item["id"] for item in listed(client, chen, "ending")] == [ending.id]
    who = listed(client, chen, "pending_team")[0]["resident"]
    assert who["name_masked"] == "林*英"
    assert (who["phone_masked"], who["age"], who["sex_label"]) == ("138****0000", 75, "男")


@pytest.mark.parametrize("status", ["expired", "", "😀"])
def test_a_list_nobody_offers_is_invalid_input(client: FlaskClient, chen: Any, status: str) -> None:
    refused(client.get(URL, query_string={"status": status}, headers=chen), 422, "invalid_input")


def test_accepting_starts_today_and_counts(client: FlaskClient, team: Team, chen: Any, pending: Agreement) -> None:
    first = client.post(f"{URL}/{pending.id}/accept", headers=chen)
    again = client.post(f"{URL}/{pending.id}/accept", headers=chen)

    assert (first.status_code, first.json["status"], first.json["start_on"]) == (200, "active", "2026-03-02")
    assert again.json == first.json
    assert panel_count(team) == 1


def test_a_full_team_cannot_accept(client: FlaskClient) -> None:
    full = make.team(panel_cap=1, panel_count=1)
    pending = make.agreement(team=full, status=S.PENDING_TEAM)
    headers = make.session_of(make.user(staff=full.lead))

    refused(client.post(f"{URL}/{pending.id}/accept", headers=headers), 409, "cap_exceeded")

    assert [item["id"] for item in listed(client, headers, "pending_team")] == [pending.id]


@pytest.mark.parametrize("status", [S.WITHDRAWN, S.REJECTED, S.EXPIRED])
def test_what_is_over_cannot_be_accepted(client: FlaskClient, team: Team, chen: Any, status: AgreementStatus) -> None:
    over = make.agreement(team=team, status=status)

    refused(client.post(f"{URL}/{over.id}/accept", headers=chen), 409, "illegal_move")

    assert panel_count(team) == 0


def test_rejecting_says_why(client: FlaskClient, chen: Any, pending: Agreement) -> None:
    body = {"reason_code": "out_of_area", "note": "请就近签约😀"}

    first = client.post(f"{URL}/{pending.id}/reject", json=body, headers=chen)
    again = client.post(f"{URL}/{pending.id}/reject", json=body, headers=chen)

    assert (first.status_code, first.json["status"]) == (200, "rejected")
    assert first.json["reject_reason"] == "不在服务区域：请就近签约😀"
    assert again.json == first.json
    refused(client.post(f"{URL}/{pending.id}/accept", headers=chen), 409, "illegal_move")


@pytest.mark.parametrize(
    "body", [{}, {"reason_code": "because"}, {"reason_code": "other", "note": "长" * 201}, {"reason_code": None}]
)
def test_a_rejection_needs_a_known_reason(
    client: FlaskClient, chen: Any, pending: Agreement, body: dict[str, Any]
) -> None:
    refused(client.post(f"{URL}/{pending.id}/reject", json=body, headers=chen), 422, "invalid_input")

    assert [item["id"] for item in listed(client, chen, "pending_team")] == [pending.id]


def test_the_panel_shows_programmes_and_the_next_contact(client: FlaskClient, team: Team, chen: Any) -> None:
    signed = make.agreement(team=team, resident=make.resident(name="林秀英"))
    make.followup(resident=signed.resident, team=team, due_on=clocks.today() + timedelta(days=9))
    ended = Enrolment(
        resident_id=signed.resident_id,
        team_id=team.id,
        programme=Programme.HOME_VISIT,
        started_on=clocks.today(),
        ended_on=clocks.today(),
    )
    make.saved(ended)
    plain = make.agreement(team=team)
    make.agreement()

    items = client.get("/api/doctor/residents", headers=chen).json["items"]

    assert {item["id"] for item in items} == {signed.resident_id, plain.resident_id}
    lin = next(item for item in items if item["id"] == signed.resident_id)
    assert lin == {
        "id": signed.resident_id,
        "name_masked": "林*英",
        "phone_masked": "138****0000",
        "age": 75,
        "sex_label": "男",
        "real_name_state": "verified",
        "real_name_label": "已核验",
        "groups": [],
        "tags": ["高血压"],
        "agreement_id": signed.id,
        "agreement_status": "active",
        "agreement_end_on": "2027-03-01",
        "next_due_on": "2026-03-11",
    }
    other = next(item for item in items if item["id"] == plain.resident_id)
    assert (other["tags"], other["next_due_on"]) == ([], None)


def test_every_programme_has_a_word_and_a_restricted_one_is_shown_to_whoever_looks_after_it(
    client: FlaskClient, chen: dict[str, str], team: Team
) -> None:
    signed = make.agreement(team=team)
    nurse = make.staff(organisation_id=team.organisation_id)
    make.saved(Membership(team_id=team.id, staff_id=nurse.id, role="nurse"))
    for programme in Programme:
        fields = {"team_id": team.id, "programme": programme, "started_on": clocks.today(), "staff_id": team.lead.id}
        key = f"{signed.resident_id}:{programme}"
        make.saved(Enrolment(resident_id=signed.resident_id, open_key=key, **fields))

    def tags(headers: dict[str, str]) -> list[str]:
        found: list[str] = client.get("/api/doctor/residents", headers=headers).json["items"][0]["tags"]
        return found

    assert len(tags(chen)) == len(Programme) and "严重精神障碍" in tags(chen)
    assert not {"严重精神障碍", "肺结核"} & set(tags(make.session_of(make.user(staff=nurse))))


def test_a_big_panel_comes_in_pages_whose_agreement_ends_first_in_front(
    client: FlaskClient, team: Team, chen: Any
) -> None:
    for days in range(23):
        make.agreement(team=team, start_on=clocks.today() - timedelta(days=days % 5))

    first = client.get("/api/doctor/residents", headers=chen).json
    second = client.get(f"/api/doctor/residents?cursor={first['next']}", headers=chen).json

    ends = [item["agreement_end_on"] for item in first["items"] + second["items"]]
    assert len({item["id"] for item in first["items"] + second["items"]}) == 23
    assert (ends, second["next"]) == (sorted(ends), None)
