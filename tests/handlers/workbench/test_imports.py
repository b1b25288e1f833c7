"""Imports in the browser: uploading, columns, the report, the second administrator, downloads, strangers."""

import io
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from server.database import db
from server.models import AdminLogin, Agreement, AuditEvent, ImportBatch, Team
from tests import make, sheeting
from tests.actions import importing as files
from tests.handlers.workbench import browser as browsers
from tests.handlers.workbench.browser import Browser


@pytest.fixture
def team(me: AdminLogin) -> Team:
    make.package(code="basic")
    return make.team(lead=make.staff(organisation=me.organisation_id), name="第一团队")


@pytest.fixture
def second(client: FlaskClient, me: AdminLogin) -> Browser:
    """Another administrator of the same organisation, at another computer."""
    return Browser(client.application.test_client(), browsers.admin(me.organisation, username="second", name="周主任"))


def send(browser: Browser, content: bytes, name: str = "台账.xlsx", kind: str = "backfill"):  # type: ignore[no-untyped-def]
    data = {"form_token": browser.form_token("/imports"), "kind": kind, "file": (io.BytesIO(content), name)}
    return browser.client.post("/workbench/imports", data=data, content_type="multipart/form-data")


def send_raw(browser: Browser, content: bytes, **environ: str):  # type: ignore[no-untyped-def]
    """The same form as a browser writes it, without temporary files of the test client."""
    fields = {"form_token": browser.form_token("/imports"), "kind": "backfill"}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
    parts.append(
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n' + content + b"\r\n--b--\r\n"
    )
    return browser.client.post(
        "/workbench/imports",
        input_stream=io.BytesIO(b"".join(parts)),
        content_type="multipart/form-data; boundary=b",
        environ_overrides={"CONTENT_LENGTH": str(sum(map(len, parts)))} | environ,
    )


def uploaded(browser: Browser, content: bytes) -> str:
    answer = send(browser, content)
    assert answer.status_code == 303, answer.text
    return str(answer.location).removeprefix("/workbench")


def test_from_upload_to_done_with_two_administrators(browser: Browser, second: Browser, team: Team) -> None:
    page = uploaded(browser, sheeting.xlsx_file([sheeting.row(), sheeting.row(姓名="")]))
    assert "等待读取" in browser.get(page).text and 'http-equiv="refresh"' in browser.get(page).text
    files.check()

    shown = browser.get(page).text
    assert "预检完成" in shown and "必填项为空" in shown and "上传的人不能自己审核" in shown
    assert 'http-equiv="refresh"' not in shown
    assert browser.post(f"{page}/approve", page).status_code == 403
    assert second.post(f"{page}/approve", page).status_code == 303
    assert "导入中" in second.get(page).text and "已处理 0 / 2 行" in second.get(page).text
    files.run()

    assert "已导入 1" in second.get(page).text
    assert db.session.query(Agreement).count() == 1


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "空.xlsx", "没有可以导入的内容"),
        (b"\xd0\xcf\x11\xe0", "旧.xls", "另存为 .xlsx"),
        (b"PK\x03\x04", "坏.xlsx", "文件无法读取"),
    ],
)
def test_a_wrong_file_is_refused_beside_the_form(browser: Browser, content: bytes, name: str, says: str) -> None:
    answer = send(browser, content, name)

    assert answer.status_code == 400 and says in answer.text
    assert db.session.query(ImportBatch).count() == 0


def test_no_file_is_refused(browser: Browser) -> None:
    answer = browser.post("/imports", "/imports", kind="backfill")

    assert answer.status_code == 400 and "请选择文件" in answer.text


def test_a_file_of_several_megabytes_is_taken_and_one_beyond_the_limit_is_not(browser: Browser, team: Team) -> None:
    big = ("姓名,证件号码\n" + "张小明,510799195003150016\n" * 60_000).encode()
    assert len(big) > 1_500_000

    assert send_raw(browser, big).status_code == 303
    assert send_raw(browser, b"x", CONTENT_LENGTH=str(21 * 1024 * 1024)).status_code == 413


def test_other_forms_stay_small(browser: Browser) -> None:
    answer = browser.post("/teams", "/teams/new", name="x" * 2_000_000)

    assert answer.status_code == 413


def test_columns_are_chosen_by_hand(browser: Browser, team: Team) -> None:
    row = sheeting.row()
    names = {"甲": "姓名", "乙": "证件号码", "丙": "签约团队", "丁": "服务包", "戊": "签约日期", "己": "纸质协议编号"}
    page = uploaded(browser, sheeting.csv_file([{k: row[v] for k, v in names.items()}], headings=list(names)))
    files.check()
    assert "请核对列" in browser.get(page).text and "第1列　甲" in browser.get(page).text

    refused = browser.post(f"{page}/columns", page, name=0, number="x", team="-1")
    assert refused.status_code == 400 and "必填，请选择对应的列" in refused.text
    browser.follow(browser.post(f"{page}/columns", page, name=0, number=1, team=2, package=3, signed_on=4, paper=5))
    files.check()

    assert "可以导入 1" in browser.get(page).text


def test_the_report_is_filtered_paged_and_masked(browser: Browser, team: Team) -> None:
    rows = [sheeting.row(证件号码=sheeting.number(n), 姓名="李四" if n < 25 else "") for n in range(30)]
    page = uploaded(browser, sheeting.csv_file([{**row, "联系电话": "12345"} for row in rows]))
    files.check()

    first = browser.get(f"{page}?code=phone_format").text
    assert "电话号码格式有误 30" in first and "下一页" in first
    assert "必填项为空" in browser.get(f"{page}?code=missing").text
    assert browser.get(f"{page}?code=missing").text.count("<tr>") == 6  # the heading, and five rows
    assert "没有这样的行" in browser.get(f"{page}?which=ready").text
    assert "李四" not in first and sheeting.number(3) not in first


def test_reports_are_taken_away_as_csv_and_xlsx_and_that_is_recorded(browser: Browser, team: Team) -> None:
    evil = sheeting.row(姓名="=cmd|' /C calc'!A0", 签约团队="@SUM(A1)")
    page = uploaded(browser, sheeting.csv_file([evil, sheeting.row(姓名="张", 联系电话="13911112222")]))
    files.check()

    text = browser.get(f"{page}/report").get_data().decode("utf-8-sig")
    sheet = load_workbook(io.BytesIO(browser.get(f"{page}/report?format=xlsx").get_data())).worksheets[0]

    assert text.splitlines()[0] == "行号,结果,说明,姓名,证件号码,电话,团队,乡镇（街道）"
    assert "'@SUM(A1)" in text and ",@SUM" not in text and ",=" not in text
    assert "13911112222" not in text and sheeting.number(1) not in text
    assert [cell.data_type for row in sheet.iter_rows() for cell in row if cell.value] == ["s"] * sum(
        bool(cell.value) for row in sheet.iter_rows() for cell in row
    )
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["2", "3"]
    taken = [event for event in db.session.query(AuditEvent) if event.action == "import_report_downloaded"]
    assert len(taken) == 2


def test_the_template_is_filled_in_and_read_back(browser: Browser, me: AdminLogin, team: Team) -> None:
    answer = browser.get("/imports/template?kind=backfill")
    named = answer.headers["Content-Disposition"]
    assert named.isascii() and named.endswith(f"filename*=UTF-8''{quote('补录纸质签约模板.xlsx')}")
    body = answer.get_data()
    book = load_workbook(io.BytesIO(body))
    sheet = book["数据"]
    places = {cell.value: cell.column for cell in sheet[1]}
    for heading, value in sheeting.row().items():
        sheet.cell(3, places[heading], value)
    file = io.BytesIO()
    book.save(file)
    page = uploaded(browser, file.getvalue())
    files.check()

    assert "可以导入 1" in browser.get(page).text
    listed = {cell.value for row in book["选项"].iter_rows() for cell in row}
    assert {"第一团队", "basic", "中国护照"} <= listed
    assert browser.get("/imports/template?kind=ledger&format=csv").get_data().startswith(b"\xef\xbb\xbf")


def test_a_ledger_shows_its_townships_and_who_is_only_here(browser: Browser, team: Team) -> None:
    make.agreement(team=team)
    row = {"身份证号": sheeting.number(8), "签约团队": "第一团队", "乡镇": "青义镇"}
    answer = send(browser, sheeting.csv_file([row], headings=list(row)), kind="ledger")
    page = str(answer.location).removeprefix("/workbench")
    files.check()

    assert "青义镇" in browser.get(page).text and "仅系统有 1" in browser.get(page).text
    only_here = browser.get(f"{page}?which=only_system").text
    assert "张*明" in only_here and "审核并导入" not in only_here


def test_cancelling_says_so(browser: Browser, team: Team) -> None:
    page = uploaded(browser, sheeting.csv_file([sheeting.row()]))

    assert "已取消" in browser.follow(browser.post(f"{page}/cancel", page)).text
    assert browser.post(f"{page}/cancel", "/imports").status_code == 303


def test_files_of_another_organisation_are_absent(browser: Browser) -> None:
    batch = make.import_batch(browsers.admin())

    for address in ("", "/report"):
        assert browser.get(f"/imports/{batch.id}{address}").status_code == 404
    for address in ("columns", "approve", "cancel"):
        assert browser.post(f"/imports/{batch.id}/{address}", "/imports").status_code == 404
