"""A doctor works through the month's list: calls, records, and has an informed notice signed; the centre sees it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of, workbench
from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def rows(doctor: Phone):  # type: ignore[no-untyped-def]
    return doctor.mini.locator("wx-page.mp-active .unsigned-row")


def test_a_doctor_records_a_refusal_with_a_signed_notice(page: Page, doctor: Phone) -> None:
    expect(doctor.at("#btn-desk")).to_be_visible(timeout=WAIT_MS)
    doctor.go_home()
    doctor.sees("#tile-unsigned", "待签约名单")
    picture(page, "unsigned-0-desk")
    doctor.tap("#tile-unsigned")
    expect(rows(doctor).first).to_be_visible(timeout=WAIT_MS)
    before = rows(doctor).count()
    picture(page, "unsigned-1-list")

    lost_contact(doctor, before)
    informed(page, doctor)

    doctor.tap("#btn-back")
    expect(rows(doctor)).to_have_count(before - 2, timeout=WAIT_MS)
    doctor.tap("#tab-noticed")
    doctor.sees(".unsigned-row", "告知书 GZ")
    at_the_centre(page)


def lost_contact(doctor: Phone, before: int) -> None:
    """Two taps: the result, and which."""
    doctor.tap(".unsigned-result")
    doctor.tap("#result-lost_contact")
    expect(rows(doctor)).to_have_count(before - 1, timeout=WAIT_MS)


def informed(page: Page, doctor: Phone) -> None:
    doctor.tap(".unsigned-result")
    picture(page, "unsigned-2-results")
    doctor.tap("#result-notice")
    doctor.sees("#notice-text", "目前自愿不签约")
    picture(page, "unsigned-3-text")
    doctor.tap("#btn-resident-signs")
    page.wait_for_timeout(600)
    doctor.draw("#sign")
    picture(page, "unsigned-4-signed")
    doctor.tap("#btn-keep-notice")
    doctor.sees("#notice-done", "居民本人签字")
    picture(page, "unsigned-5-done")


def at_the_centre(page: Page) -> None:
    """The administrator's browser, one port above the phones."""
    desk = desk_of(page)
    for address, name in (
        ("unsigned", "待签约名单"),
        ("coverage", "应签尽签进度"),
        ("effective", "有效签约"),
        ("unsigned/notices", "知情告知书"),
        ("campaigns", "专项活动"),
        ("communities", "功能社区"),
    ):
        desk.goto(workbench(page) + address)
        expect(desk.get_by_role("heading", level=1)).to_contain_text(name, timeout=WAIT_MS)
        picture(desk, f"unsigned-desk-{address.replace('/', '-')}")
    desk.goto(workbench(page) + "unsigned/notices")
    assert desk.locator("table a").count() == 2  # the demo's, and the one just signed
    desk.close()
