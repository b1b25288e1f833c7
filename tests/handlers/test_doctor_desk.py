"""The doctor's desk over HTTP: transfer, notes, replies kept ready, absences, figures; what the resident sees of it."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from server import clock as server_clock
from server.actions import messaging
from server.models import Conversation, ConversationRating
from tests import make
from tests.actions.conversing import Cast, as_staff, cast, conversation_of, reply
from tests.handlers.problem import refused

BASE = "/api/doctor"


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    return cast()


@pytest.fixture
def waiting(people: Cast) -> Conversation:
    people.lin_says("找医生")
    return conversation_of(people.lin_user)


@pytest.fixture
def chen(people: Cast) -> dict[str, str]:
    return make.session_of(people.chen_user)


@pytest.fixture
def lin(people: Cast) -> dict[str, str]:
    return make.session_of(people.lin_user)


def test_the_list_says_by_when_each_is_to_be_answered(client: FlaskClient, waiting: Conversation, chen: Any) -> None:
    row = client.get(f"{BASE}/conversations", headers=chen).json["items"][0]

    assert row["due_at"] == "2026-03-02T16:00:00+08:00"


def test_a_resident_sees_by_when_and_who_stands_in(
    client: FlaskClient, people: Cast, waiting: Conversation, lin: Any
) -> None:
    nurse = make.colleague(people.team, name="李护士")
    now = server_clock.now()
    messaging.enter_absence(people.chen, nurse, from_at=now, until_at=now + timedelta(days=1), by=as_staff(people.chen))

    seen = client.get("/api/messages", headers=lin).json

    assert seen["awaited"] == {
        "promised": "今天 16:00",
        "late": False,
        "stand_in": "陈医生现在不在，由李护士代为答复",
        "rate_id": "",
        "reply_minutes": None,
    }
    assert seen["conversation"]["due_at"] is None


def test_a_stand_in_of_another_team_sees_it_on_his_first_page_and_may_phone(
    client: FlaskClient, people: Cast, waiting: Conversation
) -> None:
    lead = make.staff(name="李医生", organisation_id=people.team.organisation_id)
    make.team(lead=lead, organisation_id=people.team.organisation_id)
    li = make.session_of(make.user(staff=lead))
    call = f"{BASE}/residents/{people.lin_user.resident_id}/phone"
    assert client.get(f"{BASE}/home", headers=li).json["waiting_conversations"] == 0
    assert client.post(call, headers=li).status_code == 404
    now = server_clock.now()
    messaging.enter_absence(people.chen, lead, from_at=now, until_at=now + timedelta(days=1), by=as_staff(people.chen))

    assert client.get(f"{BASE}/home", headers=li).json["waiting_conversations"] == 1
    assert client.post(call, headers=li).status_code == 200


def test_a_colleague_is_given_the_conversation(
    client: FlaskClient, people: Cast, waiting: Conversation, chen: Any, lin: Any
) -> None:
    nurse = make.colleague(people.team, name="李护士")
    people_there = client.get(f"{BASE}/colleagues", headers=chen).json["items"]
    assert [(one["name"], one["away"]) for one in people_there] == [("李护士", False)]

    given = client.post(
        f"{BASE}/conversations/{waiting.id}/transfer",
        json={"staff_id": nurse.id, "reason": "由护士约时间"},
        headers=chen,
    )

    assert given.json["doctor_name"] == "李护士"
    assert "由护士约时间" in client.get("/api/messages", headers=lin).json["items"][0]["text"]
    told = client.get(f"{BASE}/conversations/{waiting.id}/notes", headers=chen).json["items"]
    assert [one["text"] for one in told] == ["转交：陈医生 → 李护士（由护士约时间）"]


def test_somebody_of_another_institution_is_no_colleague(
    client: FlaskClient, people: Cast, waiting: Conversation, chen: Any
) -> None:
    body = {"staff_id": people.zhou.id, "reason": "请看"}

    refused(client.post(f"{BASE}/conversations/{waiting.id}/transfer", json=body, headers=chen), 404, "not_found")


def test_a_private_note_is_read_by_colleagues_and_never_by_the_resident(
    client: FlaskClient, people: Cast, waiting: Conversation, chen: Any, lin: Any
) -> None:
    body = {"text": "家属说最近情绪低落", "client_id": "n1"}
    path = f"{BASE}/conversations/{waiting.id}/notes"

    assert client.post(path, json=body, headers=chen).status_code == 201

    assert client.get(path, headers=chen).json["items"][0]["text"] == "家属说最近情绪低落"
    assert "情绪低落" not in client.get("/api/messages", headers=lin).text
    assert "情绪低落" not in client.get(f"{BASE}/conversations/{waiting.id}", headers=chen).text
    for stranger in (lin, make.session_of(people.zhou_user)):
        assert client.get(path, headers=stranger).status_code in (403, 404)
        assert client.post(path, json=body, headers=stranger).status_code in (403, 404)


def test_a_reply_is_kept_filled_in_and_taken_away(
    client: FlaskClient, people: Cast, waiting: Conversation, chen: Any
) -> None:
    kept = client.post(
        f"{BASE}/canned", json={"title": "收到", "text": "{name}您好，收到。", "for_team": True}, headers=chen
    )
    client.post(f"{BASE}/canned", json={"title": "随访", "text": "{next_visit}见"}, headers=chen)

    rows = client.get(f"{BASE}/conversations/{waiting.id}/canned", headers=chen).json["items"]

    assert [(row["filled"], row["is_team"]) for row in rows] == [("林小月您好，收到。", True), ("", False)]
    assert "下次随访日期" in rows[1]["problem"]
    left = client.post(f"{BASE}/canned/{kept.json['id']}/remove", headers=chen).json
    assert [row["title"] for row in left["items"]] == ["随访"]
    assert left["leads"] is True


def test_an_unknown_variable_is_refused_and_a_team_reply_needs_its_leader(
    client: FlaskClient, people: Cast, chen: Any
) -> None:
    nurse = make.session_of(make.user(staff=make.colleague(people.team)))
    body = {"title": "收到", "text": "{xm}您好"}

    refused(client.post(f"{BASE}/canned", json=body, headers=chen), 400, "variable_unknown")
    team_body = {"title": "收到", "text": "您好", "for_team": True}
    refused(client.post(f"{BASE}/canned", json=team_body, headers=nurse), 403, "not_allowed")


def test_a_doctor_says_when_he_is_away_and_comes_back(client: FlaskClient, people: Cast, chen: Any) -> None:
    nurse = make.colleague(people.team, name="李护士")
    body = {
        "stand_in_id": nurse.id,
        "from_at": "2026-03-03T08:00:00+08:00",
        "until_at": "2026-03-05T08:00:00+08:00",
    }

    row = client.post(f"{BASE}/absences", json=body, headers=chen).json

    assert (row["stand_in"], row["label"]) == ("李护士", "明天 08:00 至 3月5日（周四）08:00")
    theirs = make.session_of(make.user(staff=nurse))
    assert [one["mine"] for one in client.get(f"{BASE}/absences", headers=theirs).json["items"]] == [False]
    refused(client.post(f"{BASE}/absences/{row['id']}/end", headers=theirs), 404, "not_found")
    assert client.post(f"{BASE}/absences/{row['id']}/end", headers=chen).json == {"items": []}


def test_a_resident_rates_once_and_the_doctor_never_learns_who(
    client: FlaskClient, people: Cast, waiting: Conversation, chen: Any, lin: Any
) -> None:
    reply(waiting, "您好", people.chen)
    messaging.close(waiting, by=as_staff(people.chen))
    seen = client.get("/api/messages", headers=lin).json["awaited"]
    assert (seen["rate_id"], seen["reply_minutes"]) == (waiting.id, 0)

    path = f"/api/messages/{waiting.id}/rating"
    assert client.post(path, json={"stars": 4, "words": "回得快"}, headers=lin).status_code == 201

    refused(client.post(path, json={"stars": 1}, headers=lin), 409, "rating_not_now")
    refused(client.post(path, json={"stars": 1}, headers=make.session_of(people.zhou_user)), 404, "not_found")
    assert client.get("/api/messages", headers=lin).json["awaited"]["rate_id"] == ""
    assert client.get(f"{BASE}/answering", headers=chen).json["stars"] is None
    assert "回得快" not in client.get(f"{BASE}/conversations/{waiting.id}", headers=chen).text


def test_a_team_sees_its_stars_once_enough_residents_rated(client: FlaskClient, people: Cast, chen: Any) -> None:
    for stars in (5, 4, 5, 4, 5):
        over = make.conversation(make.user(), team=people.team, status="closed")
        rated = {"conversation_id": over.id, "team_id": people.team.id, "stars": stars, "words": ""}
        make.saved(ConversationRating(**rated, at=server_clock.now()))

    assert client.get(f"{BASE}/answering", headers=chen).json == {
        "waiting": 0,
        "late": 0,
        "answered": 0,
        "percent": None,
        "minutes": None,
        "stars": 4.6,
        "days": 30,
    }
