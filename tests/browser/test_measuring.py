"""Somebody measures at home: enters a value in big digits, sees the chart; a crisis value calls for help and the doctor looks."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phones import Phone, picture

pytestmark = pytest.mark.browser


def test_a_value_is_entered_charted_and_a_crisis_value_alarms(page: Page, resident: Phone, doctor: Phone) -> None:
    resident.use("李建国")
    resident.tab("mini")
    resident.go("我的")
    resident.tap("#menu-followups")
    resident.sees(".followup-place", "地点")
    picture(page, "plan-mine")
    resident.go("我的")
    resident.tap("#menu-measure")
    resident.tap("#btn-measure")
    resident.type("#systolic", "128")
    resident.type("#diastolic", "78")
    picture(page, "measure-enter")
    resident.tap("#btn-save")
    resident.sees("#measure-done", "128/78")
    resident.tap("#btn-back")
    resident.sees(".measure-row", "128/78")
    expect(resident.at("#chart")).to_be_visible()
    picture(page, "measure-list")

    resident.tap("#btn-measure")
    resident.type("#systolic", "185")
    resident.type("#diastolic", "95")
    resident.tap("#btn-save")
    resident.sees("#measure-crisis", "立即拨打120")
    picture(page, "measure-crisis")

    doctor.tab("mini")
    doctor.go_home()
    doctor.sees("#tile-measurements", "1 位危急")
    doctor.tap("#tile-measurements")
    doctor.sees(".review-row", "185/95")
    doctor.tap(".review-row")
    doctor.sees("#review", "185/95")
    expect(doctor.at("#chart")).to_be_visible()
    picture(page, "measure-trend")
    doctor.tap("#btn-reviewed")
    expect(doctor.at("#review")).to_have_count(0)
