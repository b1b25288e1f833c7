"""The doctor's side: taking, answering, closing, the doctor's own chat, and what time does."""

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.actions import messaging
from server.database import db
from server.errors import NotAllowed
from server.models import AuditEvent, Conversation, ConversationStatus, NotificationStatus, ServiceRecord, WechatUser
from server.models.states import IllegalMove
from tests import make
from tests.actions.conversing import (
    Cast,
    as_resident,
    as_staff,
    cast,
    conversation_of,
    notices,
    receive,
    reply,
    said_in,
)
from tests.conftest import Clock


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


@pytest.fixture
def waiting(people: Cast) -> Conversation:
    people.lin_says("找医生")
    return conversation_of(people.lin_user)


def another_resident(people: Cast, name: str = "王大山") -> WechatUser:
    resident = make.resident(name=name)
    make.agreement(resident=resident, team=people.team)
    return make.user(resident=resident)


def audited(action: str) -> list[str]:
    return list(db.session.scalars(select(AuditEvent.object_id).where(AuditEvent.action == action)))


def test_reply_reaches_the_resident_and_is_recorded(people: Cast, waiting: Conversation) -> None:
    message = reply(waiting, "  按时吃饭，下周来测一次 😀 ", people.chen)

    assert said_in(waiting)[-1] == ("doctor", "按时吃饭，下周来测一次 😀")
    assert (waiting.status, waiting.staff_id) == (ConversationStatus.WITH_DOCTOR, people.chen.id)
    assert (waiting.waiting_since_at, waiting.is_urgent) == (None, False)
    (note,) = notices("doctor_reply")
    assert (note.subject_id, note.user_id, note.facts) == (message.id, people.lin_user.id, {"sender": "陈医生"})
    assert note.dedupe_key == f"doctor_reply:{message.id}"
    (record,) = db.session.scalars(select(ServiceRecord))
    assert (record.source_key, record.staff_id) == (f"message:{message.id}", people.chen.id)
    assert record.resident_id == people.lin_user.resident_id
    assert record.agreement_id is not None
    assert audited("conversation_replied") == [waiting.id]


def test_reply_twice_with_one_client_id_says_once(people: Cast, waiting: Conversation) -> None:
    first, second = reply(waiting, "您好", people.chen, "x"), reply(waiting, "您好", people.chen, "x")

    assert first.id == second.id
    assert len(notices("doctor_reply")) == 1


def test_reply_to_a_closed_conversation_is_refused(people: Cast, waiting: Conversation) -> None:
    messaging.close(waiting, by=as_staff(people.chen))

    with pytest.raises(IllegalMove):
        reply(waiting, "您好", people.chen)


def test_reply_by_a_resident_is_refused(people: Cast, waiting: Conversation) -> None:
    with pytest.raises(NotAllowed):
        messaging.reply(waiting, "您好", "x", by=as_resident(people.lin_user), most=500)


def test_take_silences_the_bot_and_cancels_the_notice(people: Cast, waiting: Conversation) -> None:
    messaging.take(waiting, by=as_staff(people.chen))
    messaging.take(waiting, by=as_staff(people.chen))

    assert people.lin_says("我的签约") is None
    assert waiting.staff_id == people.chen.id
    assert notices("message_waiting")[0].status == NotificationStatus.CANCELLED


def test_take_from_a_colleague_is_refused(people: Cast, waiting: Conversation) -> None:
    messaging.take(waiting, by=as_staff(people.chen))

    with pytest.raises(messaging.ConversationHeld, match="陈医生"):
        messaging.take(waiting, by=as_staff(people.zhou))


def test_a_new_question_after_the_answer_tells_the_doctor_again(
    people: Cast, waiting: Conversation, clock: Clock
) -> None:
    reply(waiting, "您好", people.chen)
    clock.advance(minutes=5)

    assert people.lin_says("还有一个问题") is None
    assert people.lin_says("我明天来可以吗") is None

    assert [note.user_id for note in notices("message_waiting")] == [people.chen_user.id] * 2


def test_close_lets_the_bot_answer_in_a_new_conversation(people: Cast, waiting: Conversation) -> None:
    reply(waiting, "您好", people.chen)
    messaging.close(waiting, by=as_staff(people.chen))
    messaging.close(waiting, by=as_staff(people.chen))

    answer = people.lin_says("你好")

    assert answer is not None and "智能助手" in answer
    assert conversation_of(people.lin_user).id != waiting.id
    assert said_in(waiting)[-1][0] == "system"
    assert audited("conversation_closed") == [waiting.id]


def test_open_for_is_audited(people: Cast, waiting: Conversation) -> None:
    messaging.open_for(waiting, by=as_staff(people.chen))

    assert audited("conversation_read") == [waiting.id]


# ---------------------------------------------------------------- time


def test_close_idle_next_when_nothing_is_idle_returns_false(people: Cast) -> None:
    people.lin_says("你好")

    assert messaging.close_idle_next(48) is False


def test_close_idle_next_closes_one_and_then_none(people: Cast, clock: Clock) -> None:
    people.lin_says("你好")
    row = conversation_of(people.lin_user)
    clock.advance(hours=49)

    assert [messaging.close_idle_next(48) for _ in range(2)] == [True, False]
    assert (row.status, row.open_key) == (ConversationStatus.CLOSED, None)


def test_close_idle_next_never_closes_who_waits_for_a_team(people: Cast, waiting: Conversation, clock: Clock) -> None:
    clock.advance(hours=100)

    assert messaging.close_idle_next(48) is False
    assert waiting.status == ConversationStatus.WAITING_DOCTOR


def test_close_idle_next_returns_an_unanswered_one_to_the_queue(
    people: Cast, waiting: Conversation, clock: Clock
) -> None:
    messaging.take(waiting, by=as_staff(people.chen))
    clock.advance(hours=49)

    assert [messaging.close_idle_next(48) for _ in range(2)] == [True, False]
    assert (waiting.status, waiting.staff_id) == (ConversationStatus.WAITING_DOCTOR, None)
    assert [note.status for note in notices("message_waiting")] == ["cancelled", "created"]


def test_close_idle_next_closes_an_answered_one(people: Cast, waiting: Conversation, clock: Clock) -> None:
    reply(waiting, "您好", people.chen)
    clock.advance(hours=49)

    assert messaging.close_idle_next(48) is True
    assert waiting.status == ConversationStatus.CLOSED


# ---------------------------------------------------------------- the doctor's own chat


def test_doctor_lists_who_waits_urgent_first_without_their_words(
    people: Cast, waiting: Conversation, clock: Clock
) -> None:
    clock.advance(minutes=7)
    receive(another_resident(people), "我老伴昏迷了")

    answer = people.chen_says("列表")

    assert answer is not None
    assert answer.splitlines() == ["待回复 2 位：", "【紧急】2 号 王*山 已等0分钟", "1 号 林*月 已等7分钟"]


@pytest.mark.parametrize(
    "text", ["1 好的，按时吃饭", "#1 好的，按时吃饭", "＃1好的，按时吃饭", "1号 好的，按时吃饭", "1，好的，按时吃饭"]
)
def test_doctor_answers_by_number(people: Cast, waiting: Conversation, text: str) -> None:
    answer = people.chen_says(text)

    assert answer == "已回复 1 号 林*月"
    assert said_in(waiting)[-1] == ("doctor", "好的，按时吃饭")
    assert len(notices("doctor_reply")) == 1


def test_doctor_answers_plainly_whom_he_holds(people: Cast, waiting: Conversation) -> None:
    people.chen_says("1 您好")

    assert people.chen_says("3天后来复查") == "已回复 1 号 林*月"
    assert said_in(waiting)[-1] == ("doctor", "3天后来复查")


def test_doctor_without_or_with_several_residents_is_asked_for_a_number(people: Cast, waiting: Conversation) -> None:
    nobody = people.chen_says("您好")
    receive(another_resident(people), "找医生")
    people.chen_says("1 您好")
    people.chen_says("2 您好")

    several = people.chen_says("按时吃饭")

    assert nobody is not None and "请写上编号" in nobody
    assert several is not None and "1 号 林*月" in several and "2 号 王*山" in several
    assert ("doctor", "按时吃饭") not in said_in(waiting)


def test_doctor_closes_by_number(people: Cast, waiting: Conversation) -> None:
    people.chen_says("1 您好")

    assert people.chen_says("1 结束") == "已结束 1 号 林*月"
    assert waiting.status == ConversationStatus.CLOSED
    assert people.chen_says("1 您好") == "没有 1 号会话，回复“列表”查看"


def test_doctor_of_another_team_finds_nothing(people: Cast, waiting: Conversation) -> None:
    assert receive(people.zhou_user, "1 您好") == "没有 1 号会话，回复“列表”查看"
    assert receive(people.zhou_user, "列表") == "现在没有待回复的居民。"


def test_doctor_gets_help_and_may_speak_for_himself(people: Cast) -> None:
    helped, own = people.chen_says("帮助"), people.chen_says("本人 我的签约")

    assert helped is not None and "结束" in helped
    assert own is not None and "没有查到您本人" in own
    assert said_in(conversation_of(people.chen_user))[0] == ("resident", "我的签约")


def test_doctor_answering_three_times_with_one_callback_answers_once(people: Cast, waiting: Conversation) -> None:
    answers = {people.chen_says("1 您好", key="service_account:msg:5") for _ in range(3)}

    assert answers == {"已回复 1 号 林*月"}
    assert said_in(waiting).count(("doctor", "您好")) == 1


def test_doctor_too_long_or_not_words_is_told(people: Cast, waiting: Conversation) -> None:
    assert people.chen_says("1 " + "长" * 501) == "消息最多500个字，请分几次发送"
    spoken = people.chen_says("", kind="location")
    assert spoken is not None and spoken.startswith("转给居民的只能是文字、照片或语音")
    assert len(said_in(waiting)) == 2


def test_chat_quoting_a_notice_answers_the_number_it_names(people: Cast) -> None:
    others = [another_resident(people, name) for name in ("王大山", "李小丽")]
    for user in others:
        receive(user, "找医生")
    people.chen_says("1 您好")

    answer = people.chen_says("「居民来信：2号 有新消息待回复」\n- - - - - - - - - -\n明天上午来")

    assert answer == "已回复 2 号 李*丽"
    assert said_in(conversation_of(others[1]))[-1] == ("doctor", "明天上午来")


def test_chat_a_quotation_that_names_nobody_or_two_is_asked_about(people: Cast) -> None:
    for user in [another_resident(people, name) for name in ("王大山", "李小丽")]:
        receive(user, "找医生")
    line = "\n- - - - - - - - - -\n"

    nobody = people.chen_says(f"「陈医生：好的」{line}明天上午来")
    two = people.chen_says(f"「1 号 王*山 2 号 李*丽」{line}明天上午来")

    assert "您现在没有正在接待的居民" in nobody and "您现在没有正在接待的居民" in two
