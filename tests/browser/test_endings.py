"""Ending an agreement as people live it: the resident asks, the centre decides; a doctor registers a death."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of
from tests.browser.phones import WAIT_MS, Phone, next_morning, picture

pytestmark = pytest.mark.browser


def test_asking_deciding_and_registering(page: Page, resident: Phone, doctor: Phone) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    next_morning(page)
    resident.use("李建国")
    ask_and_take_back(page, resident)
    ask(resident)
    decide(page)
    resident.go_to("pages/agreement/list")
    resident.tap(".agreement-card")
    resident.sees("#agreement-status", "已解约")
    resident.sees("#ending-outcome", "已同意")
    picture(page, "ending-3-decided")
    register_a_death(page, doctor)


def ask(phone: Phone) -> None:
    phone.go_to("pages/agreement/list")
    phone.tap(".agreement-card")
    phone.tap("#btn-end")
    phone.tap("#reason-dissatisfied")
    phone.type("#ending-note", "想换一个近一点的")
    phone.draw("#sign")
    phone.tap("#btn-submit-ending")
    phone.allow_if_asked()
    phone.allow()
    phone.sees("#ending-done", "前答复您")


def ask_and_take_back(page: Page, phone: Phone) -> None:
    ask(phone)
    picture(page, "ending-1-asked")
    phone.tap("#btn-go-agreement")
    phone.sees("#agreement-status", "解约申请中")
    phone.tap("#btn-take-back")
    phone.allow()
    phone.sees("#agreement-status", "履约中")


def decide(page: Page) -> None:
    """The administrator's browser, one port above the phones."""
    desk = desk_of(page)
    desk.get_by_role("link", name="签约", exact=True).click()
    desk.get_by_role("link", name="解约与作废").click()
    desk.locator("table a").first.click()
    desk.fill("[name=note]", "祝您健康")
    picture(desk, "ending-2-workbench")
    desk.get_by_role("button", name="同意解约", exact=True).click()
    expect(desk.get_by_role("status")).to_contain_text("已同意解约", timeout=WAIT_MS)
    desk.close()


def register_a_death(page: Page, phone: Phone) -> None:
    phone.go_to("pages/doctor/residents")
    rows = phone.mini.locator("wx-page.mp-active .resident-row")
    expect(rows.first).to_be_visible(timeout=WAIT_MS)
    before = rows.count()
    phone.tap(".resident-close")
    phone.tap("#event-death")
    picture(page, "ending-4-death")
    phone.tap("#btn-close-agreement")
    phone.allow()
    expect(rows).to_have_count(before - 1, timeout=WAIT_MS)
