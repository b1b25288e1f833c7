"""What the language model may do in the chat: re-order the menu, start what asks back. Nothing personal leaves."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from server import clock as server_clock
from server import conversing
from server.chatbot import understand
from server.choosing import Choice
from server.choosing.openai import OpenAiChooser
from server.conversing import second_opinion
from server.database import db
from tests.actions.conversing import MOST, POLICY, Cast, as_resident
from tests.choosing.endpoint import serving
from tests.choosing.test_openai import settings

MURMUR = "龘靐齉麤爨癵"


@dataclass
class Told:
    """A model that always chooses the same, and remembers what it was asked."""

    choice: Choice | None
    asked: list[str] = field(default_factory=list)
    is_on: bool = True

    def choose(self, text: str, allowed: Mapping[str, str]) -> Choice | None:
        assert not db.session().in_transaction()  # nobody waits for us meanwhile
        assert self.choice is None or self.choice.intent in allowed
        self.asked.append(text)
        return self.choice


def say(people: Cast, text: str, chooser: Told, number: int = 1) -> str:
    user = people.lin_user
    said = conversing.say(
        user, text, f"c{number}", policy=POLICY, most=MOST, by=as_resident(user), at=server_clock.now(), chooser=chooser
    )
    return said[1].text


def test_its_choice_stands_first_in_the_menu(people: Cast) -> None:
    answer = say(people, MURMUR, Told(Choice("packages_fees", 0.99)))

    first = answer.split("请回复数字：\n")[1].splitlines()[0]
    assert first == "1 服务包和费用"


def test_it_starts_only_what_asks_back(people: Cast) -> None:
    answer = say(people, MURMUR, Told(Choice("complaint", 0.95)))

    assert "请回复数字" not in answer
    assert "投诉" in answer or "意见" in answer


def test_unsure_it_starts_nothing(people: Cast) -> None:
    assert "您想办哪一件" in say(people, MURMUR, Told(Choice("complaint", 0.5)))


@pytest.mark.parametrize("text", ["我的签约", "我胸口疼得厉害，喘不上气", "头晕了两天要不要紧", "你好"])
def test_it_is_not_asked_when_the_bot_is_sure_or_anything_sounds_dangerous(people: Cast, text: str) -> None:
    model = Told(Choice("thanks", 1.0))

    say(people, text, model)

    assert model.asked == []


def test_it_may_never_choose_what_is_dangerous(people: Cast) -> None:
    assert not {"emergency", "medical_advice", "affirm", "unclear"} & set(second_opinion.CHOICES)


def test_nothing_personal_leaves_the_process(people: Cast) -> None:
    with serving() as endpoint:
        model = OpenAiChooser(settings(endpoint.url))
        whole = f"{MURMUR} 林小月 13800000001 51012319800101123X 陈医生 幸福小区3栋2单元"
        unsure = replace(understand(MURMUR, today=server_clock.today(), limits=POLICY.followups), is_sure=False)
        second_opinion.of(unsure, whole, people.lin_user, server_clock.today(), model)
        sent = json.dumps(endpoint.asked, ensure_ascii=False)

    assert MURMUR in sent
    for personal in ("林小月", "13800000001", "5101", "陈", "幸福小区", "3栋", people.lin_user.id):
        assert personal not in sent
