"""Who is not understood chooses from the likeliest wishes; the second time the team is called."""

import dataclasses

from sqlalchemy import select

from server.chatbot.flows import choosing
from server.chatbot.intents import ACTS, Intent
from server.database import db
from server.models import ChatbotQuestion
from tests import make
from tests.actions.conversing import Cast, conversation_of
from tests.conversing.chatting import Talk


def unsure(talk: Talk, text: str, *likely: Intent, **slots: object) -> str:
    talk.means(text, likely[0], sure=0.05, **slots)
    talk.meant[text] = dataclasses.replace(talk.meant[text], top3=likely, is_sure=False)
    return text


def test_a_digit_begins_the_errand_with_what_was_said(people: Cast, talk: Talk) -> None:
    make.slot()
    said = unsure(talk, "那个号的事情，心内科", Intent.CANCEL_BOOKING, Intent.BOOK_SPECIALIST, department="心内科")

    asked = talk.says(people.lin_user, said)
    assert asked.startswith("【智能助手】没太明白您的意思。") and "1 取消预约\n2 预约专家号" in asked
    answer = talk.says(people.lin_user, "2")

    assert "心内科，想哪一天去" in answer


def test_a_digit_for_a_question_is_answered(people: Cast, talk: Talk) -> None:
    said = unsure(talk, "那个签约的", Intent.TERMINATE, Intent.MY_CONTRACT, Intent.RENEW)
    talk.says(people.lin_user, said)

    answer = talk.says(people.lin_user, "我的签约")

    assert people.team.name in answer
    assert conversation_of(people.lin_user).flow is None


def test_another_clear_sentence_is_taken_as_it_is(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, unsure(talk, "那个事情", Intent.TERMINATE, Intent.RENEW))

    answer = talk.says(people.lin_user, talk.means("我的预约有哪些", Intent.MY_BOOKINGS))

    assert "没有接下来的预约" in answer


def test_not_understood_twice_calls_the_team(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, unsure(talk, "那个事情", Intent.TERMINATE, Intent.RENEW))

    answer = talk.says(people.lin_user, unsure(talk, "就是那个嘛", Intent.TERMINATE, Intent.RENEW))

    assert "还是没明白" in answer
    assert conversation_of(people.lin_user).status == "waiting_doctor"


def test_a_digit_beyond_the_list_means_what_it_means_elsewhere(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, unsure(talk, "那个事情", Intent.TERMINATE, Intent.RENEW))

    assert "接下来的预约" in talk.says(people.lin_user, "5")


def test_every_wish_one_may_choose_has_a_name() -> None:
    unnamed = {Intent.GREETING, Intent.THANKS, Intent.OUT_OF_SCOPE, Intent.EMERGENCY, Intent.TALK_HUMAN, Intent.UNCLEAR}
    assert set(choosing.names()) == set(Intent) - unnamed - ACTS


def test_what_was_not_understood_stands_in_the_weekly_list_until_it_is_picked(people: Cast, talk: Talk) -> None:
    talk.says(people.lin_user, unsure(talk, "那个事情", Intent.MY_BOOKINGS, Intent.RENEW))
    (kept,) = db.session.scalars(select(ChatbotQuestion))
    assert (kept.why, kept.guesses) == ("unclear", ["my_bookings", "renew"])

    talk.says(people.lin_user, "1")

    assert list(db.session.scalars(select(ChatbotQuestion))) == []
