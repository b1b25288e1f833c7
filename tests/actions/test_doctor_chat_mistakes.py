"""What doctors mistype in their own chat never reaches the wrong resident, and a command never reaches any."""

import pytest
from apiflask import APIFlask

from server.actions import messaging
from server.models import ConversationStatus, WechatUser
from tests import make
from tests.actions.conversing import Cast, as_staff, cast, conversation_of, receive, said_in


@pytest.fixture
def people(app: APIFlask) -> Cast:
    """Lin, number 1, is held by doctor Chen; Wang, number 2, waits."""
    people = cast()
    people.lin_says("找医生")
    messaging.take(conversation_of(people.lin_user), by=as_staff(people.chen))
    return people


@pytest.fixture
def wang(people: Cast) -> WechatUser:
    resident = make.resident(name="王大山")
    make.agreement(resident=resident, team=people.team)
    user = make.user(resident=resident)
    receive(user, "找医生")
    return user


def heard(who: WechatUser) -> list[str]:
    return [text for sender, text in said_in(conversation_of(who)) if sender == "doctor"]


@pytest.mark.parametrize("words", ["2您好，药按时吃", "2号您好", "2。您好", "２您好"])
def test_a_forgotten_blank_is_asked_about(people: Cast, wang: WechatUser, words: str) -> None:
    told = people.chen_says(words)

    assert told is not None and "是回复 2 号吗" in told
    assert heard(people.lin_user) == heard(wang) == []


@pytest.mark.parametrize("words", ["2天后复查", "2点以后来", "2片就够", "2周后再量", "120先打"])
def test_a_number_with_its_unit_is_an_answer(people: Cast, wang: WechatUser, words: str) -> None:
    told = people.chen_says(words)

    assert told is not None and told.startswith("已回复 1 号")
    assert heard(people.lin_user) == [words] and heard(wang) == []


@pytest.mark.parametrize("words", ["1、按时吃饭 2、少放盐", "1，多喝水，2，早点睡", "1. 带医保卡\n2. 空腹来"])
def test_an_answer_in_points_goes_to_who_is_held(people: Cast, wang: WechatUser, words: str) -> None:
    messaging.take(conversation_of(wang), by=as_staff(people.chen))
    messaging.release(conversation_of(people.lin_user), by=as_staff(people.chen))

    told = people.chen_says(words)

    assert told is not None and told.startswith("已回复 2 号")
    assert heard(people.lin_user) == [] and heard(wang) == [words]


@pytest.mark.parametrize("words", ["2结束", "2号结束", "结束2", "结束 2号", "2 结束。"])
def test_ending_by_number_is_never_said_to_a_resident(people: Cast, wang: WechatUser, words: str) -> None:
    row = conversation_of(wang)

    told = people.chen_says(words)

    assert told is not None and told.startswith("已结束 2 号")
    assert row.status == ConversationStatus.CLOSED and heard(people.lin_user) == []


@pytest.mark.parametrize("words", ["列表。", "列表！", "帮助。", "待回复~"])
def test_a_command_with_a_mark_is_a_command(people: Cast, words: str) -> None:
    told = people.chen_says(words)

    assert told is not None and "已回复" not in told
    assert heard(people.lin_user) == []
