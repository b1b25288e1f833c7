"""What a message does inside an open flow: the acts, and the wishes that break in."""

import json
import subprocess
import sys
from datetime import date

import pytest

from server import chatbot, policy
from server.chatbot import State
from server.chatbot.__main__ import answer_row

LIMITS = policy.load("national").followups
TODAY = "2026-11-21"

# Written for this table; none of them stands in data/.
SAID = [
    ("book_specialist", "date", "不想看了", "cancel_flow"),
    ("terminate", "confirm", "想想还是不解了", "cancel_flow"),
    ("home_visit", "date", "我们自己去一趟得了", "cancel_flow"),
    ("book_specialist", "time", "太麻烦，不约了，回头我自己跑一趟", "cancel_flow"),
    ("book_specialist", "time", "算了，家庭医生我也不要了，帮我把签约解除", "terminate"),
    ("unsubscribe", "confirm", "还是留着提醒吧", "cancel_flow"),
    ("terminate", "confirm", "解了吧", "affirm"),
    ("unsubscribe", "confirm", "关了它", "affirm"),
    ("report_glucose", "confirm", "没得错", "affirm"),
    ("report_bp", "confirm", "没写错", "affirm"),
    ("reschedule_booking", "confirm", "不对头，我说的是下下周", "deny"),
    ("book_specialist", "confirm", "换成下午的", "deny"),
    ("change_phone", "confirm", "少了一位数", "deny"),
    ("book_specialist", "doctor", "上次那个女医生", "inform"),
    ("book_specialist", "day", "下周二上午", "inform"),
    ("book_specialist", "person", "给我妈", "inform"),
    ("book_specialist", "", "下周二", "inform"),
    ("book_specialist", "date", "你们周末上班吗", "clinic_info"),
    ("sign_up", "member", "等等，这个要钱不", "packages_fees"),
    ("refill", "medicine", "叫医生跟我说", "talk_human"),
    ("refill", "confirm", "换个电话号码", "change_phone"),
    ("book_specialist", "confirm", "改个时间", "deny"),
    ("book_specialist", "confirm", "慢着，签一次管几年", "contract_term"),
    ("refill", "medicine", "我自个儿跑一趟吧", "cancel_flow"),
    ("change_team", "doctor", "forget it", "cancel_flow"),
    ("home_visit", "date", "不用来了", "cancel_flow"),
    ("book_specialist", "date", "说不通，换个人跟我讲", "talk_human"),
    ("sign_up", "confirm", "非也，是给我岳父", "deny"),
    ("home_visit", "date", "下周哪天都行", "inform"),
    ("book_specialist", "date", "罢了，铺子里走不开，谢谢", "cancel_flow"),
]


@pytest.mark.parametrize("text", ["我老伴", "我自己的", "我本人", "给我自己用呢", "是俺"])
def test_naming_somebody_is_no_wish_yet(text: str) -> None:
    assert not chatbot.understand(text, today=date(2026, 3, 2), limits=LIMITS).is_sure


@pytest.mark.parametrize(("flow", "asked", "text", "intent"), SAID)
def test_a_message_in_a_flow_is_heard_as_what_it_does(flow: str, asked: str, text: str, intent: str) -> None:
    found = chatbot.understand(text, today=date(2026, 11, 21), limits=LIMITS, state=State(flow, asked))

    assert str(found.intent) == intent


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("我想预约专家号", "科室"),
        ("能不能把明天的号改到后天", "要改哪一个"),
        ("上报血压", "高压和低压"),
        ("降压药吃完了，想续方", "药名"),
        ("我要投诉", "哪一件"),
        ("别给我发消息了", "哪一种"),
    ],
)
def test_the_command_asks_what_an_errand_asks_first(text: str, question: str) -> None:
    reply = answer_row({"text": text, "today": TODAY})["reply"]

    assert question in reply
    assert "智能助手" in reply and "{" not in reply and "回复数字" not in reply


@pytest.mark.parametrize("text", ["血压195/115，想约心内科", "我爸胸口疼得冒冷汗，想约心内科"])
def test_the_command_never_asks_instead_of_naming_120(text: str) -> None:
    assert "120" in answer_row({"text": text, "today": TODAY})["reply"]


def test_the_command_answers_odd_rows_and_names_the_bad_ones() -> None:
    odd = [
        {"id": 1, "text": None},
        {"id": 2, "text": 12},
        {"id": 3, "text": "下周二", "state": "book_specialist", "context": "约号"},
        {"id": 4, "text": "下周二", "state": {"flow": "nonsense", "asked": ["date"]}, "context": ["约号", None]},
        {"id": 5, "text": "好", "state": None, "today": None, "region": None},
    ]
    bad = [{"id": 6}, {"id": 7, "text": "好", "region": "atlantis"}, {"id": 8, "text": "好", "today": "bad"}]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [*odd, *bad])

    ran = subprocess.run(
        [sys.executable, "-m", "server.chatbot"], input=lines, capture_output=True, text=True, check=True, timeout=120
    )
    answers = [json.loads(line) for line in ran.stdout.splitlines()]

    assert [one["id"] for one in answers] == [row["id"] for row in [*odd, *bad]]
    assert ["error" in one for one in answers] == [False] * len(odd) + [True] * len(bad)
