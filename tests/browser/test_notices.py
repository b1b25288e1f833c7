"""What came, what did not and why; how it is to come; and the administrator's log of it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of
from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def test_my_notices_my_settings_and_the_administrators_log(page: Page) -> None:
    phone = Phone(page, "resident")
    phone.use("李建国")
    phone.go_to("pages/reminders/list")
    expect(phone.at("#btn-notice-settings")).to_be_visible(timeout=WAIT_MS)
    expect(phone.mini.locator("wx-page.mp-active .reminder-card").first).to_be_visible(timeout=WAIT_MS)
    picture(page, "notices-1-list")
    phone.tap("#btn-notice-settings")
    phone.tap("#topic-card")
    phone.tap("#mute")
    expect(phone.at("#muted-until")).to_be_visible(timeout=WAIT_MS)
    picture(page, "notices-2-settings")
    phone.tap("#btn-save-settings")
    expect(phone.mini.get_by_text("已保存").first).to_be_visible(timeout=WAIT_MS)

    log = desk_of(page, at="outbox")
    expect(log.locator("table.rows")).to_be_visible(timeout=WAIT_MS)
    picture(log, "notices-3-log")
    log.goto(log.url.replace("outbox", "unreachable"))
    expect(log.locator("#unreachable-count")).to_be_visible(timeout=WAIT_MS)
    picture(log, "notices-4-unreachable")
