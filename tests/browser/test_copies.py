"""The agreement's copy as people live it: a supplement is signed, the copy is opened, the public page proves it."""

import base64

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser

READ = """async path => {
  const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer())
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}"""


def test_a_resident_opens_the_copy_and_the_page_behind_its_code_proves_it(
    page: Page, resident: Phone, doctor: Phone
) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    resident.use("李建国")
    propose(page, doctor)
    sign_supplement(page, resident)
    content, address = open_copy(page, resident)
    prove(page, address, content)
    take_a_consent_back(page, resident)


def propose(page: Page, phone: Phone) -> None:
    phone.go_to("pages/doctor/agreements")
    phone.tap("#filter-active")
    row = phone.mini.locator("wx-page.mp-active .agreement-row", has_text="李*国")
    row.locator(".doctor-open").click(timeout=WAIT_MS)
    phone.tap("#btn-write")
    phone.type("#new-phone", "13911112222")
    picture(page, "copies-1-doctor")
    phone.tap("#btn-propose")
    phone.sees(".supplement-row", "等待居民签字")


def sign_supplement(page: Page, phone: Phone) -> None:
    phone.go_to("pages/agreement/list")
    phone.tap(".agreement-card")
    phone.sees("#supplement-waiting", "补充协议（第1号）")
    picture(page, "copies-2-waiting")
    phone.tap("#btn-supplement")
    phone.sees("#supplement-text", "13911112222")
    phone.tap("#btn-sign-supplement")
    phone.draw("#sign")
    picture(page, "copies-3-sign")
    phone.tap("#btn-submit-supplement")
    phone.sees("#supplement-status", "已签署")


def open_copy(page: Page, phone: Phone) -> tuple[bytes, str]:
    phone.go_to("pages/agreement/list")
    phone.tap(".agreement-card")
    phone.tap("#btn-copy")
    picture(page, "copies-4-copy")
    phone.tap("#btn-open-copy")
    document = phone.mini.locator(".mp-document")
    expect(document).to_have_attribute("data-type", "pdf", timeout=WAIT_MS)
    content = base64.b64decode(document.evaluate(f"async element => await ({READ})(element.dataset.path)"))
    assert content.startswith(b"%PDF-")
    phone.mini.locator(".mp-document-close").click()
    phone.sees("#copy-receipts", "已阅读")
    return content, phone.at("#verify-address").inner_text()


def prove(page: Page, address: str, content: bytes) -> None:
    browser = page.context.browser
    assert browser is not None
    desk = browser.new_page(viewport={"width": 420, "height": 900})
    desk.goto(address)
    expect(desk.locator("#verify-name")).to_contain_text("李*国")
    expect(desk.locator("#verify-chain")).to_contain_text("签署后没有改动")
    for sent, said in ((content, "一致"), (content + b" ", "不一致")):
        desk.set_input_files("#file", [{"name": "copy.pdf", "mimeType": "application/pdf", "buffer": sent}])
        desk.get_by_role("button", name="核对").click()
        expect(desk.locator("#verify-result")).to_contain_text(said)
        assert ("不一致" in desk.locator("#verify-result").inner_text()) == (said == "不一致")
        picture(desk, f"copies-5-{'same' if said == '一致' else 'changed'}")
    desk.close()


def take_a_consent_back(page: Page, phone: Phone) -> None:
    phone.go_to("pages/agreement/list")
    phone.tap(".agreement-card")
    phone.tap("#btn-consents")
    phone.tap("#btn-share_with_hospitals")
    phone.allow()
    phone.sees("#consent-share_with_hospitals", "已撤回")
    picture(page, "copies-6-consents")
