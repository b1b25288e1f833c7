"""Numbers on the phones: found by department and day, for a mother, kept for a while, by the doctor; the code at the desk."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.desks import desk_of, is_said
from tests.browser.phones import SHANGHAI, WAIT_MS, Phone, now, picture, set_clock

pytestmark = pytest.mark.browser


def among(phone: Phone, selector: str, text: str) -> Locator:
    """One of several alike on the visible page, by its words."""
    return phone.mini.locator(f"wx-page.mp-active {selector}").filter(has_text=text).first


def fits(phone: Phone) -> None:
    """Nothing of the page is wider than the phone."""
    wide = """() => [...document.querySelectorAll('wx-page.mp-active *')]
        .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1).map(e => e.className).join()"""
    assert phone.frame().evaluate(wide) == ""


def test_a_number_kept_for_me_has_its_button_in_my_list(page: Page, resident: Phone) -> None:
    resident.use("李建国")
    resident.go_to("pages/appointments/list")
    expect(resident.at(".appointment-card")).to_be_visible(timeout=WAIT_MS)
    resident.sees(".appointment-card", "待您确认")
    resident.sees(".appointment-card", "过时就让给别人")
    picture(page, "numbers-8-kept")
    resident.tap(".btn-confirm")
    resident.sees("#book-done", "预约好了")


def test_a_doctor_books_one_of_what_goes_to_the_public_soon(page: Page, doctor: Phone) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    day = now(page).date() + timedelta(days=1)
    while day.isoweekday() > 4:  # there are clinics on the day after
        day += timedelta(days=1)
    set_clock(page, day, "10:00")
    doctor.go_to("pages/doctor/numbers")
    soon = among(doctor, ".numbers-hospital", "快转为公开")
    for _ in range(10):  # the web server asks the sandbox for the time every now and then
        if soon.is_visible():
            break
        page.wait_for_timeout(800)
        doctor.go_to("pages/doctor/numbers")
        expect(doctor.at(".numbers-hospital")).to_be_visible(timeout=WAIT_MS)
    expect(soon).to_be_visible()
    fits(doctor)
    picture(page, "numbers-5-quota")
    among(doctor, ".numbers-hospital", "快转为公开").click()
    first = doctor.at(".numbers-slot")
    expect(first).to_contain_text("转为公开", timeout=WAIT_MS)
    before = int(re.findall(r"还有 (\d+) 个", first.inner_text())[0])
    fits(doctor)
    doctor.tap(".numbers-book")
    doctor.type("#numbers-search", "没有这个人")
    doctor.sees(".numbers-people", "没有找到")
    doctor.type("#numbers-search", "郑")
    expect(doctor.mini.locator("wx-page.mp-active .numbers-person")).to_have_count(1, timeout=WAIT_MS)
    picture(page, "numbers-6-search")
    doctor.tap(".numbers-person")
    doctor.tap("#btn-numbers-book")
    doctor.sees(".notice", "已预约，居民会收到通知")
    doctor.sees(".numbers-slot", f"还有 {before - 1} 个")  # and he is still at that hospital
    picture(page, "numbers-7-booked")


def test_a_daughter_finds_a_number_for_her_mother(page: Page, resident: Phone) -> None:
    """By hospital, department and day; the booking stands under the mother's name, not under her own."""
    resident.use("吴倩")
    resident.go_to("pages/booking/hospitals")
    among(resident, ".hospital-card", "中心医院").click(timeout=WAIT_MS)
    among(resident, ".for-chip", "吴桂兰").click(timeout=WAIT_MS)
    among(resident, ".department-chip", "内分泌科").click()
    resident.tap(".day-chip")
    day = resident.at(".day-chip.on").inner_text()
    slots = resident.mini.locator("wx-page.mp-active .slot-card")
    assert all(day in text and "内分泌科" in text for text in slots.all_inner_texts())
    fits(resident)
    picture(page, "numbers-1-for-mother")
    resident.tap(".slot-card")
    resident.sees("#book-sheet", "吴桂兰")
    resident.tap("#btn-book")
    resident.allow_if_asked()
    resident.sees("#book-whom", "吴桂兰")
    resident.tap("#btn-appointments")
    resident.sees(".whose-chip.on", "吴桂兰")
    resident.sees(".appointment-card", day)
    picture(page, "numbers-2-mothers-list")


def test_the_card_goes_into_the_calendar_and_its_code_opens_the_desk(page: Page, resident: Phone) -> None:
    resident.use("吴倩")
    resident.go_to("pages/appointments/list")
    among(resident, ".whose-chip", "吴桂兰").click(timeout=WAIT_MS)
    resident.tap(".btn-card")
    expect(resident.at("#visit-qr")).to_be_visible(timeout=WAIT_MS)
    resident.tap("#btn-calendar")
    resident.sees(".notice", "已放进手机日历")
    fits(resident)
    picture(page, "numbers-3-card")
    card = resident.frame().evaluate("window.__MPWEB__.getCurrentPages().at(-1).data.card")
    code = card["code"]

    desk = desk_of(page, "hospital", at="arrivals")
    own = desk.locator("#hospital_id option:checked")
    expect(own).to_contain_text("中心医院")  # the clerk's, not the first one
    expect(desk.locator("#code")).to_be_focused()
    desk.fill("#code", code[:-1] + ("0" if code[-1] != "0" else "1"))
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("取号码")
    desk.fill("#code", code)
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("不是今天的")
    set_clock(page, datetime.fromisoformat(card["starts_at"]).astimezone(SHANGHAI).date(), "07:50")
    desk = desk_of(page, "hospital", at="arrivals")  # the clerk logs in again: days have gone by
    desk.fill("#code", code)
    desk.keyboard.press("Enter")
    is_said(desk, "吴*兰 已取号")
    picture(desk, "numbers-4-desk")
