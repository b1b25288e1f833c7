"""A long prescription's life: renewed for longer, read and signed by the resident, brought home, stopped."""

import pytest
from playwright.sync_api import Page

from tests.browser.phones import Phone, picture

pytestmark = pytest.mark.browser


def test_a_prescription_is_renewed_signed_brought_and_stopped(page: Page, resident: Phone, doctor: Phone) -> None:
    resident.use("李建国")
    resident.tab("mini")
    resident.go("我的")
    resident.tap("#menu-prescriptions")
    resident.sees(".prescription-card", "苯磺酸氨氯地平片 5mg")
    resident.sees(".brought", "待送药")
    picture(page, "prescription-mine")

    doctor.tab("mini")
    doctor.go_to("pages/doctor/residents")
    doctor.mini.locator("wx-page.mp-active .resident-row", has_text="李*国").locator(".resident-prescriptions").click()
    doctor.sees(".prescription-card", "使用中")
    doctor.tap(".btn-renew")
    doctor.tap("#days-56")
    doctor.type("#evaluation", "血压平稳，无不良反应")
    picture(page, "prescription-write")
    doctor.tap("#btn-prescribe")
    doctor.sees(".prescription-card", "待居民签字")

    resident.go("我的")
    resident.tap("#menu-prescriptions")
    resident.tap(".btn-sign")
    resident.sees("#knowledge", "56 天")
    resident.draw("#sign")
    picture(page, "prescription-sign")
    resident.tap("#btn-submit-sign")
    resident.sees(".prescription-card", "使用中")

    doctor.go_home()
    doctor.go_to("pages/doctor/residents")
    doctor.mini.locator("wx-page.mp-active .resident-row", has_text="李*国").locator(".resident-prescriptions").click()
    doctor.tap(".btn-bring")
    doctor.type("#courier", "王平")
    doctor.tap("#btn-confirm-bring")
    doctor.sees(".brought", "王平")
    doctor.tap(".btn-stop")
    doctor.tap("#reason-admitted")
    picture(page, "prescription-stop")
    doctor.tap("#btn-confirm-stop")
    doctor.sees(".prescription-card", "已停止")
