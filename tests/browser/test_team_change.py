"""A resident changes to another team: he asks, both leaders agree, and the new team serves him at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, next_morning, picture

pytestmark = pytest.mark.browser


def test_asking_agreeing_and_being_served(page: Page) -> None:
    resident, doctor = Phone(page, "resident"), Phone(page, "doctor")
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    next_morning(page)
    resident.use("李建国")
    ask(page, resident)
    agree(page, doctor, "血压计在家里，每周一量")
    doctor.use("周强")
    agree(page, doctor, "")
    doctor.go_to("pages/doctor/changes")
    doctor.tap("#tab-1")
    doctor.sees(".change-row", "血压计在家里")
    picture(page, "change-3-received")
    resident.go_to("pages/index/index")
    resident.sees("#agreement-card", "城北第二家庭医生团队")
    resident.sees("#agreement-status", "履约中")
    resident.go_to("pages/transfer/transfer")
    resident.sees("#transfer-none", "没有调整")


def ask(page: Page, phone: Phone) -> None:
    phone.go_to("pages/agreement/list")
    phone.tap(".agreement-card")
    phone.tap("#btn-change")
    phone.sees(".team-card", "城北第二家庭医生团队")
    phone.tap(".team-card")
    phone.tap("#reason-nearer")
    phone.sees("#change-text", "变更家庭医生团队确认书")
    picture(page, "change-1-asking")
    phone.tap("#btn-submit-change")
    phone.allow_if_asked()
    phone.allow()
    phone.sees("#change-done", "前答复您")
    phone.tap("#btn-go-agreement")
    phone.sees("#agreement-status", "变更团队申请中")
    phone.sees("#change-card", "等新团队答复")


def agree(page: Page, phone: Phone, note: str) -> None:
    phone.go_to("pages/doctor/changes")
    phone.tap(".change-agree")
    if note:
        phone.type("#change-note", note)
        picture(page, "change-2-agreeing")
    phone.tap("#btn-answer-change")
    expect(phone.mini.locator("wx-page.mp-active .change-row")).to_have_count(0, timeout=WAIT_MS)
