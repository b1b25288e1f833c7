"""A family signs with one signature: the mother on her phone, the doctor accepts all three at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import WAIT_MS, Phone, next_morning, picture

pytestmark = pytest.mark.browser


def test_a_mother_signs_for_herself_and_her_children(page: Page, resident: Phone, doctor: Phone) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    next_morning(page)
    resident.use("赵敏")
    look_at_the_family(page, resident)
    sign(page, resident)
    accept(page, doctor)
    resident.go_to("pages/family/agreements")
    rows = resident.mini.locator("wx-page.mp-active .for-others-card")
    expect(rows).to_have_count(2, timeout=WAIT_MS)
    resident.sees(".for-others-card", "履约中")
    picture(page, "family-6-signed-for-others")
    wards = resident.mini.locator("wx-page.mp-active .ward-card")
    expect(wards).to_have_count(2, timeout=WAIT_MS)
    picture(page, "family-7-wards")
    resident.tap(".btn-end-ward")
    resident.sees("#ending-whose", "赵*")
    resident.tap("#reason-moved")
    picture(page, "family-8-ending-for-a-ward")


def look_at_the_family(page: Page, phone: Phone) -> None:
    phone.go_to("pages/family/home")
    cards = phone.mini.locator("wx-page.mp-active .member-card")
    expect(cards).to_have_count(4, timeout=WAIT_MS)
    expect(cards.last).to_contain_text("待确认")
    picture(page, "family-1-home")
    phone.tap("#btn-ask-proxy")
    expect(phone.at("#person-name")).to_be_visible(timeout=WAIT_MS)
    picture(page, "family-2-ask")


def sign(page: Page, phone: Phone) -> None:
    """Four screens after the login: teams, team, who and what, signature."""
    phone.go_to("pages/teams/list")
    phone.tap(".team-card")
    phone.tap(".package-card")
    phone.tap("#btn-sign-family")
    grounds = phone.mini.locator("wx-page.mp-active .who-ground")
    expect(grounds).to_have_count(3, timeout=WAIT_MS)
    expect(grounds.last).to_contain_text("我是监护人")
    picture(page, "family-3-who")
    phone.tap("#btn-who-next")
    expect(phone.mini.locator("wx-page.mp-active .text-card")).to_have_count(3, timeout=WAIT_MS)
    picture(page, "family-4-texts")
    consents = phone.mini.locator("wx-page.mp-active .consent-row")
    expect(phone.at("#consent-minor_data")).to_be_visible(timeout=WAIT_MS)
    for number in range(consents.count()):
        consents.nth(number).click()
    phone.tap("#btn-consents-next")
    phone.draw("#sign")
    phone.tap("#btn-submit-sign")
    phone.allow_if_asked()
    phone.sees("#sign-done", "已为 3 人提交")
    picture(page, "family-5-done")


def accept(page: Page, phone: Phone) -> None:
    phone.go_to("pages/doctor/agreements")
    phone.tap(".doctor-accept-joint")
    phone.allow()
    page.wait_for_timeout(500)
    expect(phone.mini.locator("wx-page.mp-active .doctor-accept-joint")).to_have_count(0, timeout=WAIT_MS)
