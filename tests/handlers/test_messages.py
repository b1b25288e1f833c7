"""GET and POST /api/messages."""

import pytest
from flask.testing import FlaskClient

from tests import make
from tests.actions.conversing import Cast, cast, conversation_of, reply


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    return cast()


def post(client: FlaskClient, who: dict[str, str], **body: object) -> tuple[int, dict[str, object]]:
    response = client.post("/api/messages", json=body, headers=who)
    return response.status_code, response.json


def test_say_returns_the_message_and_the_answer(client: FlaskClient, people: Cast) -> None:
    status, body = post(client, make.session_of(people.lin_user), text="我的签约 😀", client_id="c-1")

    own, answer = body["items"]  # type: ignore[misc]
    assert status == 201
    assert (own["sender"], own["mine"], own["text"], own["sender_name"]) == ("resident", True, "我的签约 😀", "我")
    assert (answer["sender"], answer["mine"], answer["sender_name"]) == ("bot", False, "智能助手")
    assert own["at"].endswith("+08:00")
    assert set(own) == {
        "id",
        "sender",
        "sender_name",
        "text",
        "at",
        "mine",
        "delivery",
        "delivery_label",
        "held",
        "medium",
        "links",
    }


def test_messages_are_newest_first_with_the_conversation(client: FlaskClient, people: Cast) -> None:
    headers = make.session_of(people.lin_user)
    post(client, headers, text="找医生", client_id="c-1")
    reply(conversation_of(people.lin_user), "您好", people.chen)

    body = client.get("/api/messages", headers=headers).json

    assert [item["sender"] for item in body["items"]] == ["doctor", "bot", "resident"]
    assert (body["items"][0]["sender_name"], body["items"][0]["delivery"]) == ("陈医生", "waiting")
    assert body["next"] is None
    shown = body["conversation"]
    assert (shown["status"], shown["status_label"], shown["doctor_name"]) == ("with_doctor", "医生正在沟通", "陈医生")
    assert (shown["last_text"], shown["short_no"], shown["urgent"]) == ("您好", 1, False)


def test_messages_of_somebody_new_are_empty(client: FlaskClient) -> None:
    body = client.get("/api/messages", headers=make.session_of(make.user())).json

    awaited = {"promised": "", "late": False, "stand_in": "", "rate_id": "", "reply_minutes": None}
    assert body == {"items": [], "next": None, "conversation": None, "awaited": awaited}


def test_messages_come_in_pages_without_gaps(client: FlaskClient, people: Cast) -> None:
    headers = make.session_of(people.lin_user)
    for number in range(13):
        post(client, headers, text="你好", client_id=f"c-{number}")

    first = client.get("/api/messages", headers=headers).json
    second = client.get("/api/messages", query_string={"cursor": first["next"]}, headers=headers).json

    ids = [item["id"] for item in first["items"] + second["items"]]
    assert (len(first["items"]), len(ids), second["next"]) == (20, 26, None)
    assert ids == sorted(ids, reverse=True)


def test_nobody_sees_another_persons_messages(client: FlaskClient, people: Cast) -> None:
    post(client, make.session_of(people.lin_user), text="你好", client_id="c-1")

    assert client.get("/api/messages", headers=make.session_of(people.zhou_user)).json["items"] == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"text": "  ", "client_id": "c"}, 400, "message_empty"),
        ({"text": "长" * 501, "client_id": "c"}, 400, "message_too_long"),
        ({"text": "长" * 5000, "client_id": "c"}, 422, "invalid_input"),
        ({"text": "好", "client_id": ""}, 422, "invalid_input"),
        ({"text": "好", "client_id": "c" * 99}, 422, "invalid_input"),
        ({"text": "好"}, 422, "invalid_input"),
        ({"text": "好", "client_id": "c", "more": 1}, 422, "invalid_input"),
        ({"text": 1, "client_id": "c"}, 422, "invalid_input"),
    ],
)
def test_say_refuses_with_a_code(
    client: FlaskClient, people: Cast, body: dict[str, object], status: int, code: str
) -> None:
    got = client.post("/api/messages", json=body, headers=make.session_of(people.lin_user))

    assert (got.status_code, got.json["code"]) == (status, code)


def test_messages_need_a_session(client: FlaskClient) -> None:
    assert client.get("/api/messages").status_code == 401
    assert client.post("/api/messages", json={"text": "好", "client_id": "c"}).status_code == 401


def test_messages_with_a_bad_cursor_are_refused(client: FlaskClient, people: Cast) -> None:
    got = client.get("/api/messages?cursor=xx", headers=make.session_of(people.lin_user))

    assert (got.status_code, got.json["code"]) == (400, "cursor_invalid")
