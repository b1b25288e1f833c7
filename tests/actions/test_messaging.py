"""Messages coming in: once each, answered by the bot, handed over, alarmed."""

import threading
from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import func, select

from server import clock as server_clock
from server import policy as policies
from server.actions import messaging
from server.database import db
from server.models import Conversation, ConversationStatus, Message, WechatCallback, WechatUser
from tests import make
from tests.actions.conversing import (
    POLICY,
    Cast,
    as_resident,
    cast,
    conversation_of,
    notices,
    receive,
    reply,
    said_in,
    say,
)
from tests.conftest import Clock


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_receive_three_times_says_once_and_answers_the_same(people: Cast) -> None:
    answers = [people.lin_says("我的签约", key="service_account:msg:77") for _ in range(3)]

    assert len(set(answers)) == 1
    assert answers[0] is not None
    assert [sender for sender, _ in said_in(conversation_of(people.lin_user))] == ["resident", "bot"]
    assert count(WechatCallback) == 1


def test_receive_of_the_same_callback_at_once_says_once(app: APIFlask, people: Cast) -> None:
    openid = people.lin_user.account("service_account").openid  # type: ignore[union-attr]
    answers: list[str | None] = []
    barrier = threading.Barrier(4)

    def call() -> None:
        with app.app_context():
            barrier.wait()
            answers.append(
                messaging.receive(
                    app="service_account",
                    openid=openid,
                    unionid=None,
                    dedupe_key="service_account:msg:9",
                    text="你好",
                    kind="text",
                    at=server_clock.now(),
                    policy=POLICY,
                    most=500,
                )
            )
            db.session.remove()

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.rollback()  # see what the others committed
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert (count(Message), count(WechatCallback), count(Conversation)) == (2, 1, 1)


def test_receive_opens_the_window(people: Cast) -> None:
    answer = people.lin_says("我的签约")

    account = people.lin_user.account("service_account")
    assert answer is not None and people.team.name in answer
    assert account is not None
    db.session.refresh(account)
    assert account.window_left == 5
    assert account.window_until_at is not None
    assert timedelta(hours=47) < account.window_until_at - server_clock.now() <= timedelta(hours=48)


def test_receive_knows_a_resident_of_the_mini_program_by_unionid(app: APIFlask) -> None:
    lin, team = make.resident(), make.team()
    make.agreement(resident=lin, team=team)
    user = make.user(resident=lin, openids=False)

    answer = messaging.receive(
        app="service_account",
        openid="oNew",
        unionid=user.unionid,
        dedupe_key="service_account:msg:1",
        text="我的签约",
        kind="text",
        at=server_clock.now(),
        policy=POLICY,
        most=500,
    )

    assert answer is not None and team.name in answer
    assert conversation_of(user).team_id == team.id


def test_receive_from_a_stranger_creates_him_and_answers(app: APIFlask) -> None:
    answer = messaging.receive(
        app="service_account",
        openid="oStranger",
        unionid=None,
        dedupe_key="service_account:msg:1",
        text="找医生 😀𠮷",
        kind="text",
        at=server_clock.now(),
        policy=POLICY,
        most=500,
    )

    assert answer is not None and "需要先签约" in answer
    user = db.session.scalar(select(WechatUser))
    assert user is not None and user.resident is None
    assert said_in(conversation_of(user))[0] == ("resident", "找医生 😀𠮷")
    assert conversation_of(user).status == ConversationStatus.BOT


def test_receive_of_an_emergency_says_120_first_and_alarms_the_leader(people: Cast) -> None:
    answer = people.lin_says("我胸口疼得厉害，喘不上气")

    row = conversation_of(people.lin_user)
    assert answer is not None and answer.startswith("请立即拨打120")
    assert (row.status, row.is_urgent, row.team_id) == (ConversationStatus.WAITING_DOCTOR, True, people.team.id)
    (alarm,) = notices("emergency_alarm")
    assert (alarm.user_id, alarm.is_urgent, alarm.team_id) == (people.chen_user.id, True, people.team.id)
    assert alarm.facts == {"sender": "林*月", "short_no": 1, "summary": "有紧急消息，请立即查看"}
    assert notices("message_waiting") == []


def test_receive_of_an_emergency_without_a_team_is_flagged_for_the_administrator(app: APIFlask) -> None:
    user = make.user()

    answer = receive(user, "我不想活了")
    later = receive(user, "你好")

    row = conversation_of(user)
    assert answer is not None and "12356" in answer
    assert (row.status, row.is_urgent, row.team_id) == (ConversationStatus.WAITING_DOCTOR, True, None)
    assert later is not None and "智能助手" in later  # nobody would come: the bot goes on
    assert notices("emergency_alarm") == []


def test_receive_of_a_crisis_reading_alarms(people: Cast) -> None:
    answer = people.lin_says("刚量血压190/100")

    assert answer is not None and "120" in answer
    assert conversation_of(people.lin_user).is_urgent
    assert len(notices("emergency_alarm")) == 1


def test_a_special_household_is_told_its_own_rules(people: Cast) -> None:
    resident = people.lin_user.resident
    region = policies.load("changyinsha")
    by = as_resident(people.lin_user)

    def told(key: str) -> str:
        spoken = messaging.say(
            people.lin_user, "签约一次管几年", key, policy=region, most=500, by=by, at=server_clock.now()
        )
        return spoken[-1].text

    general = told("term-1")
    make.tag(policies.load("changyinsha_special").groups.applies_to[0], resident=resident)
    special = told("term-2")

    assert "管1年" in general and "2018年2月28日" in special
    assert special.splitlines()[-1] == "依据：现农政发〔2017〕13号（2017年）"


def test_talk_human_hands_over_and_acknowledges_once_per_waiting_period(people: Cast) -> None:
    answers = [people.lin_says(text) for text in ("找医生", "在吗", "我的签约", "谢谢")]

    assert answers[0] is not None and "已转给" in answers[0]
    assert answers[1] is not None and answers[1].startswith("【智能助手】已转达")
    assert answers[2:] == [None, None]
    assert len(notices("message_waiting")) == 1
    assert notices("message_waiting")[0].user_id == people.chen_user.id
    assert "在吗" not in str(notices("message_waiting")[0].facts)


def test_an_emergency_while_a_doctor_holds_gets_the_fixed_line_and_alarms_him(people: Cast) -> None:
    people.lin_says("找医生")
    reply(conversation_of(people.lin_user), "您好", people.chen)

    answer = people.lin_says("我爸突然昏迷了，叫不醒")

    assert answer is not None and answer.startswith("请立即拨打120")
    assert said_in(conversation_of(people.lin_user))[-1][0] == "system"
    assert conversation_of(people.lin_user).is_urgent
    assert notices("emergency_alarm")[0].user_id == people.chen_user.id


def test_receive_of_voice_is_answered_and_handed_over(people: Cast) -> None:
    answer = people.lin_says("", kind="voice")

    assert answer is not None and "看不了语音和图片" in answer
    assert said_in(conversation_of(people.lin_user))[0] == ("resident", "[语音]")
    assert conversation_of(people.lin_user).status == ConversationStatus.WAITING_DOCTOR


def test_two_unclear_messages_hand_over(people: Cast) -> None:
    first, second = people.lin_says("🐼"), people.lin_says("🐼🐼")

    assert first is not None and "请回复数字" in first
    assert second is not None and "还是没明白" in second
    assert conversation_of(people.lin_user).status == ConversationStatus.WAITING_DOCTOR


def test_receive_when_nobody_of_the_team_uses_wechat_still_queues(app: APIFlask) -> None:
    lin = make.resident()
    make.agreement(resident=lin, team=make.team())
    user = make.user(resident=lin)

    receive(user, "找医生")

    assert conversation_of(user).status == ConversationStatus.WAITING_DOCTOR
    assert notices("message_waiting") == []


def test_tap_answers_like_words_and_opens_the_small_window(people: Cast) -> None:
    account = people.lin_user.account("service_account")
    assert account is not None

    answers = [
        messaging.tap(
            openid=account.openid,
            unionid=None,
            dedupe_key="service_account:event:1",
            key=key,
            at=server_clock.now(),
            policy=POLICY,
        )
        for key in ("menu_contract", "menu_contract")
    ]

    assert answers[0] is not None and people.team.name in answers[0]
    assert answers[0] == answers[1]
    db.session.refresh(account)
    assert account.window_left == 3
    assert count(Message) == 2


def test_tap_on_an_unknown_button_is_silent(people: Cast) -> None:
    account = people.lin_user.account("service_account")
    assert account is not None

    answer = messaging.tap(
        openid=account.openid, unionid=None, dedupe_key="k", key="menu_old", at=server_clock.now(), policy=POLICY
    )

    assert answer is None
    assert count(Message) == 0


def test_say_twice_with_one_client_id_says_once(people: Cast) -> None:
    first, second = say(people.lin_user, "你好", "a"), say(people.lin_user, "你好", "a")

    assert [message.id for message in first] == [message.id for message in second]
    assert [message.sender for message in first] == ["resident", "bot"]
    assert count(Message) == 2


@pytest.mark.parametrize(
    ("text", "error"),
    [("  \n", messaging.MessageEmpty), ("\x00", messaging.MessageEmpty), ("长" * 501, messaging.MessageTooLong)],
)
def test_say_refuses_what_cannot_be_said(people: Cast, text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        say(people.lin_user, text)

    assert count(Message) == 0


def test_both_entrances_share_one_conversation(people: Cast) -> None:
    people.lin_says("你好")
    say(people.lin_user, "我的签约")

    assert count(Conversation) == 1
    assert len(said_in(conversation_of(people.lin_user))) == 4


def test_a_conversation_without_a_team_gets_one_after_signing(app: APIFlask) -> None:
    lin, team = make.resident(), make.team()
    user = make.user(resident=lin)
    receive(user, "你好")
    make.agreement(resident=lin, team=team)

    receive(user, "找医生")

    row = conversation_of(user)
    assert (row.team_id, row.short_no, row.status) == (team.id, 1, ConversationStatus.WAITING_DOCTOR)


def test_short_numbers_are_the_smallest_free_ones(people: Cast) -> None:
    others = []
    for _ in range(3):
        resident = make.resident()
        make.agreement(resident=resident, team=people.team)
        others.append(make.user(resident=resident))
        receive(others[-1], "你好")
    messaging.close(conversation_of(others[1]), by=as_resident(others[1]))

    people.lin_says("你好")

    assert [conversation_of(user).short_no for user in (others[0], people.lin_user, others[2])] == [1, 2, 3]


def test_messages_keep_their_order_when_the_clock_goes_back(people: Cast, clock: Clock) -> None:
    people.lin_says("你好")
    clock.set("2026-03-02 09:00")
    people.lin_says("我的签约")

    assert [sender for sender, _ in said_in(conversation_of(people.lin_user))] == ["resident", "bot"] * 2
