"""A doctor answers with a photo and his voice, from his page and from his own chat; the customer-service chat opens."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, picture
from wechat_sandbox.samples import PICTURE

pytestmark = pytest.mark.browser

JUDGES_SOON = """() => fetch('/sandbox/switches', { method: 'PATCH', headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ media_check_delay_seconds: 1 }) })"""


def test_a_photo_and_a_voice_reach_the_chat_and_the_page(page: Page, resident: Phone, doctor: Phone) -> None:
    page.evaluate(JUDGES_SOON)
    resident.use("李建国")
    resident.tab("chat")
    resident.say("找医生")
    resident.hears("已转给")

    doctor.tab("mini")
    doctor.go_home()
    doctor.tap("#tile-conversations")
    doctor.mini.locator("wx-page.mp-active .conversation-row").filter(has_text="李*国").first.click(timeout=WAIT_MS)
    with page.expect_file_chooser() as chooser:
        doctor.tap("#btn-photo")
    chooser.value.set_files([{"name": "dose.jpg", "mimeType": "image/jpeg", "buffer": PICTURE}])
    expect(doctor.at(".bubble-row.mine .medium-button")).to_be_visible(timeout=WAIT_MS)
    doctor.tap("#btn-voice")
    doctor.tap("#btn-voice-start")
    doctor.sees("#voice-time", "正在录音 1 秒")
    picture(page, "media-recording")
    doctor.tap("#btn-voice-stop")
    doctor.sees("#voice-time", "录好了")
    doctor.tap("#btn-voice-send")

    lines = resident.box.get_by_test_id("chat-lines")
    expect(lines.get_by_test_id("chat-image")).to_be_visible(timeout=WAIT_MS)
    expect(lines.get_by_test_id("chat-voice")).to_be_visible(timeout=WAIT_MS)
    doctor.sees(".bubble-row.mine:has-text('听语音') .bubble-note", "已送达聊天")
    doctor.tap(".bubble-pick")
    doctor.sees(".bubble-pick.on", "带上这句")
    picture(page, "media-sent")

    resident.tab("mini")
    resident.go("消息")
    resident.tap(".bubble-row.doctor .medium-button")
    expect(resident.at(".bubble-row.doctor .bubble-picture")).to_be_visible(timeout=WAIT_MS)
    resident.sees(".bubble-row.doctor .bubble-note", "已送达聊天")
    from_his_own_chat(page, doctor, resident)
    the_customer_service_chat(page, resident)


def from_his_own_chat(page: Page, doctor: Phone, resident: Phone) -> None:
    """The short code alone says for whom the next picture is."""
    doctor.tab("chat")
    doctor.say("列表")
    doctor.say("帮助")
    doctor.hears("接下来发的照片")
    doctor.box.get_by_test_id("chat-send-image").click()
    doctor.hears("正在把照片转给")
    told = doctor.box.get_by_test_id("chat-lines").inner_text()
    number = re.findall(r"转给 (\d+) 号 李\*国", told)[-1]
    doctor.say(f"{number}号")
    doctor.hears("您正在接待")
    expect(resident.mini.locator("wx-page.mp-active .bubble-row.doctor")).to_have_count(3, timeout=WAIT_MS)
    picture(page, "media-own-chat")


def the_customer_service_chat(page: Page, resident: Phone) -> None:
    """The button of the message page opens the chat of the same conversation; going back shows what was said."""
    resident.tap("#btn-kefu")
    chat = resident.box.get_by_test_id("customer-service")
    chat.get_by_test_id("kefu-input").fill("我头晕，医生还在吗")
    chat.get_by_test_id("kefu-send").click()
    expect(chat.get_by_test_id("kefu-lines")).to_contain_text("医生还在吗", timeout=WAIT_MS)
    picture(page, "media-customer-service")
    chat.get_by_test_id("kefu-back").click()
    expect(resident.mini.locator("wx-page.mp-active .bubble.mine").last).to_contain_text("医生还在吗", timeout=WAIT_MS)
    resident.go("我的")
    resident.at("#btn-kefu").scroll_into_view_if_needed(timeout=WAIT_MS)
    picture(page, "media-help")
