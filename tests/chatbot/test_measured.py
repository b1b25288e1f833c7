"""A person's own measurement in a message: what was said, and what has to be asked."""

import pytest

from server.chatbot import wording
from server.chatbot.measured import Measured, answered, parse, says_nothing_else


@pytest.mark.parametrize(
    ("text", "pressure"),
    [
        ("血压 185/95", (185, 95)),
        ("高压150低压95", (150, 95)),
        ("低压95，高压150", (150, 95)),
        ("我刚量的血压是185/95，头不晕", (185, 95)),
        ("血压185-95", (185, 95)),
        ("血压１８２／９５", (182, 95)),
        ("血压一百八十五比九十五", (185, 95)),
        ("血压 138/88 心率72", (138, 88)),
        ("2026/11/22 血压120/80", (120, 80)),
    ],
)
def test_a_clear_blood_pressure_is_read_without_a_doubt(text: str, pressure: tuple[int, int]) -> None:
    assert parse(text) == (Measured(*pressure),)


@pytest.mark.parametrize(
    ("text", "value", "is_mg", "moment"),
    [
        ("血糖 16.8", "16.8", False, "random"),
        ("空腹血糖7.2", "7.2", False, "fasting"),
        ("餐后2小时血糖 11.2", "11.2", False, "after_meal"),
        ("饭后两小时血糖9.8", "9.8", False, "after_meal"),
        ("空腹血糖126mg/dl", "126", True, "fasting"),
        ("血糖七点二", "7.2", False, "random"),
    ],
)
def test_a_clear_glucose_is_read_with_unit_and_moment(text: str, value: str, is_mg: bool, moment: str) -> None:
    assert parse(text) == (Measured(glucose=value, is_mg=is_mg, moment=moment),)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("我爸血压185/95", "other"),
        ("老伴血糖16.8", "other"),
        ("昨天血压150/90", "earlier"),
        ("血压130/80正常吗", "asked"),
        ("血压高于140/90要吃药", "supposed"),
        ("如果血糖16.8", "supposed"),
        ("185/95", "bare"),
        ("血压95/185", "swapped"),
        ("早上血压150/90，晚上140/85", "many"),
        ("血糖301", "unit"),
    ],
)
def test_what_is_not_clearly_ones_own_value_of_now_is_in_doubt(text: str, doubt: str) -> None:
    assert doubt in parse(text)[0].doubts


@pytest.mark.parametrize(
    "text", ["血压计坏了", "高压一百八", "血压150", "我3/12日要去复查", "血糖仪5次", "血糖要测2小时", ""]
)
def test_half_a_value_or_none_is_none(text: str) -> None:
    assert parse(text) == ()


def test_both_kinds_in_one_message() -> None:
    assert parse("血压128/78，空腹血糖6.1") == (Measured(128, 78), Measured(glucose="6.1", moment="fasting"))


@pytest.mark.parametrize("value", ["血压185/95", "空腹血糖7.0 mmol/L", "血糖16.7 mmol/L"])
def test_our_question_is_read_back_when_it_is_answered_with_yes(value: str) -> None:
    question = wording.LABEL + "随便什么\n" + wording.fill("measured_ask", (), {"value": value})

    found = answered("是的", question)

    assert len(found) == 1 and found[0].doubts == ()
    assert answered("不是", question) == ()
    assert answered("是的", "【智能助手】您好") == ()


def test_a_message_that_says_nothing_else() -> None:
    assert says_nothing_else("刚量的血压 128/78")
    assert says_nothing_else("空腹血糖6.1mmol/L")
    assert not says_nothing_else("血压128/78，头晕")
