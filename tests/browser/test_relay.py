"""A resident writes in the service account's chat and sends a photo; the doctor answers in his own chat by short code."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests import configured
from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser

SENDS_A_PHOTO = """async ([name, appid]) => {
  const users = await (await fetch('/sandbox/users')).json()
  const id = users.find((user) => user.name === name).id
  await fetch(`/sandbox/users/${id}/messages`, { method: 'POST', body: JSON.stringify({ appid, type: 'image' }) })
}"""


def test_the_answer_comes_back_with_its_delivery_and_the_photo_arrives(
    page: Page, resident: Phone, doctor: Phone
) -> None:
    resident.use("李建国")
    resident.tab("chat")
    resident.say("找医生")
    resident.hears("已转给")
    page.evaluate(SENDS_A_PHOTO, ["李建国", configured.SERVICE_ACCOUNT])

    doctor.tab("chat")
    doctor.say("列表")
    doctor.hears("已等")
    told = doctor.box.get_by_test_id("chat-lines").inner_text()
    number = re.findall(r"(\d+) 号 李\*国", told)[-1]
    doctor.say(f"{number} 请明天上午来门诊，带上药盒")
    doctor.hears("已回复")
    picture(page, "relay-short-code")

    resident.hears("请明天上午来门诊")
    resident.tab("mini")
    resident.go("消息")
    resident.sees(".bubble-row.doctor .bubble-note", "已送达聊天")
    picture(page, "relay-delivered")

    doctor.tab("mini")
    doctor.go_home()
    doctor.tap("#tile-conversations")
    row = doctor.mini.locator("wx-page.mp-active .conversation-row").filter(has_text="李*国")
    row.first.click(timeout=WAIT_MS)
    doctor.tap(".medium-button")
    expect(doctor.at(".bubble-picture")).to_be_visible(timeout=WAIT_MS)
    doctor.sees(".bubble-row.mine .bubble-note", "已送达聊天")
    picture(page, "relay-photo")
