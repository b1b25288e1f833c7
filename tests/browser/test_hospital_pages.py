"""The hospital's clerk in the workbench: weekly sessions, days off, a single examination, shares, a file of sessions."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.browser.desks import desk_of, is_said, next_week_until, open_page, stays_within
from tests.browser.phones import WAIT_MS, Phone, next_morning, picture

pytestmark = pytest.mark.browser
HOSPITAL = "绵阳市中心医院（演示）"


def today(desk: Page) -> date:
    """The day the workbench shows: the demo's clock may be set."""
    return date.fromisoformat(desk.locator(".who span").first.inner_text()[:10])


def hospital(desk: Page) -> None:
    open_page(desk, "号源", "医院与专家")
    desk.get_by_role("link", name=HOSPITAL).click()
    expect(desk.get_by_role("heading", level=1)).to_have_text(HOSPITAL)


def test_sessions_are_planned_by_the_week_and_one_by_one(page: Page) -> None:
    desk = desk_of(page)
    hospital(desk)
    desk.get_by_role("row", name="神经内科").get_by_role("link", name="修改").click()
    expect(desk.locator("#floor")).not_to_have_value("")
    desk.fill("#floor", "门诊楼6楼")
    desk.get_by_role("button", name="保存科室").click()
    expect(desk.get_by_role("row", name="神经内科")).to_contain_text("门诊楼6楼")
    stays_within(desk)
    picture(desk, "hospital-1-home")

    desk.get_by_role("link", name="出诊规律").click()
    day = today(desk) + timedelta(days=8)
    desk.select_option("#department_id", label="神经内科")
    desk.fill("#label", "脑电图")
    desk.select_option("#kind", label="检查")
    desk.select_option("#weekday", str(day.isoweekday()))
    desk.fill("#capacity", "8")
    desk.get_by_role("button", name="添加并生成号源").click()
    is_said(desk, "号源已按规律生成")
    stays_within(desk)
    picture(desk, "hospital-2-patterns")
    desk.get_by_role("row", name="脑电图").get_by_role("link", name="神经内科").click()
    next_week_until(desk, desk.get_by_role("row", name="脑电图"))
    stays_within(desk)
    picture(desk, "hospital-3-week")

    desk.get_by_role("link", name="添加排班").click()  # an examination: no doctor sits there
    expect(desk.locator("#specialist_id option:checked")).to_contain_text("不指定专家")
    desk.fill("#day", day.isoformat())
    desk.fill("#starts", "14:00")
    desk.fill("#ends", "17:00")
    desk.fill("#capacity", "6")
    desk.select_option("#kind", label="检查")
    desk.get_by_role("button", name="下一步").click()
    expect(desk.get_by_role("alert")).to_contain_text("请看标红的地方")
    desk.fill("#label", "肌电图")
    desk.get_by_role("button", name="下一步").click()
    expect(desk.locator(".facts")).to_contain_text("神经内科（不指定专家）")
    picture(desk, "hospital-4-examination")
    desk.get_by_role("button", name="确认保存").click()
    is_said(desk, "排班已保存")


def test_days_off_say_first_whom_they_concern(page: Page) -> None:
    desk = desk_of(page)
    hospital(desk)
    desk.get_by_role("link", name="停诊与替诊").click()
    first = today(desk) + timedelta(days=1)
    desk.fill("#first_on", first.isoformat())
    desk.fill("#last_on", (first + timedelta(days=6)).isoformat())
    desk.fill("#reason", "设备检修")
    desk.get_by_role("button", name="下一步").click()
    expect(desk.locator("#department_id")).to_have_js_property("validity.valueMissing", True)  # no hospital by mistake
    desk.select_option("#department_id", label="医学影像科")
    desk.get_by_role("button", name="下一步").click()
    expect(desk.locator("#sessions")).to_have_text(re.compile(r"[1-9]\d* 次"))
    expect(desk.locator("#booked")).to_have_text("0 人")
    picture(desk, "hospital-5-days-off")
    desk.get_by_role("button", name="返回修改").click()
    expect(desk.locator("#reason")).to_have_value("设备检修")
    desk.get_by_role("button", name="下一步").click()
    desk.get_by_role("button", name="确认停诊").click()
    expect(desk.get_by_role("row", name="设备检修")).to_contain_text("医学影像科")


def test_who_had_a_number_chooses_again_without_a_penalty(page: Page, resident: Phone) -> None:
    """停诊: the clerk sees how many it concerns, the phone offers another time, the week shows who still has none."""
    next_morning(page)
    resident.use("李建国")
    resident.go_to("pages/booking/hospitals")
    resident.mini.locator("wx-page.mp-active .hospital-card").filter(has_text="中心医院").click(timeout=WAIT_MS)
    resident.mini.locator("wx-page.mp-active .department-chip").filter(has_text="内分泌科").click(timeout=WAIT_MS)
    resident.tap(".slot-card")
    resident.tap("#btn-book")
    resident.allow_if_asked()
    resident.sees("#book-done", "内分泌科")

    desk = desk_of(page)
    hospital(desk)
    desk.get_by_role("row", name="内分泌科").get_by_role("link", name="周历").click()
    booked = desk.locator("tbody tr").filter(has=desk.get_by_label(re.compile("家庭医生号源已约：已用 1")))
    next_week_until(desk, booked)
    booked.get_by_role("button", name="停诊").click()
    expect(desk.locator("#booked")).to_have_text("1 人")
    expect(desk.locator("main")).to_contain_text("不算爽约")
    picture(desk, "hospital-6-suspend")
    desk.get_by_role("button", name="确认停诊").click()
    expect(desk.locator("tbody")).to_contain_text("1 人还没有另选时间")
    week = desk.url

    resident.tab("notices")
    resident.is_noticed("停诊")
    resident.tab("mini")
    resident.go_to("pages/appointments/list")
    resident.sees(".appointment-card", "医院停诊了")
    resident.tap(".btn-rebook")
    resident.sees("#old-time", "不算爽约，也不占您的预约次数")
    picture(page, "hospital-7-choose-again")
    resident.tap(".another-card")
    resident.allow()
    resident.sees("#book-done", "预约好了")
    desk.goto(week)
    expect(desk.locator("tbody")).not_to_contain_text("还没有另选时间")


def test_shares_use_waiting_and_what_became_of_freed_numbers(page: Page) -> None:
    desk = desk_of(page)
    open_page(desk, "号源", "份额与使用")
    expect(desk.locator("#compliance")).to_contain_text(HOSPITAL)
    expect(desk.locator("#use")).to_contain_text("偏低")
    expect(desk.locator("#suggestions")).to_contain_text("很少约满")
    stays_within(desk)
    picture(desk, "hospital-8-quota")
    open_page(desk, "号源", "候补")
    desk.get_by_role("row", name="眼科").get_by_role("link", name="看名单").click()
    expect(desk.locator("main")).to_contain_text("保留到")
    expect(desk.locator("main")).not_to_contain_text("待您确认")  # that is the resident's own word
    picture(desk, "hospital-9-waiting")
    open_page(desk, "号源", "退号去向")
    expect(desk.locator("#freed-accounts")).to_contain_text("绵阳市中医医院")
    expect(desk.locator("main")).not_to_contain_text("候补居民约到")  # it is only offered
    picture(desk, "hospital-10-freed")
    open_page(desk, "转诊", "转诊收件")
    desk.get_by_role("link", name="看本机构团队的转诊").click()  # a centre has no inbox: no dead end
    expect(desk.get_by_role("heading", level=1)).to_have_text("转诊督办")


def test_a_systems_key_is_shown_once(page: Page) -> None:
    desk = desk_of(page)
    hospital(desk)
    desk.get_by_role("button", name="签发密钥").click()
    is_said(desk, "只显示这一次")
    secret = desk.locator("div.note output").inner_text()
    picture(desk, "hospital-11-key")
    desk.reload()
    assert len(secret) > 20 and secret not in desk.content()
    desk.get_by_text("全部停用", exact=True).click()
    desk.get_by_role("button", name="确认全部停用").click()
    is_said(desk, "已全部停用")


def test_a_file_of_sessions(page: Page, tmp_path: Path) -> None:
    desk = desk_of(page, at="numbers")
    day = today(desk) + timedelta(days=9)
    desk.get_by_role("link", name="批量导入").click()
    expect(desk.locator("#kind option:checked")).to_have_text("导入排班号源")
    with desk.expect_download() as taken:
        desk.get_by_role("link", name="导入排班号源模板（xlsx）").click()
    file = tmp_path / "排班.xlsx"
    taken.value.save_as(file)
    book = load_workbook(file)
    sheet = book["数据"]
    places = {cell.value: cell.column for cell in sheet[1]}
    row = {
        "医院": HOSPITAL, "科室": "神经内科", "项目名称": "头颅 CT", "类别": "检查", "出诊日期": day.isoformat(),
        "开始时间": "08:00", "结束时间": "11:00", "号源总数": "12",
    }  # fmt: skip
    for heading, value in row.items():
        sheet.cell(3, places[heading], value)
    book.save(file)
    desk.set_input_files("#file", file)
    desk.get_by_role("button", name="上传并预检").click()
    expect(desk.locator("#import-status")).to_have_text("预检完成", timeout=WAIT_MS)
    expect(desk.locator("#report")).to_contain_text("可以导入 1")
    desk.get_by_role("button", name="审核通过并导入").click()
    expect(desk.locator("#import-status")).to_have_text("已完成", timeout=WAIT_MS)
    picture(desk, "hospital-12-import")
    desk.get_by_role("link", name="到号源查看").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("号源")
