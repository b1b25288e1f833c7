"""Booking as people live it: a place kept while deciding, the card for the day, another time, a pause, and by chat."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of, is_said
from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def test_booking_and_choosing_another_time(page: Page, resident: Phone) -> None:
    resident.use("李建国")
    book(page, resident)
    choose_another_time(page, resident)
    look_at_the_desk(page)


def book(page: Page, phone: Phone) -> None:
    phone.go_to("pages/booking/hospitals")
    phone.tap(".hospital-card")
    chip = phone.mini.locator("wx-page.mp-active .department-chip").filter(has_text="骨伤科")
    chip.click(timeout=WAIT_MS)  # others there have a waiting list
    phone.tap(".day-chip")
    picture(page, "booking-1-slots")
    phone.tap(".slot-card")
    phone.sees("#book-kept", "这个号给您留到")
    picture(page, "booking-2-kept")
    phone.tap("#btn-book")
    phone.allow_if_asked()
    phone.sees("#book-done", "预约好了")
    picture(page, "booking-3-done")


def choose_another_time(page: Page, phone: Phone) -> None:
    phone.tap("#btn-appointments")
    phone.tap(".btn-card")
    expect(phone.at("#visit-qr")).to_be_visible(timeout=WAIT_MS)
    phone.sees("#visit-floor", "门诊楼")
    phone.sees("#visit-bring", "身份证")
    picture(page, "booking-4-card")
    phone.tap("#btn-another")
    phone.sees("#old-time", "原来的时间")
    picture(page, "booking-5-another")
    phone.tap(".another-card")
    phone.allow()
    phone.sees("#book-done", "预约好了")


def look_at_the_desk(page: Page) -> None:
    """The hospital's pages of the workbench."""
    desk = desk_of(page)
    desk.get_by_role("link", name="号源", exact=True).click()
    for name in ("到诊登记", "爽约申诉"):
        desk.get_by_role("link", name=name, exact=True).click()
        expect(desk.get_by_role("heading", level=1)).to_contain_text(name, timeout=WAIT_MS)
        picture(desk, f"booking-6-{name}")
    desk.close()


def test_a_pause_is_explained_and_objected_to(page: Page, resident: Phone) -> None:
    resident.use("周美兰")
    resident.go_to("pages/booking/hospitals")
    resident.tap(".hospital-card")
    resident.tap(".slot-card")
    resident.sees("#block-card", "暂时不能自己在网上预约")
    resident.type("#appeal-text", "那天下雨摔倒了，去了急诊")
    picture(page, "booking-7-paused")
    resident.tap("#btn-appeal")
    resident.sees("#appeal-card", "正在处理")
    picture(page, "booking-8-appealed")
    desk = desk_of(page, at="appeals")
    card = desk.locator("section.card", has_text="周*兰")
    expect(card).to_contain_text("那天下雨摔倒了")
    card.get_by_label("理由（居民会看到）").fill("急诊病历已核对")
    picture(desk, "booking-9-appeal")
    card.get_by_role("button", name="同意，恢复预约").click()
    is_said(desk, "已答复，居民会收到通知")
    resident.go_to("pages/booking/hospitals")
    resident.tap(".hospital-card")
    resident.tap(".slot-card")
    resident.sees("#book-kept", "这个号给您留到")  # at once, as before
    resident.tap("#btn-not-now")


def test_booking_in_the_chat(page: Page, resident: Phone) -> None:
    resident.use("李建国")
    resident.go_to("pages/messages/chat")
    says(resident, "我想约个专家号")
    resident.allow()  # that answers may be announced
    hears(resident, "请问要约哪个科室")
    picture(page, "errand-1-departments")
    says(resident, "神经内科")
    hears(resident, "想哪一天去")
    says(resident, "1")
    hears(resident, "还有这些号")
    resident.tap("#choice-1")
    hears(resident, "请核对：为您本人")
    expect(resident.mini.locator("wx-page.mp-active #choice-1")).to_have_text("确认", timeout=WAIT_MS)
    picture(page, "errand-2-confirm")
    says(resident, "要得")
    hears(resident, "预约成功")
    picture(page, "errand-3-booked")

    says(resident, "我约了哪些号")
    hears(resident, "接下来的预约")
    picture(page, "errand-4-mine")
    resident.mini.locator("wx-page.mp-active .bubble-link").last.click(timeout=WAIT_MS)
    expect(resident.mini.locator("wx-page.mp-active[is='pages/appointments/list']")).to_be_visible(timeout=WAIT_MS)
    resident.sees(".appointment-card", "神经内科")


def test_errands_in_the_service_accounts_chat(page: Page, resident: Phone) -> None:
    resident.use("周美兰")
    resident.tab("chat")
    for said, heard in (
        ("我的签约好久到期", "有效期到"),
        ("高压一百四十八 低压九十二", "已记下您的血压148/92"),
        ("不要再给我发随访提醒了", "想退订哪一种"),
        ("第一个", "请核对：以后不再给您发"),
        ("要得", "已退订"),
        ("护士态度不好我要投诉", "请问是关于哪一件"),
        ("3", "请把情况写下来"),
        ("打针等了两个钟头没人理", "请核对"),
        ("要得", "已转给"),
    ):
        resident.say(said)
        resident.hears(heard)
    picture(page, "errand-5-chat")


def says(phone: Phone, text: str) -> None:
    phone.type("#chat-text", text)
    phone.tap("#btn-send")


def hears(phone: Phone, text: str) -> None:
    line = phone.mini.locator("wx-page.mp-active .bubble.bot").filter(has_text=text).last
    expect(line).to_be_visible(timeout=WAIT_MS)
