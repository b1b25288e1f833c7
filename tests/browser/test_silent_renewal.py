"""A region that renews silently, as people live it: it goes on, the resident confirms, the doctor confirms."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, days_later, next_morning, picture

pytestmark = pytest.mark.browser
REGION = "erqi"
LONG_MS = 2 * WAIT_MS


def test_a_bed_is_found_by_what_one_needs(page: Page, resident: Phone) -> None:
    """This region keeps beds beside experts' numbers: one is asked what one needs."""
    resident.use("李建国")
    resident.go_to("pages/booking/hospitals")
    cards = resident.mini.locator("wx-page.mp-active .hospital-card")
    cards.filter(has_text="中心医院").click(timeout=WAIT_MS)
    need = resident.mini.locator("wx-page.mp-active .chip").filter(has_text="住院")
    need.click(timeout=WAIT_MS)
    slots = resident.mini.locator("wx-page.mp-active .slot-card")
    expect(slots.first).to_contain_text("病床", timeout=WAIT_MS)
    assert all("病床" in text for text in slots.all_inner_texts())
    picture(page, "booking-10-need")


def test_both_confirm_what_went_on_by_itself(page: Page) -> None:
    resident, doctor = Phone(page, "resident"), Phone(page, "doctor")
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    resident.use("李建国")
    days_later(page, 30)
    next_morning(page)

    expect_unconfirmed(page, resident)
    picture(page, "silent-renewal-1-home")
    resident.tap("#btn-confirm")
    resident.sees("wx-view", "已自动续约")
    picture(page, "silent-renewal-2-confirm")
    resident.tap("#btn-confirm-auto")
    resident.sees("#confirm-done", "还等医生确认")
    resident.tap("#btn-go-agreement")
    resident.sees("#agreement-status", "自动续约待确认")

    doctor.go_to("pages/doctor/agreements")
    doctor.tap("#filter-reconfirm")
    doctor.sees(".agreement-row", "居民已确认")
    picture(page, "silent-renewal-3-doctor")
    doctor.tap(".doctor-confirm")
    expect(doctor.at(".agreement-row")).to_have_count(0, timeout=WAIT_MS)

    resident.go_to("pages/index/index")
    resident.sees("#agreement-status", "履约中")


def expect_unconfirmed(page: Page, resident: Phone) -> None:
    """The night's job has run: ask the page again until it shows so."""
    for _ in range(20):
        resident.go_to("pages/index/index")
        if "自动续约待确认" in (resident.at("#agreement-status").text_content(timeout=LONG_MS) or ""):
            return
        page.wait_for_timeout(1000)
    resident.sees("#agreement-status", "自动续约待确认")
