"""What the tables cannot say: no catastrophic patterns, what counts when nothing was asked, and how slots are scored."""

from datetime import date

import pytest

from server.chatbot.slots import extract
from server.chatbot.slots.medicines import families
from server.chatbot.slots.plain import MAX_CHARACTERS, plain, sounds
from server.chatbot.slots.scoring import report, slot_scores

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    "piece",
    [
        "1", "一", "十", "百", "的", "下", "张", "。", "1 ", "1,", "12/8", "周一", "我妈", "给我", "不是", "改到", "高压",
        "一百五九十五",         "138 ", "血糖一点", "早上吃了", "周一到", "二甲双瓜药", "心内科挂", "明天上午的号改到",
        "幺三八零", "下下", "原来是", "初八廿",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("asked", "flow"), [(None, None), ("bp", "report_bp"), ("date", "reschedule_booking"), ("medicine", "refill")]
)
def test_no_pattern_runs_away_on_a_long_message(piece: str, asked: str | None, flow: str | None) -> None:
    # a pattern that backtracks without end would never return
    extract(piece * (2 * MAX_CHARACTERS // len(piece)), TODAY, asked=asked, flow=flow)


@pytest.mark.parametrize("text", ["", " ", "🙂", "?", "\x00", "\ud83d", "！！！", "ﷺ" * 100])
def test_what_is_no_text_names_nothing(text: str) -> None:
    assert extract(text, TODAY) == {}


def test_a_message_keeps_its_places_and_has_an_end() -> None:
    assert len(plain("血压" * 1000)) == MAX_CHARACTERS
    assert len(sounds("新内科专家")) == len("心内科专家")
    assert sounds("新内科专家") == sounds("心内科专家")


def test_a_bare_number_is_something_only_where_it_was_asked_for() -> None:
    assert extract("25", TODAY) == {}
    assert extract("25", TODAY, asked="date", flow="book_specialist") == {"date": "2026-11-25"}
    assert extract("7.8", TODAY, asked="glucose", flow="report_glucose")["glucose"] == {
        "value": 7.8, "unit": "mmol/L", "timing": "random",
    }  # fmt: skip
    assert extract("9", TODAY, asked="time", flow="book_specialist") == {"time": "09:00"}


def test_half_a_pressure_counts_only_where_one_is_expected() -> None:
    assert extract("高压一百八", TODAY, flow="report_bp") == {"bp": {"sys": 180}}
    assert "bp" not in extract("高压一百九，胸口难受", TODAY, flow="emergency")


def test_a_second_reading_is_kept_beside_the_first() -> None:
    found = extract("第一次158/96，第二次150/92", TODAY, flow="report_bp")

    assert (found["bp"], found["bp_alt"]) == ({"sys": 158, "dia": 96}, {"sys": 150, "dia": 92})


@pytest.mark.parametrize("text", ["血压控制在130/80以下", "血糖超过16.7要住院吗", "血糖二十几"])
def test_a_limit_or_a_guess_is_nobodys_reading(text: str) -> None:
    assert extract(text, TODAY).keys() & {"bp", "glucose"} == set()


def test_several_medicines_are_all_named() -> None:
    assert extract("氨氯地平和二甲双胍都没了", TODAY, flow="refill")["medicines"] == ["氨氯地平", "二甲双胍"]


def test_an_old_day_and_a_shift_give_the_new_day() -> None:
    assert extract("25号那个号往后推两天", TODAY, flow="reschedule_booking") == {"shift": 2, "date": "2026-11-27"}
    assert extract("早两天", TODAY, flow="reschedule_booking") == {"shift": -2}


def test_slots_are_scored_only_where_the_intent_uses_them() -> None:
    rows = [
        {"intent": "book_specialist", "slots": {"date": "2026-11-25", "department": "眼科", "phone": "13700000001"}},
        {"intent": "report_bp", "slots": {"bp": {"sys": 150, "dia": 95}, "bp_alt": {"sys": 140, "dia": 90}}},
        {"intent": "sign_up", "slots": {"member": "配偶"}},
        {"intent": "inform", "slots": {"time": "am"}, "state": {"flow": "book_specialist", "asked": "time"}},
        {"intent": "greeting", "slots": {}},
    ]
    found: list[dict[str, object]] = [
        {"date": "2026-11-26", "department": "眼科"},
        {"bp": {"sys": 140, "dia": 90}},
        {"member": "妻子", "date": "2026-11-22"},
        {},
        {"date": "2026-11-22"},
    ]

    scores = slot_scores(rows, found)

    assert (scores["date"].right, scores["date"].false, scores["date"].missed) == (0, 1, 1)
    assert [scores[slot].f1 for slot in ("department", "bp", "member")] == [1.0, 1.0, 1.0]
    assert scores["time"].missed == 1 and "phone" not in scores
    assert (scores["micro"].right, scores["micro"].false, scores["micro"].missed) == (3, 1, 2)
    assert report(scores).splitlines()[-1].startswith("micro")


def test_every_character_of_a_medicine_has_a_sound() -> None:
    names = {name for family in families() for name in family}

    assert {char for name in names for char in name if "\u4e00" <= char <= "\u9fff" and sounds(char) == char} == set()


@pytest.mark.parametrize(
    "text",
    [
        "十9、10号",
        "2月30号",
        "三十月三十一号",
        "第五个星期一",
        "13/32",
        "25点70分",
        "农历二月三十",
        "九十九号",
        "下个月第五个星期三",
    ],
)
def test_what_no_calendar_has_is_no_day(text: str) -> None:
    for month in range(1, 13):
        found = extract(text, date(2027, month, 28), asked="date", flow="book_specialist")
        assert "date" not in found or date.fromisoformat(str(found["date"]))
