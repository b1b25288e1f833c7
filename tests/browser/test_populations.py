"""A resident says who he is, his doctor certifies it, and everybody may read the team's card."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def test_declaring_certifying_and_the_contact_card(page: Page, resident: Phone, doctor: Phone) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    resident.use("李建国")
    declare(page, resident)
    certify(page, doctor)
    resident.go_to("pages/me/groups")
    resident.sees("#group-DISABLED", "已认定")
    picture(page, "populations-3-certified")
    move_house(page, resident)
    read_the_card(page)


def declare(page: Page, phone: Phone) -> None:
    phone.go_to("pages/me/groups")
    phone.sees(".page", "2型糖尿病")
    phone.tap("#declare-DISABLED")
    phone.type("#certificate", "51079919500315001643")
    picture(page, "populations-1-declaring")
    phone.tap("#btn-declare")
    phone.sees("#group-DISABLED", "等待核实")
    phone.sees("#group-DISABLED", "肢体残疾 3 级")


def certify(page: Page, phone: Phone) -> None:
    phone.go_to("pages/doctor/groups")
    phone.sees(".todo-row", "残疾人")
    picture(page, "populations-2-certifying")
    phone.tap(".group-certify")
    phone.sees(".empty", "没有要处理的身份")
    phone.go_to("pages/doctor/residents")
    phone.tap(".resident-row:has-text('李*国') .resident-groups")
    phone.sees("#held-DISABLED", "已认定")


def move_house(page: Page, phone: Phone) -> None:
    phone.go_to("pages/me/address")
    phone.sees("#address-label", "北街社区")
    for place in ("涪城区", "城南街道", "南河社区"):
        phone.tap(f".area-row:has-text('{place}')")
    phone.type("#address", "9号")
    picture(page, "populations-4-address")
    phone.tap("#btn-save-address")
    phone.sees("#address-label", "南河社区****")


def read_the_card(page: Page) -> None:
    """Anybody's browser, one port above the phones."""
    parts = urlsplit(page.url)
    reader = page.context.browser.new_page()
    reader.goto(f"http://{parts.hostname}:{(parts.port or 0) + 1}/public/teams?q=北街社区")
    reader.get_by_role("link", name="城北第一家庭医生团队").click()
    expect(reader.get_by_text("市中心医院（演示）").first).to_be_visible(timeout=WAIT_MS)
    picture(reader, "populations-5-team")
    reader.get_by_role("link", name="打印服务联系卡").click()
    expect(reader.locator("#contact-card")).to_contain_text("监督电话", timeout=WAIT_MS)
    code = reader.locator("img.qr")
    expect(code).to_have_js_property("complete", True)
    assert code.evaluate("image => image.naturalWidth") > 100
    picture(reader, "populations-6-card")
    reader.close()
