"""A doctor answers at a desk computer: code, yes on the phone, queue, answer; the resident gets it in the chat."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser
PICTURES = "var/pictures/computer-{}.png"


def open_desk(page: Page) -> Page:
    """The doctors' login in a browser window of its own, without anybody's cookies."""
    assert page.context.browser is not None
    parts = urlsplit(page.url)
    desk = page.context.browser.new_page(viewport={"width": 1280, "height": 860})
    desk.set_default_timeout(WAIT_MS)
    desk.goto(f"http://{parts.hostname}:{(parts.port or 0) + 1}/workbench/doctor/")
    return desk


def let_in(desk: Page, doctor: Phone) -> None:
    """Ask for a code at the desk and say yes to it on the phone; the desk goes on by itself."""
    desk.get_by_role("button", name="获取登录码").click()
    code = desk.locator("#login-code").inner_text()
    desk.screenshot(path=PICTURES.format("code"))
    doctor.tab("mini")
    doctor.go_home()
    doctor.tap("#tile-computer")
    doctor.type("#desk-code", code.replace(" ", ""))
    doctor.sees("#asked-where", "网络地址 127.0.0.1")
    picture(doctor.page, "computer-confirm")
    doctor.tap("#btn-confirm-desk")
    expect(desk.get_by_role("heading", level=1)).to_have_text("全部", timeout=WAIT_MS)


def test_from_the_code_to_the_answer_in_the_chat(page: Page, resident: Phone, doctor: Phone) -> None:
    desk = open_desk(page)
    let_in(desk, doctor)
    doctor.sees("#where-card", "电脑端已登录")

    resident.use("李建国")
    resident.tab("chat")
    resident.say("找医生")
    row = desk.locator(".queue a", has_text="李*国")
    expect(row).to_be_visible(timeout=WAIT_MS)  # by itself
    expect(row).to_contain_text("前答复")
    desk.screenshot(path=PICTURES.format("queue"), full_page=True)

    desk.keyboard.press("n")
    expect(desk.locator("#status")).to_contain_text("等待医生回复")
    desk.locator("#btn-take").click()
    expect(desk.locator("#status")).to_contain_text("陈静")
    resident.say("我的药吃完了")
    expect(desk.locator("#history")).to_contain_text("我的药吃完了", timeout=WAIT_MS)  # by itself
    desk.locator("#reply-text").fill("您好。")
    desk.get_by_role("button", name="收到", exact=True).click()
    expect(desk.locator("#reply-text")).to_have_value(
        "您好。\n李建国您好，我是陈静，您的消息收到了，我看一下再回复您。"
    )
    desk.locator("#note-text").fill("家属来过")
    desk.locator("#btn-note").click()
    expect(desk.locator("#notes")).to_contain_text("家属来过")
    expect(desk.locator("#reply-text")).to_have_value(
        "您好。\n李建国您好，我是陈静，您的消息收到了，我看一下再回复您。"
    )
    desk.screenshot(path=PICTURES.format("conversation"), full_page=True)
    desk.locator("#reply-text").press("Control+Enter")
    expect(desk.locator(".bubbles li.mine")).to_contain_text("我是陈静")

    resident.hears("李建国您好，我是陈静")
    expect(desk.locator(".delivery").last).to_have_text("已送达聊天", timeout=WAIT_MS)  # by itself
    desk.screenshot(path=PICTURES.format("delivered"), full_page=True)
    desk.locator("#btn-release").click()
    expect(desk.locator("#status")).to_have_text("智能助手答复中")

    desk.get_by_role("button", name="退出").click()
    expect(desk.get_by_role("button", name="获取登录码")).to_be_visible()
    desk.close()


def test_from_one_message_to_a_follow_up_a_number_and_a_referral(page: Page, resident: Phone, doctor: Phone) -> None:
    desk = open_desk(page)
    desk.set_viewport_size({"width": 1366, "height": 768})
    let_in(desk, doctor)
    resident.use("李建国")
    resident.tab("chat")
    resident.say("找医生")
    row = desk.locator(".queue a", has_text="李*国")
    expect(row).to_be_visible(timeout=WAIT_MS)
    row.click()
    desk.locator("#btn-take").click()
    expect(desk.locator("#status")).to_contain_text("陈静", timeout=WAIT_MS)
    resident.say("这两天头有点闷，想去大医院看看")
    said = desk.locator(".bubbles li.resident", has_text="头有点闷")
    expect(said).to_be_visible(timeout=WAIT_MS)  # by itself
    desk.locator("#reply-text").fill("您好，我看一下。")
    desk.screenshot(path=PICTURES.format("leads"))
    desk.locator("#btn-resident").click()
    expect(desk.locator("#record")).to_contain_text("152/92", timeout=WAIT_MS)
    expect(desk.locator("#reply-text")).to_have_value("您好，我看一下。", timeout=WAIT_MS)
    desk.screenshot(path=PICTURES.format("record"), full_page=True)

    said.get_by_role("button", name="随访").click()
    expect(desk.locator("#visit-note")).to_have_value("居民说：这两天头有点闷，想去大医院看看", timeout=WAIT_MS)
    with desk.expect_navigation(timeout=WAIT_MS):
        desk.locator(".tab", has_text="高血压随访").click()
    desk.locator("#method-phone").check(force=True)
    desk.locator("#f-systolic").fill("152")
    desk.locator("#f-diastolic").fill("500")
    desk.screenshot(path=PICTURES.format("followup"))
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_role("alert").first).to_contain_text("舒张压", timeout=WAIT_MS)
    desk.screenshot(path=PICTURES.format("followup-refused"), full_page=True)
    desk.locator("#f-diastolic").fill("88")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator("#note-line")).to_contain_text("随访已登记：控制不满意", timeout=WAIT_MS)
    expect(desk.locator("#reply-text")).to_have_value("您好，我看一下。", timeout=WAIT_MS)
    desk.screenshot(path=PICTURES.format("followup-done"))

    said.get_by_role("button", name="约号").click()
    desk.screenshot(path=PICTURES.format("booking"))
    number = desk.locator("[name=slot_id]").last  # what he holds already is sooner
    number.check()
    number.press("Enter")
    expect(desk.locator("#note-line")).to_contain_text("已预约", timeout=WAIT_MS)

    said.get_by_role("button", name="转诊").click()
    expect(desk.locator("#summary")).to_have_value("居民说：这两天头有点闷，想去大医院看看", timeout=WAIT_MS)
    desk.locator("#why").fill("只有这家有这个专科")
    desk.locator("#reason-diagnosis").check(force=True)
    desk.screenshot(path=PICTURES.format("referral"), full_page=True)
    desk.locator("#btn-to-patient").click()
    expect(desk.locator("#note-line")).to_contain_text("已发到居民手机，等他同意", timeout=WAIT_MS)
    expect(desk.locator("#reply-text")).to_have_value("您好，我看一下。", timeout=WAIT_MS)
    resident.say("好的，谢谢医生")
    expect(desk.locator("#history")).to_contain_text("谢谢医生", timeout=WAIT_MS)  # by itself, after a form, too
    desk.screenshot(path=PICTURES.format("referral-sent"))
    desk.close()
