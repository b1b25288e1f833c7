"""The dialogue machine alone: asking, choosing, correcting, confirming, leaving. The world is a small fake."""

import dataclasses
from pathlib import Path

import pytest

from server.chatbot import flows
from server.chatbot.flows import Choice, Flow, Options, Slot, State, Turn, definition, heard, links, machine
from server.chatbot.intents import Intent
from server.chatbot.triage import Finding, Tier
from server.chatbot.understanding import Understood

CALM = Finding(Tier.NONE, 1.0)


def about(intent: Intent = Intent.INFORM, confidence: float = 0.5, sure: bool = True, **slots: object) -> Understood:
    return Understood(intent, (intent,), confidence, CALM, dict(slots), sure)


class Desk:
    """Two departments, two days, two slots."""

    def __init__(self, refusal: str = "") -> None:
        self.refused = refusal

    def refusal(self, flow: Flow) -> str:
        return self.refused

    def options(self, flow: Flow, slot: Slot, state: State) -> Options:
        if slot.name == "person":
            return Options(chosen=Choice("me", "您本人"))
        if slot.name == "department":
            lines = (Choice("d1", "心血管内科"), Choice("d2", "眼科"))
            return Options(chosen=lines[1]) if state.said.get("department") == "眼科" else Options(lines)
        if slot.name == "day":
            days = (Choice("2026-11-23", "11月23日（周一）"), Choice("2026-11-26", "11月26日（周四）"))
            meant = [one for one in days if one.value == state.said.get("date")]
            return Options(chosen=meant[0]) if meant else Options(days)
        return Options((Choice("s1", "09:00 张医生"), Choice("s2", "10:00 李医生")))

    def words(self, flow: Flow, state: State) -> dict[str, str]:
        slot = state.labels.get("slot", "")
        return {"slot_full": f"{state.labels.get('day', '')}{slot}", "status": "预约成功", "hint": "请带身份证"}


def begin(**slots: object) -> Turn:
    turn = flows.start(about(Intent.BOOK_SPECIALIST, **slots), Desk(), "F1")
    assert turn is not None
    return turn


def then(turn: Turn, text: str, understood: Understood | None = None) -> Turn:
    assert turn.state is not None
    found = flows.go_on(State.load(turn.state.dump()), text, understood or about(), Desk())
    assert found is not None
    return found


def to_confirm() -> Turn:
    return then(then(then(begin(), "1"), "第二个"), "1")


def test_each_question_lists_numbers_and_a_digit_answers() -> None:
    turn = begin()
    assert turn.text.endswith("1 心血管内科\n2 眼科")
    turn = then(turn, "1")
    assert "心血管内科，想哪一天去" in turn.text and "2 11月26日（周四）" in turn.text
    turn = then(turn, "第二个")
    assert "11月26日（周四）" in turn.text and "1 09:00 张医生" in turn.text


def test_the_confirmation_echoes_the_day_with_its_weekday_and_nothing_is_done_before() -> None:
    turn = to_confirm()
    assert not turn.act
    assert "11月26日（周四）" in turn.text and "回复 1 确认" in turn.text
    assert turn.state is not None and turn.state.asked == flows.CONFIRM


@pytest.mark.parametrize("yes", ["1", "是", "要得", "中", "得行", "好嘞！", "嗯嗯", "可以的", "要得嘛", "OK"])
def test_yes_in_dialects_does_it(yes: str) -> None:
    assert then(to_confirm(), yes).act


def test_an_affirmation_the_classifier_hears_does_it() -> None:
    assert then(to_confirm(), "就照你说的那样弄起走", about(Intent.AFFIRM)).act


@pytest.mark.parametrize("no", ["2", "不是", "莫得", "不要", "不中"])
def test_no_ends_it_undone(no: str) -> None:
    turn = then(to_confirm(), no)
    assert (turn.act, turn.state) == (False, None)
    assert "没有办理" in turn.text


def test_a_question_at_the_confirmation_is_no_refusal() -> None:
    guessed = Understood(Intent.DENY, (Intent.DENY,), 0.1, Finding(Tier.NONE, 1.0), is_sure=False)
    turn = then(to_confirm(), "这个医生是男的女的", guessed)
    assert turn.state is not None and turn.state.asked == flows.CONFIRM
    assert "没有听明白" in turn.text and "回复 1 确认" in turn.text


@pytest.mark.parametrize("words", ["算了", "再说", "等下", "以后再说吧", "不办了"])
@pytest.mark.parametrize("confirming", [True, False])
def test_never_mind_ends_it_at_any_question(words: str, confirming: bool) -> None:
    turn = then(to_confirm() if confirming else begin(), words)
    assert (turn.act, turn.state) == (False, None)
    assert "先不办了" in turn.text


def test_cancel_said_to_the_cancelling_confirmation_is_a_yes() -> None:
    state = State("F", "cancel_booking", flows.CONFIRM, {"person": "me", "appointment": "a"}, {"appointment": "那个"})
    found = flows.go_on(state, "取消", about(Intent.CANCEL_FLOW), Desk())
    assert found is not None and found.act


def test_a_correction_at_the_confirmation_asks_again_what_hangs_on_it() -> None:
    turn = then(to_confirm(), "不对，换成周一", about(Intent.DENY, date="2026-11-23"))
    assert not turn.act and turn.state is not None
    assert turn.state.asked == "slot" and "11月23日（周一）" in turn.text


def test_what_the_first_message_says_is_not_asked() -> None:
    turn = begin(department="眼科", date="2026-11-26")
    assert turn.state is not None and turn.state.asked == "slot"


def test_words_of_a_line_choose_it() -> None:
    turn = then(begin(), "眼科")
    assert turn.state is not None and turn.state.known["department"] == "d2"


def test_a_day_of_the_month_is_no_line_of_the_list() -> None:
    turn = then(then(begin(), "1"), "1号")
    assert turn.state is not None and turn.state.asked == "day" and turn.state.misses == 1


def test_two_wrong_answers_offer_page_and_doctor() -> None:
    once = then(begin(), "啥子哦")
    assert once.state is not None and "没有听明白" in once.text and "1 心血管内科" in once.text
    twice = then(once, "9")
    assert twice.state is None
    assert "找医生" in twice.text and "/pages/booking/hospitals" in twice.text


def test_a_right_answer_forgets_the_miss() -> None:
    turn = then(then(begin(), "啥子哦"), "1")
    assert turn.state is not None and turn.state.misses == 0


def test_another_errand_interrupts_only_when_sure() -> None:
    turn = begin()
    assert turn.state is not None
    assert flows.go_on(turn.state, "我要解约", about(Intent.TERMINATE, 0.8), Desk()) is None
    unsure = flows.go_on(turn.state, "解约?", about(Intent.TERMINATE, 0.3), Desk())
    assert unsure is not None and unsure.state is not None
    assert unsure.state.misses == 1


def test_thanks_and_greetings_do_not_interrupt() -> None:
    turn = begin()
    assert turn.state is not None
    found = flows.go_on(turn.state, "在吗", about(Intent.GREETING, 1.0), Desk())
    assert found is not None and found.state is not None


def test_who_may_not_begin_is_told_why() -> None:
    turn = flows.start(about(Intent.BOOK_SPECIALIST), Desk("请先登录"), "F")
    assert turn == Turn("请先登录")


def test_unsure_messages_begin_nothing() -> None:
    assert flows.start(about(Intent.BOOK_SPECIALIST, sure=False), Desk(), "F") is None
    assert flows.start(about(Intent.GREETING), Desk(), "F") is None


def test_a_full_slot_asks_for_another_one() -> None:
    confirmed = then(to_confirm(), "好")
    assert confirmed.state is not None
    turn = flows.refused(confirmed.state, "slot_full", "该时段已约满，请另选时间", Desk())
    assert turn.state is not None and turn.state.asked == "slot"
    assert turn.text.startswith("该时段已约满") and "1 09:00 张医生" in turn.text


def test_any_other_refusal_leads_to_the_page() -> None:
    confirmed = then(to_confirm(), "好")
    assert confirmed.state is not None
    turn = flows.refused(confirmed.state, "booking_blocked", "暂停自己网上预约", Desk())
    assert turn.state is None
    assert "暂停自己网上预约" in turn.text and "/pages/booking/hospitals" in turn.text


def test_done_says_what_was_done() -> None:
    confirmed = then(to_confirm(), "好")
    assert confirmed.state is not None
    turn = flows.done(confirmed.state, {"slot_full": "11月26日（周四）09:00", "status": "预约成功", "hint": ""})
    assert "预约成功：您本人，11月26日（周四）09:00" in turn.text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("2", 2),
        ("第二个", 2),
        ("选3", 3),
        ("我要第一个", 1),
        ("二", 2),
        ("3号", 3),
        ("12", None),
        ("二十", None),
        ("明天", None),
    ],
)
def test_numbers_of_lines(text: str, line: int | None) -> None:
    assert heard.number(text) == line


def test_every_flow_is_whole() -> None:
    """Each asks with words, ends with words, leads to a page that exists, and an act confirms."""
    for flow in flows.all_flows().values():
        assert flow.done and flow.page.startswith("/pages/"), flow.key
        assert bool(flow.confirm) == (flow.end == "act"), flow.key
        assert all(slot.ask and slot.kind in ("choice", "text", "value") for slot in flow.slots), flow.key
        page = Path("miniprogram_stub" + flow.page.partition("?")[0] + ".wxml")
        assert "{" in page.name or page.exists(), flow.key
        assert set(flow.again.values()) <= {slot.name for slot in flow.slots}, flow.key


def test_state_survives_being_written_down() -> None:
    state = dataclasses.replace(begin().state or State("", ""), said={"date_range": ["2026-11-23", "2026-11-29"]})
    assert State.load(state.dump()) == state


def test_links_are_buttons_here_and_anchors_there() -> None:
    text = "请签名。\n" + links.line("我的签约", "/pages/ending/ending?id=01AB&reason=moved")
    words, found = links.split(text)
    assert words == "请签名。"
    assert found == [links.Link("打开“我的签约”", "/pages/ending/ending?id=01AB&reason=moved")]
    shown = links.for_service_account(text, "wx123")
    assert 'data-miniprogram-appid="wx123"' in shown
    assert 'data-miniprogram-path="pages/ending/ending?id=01AB&amp;reason=moved"' in shown


def test_a_chat_without_links_names_the_page() -> None:
    assert links.without_paths(links.line("我的签约", "/pages/agreement/list")) == "▶ 请回到小程序，打开“我的签约”"


def test_sentences_are_there() -> None:
    for key in ("never_mind", "login", "way_out", "gave_up"):
        assert definition.line(key)
    assert machine.labelled("好").startswith("【智能助手】")


def test_an_unsure_yes_is_asked_again() -> None:
    turn = then(to_confirm(), "那个啥", about(Intent.AFFIRM, 0.5, sure=False))
    assert not turn.act and turn.state is not None and turn.state.misses == 1


def test_long_words_that_sound_like_giving_up_are_the_words_asked_for() -> None:
    state = State("F", "home_visit", "reason", {"person": "me"}, {"person": "您本人"})
    words = "老人走不动路了，周三下午都在屋头等到起的，麻烦你们"

    class Team(Desk):
        def words(self, flow: Flow, state: State) -> dict[str, str]:
            return {"team": "团队", "visits": "", "hours": ""}

    found = flows.go_on(state, words, about(Intent.CANCEL_FLOW), Team())
    assert found is not None and found.state is not None and found.state.known["reason"] == words
    given_up = flows.go_on(state, "不想弄了", about(Intent.CANCEL_FLOW), Team())
    assert given_up is not None and given_up.state is None
    assert flows.go_on(state, "找医生", about(Intent.TALK_HUMAN, 0.9), Team()) is None


@pytest.mark.parametrize("words", ["要得", "好的", "不是"])
def test_a_bare_yes_or_no_is_not_the_text_asked_for(words: str) -> None:
    state = State("F", "complaint", "words", {"what": "other"}, {"what": "其他事情"})

    found = flows.go_on(state, words, about(Intent.INFORM), Desk())

    assert found is not None and found.state is not None
    assert (found.state.asked, found.state.misses) == ("words", 1)


def test_what_is_asked_has_the_name_the_understanding_knows() -> None:
    assert flows.asked_for(State("F", "book_specialist", "day")) == "date"
    assert flows.asked_for(State("F", "report_bp", "value")) == "bp"
    assert flows.asked_for(State("F", "complaint", "words")) == "text"
    assert flows.asked_for(State("F", "complaint", "what")) == "what"
    assert flows.asked_for(State("F", "complaint", flows.CONFIRM)) == "confirm"
