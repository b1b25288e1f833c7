"""The relay: three chats, one conversation; the allowance of each chat; what is said when it is used up."""

import threading
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as server_clock
from server.access import conversations as access
from server.actions import accounts, messaging, notifications
from server.actions.messaging import steps
from server.config import Settings
from server.database import db, transaction
from server.models import Conversation, ConversationStatus, Message, Notification, PhoneTask, WechatAccount, WechatUser
from server.models import NotificationStatus as N
from server.models.conversation import Sender
from server.models.states import StaleState
from server.wechat.errcodes import Outcome
from server.wechat.gateway import Pushed
from tests import make
from tests.actions.conversing import POLICY, Cast, as_staff, cast, conversation_of, notices, reply, said_in, say
from tests.actions.pushing import Line
from tests.conftest import Clock

_count = iter(range(1, 10_000))


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def deliver(app: APIFlask, settings: Settings, line: Line) -> Any:
    def all_due() -> None:
        while notifications.deliver_next(line, settings, POLICY):  # type: ignore[arg-type]
            pass

    return all_due


def account(user: WechatUser, app: str = "service_account") -> WechatAccount:
    db.session.rollback()
    wanted = (WechatAccount.user_id == user.id) & (WechatAccount.app == app)
    found = db.session.scalar(select(WechatAccount).where(wanted).execution_options(populate_existing=True))
    assert found is not None
    return found


def kefu(user: WechatUser, text: str = "您好", *, kind: str = "text", key: str | None = None) -> None:
    messaging.receive(
        app="miniprogram", openid=account(user, "miniprogram").openid, unionid=None,
        dedupe_key=key or f"miniprogram:msg:{next(_count)}", text=text, kind=kind, at=server_clock.now(), policy=POLICY, most=500,
    )  # fmt: skip


def enter(user: WechatUser, key: str | None = None) -> None:
    openid = account(user, "miniprogram").openid
    messaging.enter(openid=openid, dedupe_key=key or f"enter:{next(_count)}", at=server_clock.now(), policy=POLICY)


def held(people: Cast) -> Conversation:
    people.lin_says("找医生")
    row = conversation_of(people.lin_user)
    messaging.take(row, by=as_staff(people.chen))
    return row


def die() -> None:
    raise KeyboardInterrupt


def delivery(message: Message) -> str:
    db.session.rollback()
    return access.deliveries([message])[message.id]


# ---------------------------------------------------------------- the mini-program's customer-service chat


def test_three_chats_are_one_conversation(people: Cast) -> None:
    people.lin_says("你好")
    kefu(people.lin_user, "你好")
    say(people.lin_user, "你好")

    row = conversation_of(people.lin_user)
    told = db.session.scalars(select(Message.via).where(Message.conversation_id == row.id).order_by(Message.id))
    assert list(told) == ["service_account"] * 2 + ["kefu"] * 2 + ["miniprogram"] * 2
    assert db.session.query(Conversation).count() == 1


def test_the_bot_answers_in_the_mini_programs_chat_by_a_message(people: Cast, deliver: Any, line: Line) -> None:
    kefu(people.lin_user, "我的签约", key="miniprogram:msg:same")
    kefu(people.lin_user, "我的签约", key="miniprogram:msg:same")

    deliver()

    ((channel, openid, text),) = line.pushed
    assert (channel, openid) == ("text", account(people.lin_user, "miniprogram").openid)
    assert people.team.name in text
    assert account(people.lin_user, "miniprogram").window_left == 4


def test_an_answer_of_the_bots_is_not_sent_after_a_doctor_took_over(people: Cast, deliver: Any, line: Line) -> None:
    kefu(people.lin_user, "我的签约")
    messaging.take(conversation_of(people.lin_user), by=as_staff(people.chen))

    deliver()

    assert line.pushed == []
    assert [(row.status, row.reason) for row in notices("bot_answer")] == [(N.CANCELLED, "doctor_has_it")]


def test_the_120_line_goes_out_although_a_doctor_has_it(people: Cast, deliver: Any, line: Line) -> None:
    held(people)
    kefu(people.lin_user, "我胸口疼得厉害，喘不上气")

    deliver()

    assert [text for channel, _, text in line.pushed if channel == "text" and "120" in text] != []
    assert said_in(conversation_of(people.lin_user))[-1][0] == "system"


def test_opening_the_chat_is_greeted_once_in_half_a_day(people: Cast, deliver: Any, line: Line, clock: Clock) -> None:
    enter(people.lin_user, "a")
    enter(people.lin_user, "a")
    enter(people.lin_user)
    deliver()
    clock.advance(hours=13)
    enter(people.lin_user)
    deliver()

    assert [text.startswith("【智能助手】") for _, _, text in line.pushed] == [True, True]


def test_opening_the_chat_while_a_doctor_has_it_is_silent(people: Cast, deliver: Any, line: Line) -> None:
    held(people)
    enter(people.lin_user)

    deliver()

    assert [row for row in line.pushed if row[0] == "text"] == []
    assert notices("bot_answer") == []


def test_opening_the_chat_leaves_the_longer_window_and_adds_a_brief_one(people: Cast) -> None:
    kefu(people.lin_user)
    enter(people.lin_user)

    mine = account(people.lin_user, "miniprogram")
    assert (mine.window_left, mine.brief_left) == (5, 2)


# ---------------------------------------------------------------- where the answer goes


def test_the_answer_goes_to_the_chat_he_wrote_in_last(people: Cast, deliver: Any, line: Line) -> None:
    people.lin_says("找医生")
    kefu(people.lin_user, "在吗")
    reply(conversation_of(people.lin_user), "您好", people.chen)

    deliver()

    assert line.pushed[-1][1:] == (account(people.lin_user, "miniprogram").openid, "陈医生：您好")
    assert notices("doctor_reply")[0].channel == "kefu"


def test_five_answers_are_in_the_chat_and_the_sixth_is_a_reminder(people: Cast, deliver: Any, line: Line) -> None:
    row = held(people)
    make.push_consent(people.lin_user, "reply", left=1)
    said = [reply(row, f"第{number}条", people.chen) for number in range(1, 7)]

    deliver()

    assert [delivery(message) for message in said] == ["chat"] * 5 + ["reminded"]
    assert line.channels[-1] == "subscribe:sbx_reply"
    assert account(people.lin_user).window_left == 0


def test_a_new_message_opens_five_more(people: Cast, deliver: Any, line: Line) -> None:
    row = held(people)
    for number in range(5):
        reply(row, f"第{number}条", people.chen)
    deliver()
    people.lin_says("好的")

    last = reply(row, "再见", people.chen)
    deliver()

    assert (delivery(last), account(people.lin_user).window_left) == ("chat", 4)


def test_after_two_days_it_is_a_template_message_with_the_page(
    people: Cast, deliver: Any, line: Line, clock: Clock
) -> None:
    row = held(people)
    clock.advance(hours=48)

    said = reply(row, "您好", people.chen)
    deliver()

    assert (delivery(said), line.channels[-1]) == ("reminded", "template:sbx_oa_notice")


def test_who_cannot_be_reached_at_all_is_phoned_and_both_sides_see_it(people: Cast, deliver: Any) -> None:
    row = held(people)
    mine = account(people.lin_user)
    accounts.unfollowed("service_account", mine.openid, dedupe_key="u", at=server_clock.now())

    said = reply(row, "您好", people.chen)
    deliver()

    assert delivery(said) == "failed"
    assert access.DELIVERY_LABELS["failed"] == "未送达，医生可电话联系"
    assert db.session.scalar(select(PhoneTask.about)) == "doctor_reply"


def test_an_answer_too_long_for_a_chat_says_where_the_rest_is(people: Cast, deliver: Any, line: Line) -> None:
    row = held(people)
    messaging.reply(row, "😀" * 600, "x", by=as_staff(people.chen), most=1000)

    deliver()

    text = line.pushed[-1][2]
    assert len(text.encode()) <= 2048
    assert text.endswith("（全文请在小程序“消息”中查看）")


# ---------------------------------------------------------------- the allowance, exactly


def test_many_senders_at_once_never_send_a_sixth(app: APIFlask, people: Cast, settings: Settings, line: Line) -> None:
    row = held(people)
    for number in range(9):
        reply(row, f"第{number}条", people.chen)

    def send() -> None:
        with app.app_context():
            while notifications.deliver_many(line, settings, POLICY, budget=3):  # type: ignore[arg-type]
                pass
            db.session.remove()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert line.channels.count("text") == 5
    assert line.channels.count("template:sbx_oa_notice") == 4
    assert account(people.lin_user).window_left == 0


@pytest.mark.parametrize(("errcode", "left"), [(45047, 0), (45015, 0), (48002, 0)])
def test_what_wechat_says_about_the_allowance_is_believed(
    people: Cast, deliver: Any, line: Line, errcode: int, left: int
) -> None:
    row = held(people)
    line.answers.append(Pushed(Outcome.NO_CONSENT, None, errcode))
    said = reply(row, "您好", people.chen)

    deliver()

    assert (delivery(said), account(people.lin_user).window_left) == ("reminded", left)


def test_a_window_opened_meanwhile_is_not_closed_by_an_older_answer(people: Cast, deliver: Any, line: Line) -> None:
    row = held(people)
    line.answers.append(Pushed(Outcome.NO_CONSENT, None, 45015))
    reply(row, "您好", people.chen)

    def writes_again() -> None:
        line.during = None
        people.lin_says("在吗")

    line.during = writes_again
    deliver()

    assert account(people.lin_user).window_left == 5


def test_what_was_not_sent_is_given_back(people: Cast, deliver: Any, line: Line) -> None:
    row = held(people)
    line.will(Outcome.RETRY)
    said = reply(row, "您好", people.chen)

    deliver()

    assert (delivery(said), account(people.lin_user).window_left) == ("waiting", 5)


def test_when_nobody_knows_the_person_is_reminded_and_the_message_counts(
    people: Cast, deliver: Any, line: Line
) -> None:
    row = held(people)
    line.will(Outcome.UNKNOWN)
    said = reply(row, "您好", people.chen)

    deliver()

    assert (delivery(said), account(people.lin_user).window_left) == ("reminded", 4)
    assert line.channels[-2:] == ["text", "template:sbx_oa_notice"]


def test_a_dead_sender_leaves_a_reminder_not_a_silence(
    people: Cast, deliver: Any, line: Line, settings: Settings, clock: Clock
) -> None:
    row = held(people)
    said = reply(row, "您好", people.chen)
    dying = Line()
    dying.during = die
    with pytest.raises(KeyboardInterrupt):
        while notifications.deliver_next(dying, settings, POLICY):  # type: ignore[arg-type]
            pass
    clock.advance(minutes=5)

    while notifications.recover_next(POLICY):
        pass
    deliver()

    assert (delivery(said), line.channels[-1]) == ("reminded", "template:sbx_oa_notice")


def test_the_brief_window_is_used_first(people: Cast, deliver: Any) -> None:
    kefu(people.lin_user, "找医生")
    row = conversation_of(people.lin_user)
    deliver()
    messaging.take(row, by=as_staff(people.chen))
    enter(people.lin_user)
    reply(row, "您好", people.chen)

    deliver()

    mine = account(people.lin_user, "miniprogram")
    assert (mine.window_left, mine.brief_left) == (4, 1)


@pytest.mark.parametrize("state", [ConversationStatus.WITH_DOCTOR, ConversationStatus.CLOSED])
def test_the_row_refuses_the_bot_whoever_calls(people: Cast, state: ConversationStatus) -> None:
    row = held(people)
    if state == ConversationStatus.CLOSED:
        messaging.close(row, by=as_staff(people.chen))

    with pytest.raises(StaleState), transaction():
        steps.add_message(row, Sender.BOT, "您好", via="kefu", at=server_clock.now())

    assert [message for message in said_in(row) if message[1] == "您好"] == []
    assert db.session.query(Notification).filter_by(kind="bot_answer").count() == 0
