"""Whole answers: what is asked, which words come out, and what must never be said."""

import re
import time
from datetime import date

import pytest

from server import chatbot, policy
from server.chatbot import Facts, Intent, Reply, Tier, knowledge, wording
from server.chatbot.menu import KEYS, buttons

POLICY = policy.load("national")
STRANGER = Facts(centre_phone="0816-2222222")
SIGNED = Facts(
    contract="active",
    team_name="城北第一团队",
    team_phone="0816-3333333",
    team_hours="周一至周五 8:00-17:00",
    doctor_name="陈医生",
    address="北街1号",
    package="基础服务包",
    end_on=date(2027, 3, 1),
)


def ask(text: str, facts: Facts = SIGNED) -> Reply:
    return chatbot.reply(text, facts, POLICY, date(2026, 11, 21))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("找医生", Intent.TALK_HUMAN),
        ("0", Intent.TALK_HUMAN),
        ("３", Intent.MY_CONTRACT),
        ("我要投诉", Intent.COMPLAINT),
        ("我的协议什么时候到期", Intent.MY_CONTRACT),
        ("我的签约", Intent.MY_CONTRACT),
        ("我要签约", Intent.SIGN_UP),
        ("我想续约", Intent.RENEW),
        ("帮我约个骨科专家", Intent.BOOK_SPECIALIST),
        ("我的预约", Intent.MY_BOOKINGS),
        ("下次随访什么时候", Intent.NEXT_FOLLOWUP),
        ("签约要多少钱", Intent.PACKAGES_FEES),
        ("我的家庭医生电话是多少", Intent.TEAM_CARD),
        ("你好", Intent.GREETING),
        ("谢谢你😊", Intent.THANKS),
        ("对的", Intent.THANKS),
        ("那算了嘛", Intent.THANKS),
        ("不用了，谢谢", Intent.THANKS),
        ("不要这个团队了", Intent.CHANGE_TEAM),
        ("今天天气怎么样", Intent.OUT_OF_SCOPE),
        ("感冒吃什么药好得快", Intent.MEDICAL_ADVICE),
        ("😀", Intent.UNCLEAR),
        ("我胸口痛得厉害，喘不上气", Intent.EMERGENCY),
    ],
)
def test_reply_understands(text: str, intent: Intent) -> None:
    assert ask(text).intent is intent


def test_reply_to_an_emergency_says_120_first() -> None:
    said = ask("我爸突然胸口剧痛，冒冷汗")

    assert said.text.splitlines()[0] == "请立即拨打120！"
    assert (said.tier, said.hand_over, said.is_urgent) == (Tier.RED, True, True)


def test_reply_to_self_harm_names_both_numbers() -> None:
    said = ask("我不想活了", STRANGER)

    assert said.text.startswith("请立即拨打120")
    assert "12356" in said.text


def test_reply_to_a_crisis_reading_alarms_with_the_red_flag_line() -> None:
    said = ask("刚量的血压185/112")

    assert (said.tier, said.hand_over, said.is_urgent) == (Tier.AMBER, True, True)
    assert "拨打120" in said.text


def test_reply_to_a_health_question_is_handed_over_and_not_answered() -> None:
    said = ask("头疼三天了吃什么药")

    assert said.hand_over
    assert "不能判断病情" in said.text
    assert "120" in said.text


def test_reply_fills_in_the_facts() -> None:
    assert "2027年3月1日" in ask("我的协议什么时候到期").text
    assert "0816-3333333" in ask("8").text
    assert (
        "3月9日 09:00 市中心医院" in ask("5", Facts(contract="active", next_appointment="3月9日 09:00 市中心医院")).text
    )
    assert "2026年3月20日" in ask("6", Facts(contract="active", next_followup_on=date(2026, 3, 20))).text
    assert "没有查到" in ask("5", Facts(contract="active", next_followup_on=date(2026, 3, 20))).text
    assert str(POLICY.renewal.open_before_days) in ask("2").text


def test_reply_without_an_agreement_explains_and_gives_the_phone() -> None:
    said = ask("找医生", STRANGER)

    assert "需要先签约" in said.text
    assert "0816-2222222" in said.text


def test_reply_twice_unclear_hands_over() -> None:
    first = ask("😀")

    second = ask("🐼🐼", Facts(contract="active", last_answer=first.text))

    assert not first.hand_over
    assert first.text.count("\n") == 5
    assert "找医生" in first.text
    assert second.hand_over
    assert "还是没明白" in second.text


@pytest.mark.parametrize("facts", [STRANGER, SIGNED, Facts(contract="pending", team_name="城北第一团队")])
def test_answers_never_name_a_dose_a_diagnosis_or_a_home_service(facts: Facts) -> None:
    forbidden = re.compile(
        r"\d+ ?(mg|毫克|克|片|粒|ml|毫升|次/日)|[一二两三半]\s*(片|粒)|每[日天].{0,2}次|上门|免费|"
        r"您(得了|患有|这是)|高血压|糖尿病|诊断为|确诊"
    )
    answers = {ask(row["text"], facts).text for row in knowledge.read(knowledge.HELD_OUT)}

    assert [text for text in answers if forbidden.search(text)] == []
    assert [text for text in answers if "{" in text or len(text.encode()) > 2048] == []
    assert [text for text in answers if "智能助手" not in text] == []


def test_every_answer_has_an_author_a_date_and_a_source() -> None:
    answers = wording.all_answers()

    assert len(answers) > 30
    assert [
        a.key for a in answers.values() if not (a.text and a.author and a.source and isinstance(a.date, date))
    ] == []


def test_reply_is_fast() -> None:
    chatbot.warm_up()
    texts = [row["text"] for row in knowledge.read(knowledge.HELD_OUT)] + ["胸" * 10_000]

    started = time.perf_counter()
    for text in texts:
        ask(text)

    assert (time.perf_counter() - started) / len(texts) < 0.005


def test_menu_has_three_buttons_that_the_bot_understands() -> None:
    menu = buttons("wxa1b2c3d4e5f60001")

    assert [button["type"] for button in menu] == ["click", "click", "miniprogram"]
    assert {button["name"]: KEYS[button["key"]] for button in menu[:2]} == {
        name: ask(name).intent for name in ("找医生", "我的签约")
    }
