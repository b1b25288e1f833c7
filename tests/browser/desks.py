"""The workbench in a browser of its own, one port above the sandbox's page."""

from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.phones import WAIT_MS

PASSWORD = "demo-admin-2026"


def workbench(page: Page) -> str:
    """The workbench's address beside the sandbox's page."""
    parts = urlsplit(page.url)
    return f"http://{parts.hostname}:{(parts.port or 0) + 1}/workbench/"


def desk_of(page: Page, username: str = "admin", at: str = "") -> Page:
    """Log in beside the phones; open the page ``at`` below /workbench/."""
    assert page.context.browser is not None
    desk = page.context.browser.new_page(viewport={"width": 1280, "height": 900})
    desk.set_default_timeout(WAIT_MS)
    desk.goto(workbench(page))
    desk.fill("[name=username]", username)
    desk.fill("[name=password]", PASSWORD)
    desk.get_by_role("button", name="登录").click()
    desk.wait_for_url(lambda url: "/login" not in url)
    if at:
        desk.goto(workbench(page) + at)
    return desk


def open_page(desk: Page, group: str, name: str) -> None:
    """Go by the menu, as people do."""
    desk.get_by_label("主导航").get_by_role("link", name=group, exact=True).click()
    desk.get_by_label(group).get_by_role("link", name=name, exact=True).click()


def is_said(desk: Page, text: str) -> None:
    """The page says so after a form."""
    expect(desk.locator("div.note")).to_contain_text(text, timeout=WAIT_MS)


def next_week_until(desk: Page, wanted: Locator) -> None:
    """Turn the weeks over until one holds it; each is looked at when it is all there."""
    onward = desk.get_by_role("link", name="下一周")
    for _ in range(30):
        expect(onward).to_be_visible()
        desk.wait_for_load_state()
        if wanted.count():
            return
        before = desk.url
        onward.click()
        desk.wait_for_url(lambda url: url != before)  # noqa: B023 - asked at once
    raise AssertionError("in no week")


def stays_within(desk: Page) -> None:
    """Nothing of the page stands beside the window."""
    assert desk.evaluate("document.documentElement.scrollWidth <= window.innerWidth + 1"), desk.url
