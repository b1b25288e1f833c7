"""A referral from end to end: the doctor writes it, the patient signs, the hospital answers, the patient sees where to go."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of, open_page
from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def test_a_resident_is_referred_and_comes_back(page: Page, resident: Phone, doctor: Phone) -> None:
    agrees(page, resident)
    number = refers(page, doctor)
    answers(page, number)
    received(page, doctor)
    drawn_consent(page, resident, doctor, number)


def agrees(page: Page, resident: Phone) -> None:
    """The member reads what his doctor wrote and says yes; floor and desk stand on it."""
    resident.use("李建国")
    resident.go_to("pages/referral/list")
    resident.tap(".referral-card")
    resident.sees("#consent-words", "我同意")
    picture(page, "referral-1-consent")
    resident.tap("#btn-agree")
    resident.sees("#referral-status", "等医院答复")
    resident.sees("#desk-card", "绿色通道")
    picture(page, "referral-2-sent")
    resident.go_to("pages/referral/emergency")
    picture(page, "referral-3-emergency")


def refers(page: Page, doctor: Phone) -> str:
    """Target, reason, summary, number, signature."""
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    doctor.go_to("pages/doctor/residents")
    row = doctor.mini.locator("wx-page.mp-active .resident-row").filter(has_text="郑")
    row.locator(".resident-refer").click(timeout=WAIT_MS)
    doctor.mini.locator("wx-page.mp-active .target").filter(has_text="中心医院").click(timeout=WAIT_MS)
    doctor.tap("#reason-diagnosis")
    doctor.type("#summary", "反复头晕两周，请明确诊断")
    if doctor.at("#why").is_visible():
        doctor.type("#why", "本地只有这家有这个专科")
    doctor.tap(".slot")
    picture(page, "referral-4-refer")
    doctor.tap("#btn-sign-here")
    page.wait_for_timeout(600)
    doctor.draw("#sign")
    picture(page, "referral-5-signed")
    doctor.tap("#btn-send-signed")
    doctor.sees("#refer-done", "等医院答复")
    text = doctor.at("#refer-done").inner_text()
    return next(word for word in text.split() if word.startswith("ZZ"))


def answers(page: Page, number: str) -> None:
    """The hospital's own browser: the inbox, the answer, arrival."""
    desk = desk_of(page, "hospital", at="desk/referrals")
    picture(desk, "referral-6-inbox")
    desk.get_by_role("link", name=number).click()
    picture(desk, "referral-7-open")
    assert is_drawn(desk)
    desk.locator("#do-accept").click()
    expect(desk.locator("#referral-status")).to_have_text("医院已接收", timeout=WAIT_MS)
    desk.locator("#do-arrive_referral").click()
    expect(desk.locator("#referral-status")).to_have_text("已到医院", timeout=WAIT_MS)
    picture(desk, "referral-8-arrived")
    open_page(desk, "转诊", "转诊联络处")
    picture(desk, "referral-9-desks")
    open_page(desk, "转诊", "转诊督办")
    picture(desk, "referral-10-overdue")
    desk.close()


def received(page: Page, doctor: Phone) -> None:
    """Who was sent back is received."""
    doctor.go_to("pages/doctor/referrals")
    doctor.tap("#tab-hospital")
    doctor.sees(".referral-row", "已到医院")
    doctor.tap("#tab-down")
    doctor.tap(".referral-row")
    picture(page, "referral-11-back")
    doctor.tap("#btn-receive")
    doctor.sees(".referral-row", "下转已接收")
    doctor.go_to("pages/doctor/home")
    doctor.sees("#tile-referrals", "上转、下转")


def is_drawn(desk: Page) -> bool:
    """The drawing under a consent is on the page, and it is a picture."""
    shown = desk.locator("#consent-drawing")
    expect(shown).to_have_js_property("complete", True, timeout=WAIT_MS)
    return bool(shown.evaluate("image => image.naturalWidth > 0"))


def drawn_consent(page: Page, resident: Phone, doctor: Phone, number: str) -> None:
    """What a patient drew is seen by his doctor, his centre and himself, and by nobody's list."""
    doctor.go_to("pages/doctor/referrals")
    doctor.tap("#tab-hospital")
    doctor.mini.locator("wx-page.mp-active .referral-row").filter(has_text="郑").first.click(timeout=WAIT_MS)
    doctor.sees("#consent", "居民当面签字")
    expect(doctor.at("#consent-drawing")).to_be_visible(timeout=WAIT_MS)
    picture(page, "referral-12-drawn")
    resident.use("周美兰")
    resident.go_to("pages/referral/list")
    resident.tap(".referral-card")
    resident.sees("#agreed-card", "居民当面签字")
    resident.at("#consent-drawing").scroll_into_view_if_needed(timeout=WAIT_MS)
    picture(page, "referral-13-mine")
    centre = desk_of(page, at="referrals?tab=hospital")
    centre.locator("#everything").get_by_role("link", name=number).click()
    expect(centre.locator("main")).to_contain_text("居民当面签字")
    assert is_drawn(centre)
    picture(centre, "referral-14-centre")
