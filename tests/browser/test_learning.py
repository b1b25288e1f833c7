"""Staff label what the chatbot could not answer with one click, train it, and read what it understood before and after."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of, is_said, open_page, stays_within
from tests.browser.phones import PICTURES, WAIT_MS

pytestmark = pytest.mark.browser


def test_from_the_weekly_list_to_the_figures(page: Page) -> None:
    desk = desk_of(page)
    open_page(desk, "通知", "智能助手学习")
    questions = desk.locator("section[id^=question-]")
    expect(questions).to_have_count(4)
    desk.screenshot(path=PICTURES / "learning-list.png")
    stays_within(desk)

    first = questions.first.locator("h2").inner_text()
    questions.first.locator("button[name=intent]").first.click()
    is_said(desk, "已标注")
    expect(questions).to_have_count(3)
    expect(desk.get_by_role("heading", name=first)).to_have_count(0)
    questions.last.get_by_role("button", name="删除").click()
    expect(questions).to_have_count(2)

    desk.wait_for_timeout(5500)  # labels of the last five seconds wait for the next training
    desk.get_by_role("button", name="重新训练并测量").click()
    figures = desk.locator("table.rows")
    for _ in range(WAIT_MS // 500):
        if figures.count():
            break
        desk.wait_for_timeout(1000)
        desk.goto(desk.url)
    expect(figures.locator("th").filter(has_text="训练后")).to_be_visible()
    expect(desk.get_by_role("heading", name="1 条标注")).to_be_visible()
    figures.scroll_into_view_if_needed()
    desk.screenshot(path=PICTURES / "learning-figures.png")
    desk.close()
