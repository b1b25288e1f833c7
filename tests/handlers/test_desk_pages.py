"""Answering at a desk computer: the same checks and records as on the phone, and nothing that was typed gets lost."""

import base64
import io
import re
import wave
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from server import clock as server_clock
from server.access import media
from server.actions import messaging
from server.database import db, transaction
from server.handlers.desk.browsers import named
from server.handlers.desk.pages import PAGES
from server.models import AuditEvent, Conversation, ConversationNote, Message, MessageMedium
from server.models.conversation import ConversationStatus
from tests import make
from tests.actions.conversing import Cast, as_staff, cast, conversation_of, receive, reply
from tests.conftest import Clock
from tests.handlers.desk_browser import DESK, Desk, at, desk_of, form_token
from wechat_sandbox.samples import PICTURE, VOICE


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    return cast()


@pytest.fixture
def waiting(people: Cast) -> Conversation:
    people.lin_says("找医生")
    return conversation_of(people.lin_user)


@pytest.fixture
def desk(client: FlaskClient, people: Cast) -> Desk:
    return desk_of(client, people.chen_user)


@pytest.fixture
def stranger(client: FlaskClient, people: Cast) -> Desk:
    return desk_of(client, people.zhou_user)


def do(desk: Desk, row: Conversation, what: str, **fields: Any) -> Any:
    return desk.post(at(row, f"/{what}"), page=at(row), **fields)


def fresh(row: Conversation) -> Conversation:
    return db.session.get_one(Conversation, row.id, populate_existing=True)


def actions(action: str) -> list[AuditEvent]:
    return list(db.session.scalars(select(AuditEvent).where(AuditEvent.action == action)))


def another(people: Cast, name: str, text: str = "找医生") -> Conversation:
    who = make.resident(name=name)
    make.agreement(resident=who, team=people.team)
    user = make.user(resident=who)
    receive(user, text)
    return conversation_of(user)


# ---------------------------------------------------------------- the queue


def test_queue_is_emergencies_then_the_longest_waiting_with_the_promised_time(
    people: Cast, waiting: Conversation, desk: Desk, clock: Clock
) -> None:
    clock.advance(minutes=5)
    another(people, "王大山", "我胸口疼得厉害，喘不上气")

    page = desk.get("/").text

    names = re.findall(r'class="name">(?:<span class="tag bad">紧急</span> )?([^ <]+)', page)
    assert names == ["王*山", "林*月"]
    assert "今天 16:00 前答复 · 还剩" in page and "林小月" not in page
    assert ">全部 <span" in page and "紧急 1</a>" in page


def test_lists_are_waiting_mine_and_late(people: Cast, waiting: Conversation, desk: Desk, clock: Clock) -> None:
    held = another(people, "王大山")
    do(desk, held, "take")

    assert at(waiting) in desk.get("/?list=waiting").text and at(held) not in desk.get("/?list=waiting").text
    assert at(held) in desk.get("/?list=mine").text and at(waiting) not in desk.get("/?list=mine").text
    assert at(waiting) not in desk.get("/?list=late").text
    clock.set("2026-03-02 17:00")
    late = desk_again(desk, people).get("/?list=late").text
    assert at(waiting) in late and "已超时" in late


def desk_again(desk: Desk, people: Cast) -> Desk:
    """Log in once more: so long without a word ends the session."""
    return desk_of(desk.client, people.chen_user)


def test_queue_is_paged(people: Cast, desk: Desk) -> None:
    for number in range(22):
        user = make.user()
        make.conversation(user, team=people.team, short_no=number + 1, waiting_since_at=server_clock.now())

    first = desk.get("/").text
    following = re.search(r'href="(/workbench/doctor/\?[^"]*cursor=[^"]*)">下一页', first)
    assert following
    second = desk.client.get(following[1].replace("&amp;", "&")).text

    assert len(re.findall('class="name"', first)) == 20 and len(re.findall('class="name"', second)) == 2


def test_next_goes_to_the_first_who_waits_and_then_home(people: Cast, waiting: Conversation, desk: Desk) -> None:
    assert desk.get("/next").location.endswith(at(waiting))

    answer = desk.get(f"/next?after={waiting.id}")

    assert answer.location == f"{DESK}/"
    assert "没有等着您答复的居民了" in desk.client.get(answer.location).text


def test_pulse_moves_when_the_list_does_and_shows_nothing(people: Cast, waiting: Conversation, desk: Desk) -> None:
    before = desk.get("/pulse").json
    assert desk.get("/pulse").json == before and set(before) == {"mark", "waiting", "urgent"}
    assert before["mark"] in desk.get("/").text

    another(people, "王大山")

    assert desk.get("/pulse").json["mark"] != before["mark"]


# ---------------------------------------------------------------- one conversation


def test_each_opening_is_an_audited_read_and_the_pulse_is_none(waiting: Conversation, desk: Desk) -> None:
    page = desk.get(at(waiting)).text
    assert "找医生" in page and "林*月" in page

    marks = {desk.get(at(waiting, "/pulse")).json["mark"] for _ in range(2)}

    assert len(marks) == 1 and marks.pop() in page
    read = actions("conversation_read")
    assert [(event.object_id, event.actor_kind, event.source) for event in read] == [(waiting.id, "staff", "127.0.0.1")]


def test_pulse_of_a_conversation_moves_with_what_is_said_and_who_holds_it(
    people: Cast, waiting: Conversation, desk: Desk
) -> None:
    marks = [desk.get(at(waiting, "/pulse")).json["mark"]]
    for step in (
        lambda: people.lin_says("在吗"),
        lambda: do(desk, waiting, "take"),
        lambda: do(desk, waiting, "notes", text="x"),
    ):
        step()
        marks.append(desk.get(at(waiting, "/pulse")).json["mark"])

    assert len(set(marks)) == 4


def test_take_answer_release(people: Cast, waiting: Conversation, desk: Desk) -> None:
    assert "您已接诊" in desk.client.get(do(desk, waiting, "take").location).text
    assert fresh(waiting).status == "with_doctor" and fresh(waiting).staff_id == people.chen.id

    sent = do(desk, waiting, "reply", text="请明天来复查", client_id="one")
    assert sent.status_code == 303
    page = desk.client.get(sent.location).text
    assert "请明天来复查" in page and "正在发送" in page and "已发出" in page
    said = db.session.scalars(select(Message).where(Message.sender == "doctor")).one()
    assert said.via == "workbench" and said.staff_id == people.chen.id

    do(desk, waiting, "release")

    assert fresh(waiting).status == "bot"
    assert [event.actor_id for event in actions("conversation_replied")] == [people.chen.id]


def test_a_form_sent_twice_answers_once(waiting: Conversation, desk: Desk) -> None:
    for _ in range(2):
        assert do(desk, waiting, "reply", text="您好", client_id="same").status_code == 303

    assert db.session.query(Message).filter_by(sender="doctor").count() == 1


@pytest.mark.parametrize(
    ("text", "status", "why"),
    [
        ("   ", 400, "请输入要发送的内容"),
        ("长" * 501, 400, "消息最多500个字"),
        ("{name}您好，下次{next_visit}", 400, "还没有填上"),
    ],
)
def test_what_cannot_be_sent_stays_in_its_field(
    waiting: Conversation, desk: Desk, text: str, status: int, why: str
) -> None:
    answer = do(desk, waiting, "reply", text=text, client_id="kept")

    assert answer.status_code == status and why in answer.text
    assert f">{text}</textarea>" in answer.text and 'name="client_id" value="kept"' in answer.text
    assert db.session.query(Message).filter_by(sender="doctor").count() == 0


def test_lines_are_sent_as_they_were_written(waiting: Conversation, desk: Desk) -> None:
    do(desk, waiting, "reply", text="第一行\r\n第二行")

    assert db.session.query(Message).filter_by(sender="doctor").one().text == "第一行\n第二行"


def test_who_was_quicker_is_named_and_the_text_stays(people: Cast, waiting: Conversation, desk: Desk) -> None:
    nurse = make.colleague(people.team, name="李护士")
    messaging.take(waiting, by=as_staff(nurse))

    answer = do(desk, waiting, "reply", text="我来说几句")

    assert answer.status_code == 409 and "正由李护士接待" in answer.text and ">我来说几句</textarea>" in answer.text
    assert do(desk, waiting, "take").status_code == 409


def test_the_draft_survives_every_other_form(people: Cast, waiting: Conversation, desk: Desk) -> None:
    for what, fields in (("notes", {"text": "家属来过"}), ("take", {}), ("phone", {}), ("transfer", {"reason": ""})):
        answer = do(desk, waiting, what, draft="还没写完", **fields)
        assert ">还没写完</textarea>" in answer.text, what
    for what in ("release", "close"):
        answer = do(desk, waiting, what, draft="还没写完")
        assert answer.status_code == 409 and "请先发送或清空" in answer.text and ">还没写完</textarea>" in answer.text
    assert fresh(waiting).status == "with_doctor"


def test_what_was_written_when_the_session_ended_is_shown_not_lost(
    waiting: Conversation, desk: Desk, clock: Clock
) -> None:
    token = form_token(desk.get(at(waiting)))
    clock.advance(minutes=25)

    answer = desk.client.post(f"{DESK}{at(waiting)}/reply", data={"form_token": token, "text": "写了<很久>"})

    assert answer.status_code == 401 and "写了&lt;很久&gt;" in answer.text and "没有发出" in answer.text
    forged = desk.client.post(f"{DESK}{at(waiting)}/reply", data={"form_token": "0" * 64, "text": "别处的话"})
    assert forged.status_code == 303 and "别处" not in forged.text
    assert db.session.query(Message).filter_by(sender="doctor").count() == 0


def test_a_ready_made_reply_goes_into_the_draft_filled_in(people: Cast, waiting: Conversation, desk: Desk) -> None:
    kept = messaging.keep_reply(people.chen, "收到", "{name}您好，收到。", by=as_staff(people.chen))
    lacks = messaging.keep_reply(people.chen, "下次", "下次随访{next_visit}", by=as_staff(people.chen))

    answer = do(desk, waiting, "canned", text="先说一句", reply_id=kept.id)
    assert ">先说一句\n林小月您好，收到。</textarea>" in answer.text
    refusal = do(desk, waiting, "canned", text="先说一句", reply_id=lacks.id)

    assert refusal.status_code == 400 and "下次随访日期" in refusal.text and ">先说一句</textarea>" in refusal.text
    assert do(desk, waiting, "canned", text="", reply_id="0" * 26).status_code == 400
    assert db.session.query(Message).filter_by(sender="doctor").count() == 0


def test_notes_and_transfer_with_a_reason(people: Cast, waiting: Conversation, desk: Desk, client: FlaskClient) -> None:
    nurse = make.colleague(people.team, name="李护士")
    do(desk, waiting, "notes", text="夜里睡不好", client_id="n1")
    assert db.session.query(ConversationNote).one().text == "夜里睡不好"

    refusal = do(desk, waiting, "transfer", staff_id=nurse.id, reason=" ")
    assert refusal.status_code == 400 and f'value="{nurse.id}" selected' in refusal.text
    given = do(desk, waiting, "transfer", staff_id=nurse.id, reason="她更熟悉这种药")

    assert "已转给李护士" in desk.client.get(given.location).text and fresh(waiting).staff_id == nurse.id
    theirs = desk_of(client, make.user(staff=nurse)).get(at(waiting)).text
    assert "夜里睡不好" in theirs and "她更熟悉这种药" in theirs


def test_who_is_away_cannot_be_chosen(people: Cast, waiting: Conversation, desk: Desk) -> None:
    nurse, stand_in = make.colleague(people.team, name="李护士"), make.colleague(people.team, name="赵护士")
    now = server_clock.now()
    messaging.enter_absence(nurse, stand_in, from_at=now, until_at=now + timedelta(days=1), by=as_staff(nurse))

    assert "李护士" in desk.get(at(waiting)).text
    answer = do(desk, waiting, "transfer", staff_id=nurse.id, reason="用药")

    assert answer.status_code == 409 and "由赵护士代班" in answer.text and 'value="用药"' in answer.text


def test_closing_ends_it_and_the_page_says_so(waiting: Conversation, desk: Desk) -> None:
    do(desk, waiting, "take")
    page = desk.client.get(do(desk, waiting, "close").location).text

    assert "会话已结束" in page and 'id="reply"' not in page
    assert do(desk, waiting, "reply", text="还有一句").status_code == 409


def test_older_messages_are_a_page_away(people: Cast, waiting: Conversation, desk: Desk) -> None:
    for number in range(21):
        people.lin_says(f"第{number}句")

    newest = desk.get(at(waiting)).text
    older = re.search(r'href="([^"]*cursor=[^"]*)">看更早', newest)
    assert older and "第20句" in newest and "第0句" not in newest

    assert "第0句" in desk.client.get(older[1]).text


def test_the_number_is_shown_once_and_on_record(waiting: Conversation, desk: Desk, people: Cast) -> None:
    answer = do(desk, waiting, "phone")
    number = people.lin_user.resident.phone

    assert number and number in desk.client.get(answer.location).text
    assert number not in desk.get(at(waiting)).text
    assert len(actions("phone_revealed")) == 1


def test_a_voice_plays_in_a_browser_and_listening_is_on_record(waiting: Conversation, desk: Desk) -> None:
    voice = make.photo_of(waiting)
    with transaction() as session:
        kept = session.query(MessageMedium).filter_by(message_id=voice.id).one()
        kept.kind, kept.content_type, kept.content = "voice", "audio/amr", base64.b64encode(VOICE).decode()
    assert f'<audio controls preload="none" src="{DESK}/messages/{voice.id}/medium"' in desk.get(at(waiting)).text

    answer = desk.get(f"/messages/{voice.id}/medium")

    assert answer.content_type == "audio/wav" and len(actions("medium_read")) == 1
    with wave.open(io.BytesIO(answer.data)) as heard:
        assert 0.9 < heard.getnframes() / heard.getframerate() < 1.1


@pytest.mark.parametrize("content", [b"", b"#!AMR\n" + b"\xff" * 50, b"\xff\xfb\x90"])
def test_what_is_no_voice_stays_what_it_is(content: bytes) -> None:
    file = media.File(content, "audio/amr")

    assert media.playable(file) is file


def test_an_answer_may_be_a_photo(waiting: Conversation, desk: Desk) -> None:
    answer = do(desk, waiting, "photos", photo=(io.BytesIO(PICTURE), "x.jpg"), client_id="p1")

    said = db.session.query(Message).filter_by(sender="doctor").one()
    assert answer.status_code == 303 and fresh(waiting).staff_id is not None
    assert desk.get(f"/messages/{said.id}/medium").data == PICTURE


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\x89PNG\r\n\x1a\n" + b"x" * 20_000])
def test_what_is_no_photo_or_too_large_is_refused_and_the_draft_stays(
    waiting: Conversation, desk: Desk, content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.policy.pictures.MAX_PHOTO_BYTES", 10_000)
    answer = do(desk, waiting, "photos", photo=(io.BytesIO(content), "x.png"), draft="还没写完")

    assert answer.status_code == 400 and "照片没有成功上传" in answer.text and ">还没写完</textarea>" in answer.text
    assert db.session.query(Message).filter_by(sender="doctor").count() == 0


def test_a_photo_is_shown_and_the_look_is_on_record(waiting: Conversation, desk: Desk, stranger: Desk) -> None:
    photo = make.photo_of(waiting)
    path = f"/messages/{photo.id}/medium"
    assert f'{DESK}{path}" target="_blank"' in desk.get(at(waiting)).text

    answer = desk.get(path)

    assert answer.content_type.startswith("image/") and len(actions("medium_read")) == 1
    assert stranger.get(path).status_code == 404


def test_a_stand_in_of_another_team_opens_what_he_answers_with_its_photo(
    people: Cast, waiting: Conversation, client: FlaskClient
) -> None:
    now, colleague = server_clock.now(), make.staff(name="代医生", organisation_id=people.chen.organisation_id)
    make.team(lead=colleague)
    messaging.enter_absence(
        people.chen, colleague, from_at=now, until_at=now + timedelta(days=1), by=as_staff(people.chen)
    )
    photo = make.photo_of(waiting)
    desk = desk_of(client, make.user(staff=colleague))

    assert "找医生" in desk.get(at(waiting)).text
    assert desk.get(f"/messages/{photo.id}/medium").status_code == 200


# ---------------------------------------------------------------- who may


def test_another_teams_doctor_finds_nothing_and_changes_nothing(
    people: Cast, waiting: Conversation, stranger: Desk
) -> None:
    photo = make.photo_of(waiting)
    assert at(waiting) not in stranger.get("/").text
    for method, path, _, _ in PAGES:
        if "<" not in path:
            continue
        path = path.replace("<conversation_id>", waiting.id).replace("<message_id>", photo.id)
        answer = stranger.get(path) if method == "GET" else stranger.post(path, text="x", reason="x")
        assert answer.status_code == 404 and "没有找到" in answer.text, path

    assert fresh(waiting).status == ConversationStatus.WAITING_DOCTOR
    assert actions("conversation_read") == []


def test_every_form_carries_the_token_of_its_session(people: Cast, waiting: Conversation, desk: Desk) -> None:
    for method, path, _, _ in PAGES:
        if method == "POST":
            path = path.replace("<conversation_id>", waiting.id)
            for data in ({}, {"form_token": "0" * 64}):
                answer = desk.client.post(f"{DESK}{path}", data=data)
                assert answer.status_code == 403 and "页面已失效" in answer.text, path

    assert fresh(waiting).status == ConversationStatus.WAITING_DOCTOR and desk.get("/").status_code == 200


def test_pages_load_only_our_own_things(waiting: Conversation, desk: Desk) -> None:
    for path in ("/", at(waiting), "/login", "/nothing-here"):
        answer = desk.get(path)
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "style=" not in answer.text and not re.search(r"<script(?! src=\"/static/)", answer.text)
    assert 'href="/workbench/doctor/">返回首页' in desk.get("/nothing-here").text


def test_what_a_resident_writes_is_text(people: Cast, waiting: Conversation, desk: Desk) -> None:
    people.lin_says("<script>alert(1)</script>")

    for path in ("/", at(waiting)):
        assert "<script>alert" not in desk.get(path).text
    assert "&lt;script&gt;alert" in desk.get(at(waiting)).text


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Windows 电脑，Edge"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605", "苹果电脑，Safari"),
        ("curl/8", "未知设备，其他浏览器"),
        ("", "未知设备，其他浏览器"),
    ],
)
def test_a_browser_has_a_name_people_know(agent: str, name: str) -> None:
    assert named(agent) == name and len(name) <= 32


def test_answers_from_the_phone_stand_beside_those_from_the_desk(
    people: Cast, waiting: Conversation, desk: Desk
) -> None:
    reply(waiting, "手机上答的", people.chen)

    assert "手机上答的" in desk.get(at(waiting)).text
