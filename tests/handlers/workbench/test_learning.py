"""The weekly list of what the chatbot could not answer, and its trainings."""

import re

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.actions import learning
from server.chatbot import Intent
from server.chatbot.naming import LABELS
from server.database import db
from server.models import ChatbotLesson
from tests.actions.conversing import Cast, cast
from tests.actions.test_learning import BETTER, GOOD, MURMUR, WORSE, measured
from tests.conftest import Clock
from tests.handlers.workbench.browser import Browser

PAGE = "/chatbot/questions"


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


def first_form(page: str) -> str:
    found = re.search(r'action="/workbench(/chatbot/questions/\w+)"', page)
    assert found
    return found[1]


def test_every_label_has_a_name_and_one_click_teaches_it(browser: Browser, people: Cast) -> None:
    assert set(LABELS) == {str(intent) for intent in learning.TAUGHT} == set(LABELS) & {str(one) for one in Intent}
    people.lin_says(MURMUR)

    page = browser.get(PAGE).text
    assert MURMUR in page and "没听懂，给了选项" in page and "林" not in page.split("<main")[-1].replace("林主任", "")
    after = browser.follow(browser.post(first_form(page), PAGE, intent="packages_fees")).text

    assert "已标注为“服务包和费用”" in after and MURMUR not in after
    assert list(db.session.scalars(select(ChatbotLesson.intent))) == ["packages_fees"]
    assert "没有学习的句子：1 条" in after


def test_deleting_teaches_nothing_and_a_second_click_is_told(browser: Browser, people: Cast) -> None:
    people.lin_says(MURMUR)
    form = first_form(browser.get(PAGE).text)

    assert "已删除" in browser.follow(browser.post(form, PAGE, intent="delete")).text
    again = browser.post(form, PAGE, intent="delete")
    assert (again.status_code, "这条问题已被处理" in again.text) == (404, True)
    assert db.session.scalar(select(ChatbotLesson.id)) is None


def test_a_label_that_does_not_exist_is_refused(browser: Browser, people: Cast) -> None:
    people.lin_says(MURMUR)

    answer = browser.post(first_form(browser.get(PAGE).text), PAGE, intent="nonsense")

    assert (answer.status_code, "没有这个类别" in answer.text) == (400, True)


def test_questions_of_another_week_stand_there(browser: Browser, people: Cast, clock: Clock) -> None:
    clock.set("2026-02-25 10:00")
    people.lin_says(MURMUR)
    clock.set("2026-03-02 10:01")

    assert MURMUR not in browser.get(PAGE).text
    assert MURMUR in browser.get(f"{PAGE}?week=2026-02-27").text
    assert browser.get(f"{PAGE}?week=nonsense").status_code == 200


def test_figures_are_shown_and_the_model_taken_by_a_click(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = browser.follow(browser.post("/chatbot/trainings", PAGE)).text
    assert "正在训练和测量" in asked
    whole = dict.fromkeys(learning.FIGURE_LABELS, 0.8)
    measured(monkeypatch, whole | GOOD, whole | BETTER)
    learning.measure_next()

    page = browser.get(PAGE).text
    assert "93.0%" in page and "94.0%" in page and "启用这个模型" in page
    form = re.search(r'action="/workbench(/chatbot/trainings/\w+)"', page)
    assert form
    used = browser.follow(browser.post(form[1], PAGE)).text
    assert "已启用" in used and "使用中" in used and "启用这个模型" not in used


def test_a_less_safe_model_has_no_button_and_the_page_says_why(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser.post("/chatbot/trainings", PAGE)
    whole = dict.fromkeys(learning.FIGURE_LABELS, 0.8)
    measured(monkeypatch, whole | GOOD, whole | WORSE)
    learning.measure_next()

    page = browser.get(PAGE).text
    assert "启用这个模型" not in page and "安全指标下降，不能启用：急症提示120的比例" in page
