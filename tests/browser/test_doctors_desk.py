"""A doctor takes a conversation, uses a reply kept ready, writes a note and gives it away; the resident rates it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of
from tests.browser.phones import WAIT_MS, Phone, picture

pytestmark = pytest.mark.browser


def test_from_the_question_to_the_rating(page: Page, resident: Phone, doctor: Phone) -> None:
    resident.use("李建国")
    resident.tab("mini")
    resident.go("消息")
    resident.tap("#btn-find-doctor")
    resident.allow_if_asked()
    resident.sees("#wait-line", "前答复您")
    picture(page, "desk-waiting")

    doctor.tab("mini")
    doctor.go_home()
    doctor.tap("#tile-conversations")
    doctor.sees(".conversation-row", "前答复")
    doctor.tap(".conversation-row")
    doctor.tap("#btn-take")
    doctor.sees("#due-line", "前答复")
    doctor.tap("#btn-quick")
    picture(page, "desk-ready-made")
    doctor.at(".quick-reply:has-text('我是陈静')").click()
    doctor.tap("#btn-reply")
    resident.sees(".bubble.doctor", "李建国您好，我是陈静")

    doctor.tap("#btn-notes")
    doctor.type("#note-text", "家属说最近夜里睡不好")
    doctor.tap("#btn-note")
    doctor.sees(".note-row", "睡不好")
    picture(page, "desk-note")
    doctor.tap("#notes-sheet .btn.plain")
    goes_on_to_forms(doctor)
    doctor.tap("#btn-give")
    doctor.at(".colleague:has-text('周强')").click()
    doctor.type("#give-reason", "周医生更了解这种药")
    picture(page, "desk-give")
    doctor.tap("#btn-give-now")
    doctor.sees("#conversation-status", "周强")
    expect(resident.at(".system-line:has-text('由陈静转给周强')")).to_be_visible(timeout=WAIT_MS)
    expect(resident.mini.get_by_text("睡不好")).to_have_count(0)

    doctor.use("周强")
    doctor.tab("mini")
    doctor.go_home()
    doctor.tap("#tile-conversations")
    doctor.tap(".conversation-row")
    doctor.tap("#btn-close")
    doctor.allow()
    expect(resident.at("#rating")).to_be_visible(timeout=WAIT_MS)
    resident.tap("#star-5")
    resident.type("#rating-words", "回得很快")
    picture(page, "desk-rating")
    resident.tap("#btn-rate")
    expect(resident.at("#rating")).to_have_count(0)

    doctor.go_to("pages/doctor/answering")
    doctor.sees("#figures", "份数太少")
    doctor.tap("#btn-absence")
    picture(page, "desk-answering")

    desk = desk_of(page, at="answers")
    expect(desk.locator("table.rows")).to_contain_text("5.0 星")
    desk.screenshot(path="var/pictures/desk-figures.png")
    desk.goto(desk.url + "/ratings")
    expect(desk.locator("table.rows")).to_contain_text("回得很快")
    desk.goto(desk.url.replace("/ratings", "/absences"))
    desk.screenshot(path="var/pictures/desk-absences.png")
    refuses_unknown_variables(desk)
    desk.close()


def refuses_unknown_variables(desk: Page) -> None:
    """The institution's replies: a variable nobody knows is named, and what was typed stays."""
    desk.goto(desk.url.replace("/absences", "/canned"))
    expect(desk.locator("section.canned")).to_have_count(3)
    desk.select_option("[name=owner]", label="全机构")
    desk.fill("#new-canned [name=title]", "节假日")
    desk.fill("#new-canned [name=text]", "{name}您好，节假日请打 {phnoe}。")
    desk.locator("#new-canned button").click()
    expect(desk.get_by_role("alert")).to_contain_text("不认识 {phnoe}")
    desk.screenshot(path="var/pictures/desk-canned.png", full_page=True)


def goes_on_to_forms(doctor: Phone) -> None:
    """One tap leads to the follow-up with the resident's words, to the numbers and to the referral."""
    doctor.tap("#btn-followup")
    expect(doctor.at("#note textarea, textarea#note")).to_have_value("居民说：找医生", timeout=WAIT_MS)
    for button, page in (("#btn-book", "pages/doctor/numbers"), ("#btn-refer", "pages/doctor/refer")):
        doctor.mini.locator(".mp-back").click()
        doctor.tap(button)
        expect(doctor.mini.locator(f"wx-page.mp-active[is='{page}']")).to_be_visible(timeout=WAIT_MS)
    doctor.mini.locator(".mp-back").click()
