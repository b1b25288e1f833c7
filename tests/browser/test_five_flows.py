"""The five flows as people live them: two phones, one clock, in the order of a year (issue 1)."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, days_later, next_morning, picture

pytestmark = pytest.mark.browser
NUMBER = "510799196103020125"  # belongs to nobody (domain.md §3.4, V2)


def test_the_five_flows(page: Page, resident: Phone, doctor: Phone) -> None:
    expect(resident.at("#btn-start")).to_be_visible(timeout=WAIT_MS)
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    next_morning(page)
    log_in_and_register(page, resident)
    sign_and_accept(page, resident, doctor)
    book_and_cancel(page, resident)
    talk(page, resident, doctor)
    be_followed_up(page, resident, doctor)
    renew(page, resident, doctor)


def log_in_and_register(page: Page, phone: Phone) -> None:
    """Flow 1: wx.login, privacy, phone number by code, name and number, all masked afterwards."""
    phone.tap("#btn-start")
    phone.tap("#agree-privacy")
    phone.tap("#btn-agree")
    phone.tap("#btn-phone")
    phone.allow()
    phone.type("#name", "王秀英")
    phone.type("#idno", NUMBER[:-1] + "6")
    phone.tap("#btn-bind")
    phone.sees("#idno-error", "填错")
    phone.type("#idno", NUMBER)
    picture(page, "1-register")
    phone.tap("#btn-bind")
    expect(phone.at("#bound-done")).to_be_visible(timeout=WAIT_MS)
    phone.tap("#btn-go-teams")


def sign_and_accept(page: Page, phone: Phone, doctor: Phone) -> None:
    """Flow 2: choose, read, tick, draw; the doctor accepts; the agreement is in force."""
    phone.tap(".team-card")
    phone.tap(".package-card")
    phone.tap("#btn-sign")
    phone.sees("#agreement-text", "家庭医生签约服务协议")
    phone.tap("#btn-read")
    rows = phone.mini.locator("wx-page.mp-active .consent-row")
    expect(rows.first).to_be_visible(timeout=WAIT_MS)
    for index in range(rows.count()):
        rows.nth(index).click()
    phone.tap("#btn-consents-next")
    phone.draw("#sign")
    picture(page, "2-sign")
    phone.tap("#btn-submit-sign")
    phone.allow_if_asked()
    expect(phone.at("#sign-done")).to_be_visible(timeout=WAIT_MS)
    phone.tap("#btn-go-agreement")
    phone.sees("#agreement-status", "等待")

    doctor.tap("#btn-desk")
    doctor.tap("#tile-agreements")
    doctor.sees(".agreement-row", "刘*")
    rows = doctor.mini.locator("wx-page.mp-active .agreement-row")
    expect(rows).to_have_count(2, timeout=WAIT_MS)
    picture(page, "2-accept")
    rows.filter(has_text="王*英").locator(".doctor-accept").click()
    doctor.allow()
    expect(rows).to_have_count(1, timeout=WAIT_MS)

    phone.tab("notices")
    phone.is_noticed("已通过")
    picture(page, "2-accepted")
    phone.tab("mini")
    phone.go("首页")
    phone.sees("#agreement-status", "履约中")


def book_and_cancel(page: Page, phone: Phone) -> None:
    """Flow 3: a reserved number, then another one given back."""
    book(phone)
    picture(page, "3-booked")
    phone.tap("#btn-appointments")
    phone.sees(".appointment-card", "预约成功")
    phone.tap(".btn-cancel")
    phone.allow()
    phone.sees(".appointment-card", "已取消")
    phone.go("预约")
    book(phone)


def book(phone: Phone) -> None:
    phone.go("预约")
    phone.tap("#btn-new-booking")
    phone.tap(".hospital-card")
    phone.tap(".slot-card")
    phone.tap("#btn-book")
    phone.allow_if_asked()
    expect(phone.at("#book-done")).to_be_visible(timeout=WAIT_MS)


def talk(page: Page, phone: Phone, doctor: Phone) -> None:
    """Flow 4: the bot, an emergency, 找医生, the doctor from his pages and from his own chat."""
    phone.tab("chat")
    phone.box.get_by_test_id("follow").click()
    phone.hears("欢迎关注")
    phone.say("我的协议什么时候到期")
    phone.hears("到期")
    phone.say("我胸口疼得厉害，喘不上气，出冷汗")
    phone.hears("120")
    doctor.tab("chat")
    doctor.has_card("紧急")
    picture(page, "4-emergency")

    doctor.tab("mini")
    doctor.go_home()
    doctor.tap("#tile-conversations")
    doctor.tap(".conversation-row.urgent")
    doctor.tap("#btn-take")
    doctor.type("#reply-text", "我是陈医生，已经看到。请先打120，我马上给您打电话。")
    doctor.tap("#btn-reply")
    phone.hears("我是陈医生，已经看到")
    phone.say("好的，谢谢陈医生")
    page.wait_for_timeout(1500)
    expect(phone.box.get_by_test_id("chat-lines").locator("[data-via=passive]").last).not_to_contain_text(
        "智能助手再次"
    )
    doctor.tab("chat")
    doctor.say("不客气，有事随时联系我")
    phone.hears("有事随时联系我")
    picture(page, "4-doctor-replies")


def be_followed_up(page: Page, phone: Phone, doctor: Phone) -> None:
    """Flow 5: somebody with a follow-up due allows reminders; the clock does the rest."""
    phone.use("李建国")
    phone.tab("mini")
    phone.go("我的")
    phone.tap("#menu-followups")
    phone.tap("#btn-allow-reminder")
    phone.allow_if_asked()
    next_morning(page)
    phone.tab("notices")
    phone.is_noticed("健康随访")
    picture(page, "5-reminder")
    shown = phone.box.get_by_test_id("notice-lines").inner_text()
    assert "高血压" not in shown

    doctor.tab("mini")
    doctor.go_home()
    doctor.tap("#tile-followups")
    row = doctor.mini.locator("wx-page.mp-active .followup-row").filter(has_text="李*国").filter(has_text="随访").first
    row.locator(".followup-complete").click(timeout=WAIT_MS)
    doctor.tap("#method-clinic")
    doctor.type("#systolic", "136")
    doctor.type("#diastolic", "84")
    doctor.tap("#btn-complete")
    expect(doctor.at("#complete-done")).to_be_visible(timeout=WAIT_MS)
    picture(page, "5-completed")


def renew(page: Page, phone: Phone, doctor: Phone) -> None:
    """Flow 2 again: the notice came by itself; two taps renew; the doctor accepts; the new year follows the old one."""
    phone.tab("chat")
    phone.has_card(re.compile("到期|健康提醒"))  # alone, or together with what else is due that morning
    phone.tab("mini")
    phone.go_to("pages/reminders/list")
    told = phone.mini.locator("wx-page.mp-active .reminder-card").filter(has_text="到期")
    expect(told.first).to_be_visible(timeout=WAIT_MS)
    phone.go_to("pages/index/index")
    phone.tap("#btn-renew")
    picture(page, "2-renew")
    phone.tap("#btn-confirm-renew")
    phone.allow_if_asked()
    expect(phone.at("#renew-done")).to_be_visible(timeout=WAIT_MS)

    doctor.go_home()
    doctor.tap("#tile-agreements")
    row = doctor.mini.locator("wx-page.mp-active .agreement-row").filter(has_text="李*国")
    row.locator(".doctor-accept").click(timeout=WAIT_MS)
    doctor.allow()
    expect(row).to_have_count(0, timeout=WAIT_MS)

    days_later(page, 35)
    phone.go("我的")
    phone.go("首页")
    phone.sees("#agreement-status", "履约中")
    picture(page, "2-renewed")
