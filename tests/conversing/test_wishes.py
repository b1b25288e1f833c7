"""Several wishes in one message, beginnings of sentences, and vague words: nothing is lost, nothing wrong is opened."""

import pytest
from apiflask import APIFlask

from server.models import AgreementStatus
from tests import make
from tests.actions.conversing import Cast, conversation_of
from tests.conversing.chatting import says


def test_the_first_of_three_wishes_is_served_and_the_others_are_named(people: Cast) -> None:
    make.slot()

    first, day = says(people.lin_user, "帮我约个心内科的号，另外看看下次随访，再问下服务包多少钱", "1")

    assert "心内科，想哪一天去" in first
    assert first.endswith("您还说到：“下次随访”、“服务包和费用”。这件办完，再回复这几个字就行。")
    assert "还有这些号" in day


def test_a_question_may_be_the_first(people: Cast) -> None:
    (told,) = says(people.lin_user, "我的签约哪天到期，对了，再看看我约了哪些号")

    assert people.team.name in told and "您还说到：“我的预约”" in told


def test_one_wish_told_in_two_sentences_is_one(people: Cast) -> None:
    (told,) = says(people.lin_user, "我的签约快到期了吧，是哪天到期")

    assert "您还说到" not in told


def test_an_emergency_among_wishes_is_the_only_thing(people: Cast) -> None:
    (told,) = says(people.lin_user, "帮我约个号，另外我爸突然昏迷叫不醒，再问下服务包多少钱")

    assert told.startswith("请立即拨打120") and "您还说到" not in told


@pytest.mark.parametrize("words", ["我老伴", "我妈", "我爸呢", "我娃儿", "给我家老人"])
def test_a_relative_and_nothing_more_alarms_nobody(people: Cast, words: str) -> None:
    (told,) = says(people.lin_user, words)

    assert "120" not in told and "没太明白" in told
    assert conversation_of(people.lin_user).status == "bot"


@pytest.mark.parametrize("words", ["我爸昏倒了", "我妈吐血了", "老伴没气了"])
def test_a_relative_and_what_happened_to_him_alarms(people: Cast, words: str) -> None:
    assert says(people.lin_user, words)[0].startswith("请立即拨打120")


@pytest.mark.parametrize("words", ["我想问一下", "跟你打听个事儿", "今天天气不错"])
def test_small_talk_is_no_danger(people: Cast, words: str) -> None:
    (told,) = says(people.lin_user, words)

    assert "120" not in told and "12356" not in told


def test_a_line_is_picked_as_people_say_it(people: Cast) -> None:
    make.slot()

    *_, shown = says(people.lin_user, "帮我约个专家号", "那就第一个", "嗯第一个吧", "就要1号")

    assert "回复 1 确认" in shown or "还有这些号" in shown


def test_a_question_is_not_taken_for_the_words_that_were_asked_for(people: Cast) -> None:
    asked, told = says(people.lin_user, "我要投诉", "帮我看看我的签约哪天到期")

    assert "请把情况写下来" in asked
    assert people.team.name in told and "您的意见：" not in told


def test_another_wish_at_the_confirmation_is_no_yes(people: Cast) -> None:
    *_, shown, told = says(people.lin_user, "我要投诉", "护士态度太差了", "帮我妈改预约")

    assert "回复 1 确认" in shown and "已转给" not in told
    assert conversation_of(people.lin_user).status == "bot"


def test_who_waits_for_the_team_is_told_so(app: APIFlask) -> None:
    lin = make.resident()
    make.agreement(resident=lin, team=make.team(), status=AgreementStatus.PENDING_TEAM)
    user = make.user(resident=lin)
    make.slot()

    ending, number = says(user, "我要解约", "帮我约个专家号")

    assert "撤回申请" in ending and "确认了就能约" in number


def test_a_stranger_who_asks_how_to_sign_is_told(app: APIFlask) -> None:
    (told,) = says(make.user(), "怎么签约")

    assert "签约分三步" in told and "/pages/login/login" in told


def test_all_reminders_are_named_in_the_confirmation(people: Cast) -> None:
    *_, shown, done = says(people.lin_user, "我要退订提醒", "5", "是的")

    assert "所有可以退订的提醒" in shown and "已退订“所有可以退订的提醒”" in done
