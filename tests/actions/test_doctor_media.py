"""A doctor answers with a picture or a voice recording: from his page, from his own chat; into both chats of the resident."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server import clock as server_clock
from server.access import answering, conversations, media
from server.actions import messaging, notifications
from server.actions.messaging import doctor_chat
from server.config import Settings
from server.database import db
from server.errors import NotAllowed
from server.handlers.context import EXTENSION
from server.models import (
    Conversation,
    ConversationStatus,
    MediumStatus,
    Message,
    MessageMedium,
    WechatAccount,
    WechatUser,
)
from server.models.conversation import Sender
from server.policy.pictures import PhotoInvalid
from server.policy.recordings import MOST_BYTES, RecordingInvalid, check_recording
from server.wechat.errcodes import Outcome
from server.wechat.gateway import Gateway, Judged
from tests import configured, make
from tests.actions.conversing import POLICY, Cast, as_resident, as_staff, conversation_of, notices, receive, reply
from tests.actions.pushing import Line
from tests.conftest import Clock
from wechat_sandbox.samples import PICTURE, VOICE
from wechat_sandbox.serving import Sandbox

APPS = {"service_account": configured.SERVICE_ACCOUNT, "miniprogram": configured.MINIPROGRAM}
UPLOAD, SEND = "/cgi-bin/media/upload", "/cgi-bin/message/custom/send"
MP3 = b"\xff\xf3\x48\xc4" + b"\x00" * 400
FIVE = 5


def data_url(content: bytes, kind: str = "image/jpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


PHOTO, SPOKEN = data_url(PICTURE), data_url(MP3, "audio/mpeg")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(seed=1) as served:
        yield served


@pytest.fixture
def wechat_base(sandbox: Sandbox) -> str:
    return sandbox.url


class Stage:
    """Resident Lin and her doctor Chen, both with phones in the sandbox; the jobs run when told."""

    def __init__(self, app: APIFlask, sandbox: Sandbox, settings: Settings) -> None:
        self.sandbox, self.settings = sandbox, settings
        self.gateway: Gateway = app.extensions[EXTENSION].gateway
        chen, lin = make.staff(name="陈医生"), make.resident(name="林小月")
        team = make.team(lead=chen)
        make.agreement(resident=lin, team=team)
        lin_user, self.lin_id = self._person("林小月", resident=lin)
        chen_user, self.chen_id = self._person("陈医生", staff=chen)
        self.people = Cast(team, chen, chen, lin_user, chen_user, chen_user)
        self.chen = as_staff(chen)

    def _person(self, name: str, **who: Any) -> tuple[WechatUser, str]:
        made = self.sandbox.control.post("users", {"name": name, "follows": {configured.SERVICE_ACCOUNT: True}})
        self.sandbox.control.post(f"users/{made['id']}/login", {"appid": configured.MINIPROGRAM})
        user = make.user(openids=False, **who)
        for app, app_id in APPS.items():
            openid = made["openids"][app_id]
            make.saved(WechatAccount(app=app, openid=openid, user_id=user.id, created_at=user.created_at))
        return user, made["id"]

    def lin_asks(self, app: str = "service_account", key: str = "1") -> Conversation:
        """She asks for a doctor in one of her chats, which opens its allowance at both ends."""
        self.sandbox.control.post(f"users/{self.lin_id}/messages", {"appid": APPS[app], "content": "找医生"})
        account = self.people.lin_user.account(app)
        assert account is not None
        messaging.receive(
            app=app, openid=account.openid, unionid=None, dedupe_key=f"{app}:{key}", text="找医生", kind="text",
            at=server_clock.now(), policy=POLICY, most=500,
        )  # fmt: skip
        return conversation_of(self.people.lin_user)

    def chen_sends(self, kind: str, content: bytes | None = None) -> str | None:
        """He sends a picture or voice in his own chat with the service account; returns the passive reply."""
        file = {} if content is None else {"file": base64.b64encode(content).decode()}
        body = {"appid": APPS["service_account"], "type": kind, **file}
        self.sandbox.control.post(f"users/{self.chen_id}/messages", body)
        media_id = next(reversed(self.sandbox.world.media._media), "")
        account = self.people.chen_user.account("service_account")
        assert account is not None
        return messaging.receive(
            app="service_account", openid=account.openid, unionid=None, dedupe_key=f"chen:{kind}:{media_id}", text="",
            kind=kind, at=server_clock.now(), policy=POLICY, most=500, media_id=media_id,
        )  # fmt: skip

    def fetch(self) -> None:
        while messaging.fetch_next(self.gateway):
            pass

    def judge(self, suggest: str = "pass") -> None:
        """WeChat is asked about what was sent, and answers."""
        while messaging.check_next(self.gateway, "http://127.0.0.1:9"):
            pass
        for trace_id in db.session.scalars(text("SELECT trace_id FROM content_check WHERE trace_id IS NOT NULL")):
            messaging.record_verdict(trace_id, Judged(suggest, 100 if suggest == "pass" else 20002), 0)

    def deliver(self) -> None:
        while notifications.deliver_next(self.gateway, self.settings, POLICY):
            pass

    def lin_got(self, app: str = "service_account") -> list[dict[str, Any]]:
        lines = self.sandbox.control.get(f"users/{self.lin_id}/chat?appid={APPS[app]}")
        return [line for line in lines if line["direction"] == "in" and line["via"] == "customer_service"]

    def left(self, app: str = "service_account") -> int:
        db.session.rollback()
        mine = (WechatAccount.user_id == self.people.lin_user.id) & (WechatAccount.app == app)
        return db.session.scalars(select(WechatAccount.window_left).where(mine)).one()

    def bytes_of(self, line: dict[str, Any], app: str = "service_account") -> bytes:
        return self.sandbox.world.media._media[line["media_id"]].upload.content


@pytest.fixture
def stage(app: APIFlask, sandbox: Sandbox, clock: Clock, settings: Settings) -> Stage:
    return Stage(app, sandbox, settings)


def delivery(message: Message) -> str:
    db.session.rollback()
    return conversations.deliveries([message])[message.id]


def answers() -> list[Message]:
    db.session.rollback()
    return list(db.session.scalars(select(Message).where(Message.sender == Sender.DOCTOR).order_by(Message.id)))


def medium() -> MessageMedium:
    db.session.rollback()
    return db.session.scalars(select(MessageMedium).execution_options(populate_existing=True)).one()


# ---------------------------------------------------------------- from the doctor's page


def test_a_photo_of_the_page_arrives_in_the_chat_once_wechat_has_judged_it(stage: Stage, clock: Clock) -> None:
    row = stage.lin_asks()
    said = messaging.reply_photo(row, PHOTO, "p1", by=stage.chen)
    again = messaging.reply_photo(row, PHOTO, "p1", by=stage.chen)

    stage.deliver()
    assert (stage.lin_got(), stage.left(), delivery(said), again.id) == ([], FIVE, "waiting", said.id)
    stage.judge()
    clock.advance(seconds=4)
    stage.deliver()

    (line,) = stage.lin_got()
    assert (line["type"], stage.bytes_of(line)) == ("image", PICTURE)
    assert (stage.left(), delivery(said)) == (FIVE - 1, "chat")
    stored = db.session.execute(text("SELECT content FROM message_medium")).scalar_one()
    assert base64.b64encode(PICTURE).decode()[:40] not in stored
    assert media.own(said.id, stage.people.lin_user, server_clock.now()).content_type == "image/jpeg"


def test_a_recording_arrives_as_voice(stage: Stage) -> None:
    said = messaging.reply_voice(stage.lin_asks(), SPOKEN, "v1", by=stage.chen)
    stage.judge()
    stage.deliver()

    (line,) = stage.lin_got()
    assert (line["type"], stage.bytes_of(line), delivery(said)) == ("voice", MP3, "chat")


def test_the_customer_service_chat_gets_a_photo_but_of_voice_only_that_there_is_some(stage: Stage) -> None:
    row = stage.lin_asks("miniprogram")
    messaging.reply_photo(row, PHOTO, "p1", by=stage.chen)
    said = messaging.reply_voice(row, SPOKEN, "v1", by=stage.chen)
    stage.judge()
    stage.deliver()

    got = [(line["type"], line["text"]) for line in stage.lin_got("miniprogram") if "智能助手" not in line["text"]]
    assert got == [("image", ""), ("text", "陈医生发来一段语音，请打开小程序“消息”收听")]
    assert delivery(said) == "chat"


def test_what_is_risky_reaches_nobody_and_its_doctor_is_told(stage: Stage) -> None:
    row = stage.lin_asks()
    said = messaging.reply_photo(row, PHOTO, "p1", by=stage.chen)
    stage.judge("risky")
    stage.deliver()

    assert ([line for line in stage.lin_got() if line["type"] == "image"], stage.left()) == ([], FIVE)
    assert delivery(said) == "stopped"
    with pytest.raises(media.MediumNotFound):
        media.own(said.id, stage.people.lin_user, server_clock.now())
    assert conversations.refused([said], by=Sender.DOCTOR)[said.id] == "没有通过内容安全检查，居民看不到"
    assert conversations.held_back([said], server_clock.now(), by=Sender.DOCTOR)[said.id] == conversations.HELD_BACK
    (note,) = notices("answer_not_sent")
    assert (note.user_id, "内容安全" in note.facts["summary"]) == (stage.people.chen_user.id, True)
    told = db.session.scalars(select(Message.text).where(Message.sender == Sender.SYSTEM))
    assert not [words for words in told if "内容安全" in words]
    row = conversation_of(stage.people.lin_user)
    assert row.waiting_since_at is not None  # she is not answered after all


def test_without_a_verdict_it_waits_a_minute_at_most(stage: Stage, clock: Clock) -> None:
    messaging.reply_photo(stage.lin_asks(), PHOTO, "p1", by=stage.chen)
    stage.deliver()
    clock.advance(seconds=61)
    stage.deliver()

    assert [line["type"] for line in stage.lin_got()] == ["image"]


def test_words_after_a_photo_arrive_after_it(stage: Stage, clock: Clock) -> None:
    row = stage.lin_asks()
    messaging.reply_photo(row, PHOTO, "p1", by=stage.chen)
    said = reply(row, "每天一片", stage.people.chen)
    stage.deliver()
    assert (stage.lin_got(), delivery(said)) == ([], "waiting")
    stage.judge()
    for _ in range(2):
        clock.advance(seconds=4)
        stage.deliver()

    assert [(line["type"], line["text"]) for line in stage.lin_got()] == [("image", ""), ("text", "陈医生：每天一片")]


def test_words_before_a_photo_do_not_wait_for_it(stage: Stage) -> None:
    row = stage.lin_asks()
    reply(row, "请看图", stage.people.chen)
    messaging.reply_photo(row, PHOTO, "p1", by=stage.chen)
    stage.deliver()

    assert [line["text"] for line in stage.lin_got()] == ["陈医生：请看图"]


def test_words_wait_a_minute_at_most_for_a_photo_that_cannot_be_fetched(stage: Stage, clock: Clock) -> None:
    row = stage.lin_asks()
    messaging.take(row, by=stage.chen)
    stage.chen_sends("image")  # in his own chat: WeChat has it, and is not asked for it here
    said = reply(row, "每天一片", stage.people.chen)
    stage.deliver()
    assert delivery(said) == "waiting"
    clock.advance(seconds=61)
    stage.deliver()

    assert [line["text"] for line in stage.lin_got()] == ["陈医生：每天一片"]


@pytest.mark.parametrize("photo", [data_url(b"<html>"), data_url(b"\xff\xd8\xff" + b"0" * 600_000), "x", SPOKEN])
def test_what_is_no_photo_is_refused(stage: Stage, photo: str) -> None:
    with pytest.raises(PhotoInvalid):
        messaging.reply_photo(stage.lin_asks(), photo, "p1", by=stage.chen)


@pytest.mark.parametrize("voice", [data_url(PICTURE, "audio/mpeg"), data_url(MP3, "image/png"), "data:audio/mpeg;base64,*",
                                   data_url(MP3 + b"0" * MOST_BYTES, "audio/mpeg"), ""])  # fmt: skip
def test_what_is_no_recording_is_refused(voice: str) -> None:
    with pytest.raises(RecordingInvalid):
        check_recording(voice)


def test_a_resident_cannot_answer_with_a_photo(stage: Stage) -> None:
    with pytest.raises(NotAllowed):
        messaging.reply_photo(stage.lin_asks(), PHOTO, "p1", by=as_resident(stage.people.lin_user))


# ---------------------------------------------------------------- from the doctor's own chat


@pytest.mark.parametrize(("kind", "content", "name"), [("image", PICTURE, "照片"), ("voice", VOICE, "语音")])
def test_what_he_sends_after_the_short_code_is_fetched_sealed_and_passed_on(
    stage: Stage, clock: Clock, kind: str, content: bytes, name: str
) -> None:
    number = stage.lin_asks().short_no
    assert receive(stage.people.chen_user, f"{number}号") == (
        f"您正在接待 {number} 号 林*月，接下来发的照片、语音会转给这位居民"
    )
    assert stage.chen_sends(kind) == f"正在把{name}转给 {number} 号 林*月"
    stage.deliver()
    assert stage.lin_got() == []

    stage.fetch()
    clock.advance(seconds=4)
    stage.deliver()

    (line,) = stage.lin_got()
    assert (line["type"], stage.bytes_of(line), stage.left()) == (kind, content, FIVE - 1)
    assert (medium().status, medium().media_id, delivery(answers()[0])) == (MediumStatus.KEPT, None, "chat")


def test_with_several_conversations_it_goes_to_the_number_named_last_for_five_minutes(
    stage: Stage, clock: Clock
) -> None:
    first = stage.lin_asks()
    resident = make.resident(name="王大山")
    make.agreement(resident=resident, team=stage.people.team)
    wang = make.user(resident=resident)
    receive(wang, "找医生")
    second = conversation_of(wang)
    for row in (first, second):
        messaging.take(row, by=stage.chen)

    assert (stage.chen_sends("image") or "").startswith(f"您正在接待多位居民，请写上编号，例如：{first.short_no}号。")
    receive(stage.people.chen_user, f"#{first.short_no}")
    clock.advance(minutes=1)
    receive(stage.people.chen_user, f"{second.short_no} 您好")
    assert "王*山" in (stage.chen_sends("image") or "")
    clock.advance(minutes=4)
    assert receive(stage.people.chen_user, str(first.short_no)) == (
        f"您正在接待 {first.short_no} 号 林*月，接下来发的照片、语音会转给这位居民"
    )
    assert "林*月" in (stage.chen_sends("voice") or "")
    clock.advance(seconds=301)
    assert (stage.chen_sends("image") or "").startswith("您正在接待多位居民")

    assert [(said.text, said.conversation_id) for said in answers()] == [
        ("您好", second.id), ("[图片]", second.id), ("[语音]", first.id),
    ]  # fmt: skip


def test_who_holds_nobody_is_asked_for_a_number_and_other_kinds_are_refused(stage: Stage) -> None:
    stage.lin_asks()
    assert (stage.chen_sends("image") or "").startswith("您现在没有正在接待的居民。请写上编号，例如：12号。")
    assert (stage.chen_sends("location") or "") == "转给居民的只能是文字、照片或语音。\n" + doctor_chat.HELP
    assert receive(stage.people.chen_user, "99号") == "没有 99 号会话，回复“列表”查看"
    assert answers() == []


def test_a_bare_number_is_an_answer_for_who_holds_one(stage: Stage) -> None:
    row = stage.lin_asks()
    messaging.take(row, by=stage.chen)
    receive(stage.people.chen_user, "12")

    assert [said.text for said in answers()] == ["12"]


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("image", b"MZ\x90", "文件格式无法识别，请您重新发送"),
        ("voice", b"#!AMR\n" + b"0" * 2_000_000, "文件太大，请您重新发送小一些的"),
    ],
)
def test_what_cannot_be_had_is_told_to_him_and_she_waits_on(
    stage: Stage, kind: str, content: bytes, words: str
) -> None:
    row = stage.lin_asks()
    messaging.take(row, by=stage.chen)
    stage.chen_sends(kind, content)
    stage.fetch()
    stage.deliver()

    assert (stage.lin_got(), stage.left(), delivery(answers()[0])) == ([], FIVE, "stopped")
    assert medium().status == MediumStatus.FAILED
    told = stage.sandbox.control.get(f"users/{stage.chen_id}/chat?appid={configured.SERVICE_ACCOUNT}")
    assert told[-1]["text"].endswith(words)
    row = conversation_of(stage.people.lin_user)
    assert (row.status, row.waiting_since_at is not None) == (ConversationStatus.WITH_DOCTOR, True)
    messaging.promise_next(POLICY)
    assert list(answering.promises([row.id])) == [row.id]


def test_a_later_answer_stands_and_nobody_waits(stage: Stage) -> None:
    row = stage.lin_asks()
    messaging.take(row, by=stage.chen)
    stage.chen_sends("image", b"MZ\x90")
    receive(stage.people.chen_user, "照片没发出，我直接说：按时复查")
    stage.fetch()

    assert conversation_of(stage.people.lin_user).waiting_since_at is None


# ---------------------------------------------------------------- the chat's allowance, and what WeChat refuses


@pytest.mark.parametrize(
    "fault",
    [{"kind": "http", "status": 502}, {"kind": "drop_before"}, {"kind": "drop_after"}, {"kind": "errcode", "errcode": -1}],
)  # fmt: skip
def test_an_upload_that_fails_is_tried_again_and_costs_nothing(
    stage: Stage, clock: Clock, fault: dict[str, Any]
) -> None:
    said = messaging.reply_photo(stage.lin_asks(), PHOTO, "p1", by=stage.chen)
    stage.judge()
    stage.sandbox.control.post("faults", {"path": UPLOAD, "count": 1, **fault})
    stage.deliver()
    assert (stage.lin_got(), stage.left(), delivery(said)) == ([], FIVE, "waiting")

    clock.advance(minutes=2)
    stage.deliver()

    assert ([line["type"] for line in stage.lin_got()], stage.left()) == (["image"], FIVE - 1)


def test_a_refused_token_uploads_the_whole_file_again(stage: Stage) -> None:
    messaging.reply_photo(stage.lin_asks(), PHOTO, "p1", by=stage.chen)
    stage.judge()
    stage.sandbox.control.post("faults", {"path": UPLOAD, "count": 1, "kind": "errcode", "errcode": 40001})
    stage.deliver()

    assert [stage.bytes_of(line) for line in stage.lin_got()] == [PICTURE]


def test_what_wechat_never_takes_becomes_a_reminder(stage: Stage) -> None:
    said = messaging.reply_photo(stage.lin_asks(), PHOTO, "p1", by=stage.chen)
    stage.judge()
    stage.sandbox.control.post("faults", {"path": UPLOAD, "kind": "errcode", "errcode": 40005})
    stage.deliver()

    assert ([line["type"] for line in stage.lin_got()], stage.left(), delivery(said)) == ([], FIVE, "reminded")


def test_the_sixth_becomes_a_reminder_and_a_lost_answer_stays_counted(
    stage: Stage, settings: Settings, clock: Clock
) -> None:
    row, line = stage.lin_asks(), Line().will(Outcome.UNKNOWN)
    sent = [messaging.reply_photo(row, PHOTO, f"p{number}", by=stage.chen) for number in range(6)]
    clock.advance(seconds=61)
    while notifications.deliver_next(line, settings, POLICY):  # type: ignore[arg-type]
        pass

    assert line.channels.count("image") == FIVE
    assert stage.left() == 0
    assert [delivery(said) for said in sent].count("chat") == FIVE - 1
    assert [delivery(said) for said in sent].count("reminded") == 2
