"""Home visits over HTTP: planning a month, the route of a day, the arrival, and who comes as the resident sees it."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server import clock
from server.database import db
from server.models import AuditEvent, FollowUp, HomeVisit, Membership, Notification, Programme, Role
from server.policy.dates import month_end
from tests import make
from tests.handlers.problem import refused

PHOTO = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def doctor(client: FlaskClient) -> Any:
    """Doctor Chen: his headers and the team he leads."""
    team = make.team()
    return make.session_of(make.user(staff=team.lead)), team


def due(team: Any, **fields: Any) -> FollowUp:
    """A visit of this month, due its last day."""
    last = month_end(clock.today())
    values = {"programme": Programme.HOME_VISIT, "team": team, "due_on": last, "window_end_on": last}
    return make.followup(**(values | fields))


def planning(*rows: FollowUp, **fields: Any) -> dict[str, Any]:
    values = {
        "followup_ids": [row.id for row in rows],
        "planned_on": (clock.today() + timedelta(days=1)).isoformat(),
        "window": "afternoon",
    }
    return values | fields


def audited(action: str) -> int:
    return db.session.scalar(select(func.count()).where(AuditEvent.action == action)) or 0


def test_a_month_is_planned_and_counted(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    first, second = due(team), due(team)
    due(team, status="missed")
    due(team, status="done", visited_on=clock.today())
    due(make.team())

    planned = client.post("/api/doctor/visits/plan", json=planning(first), headers=headers)

    assert planned.json == {"planned": 1}
    month = client.get("/api/doctor/visits", headers=headers).json
    assert month["counts"] == {"to_plan": 1, "planned": 1, "missed": 1, "done": 1}
    assert [row["followup_id"] for row in month["items"]] == [second.id]
    (shown,) = client.get("/api/doctor/visits?tab=planned", headers=headers).json["items"]
    assert (shown["visitor_name"], shown["window_label"]) == (team.lead.name, "下午 14:00—17:00")
    assert shown["planned_on"] == (clock.today() + timedelta(days=1)).isoformat()
    for tab, status in (("missed", "missed"), ("done", "done")):
        (row,) = client.get(f"/api/doctor/visits?tab={tab}", headers=headers).json["items"]
        assert row["status"] == status
    assert client.get("/api/doctor/visits?month=2026-01-15", headers=headers).json["items"] == []
    assert audited("visit_planned") == 1


def test_planning_again_moves_the_visit_and_its_notice(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    nurse = make.staff(organisation_id=team.organisation_id, name="王护士")
    make.saved(Membership(team_id=team.id, staff_id=nurse.id, role=Role.NURSE))
    row = due(team)
    client.post("/api/doctor/visits/plan", json=planning(row), headers=headers)
    told = make.saved(
        Notification(
            kind="visit_tomorrow", dedupe_key="k", resident_id=row.resident_id, team_id=team.id, subject_id=row.id,
            facts={}, created_at=clock.now(), next_attempt_at=clock.now(),
        )
    )  # fmt: skip

    moved = planning(row, planned_on=(clock.today() + timedelta(days=2)).isoformat(), visitor_id=nurse.id)
    assert client.post("/api/doctor/visits/plan", json=moved, headers=headers).status_code == 200

    visit = db.session.scalars(select(HomeVisit)).one()
    assert (visit.visitor.name, visit.planned_on) == ("王护士", clock.today() + timedelta(days=2))
    db.session.refresh(told)
    assert told.status == "cancelled"


def test_what_cannot_be_planned_is_refused_whole(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    good, over = due(team), due(team, status="done", visited_on=clock.today())
    stranger = make.staff()

    def ask(*rows: FollowUp, **fields: Any) -> Any:
        return client.post("/api/doctor/visits/plan", json=planning(*rows, **fields), headers=headers)

    refused(ask(good, over), 409, "visit_over")
    refused(ask(good, planned_on=(clock.today() - timedelta(days=1)).isoformat()), 400, "visit_day_invalid")
    later = month_end(clock.today()) + timedelta(days=1)
    refused(ask(good, planned_on=later.isoformat()), 400, "visit_day_invalid")
    refused(ask(good, visitor_id=stranger.id), 400, "visitor_unknown")
    refused(ask(good, due(make.team())), 404, "not_found")
    assert db.session.scalar(select(func.count()).select_from(HomeVisit)) == 0


def test_next_months_visit_is_not_made_this_month(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    next_month = month_end(month_end(clock.today()) + timedelta(days=1))
    row = due(team, due_on=next_month, window_end_on=next_month)

    answer = client.post("/api/doctor/visits/plan", json=planning(row), headers=headers)

    refused(answer, 400, "visit_day_invalid")
    assert answer.json["details"]["since"] == next_month.replace(day=1).isoformat()


def test_the_route_of_a_day_goes_door_by_door(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    area = make.area("510703001")
    head, wife = make.resident(name="张三", area_id=area.id), make.resident(name="李四", area_id=area.id)
    home = make.household(head, address="北街1号")
    make.member(home, wife, "10")
    for who in (wife, head):
        make.home_visit(due(team, resident=who))
    make.home_visit(due(team), time_window="evening")
    make.home_visit(due(team), planned_on=clock.today() + timedelta(days=1))
    make.home_visit(due(team, status="missed"))

    found = client.get("/api/doctor/visits/route", headers=headers).json

    assert [(leg["window_label"], leg["area"], len(leg["doors"])) for leg in found["legs"]] == [
        ("上午 9:00—11:30", area.name, 1),
        ("傍晚 17:00—19:30", "未登记住址", 1),
    ]
    door = found["legs"][0]["doors"][0]
    assert (door["address"], len(door["visits"])) == ("北街1号", 2)
    assert {"张*", "李*"} == set(door["title"].split("、"))
    assert [one["name"] for one in found["colleagues"]] == [team.lead.name]
    assert audited("address_seen") == 3


def test_the_arrival_has_a_place_and_a_time_and_stays(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    row = due(team)
    path = f"/api/doctor/visits/{row.id}/arrive"
    said = {"place": "北街1号家中", "latitude": 31.467459, "longitude": 104.679114}

    first = client.post(path, json=said, headers=headers)
    client.post(path, json={"place": "别处"}, headers=headers)

    assert first.json["place"] == "北街1号家中"
    visit = db.session.scalars(select(HomeVisit)).one()
    assert (visit.place, visit.location, visit.visitor_id) == ("北街1号家中", "31.467459,104.679114", team.lead.id)
    assert visit.arrived_at == visit.arrival_noted_at
    assert audited("visit_arrived") == 1
    refused(client.post("/api/doctor/visits/plan", json=planning(row), headers=headers), 409, "visit_over")


def test_a_late_entry_keeps_both_times(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    row = due(team, status="missed")
    then = clock.now() - timedelta(days=3)

    path = f"/api/doctor/visits/{row.id}/arrive"
    client.post(path, json={"place": "家中", "arrived_at": then.isoformat()}, headers=headers)

    visit = db.session.scalars(select(HomeVisit)).one()
    assert visit.arrived_at == then
    assert visit.arrival_noted_at is not None
    assert clock.local(visit.arrival_noted_at).date() == clock.today()
    assert visit.planned_on == clock.local(then).date()


@pytest.mark.parametrize("days", [-61, 1])
def test_an_arrival_in_the_future_or_long_ago_is_refused(client: FlaskClient, doctor: Any, days: int) -> None:
    headers, team = doctor
    then = clock.now() + timedelta(days=days)

    path = f"/api/doctor/visits/{due(team).id}/arrive"
    refused(
        client.post(path, json={"place": "家中", "arrived_at": then.isoformat()}, headers=headers),
        400,
        "arrival_invalid",
    )
    half = {"place": "家中", "latitude": 31.4}
    refused(client.post(path, json=half, headers=headers), 422, "invalid_input")


def test_nobody_arrives_where_nobody_is_due(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    path = f"/api/doctor/visits/{due(team, status='cancelled').id}/arrive"

    refused(client.post(path, json={"place": "家中"}, headers=headers), 409, "visit_over")


def test_a_resident_sees_who_comes_with_his_face(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    who = make.resident()
    mine = make.session_of(make.user(resident=who))
    make.home_visit(due(team, resident=who), planned_on=clock.today() + timedelta(days=1))
    make.home_visit(due(team))
    assert client.get("/api/doctor/photo", headers=headers).json == {"photo": None}
    refused(client.post("/api/doctor/photo", json={"photo": "x"}, headers=headers), 400, "photo_invalid")

    assert client.post("/api/doctor/photo", json={"photo": PHOTO}, headers=headers).json == {"kept": True}
    client.post("/api/doctor/photo", json={"photo": PHOTO}, headers=headers)

    (coming,) = client.get("/api/visits", headers=mine).json["items"]
    assert (coming["visitor_name"], coming["window_label"]) == (team.lead.name, "上午 9:00—11:30")
    assert (coming["photo"], coming["team_phone"]) == (PHOTO, team.phone)
    assert client.get("/api/doctor/photo", headers=headers).json == {"photo": PHOTO}
    assert date.fromisoformat(coming["planned_on"]) > clock.today()


def test_where_to_go_is_shown_and_recorded(client: FlaskClient, doctor: Any) -> None:
    headers, team = doctor
    row = due(team, resident=make.resident(address="南街8号"))

    found = client.get(f"/api/doctor/visits/{row.id}", headers=headers).json

    assert (found["address"], found["planned_on"]) == ("南街8号", None)
    assert audited("address_seen") == 1
