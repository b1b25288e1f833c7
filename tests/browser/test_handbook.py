"""One page with all that belongs to a signing, and a child that has no number yet."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def test_the_handbook_and_a_newborn(page: Page) -> None:
    phone = Phone(page, "resident")
    expect(phone.at("#btn-start")).to_be_visible(timeout=WAIT_MS)
    phone.use("李建国")
    phone.go_to("pages/agreement/list")
    phone.tap("#menu-handbook")
    phone.sees("#handbook-team", "城北第一家庭医生团队")
    phone.sees("#handbook-items", "还剩")
    phone.sees("#handbook-help", "12320")
    expect(phone.at("#btn-handbook-file")).to_be_visible()
    picture(page, "handbook-1")

    phone.use("赵敏")
    phone.go_to("pages/family/home")
    phone.tap("#btn-add-member")
    phone.type("#person-name", "赵小满")
    phone.tap("#no-number")
    expect(phone.at("#person-number")).to_have_count(0)
    phone.tap("#child-girl")
    phone.tap("#relation-30")
    picture(page, "handbook-2-newborn")
    phone.tap("#btn-submit-person")
    expect(phone.mini.get_by_text("请选出生日期").first).to_be_visible(timeout=WAIT_MS)
