"""The waiting list on the phone: an offer is taken in one tap, a full clinic has a line, the doctor says who goes first."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def test_an_offer_is_taken_and_a_full_clinic_has_a_line(page: Page, resident: Phone, doctor: Phone) -> None:
    resident.use("李建国")
    resident.go_to("pages/waiting/list")
    resident.sees(".offer-card", "眼科")
    resident.sees(".offer-left", "前确认")
    picture(page, "waiting-1-offer")
    resident.tap(".btn-accept")
    resident.allow_if_asked()
    resident.sees("#book-done", "眼科")

    resident.go_to("pages/booking/hospitals")
    resident.mini.locator("wx-page.mp-active .hospital-card").filter(has_text="中医医院").click(timeout=WAIT_MS)
    full = resident.mini.locator("wx-page.mp-active .slot-card").filter(has_text="耳鼻喉科")
    full.locator(".btn-wait").click(timeout=WAIT_MS)
    resident.sees("#span-fortnight", "两周以内")
    picture(page, "waiting-2-join")
    resident.tap("#btn-join")
    resident.allow_if_asked()
    resident.sees("#waiting-place", "您前面还有 1 位")
    picture(page, "waiting-3-joined")

    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    doctor.go_to("pages/doctor/waiting")
    row = doctor.mini.locator("wx-page.mp-active .waiting-row").filter(has_text="前面还有 1 位").first
    row.locator(".btn-priority").click(timeout=WAIT_MS)
    doctor.tap("#priority-1")
    doctor.type("#priority-reason", "术后复查，不能再等")
    picture(page, "waiting-4-priority")
    doctor.tap("#btn-priority")
    urgent = doctor.mini.locator("wx-page.mp-active .waiting-row").filter(has_text="术后复查")
    expect(urgent).to_contain_text("下一个就是", timeout=WAIT_MS)

    resident.tap("#btn-waiting-list")
    resident.sees(".waiting-place", "下一个就是您")
    picture(page, "waiting-5-next")
