"""A doctor's day: the list that says why, a controlled follow-up in three taps, an emergency, a home visit planned and made."""

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.browser.phones import WAIT_MS, Phone, next_morning, picture

pytestmark = pytest.mark.browser

MOST_TAPS = 3
COUNT = """() => {
  if (window.taps === undefined) document.addEventListener('click', () => { window.taps += 1 }, true)
  window.taps = 0
}"""


def frame_of(phone: Phone) -> Frame:
    frame = phone.box.get_by_test_id("mini-frame").element_handle().content_frame()
    assert frame is not None
    return frame


def test_a_doctors_day(page: Page, resident: Phone, doctor: Phone) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    doctor.tap("#btn-desk")
    expect(doctor.at(".home-row")).to_be_visible(timeout=WAIT_MS)
    doctor.sees(".entry-followup .entry-why", "高血压随访：第一次随访")
    picture(page, "day-1-list")
    record_in_three_taps(page, doctor)
    plan_and_make_a_visit(page, doctor, resident)
    record_an_emergency(page, doctor)


def record_in_three_taps(page: Page, phone: Phone) -> None:
    """From the form on, beyond the numbers: how, and done; with the second programme one tap more."""
    taps = recorded(phone, "第一次随访", ("#method-clinic",), {"#systolic": "128", "#diastolic": "78"}, page)
    assert taps <= MOST_TAPS
    numbers = {"#systolic": "134", "#diastolic": "84", "#field-fasting_glucose": "6.2"}
    taps = recorded(phone, "上次控制满意", ("#method-clinic", ".together-dm"), numbers, page)
    assert taps == MOST_TAPS


def recorded(phone: Phone, why: str, chosen: tuple[str, ...], numbers: dict[str, str], page: Page) -> int:
    """Open the entry that stands there for a reason, fill in its form; returns how many taps it took."""
    entry = phone.mini.locator("wx-page.mp-active .entry-followup", has_text="高血压").filter(has_text=why).first
    entry.locator(".act").click(timeout=WAIT_MS)
    phone.sees("#kept-0", "药物不良反应：无" if len(chosen) == 1 else "氨氯地平片 5mg 每日1次")
    picture(page, f"day-2-form-{len(chosen)}")
    frame = frame_of(phone)
    frame.evaluate(COUNT)
    for tapped in chosen:
        phone.tap(tapped)
    if ".together-dm" in chosen:
        phone.sees("#kept-1", "二甲双胍片 500mg 每日2次")  # each disease keeps its own drugs
    for field, number in numbers.items():
        phone.type(field, number)
    phone.tap("#btn-complete")
    phone.sees("#class-label", "控制满意")
    phone.sees("#next-day", "下次随访")
    picture(page, f"day-3-done-{len(chosen)}")
    taps: int = frame.evaluate("window.taps")
    phone.tap("#btn-back")
    expect(phone.at(".home-row")).to_be_visible(timeout=WAIT_MS)
    return taps


def plan_and_make_a_visit(page: Page, phone: Phone, resident: Phone) -> None:
    """The plan of the month, the route of the day, the arrival, the record."""
    phone.go_to("pages/doctor/visits")
    phone.tap("#tab-to_plan")
    phone.mini.locator("wx-page.mp-active .tick-line", has_text="李*国").click(timeout=WAIT_MS)
    phone.tap("#btn-start-plan")
    phone.tap("#window-afternoon")
    picture(page, "day-4-plan")
    phone.tap("#btn-plan")
    phone.sees(".leg-head", "下午")
    resident.use("李建国")
    resident.go_to("pages/followups/list")
    resident.sees(".visit-card", "上门看您")
    picture(page, "day-5-who-comes")
    next_morning(page)
    phone.go_to("pages/doctor/visits")
    phone.sees(".visit-row", "李*国")
    picture(page, "day-5-route")
    phone.tap(".visit-record")
    phone.type("#place", "北街1号家中")
    phone.tap("#btn-arrived")
    phone.sees("#arrived", "北街1号家中")
    phone.tap("#btn-complete")
    expect(phone.at("#complete-done")).to_be_visible(timeout=WAIT_MS)
    phone.go_to("pages/doctor/visits")
    phone.tap("#tab-done")
    phone.sees(".visit-row", "✓ 已访视")


def record_an_emergency(page: Page, phone: Phone) -> None:
    """A wrong number is marked, an unusual one asked about; an emergency is red, with 120 and the way to a hospital."""
    phone.go_to("pages/doctor/followups")
    row = phone.mini.locator("wx-page.mp-active .followup-row").filter(has_text="高血压随访").first
    row.locator(".followup-complete").click(timeout=WAIT_MS)
    phone.tap("#method-phone")
    phone.type("#systolic", "230")
    phone.type("#diastolic", "20")
    phone.tap("#btn-complete")
    phone.sees(".field-error", "30–200")
    phone.type("#diastolic", "126")
    phone.tap("#btn-complete")
    phone.allow()
    phone.sees("#emergency", "120")
    picture(page, "day-6-emergency")
    phone.tap("#btn-refer")
    expect(phone.mini.locator("wx-page.mp-active[is='pages/doctor/refer']")).to_be_visible(timeout=WAIT_MS)
