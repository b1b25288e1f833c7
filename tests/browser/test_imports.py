"""Old signings in the workbench: one administrator hands a ledger in, another one approves, the scheduler enters it."""

from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests import sheeting
from tests.browser.desks import desk_of, open_page
from tests.browser.phones import WAIT_MS, picture

pytestmark = pytest.mark.browser


def imports_of(page: Page, username: str) -> Page:
    """A browser of its own in front of the imports."""
    desk = desk_of(page, username)
    open_page(desk, "签约", "补录与对账")
    return desk


def filled_in(desk: Page, folder: Path) -> Path:
    """The template as it is offered, with three people in it; the second one's number has a wrong digit."""
    with desk.expect_download() as taken:
        desk.get_by_role("link", name="补录纸质签约模板（xlsx）").click()
    file = folder / "补录.xlsx"
    taken.value.save_as(file)
    book = load_workbook(file)
    sheet = book["数据"]
    places = {cell.value: cell.column for cell in sheet[1]}
    offered = {name: sheet.cell(2, places[name]).value for name in ("签约团队", "服务包")}
    for n, (name, number) in enumerate(
        [("何秀兰", sheeting.number(21)), ("贺建军", sheeting.number(22)[:17] + "?"), ("邓国强", sheeting.number(23))]
    ):
        row = sheeting.row(姓名=name, 证件号码=number, 签约日期="2021-03-02", 纸质协议编号=f"2021-{n}") | offered
        for heading, value in row.items():
            sheet.cell(3 + n, places[heading], value)
    book.save(file)
    return file


def test_two_administrators_enter_a_ledger(page: Page, tmp_path: Path) -> None:
    desk = imports_of(page, "admin")
    file = filled_in(desk, tmp_path)
    desk.set_input_files("#file", file)
    desk.get_by_role("button", name="上传并预检").click()
    expect(desk.locator("#import-status")).to_have_text("预检完成", timeout=WAIT_MS)
    expect(desk.locator("#report")).to_contain_text("可以导入 2")
    expect(desk.locator("#report")).to_contain_text("证件号码格式有误")
    expect(desk.get_by_text("上传的人不能自己审核")).to_be_visible()
    picture(desk, "import-1-checked")

    other = imports_of(page, "reviewer")
    other.get_by_role("link", name="补录.xlsx").click()
    other.get_by_role("button", name="审核通过并导入").click()
    expect(other.locator("#import-status")).to_have_text("已完成", timeout=WAIT_MS)
    expect(other.locator("#report")).to_contain_text("已导入 2")
    picture(other, "import-2-done")
    other.get_by_role("link", name="协议", exact=True).first.click()
    expect(other.locator("main")).to_contain_text("纸质协议签字日期：2021年3月2日")
    expect(other.locator("main")).to_contain_text("已到期")
    desk.get_by_role("link", name="电话核实").click()
    picture(desk, "import-3-phones")
