"""A service as people live it: the doctor records it in two taps, the resident confirms it, disputes another one."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of
from tests.browser.phones import WAIT_MS, Phone, next_morning, picture

pytestmark = pytest.mark.browser


def test_recording_confirming_and_disputing(page: Page, resident: Phone, doctor: Phone) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    next_morning(page)
    record(page, doctor)
    confirm_and_dispute(page, resident)
    answer(page, doctor)
    resident.go_to("pages/rights/services")
    expect(resident.at(".service-row")).to_contain_text("已更正", timeout=WAIT_MS)


def record(page: Page, phone: Phone) -> None:
    phone.go_to("pages/doctor/residents")
    row = phone.mini.locator("wx-page.mp-active .resident-row", has_text="李").first
    row.locator(".resident-serve").click(timeout=WAIT_MS)
    mine = phone.mini.locator("wx-page.mp-active .entitlement-row", has_text="连续处方")
    mine.locator(".record").click(timeout=WAIT_MS)
    expect(phone.at(".notice")).to_contain_text("已登记：连续处方", timeout=WAIT_MS)
    expect(phone.at(".service-row")).to_contain_text("待居民确认", timeout=WAIT_MS)
    picture(page, "services-1-recorded")


def confirm_and_dispute(page: Page, phone: Phone) -> None:
    phone.use("李建国")
    phone.go_to("pages/rights/rights")
    phone.sees(".waiting-card", "请您核对")
    phone.sees("#waiting-left", "还有2次")
    picture(page, "services-2-rights")
    phone.tap(".service-dispute")
    phone.tap(".dispute-reason")
    phone.tap("#btn-dispute")
    phone.sees("#waiting-left", "还有1次")
    phone.tap(".service-confirm")
    expect(phone.at("#waiting-left")).to_have_count(0, timeout=WAIT_MS)
    phone.sees(".waiting-card", "请您核对")


def answer(page: Page, phone: Phone) -> None:
    phone.go_home()
    expect(phone.at("#tile-disputes")).to_contain_text("位居民有疑问", timeout=WAIT_MS)
    phone.tap("#tile-disputes")
    row = phone.mini.locator("wx-page.mp-active .dispute-row", has_text="那天没有做").first
    row.locator(".dispute-answer").click(timeout=WAIT_MS)
    phone.tap("#verdict-upheld")
    phone.type("#answer-reply", "登记有误，已更正")
    picture(page, "services-3-answer")
    phone.tap("#btn-answer")
    expect(row).to_have_count(0, timeout=WAIT_MS)


def test_a_health_card_and_the_workbench(page: Page, resident: Phone) -> None:
    resident.use("周美兰")
    resident.go_to("pages/card/card")
    resident.sees("#card-balance", "790.50元")
    picture(page, "services-4-card")
    resident.go_to("pages/rights/rights")
    resident.sees("#four-ones", "个性化健康处方")
    picture(page, "services-5-four-ones")
    desk = desk_of(page)
    desk.get_by_role("link", name="服务", exact=True).click()
    picture(desk, "services-6-packages")
    desk.get_by_role("link", name="基础服务包").last.click()
    desk.get_by_role("button", name="发布", exact=True).wait_for()
    picture(desk, "services-7-package-form")
    desk.fill("[name=item1_times]", "2")
    desk.get_by_role("button", name="发布", exact=True).click()
    expect(desk.get_by_role("status")).to_contain_text("已发布第 2 版", timeout=WAIT_MS)
    for name in ("费用", "服务核实", "健康服务卡"):
        desk.get_by_role("link", name=name, exact=True).click()
        picture(desk, f"services-8-{name}")
    desk.locator("table a").first.click()
    desk.get_by_label("金额（元）").fill("40.50")
    desk.get_by_label("票据号").fill("MZ1")
    desk.get_by_role("button", name="扣款").click()
    expect(desk.get_by_role("heading", level=1)).to_contain_text("750.00元", timeout=WAIT_MS)
    picture(desk, "services-9-card")
    desk.close()
