"""The doctor's conversations: list, read (audited), take, reply, close; strangers find nothing."""

import base64
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server.database import db
from server.models import AuditEvent, Conversation
from tests import make
from tests.actions.conversing import Cast, cast, conversation_of, receive
from tests.conftest import Clock
from wechat_sandbox.samples import PICTURE, VOICE

BASE = "/api/doctor/conversations"


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


def act(client: FlaskClient, who: dict[str, str], row: Conversation, what: str, **body: Any) -> Any:
    return client.post(f"{BASE}/{row.id}/{what}", json=body or None, headers=who)


def test_list_shows_urgent_first_and_masked(
    client: FlaskClient, people: Cast, waiting: Conversation, chen: Any
) -> None:
    resident = make.resident(name="王大山")
    make.agreement(resident=resident, team=people.team)
    receive(make.user(resident=resident), "我老伴昏迷了，叫不醒")

    body = client.get(BASE, headers=chen).json

    assert [(item["resident_label"], item["urgent"]) for item in body["items"]] == [("王*山", True), ("林*月", False)]
    assert body["next"] is None
    assert set(body["items"][0]) == {
        "id", "status", "status_label", "urgent", "resident_label", "resident_id", "doctor_name",
        "last_text", "last_at", "short_no", "due_at",
    }  # fmt: skip


def test_reading_one_shows_its_messages_and_is_audited(client: FlaskClient, waiting: Conversation, chen: Any) -> None:
    body = client.get(f"{BASE}/{waiting.id}", headers=chen).json

    assert [item["sender"] for item in body["items"]] == ["bot", "resident"]
    assert body["items"][1]["sender_name"] == "林*月"
    assert body["conversation"]["id"] == waiting.id
    reads = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "conversation_read")
    assert db.session.scalar(reads) == 1


def test_take_reply_close(client: FlaskClient, waiting: Conversation, chen: Any) -> None:
    taken = act(client, chen, waiting, "take")
    replied = act(client, chen, waiting, "reply", text="您好😀", client_id="d-1")
    repeated = act(client, chen, waiting, "reply", text="您好😀", client_id="d-1")
    closed = act(client, chen, waiting, "close")

    assert (taken.status_code, taken.json["status"], taken.json["doctor_name"]) == (200, "with_doctor", "陈医生")
    assert (replied.status_code, replied.json["mine"], replied.json["delivery"]) == (201, True, "waiting")
    assert repeated.json["id"] == replied.json["id"]
    assert (closed.status_code, closed.json["status"]) == (200, "closed")
    assert act(client, chen, waiting, "reply", text="还有", client_id="d-2").json["code"] == "illegal_move"


def test_a_colleague_is_told_who_holds_it(client: FlaskClient, people: Cast, waiting: Conversation, chen: Any) -> None:
    act(client, chen, waiting, "take")
    nurse = make.staff(name="李护士", organisation_id=people.chen.organisation_id)
    make.saved(make.Membership(team_id=people.team.id, staff_id=nurse.id, role="nurse"))

    got = act(client, make.session_of(make.user(staff=nurse)), waiting, "take")

    assert (got.status_code, got.json["code"]) == (409, "conversation_held")
    assert "陈医生" in got.json["title"]


@pytest.mark.parametrize("what", ["", "/take", "/reply", "/close"])
def test_a_doctor_of_another_team_and_a_wrong_id_look_the_same(
    client: FlaskClient, people: Cast, waiting: Conversation, what: str
) -> None:
    zhou = make.session_of(people.zhou_user)
    answers = []
    for found in (waiting.id, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "x"):
        url = f"{BASE}/{found}{what}"
        body = {"text": "好", "client_id": "c"} if what == "/reply" else None
        answers.append(client.post(url, json=body, headers=zhou) if what else client.get(url, headers=zhou))

    assert {(answer.status_code, answer.json["code"], answer.json["title"]) for answer in answers} == {
        (404, "not_found", "没有找到这个会话")
    }


def test_residents_may_not(client: FlaskClient, people: Cast, waiting: Conversation) -> None:
    lin = make.session_of(people.lin_user)

    assert client.get(BASE, headers=lin).status_code == 403
    assert client.get(BASE).status_code == 401


PHOTO = "data:image/jpeg;base64," + base64.b64encode(PICTURE).decode()
VOICE_URL = "data:audio/amr;base64," + base64.b64encode(VOICE).decode()


@pytest.mark.parametrize(
    ("what", "body", "content", "kind"),
    [("photos", {"photo": PHOTO}, PICTURE, "image"), ("voice", {"voice": VOICE_URL}, VOICE, "voice")],
)
def test_a_photo_or_recording_is_the_residents_after_the_check_at_most_a_minute(
    client: FlaskClient,
    people: Cast,
    waiting: Conversation,
    chen: Any,
    clock: Clock,
    what: str,
    body: Any,
    content: bytes,
    kind: str,
) -> None:
    lin = make.session_of(people.lin_user)
    made = act(client, chen, waiting, what, client_id="m1", **body)
    again = act(client, chen, waiting, what, client_id="m1", **body)
    before = client.get("/api/messages", headers=lin).json["items"][0]
    hidden = client.get(f"/api/messages/{made.json['id']}/medium", headers=lin)
    own = client.get(made.json["medium"]["path"], headers=chen)
    clock.advance(seconds=61)
    after = client.get("/api/messages", headers=lin).json["items"][0]

    assert (made.status_code, made.json["mine"], made.json["medium"]["kind"]) == (201, True, kind)
    assert again.json["id"] == made.json["id"]
    assert (before["text"], before["medium"], hidden.status_code) == ("［正在做内容安全检查，马上显示］", None, 404)
    assert own.data == content
    assert client.get(after["medium"]["path"], headers=lin).data == content
    assert (after["sender"], after["delivery_label"]) == ("doctor", "正在发送")


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [("photos", {"photo": VOICE_URL}, "photo_invalid"), ("voice", {"voice": PHOTO}, "recording_invalid")],
)
def test_what_is_neither_is_refused(
    client: FlaskClient, waiting: Conversation, chen: Any, what: str, body: Any, code: str
) -> None:
    refused = act(client, chen, waiting, what, client_id="m1", **body)

    assert (refused.status_code, refused.json["code"]) == (400, code)
