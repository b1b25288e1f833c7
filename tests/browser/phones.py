"""Driving the two phones of the sandbox's page: what a person does, in words."""

import contextlib
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Frame, FrameLocator, Locator, Page, TimeoutError, expect

PICTURES = Path(__file__).resolve().parents[2] / "var" / "pictures"
WAIT_MS = 20_000
SHANGHAI = ZoneInfo("Asia/Shanghai")
expect.set_options(timeout=WAIT_MS)


class Phone:
    """One phone on the page: "resident" or "doctor"."""

    def __init__(self, page: Page, who: str) -> None:
        self.page = page
        self.box = page.get_by_test_id(f"phone-{who}")

    @property
    def mini(self) -> FrameLocator:
        """The mini-program's frame."""
        return self.box.get_by_test_id("mini-frame").content_frame

    def tab(self, name: str) -> None:
        """Switch to "chat", "notices" or "mini"."""
        self.box.get_by_test_id(f"tab-{name}").click()

    def use(self, name: str) -> None:
        """Hand the phone to somebody else; the page asks who that is before it does."""
        expect(self.box).to_have_attribute("data-user", re.compile("."))
        if self.box.get_attribute("data-user") != name:
            self.box.get_by_test_id("user-select").select_option(label=name)
        expect(self.box).to_have_attribute("data-user", name)

    def at(self, selector: str) -> Locator:
        """Something on the mini-program's visible page."""
        return self.mini.locator(f"wx-page.mp-active {selector}").first

    def tap(self, selector: str) -> None:
        """Tap something on the visible page, as soon as it is there."""
        self.at(selector).click(timeout=WAIT_MS)

    def go(self, tab: str) -> None:
        """Tap a tab at the bottom of the mini-program, after going back to a page that has it."""
        button, back = self.mini.locator("[role=tab]", has_text=tab), self.mini.locator(".mp-back")
        for _ in range(WAIT_MS // 300):
            if button.is_visible():
                break
            if back.is_visible():
                back.click()
            self.page.wait_for_timeout(300)  # pages slide: for a moment neither may be there
        button.click(timeout=WAIT_MS)

    def go_home(self) -> None:
        """Open the doctor's desk, from wherever he is."""
        self.go_to("pages/doctor/home")

    def go_to(self, path: str) -> None:
        """Open a page of the mini-program as its own code would."""
        self.frame().evaluate("path => window.__MPWEB__.wx.reLaunch({url: '/' + path})", path)
        expect(self.mini.locator(f"wx-page.mp-active[is='{path}']")).to_be_visible(timeout=WAIT_MS)

    def frame(self) -> Frame:
        """The mini-program's own window, once it is there: who takes the phone starts it anew."""
        for _ in range(WAIT_MS // 300):
            handle = self.box.get_by_test_id("mini-frame").element_handle()
            found = handle.content_frame()
            if found is not None and found.evaluate("() => Boolean(window.__MPWEB__?.wx)"):
                return found
            self.page.wait_for_timeout(300)
        raise AssertionError("the mini-program did not start")

    def type(self, selector: str, text: str) -> None:
        """Type into a field of the visible page."""
        field = self.at(f"{selector} input, {selector} textarea").or_(self.at(f"input{selector}, textarea{selector}"))
        field.first.fill(text, timeout=WAIT_MS)

    def allow(self) -> None:
        """Answer a sheet or question with yes."""
        self.mini.locator("[role=dialog] .ok").last.click(timeout=WAIT_MS)

    def allow_if_asked(self, milliseconds: int = 3000) -> None:
        """Answer a subscribe sheet with yes if it comes."""
        sheet = self.mini.get_by_test_id("subscribe-sheet").locator(".ok")
        with contextlib.suppress(TimeoutError):  # nobody asked
            sheet.click(timeout=milliseconds)

    def sees(self, selector: str, text: str) -> None:
        """The visible page shows this text there."""
        expect(self.at(selector)).to_contain_text(text, timeout=WAIT_MS)

    def draw(self, selector: str) -> None:
        """Draw a signature."""
        canvas = self.at(selector)
        canvas.scroll_into_view_if_needed(timeout=WAIT_MS)
        area = canvas.bounding_box()
        assert area is not None
        mouse = self.page.mouse
        for stroke in (((0.2, 0.3), (0.5, 0.7), (0.3, 0.8)), ((0.5, 0.2), (0.6, 0.8), (0.8, 0.4))):
            (x, y), *rest = [(area["x"] + area["width"] * a, area["y"] + area["height"] * b) for a, b in stroke]
            mouse.move(x, y)
            mouse.down()
            for to in rest:
                mouse.move(*to, steps=8)
            mouse.up()

    def say(self, text: str) -> None:
        """Write to the service account."""
        self.box.get_by_test_id("chat-input").fill(text)
        self.box.get_by_test_id("chat-send").click()

    def hears(self, text: str) -> None:
        """The service-account chat shows a line with this text."""
        line = self.box.get_by_test_id("chat-lines").get_by_text(text).last
        expect(line).to_be_visible(timeout=WAIT_MS)

    def is_noticed(self, text: str) -> None:
        """The service notices hold a card with this text."""
        card = self.box.get_by_test_id("notice-card").filter(has_text=text).last
        expect(card).to_be_visible(timeout=WAIT_MS * 2)

    def has_card(self, text: str | re.Pattern[str]) -> None:
        """The chat holds a template message with this text."""
        card = self.box.get_by_test_id("template-card").filter(has_text=text).last
        expect(card).to_be_visible(timeout=WAIT_MS * 2)


def picture(page: Page, name: str) -> None:
    """Leave a picture to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.wait_for_timeout(600)
    page.screenshot(path=PICTURES / f"{name}.png")


def now(page: Page) -> datetime:
    """What the sandbox's clock says, in Shanghai."""
    return datetime.fromtimestamp(float(page.get_by_test_id("clock-now").get_attribute("data-epoch") or "0"), SHANGHAI)


def set_clock(page: Page, day: date, time: str) -> None:
    """Set the clock to a time (HH:MM) of a day in Shanghai; it only goes forward."""
    page.get_by_test_id("clock-input").fill(f"{day:%Y-%m-%d}T{time}")
    page.get_by_test_id("clock-set").click()
    expect(page.get_by_test_id("clock-now")).to_contain_text(time, timeout=WAIT_MS)


def next_morning(page: Page) -> None:
    """Set the clock to 09:30 on the next day in Shanghai: at night reminders wait, and most go out at nine."""
    set_clock(page, now(page).date() + timedelta(days=1), "09:30")


def days_later(page: Page, days: int) -> None:
    """Press the clock's buttons until so many days have gone by."""
    for step, size in (("30d", 30), ("7d", 7), ("1d", 1)):
        while days >= size:
            page.get_by_test_id(f"clock-plus-{step}").click()
            page.wait_for_timeout(700)
            days -= size
