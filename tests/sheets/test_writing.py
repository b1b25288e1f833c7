"""What we write opens as text: nothing in it runs."""

import io

import pytest
from openpyxl import load_workbook

from server import sheets
from server.sheets import Limits, TemplateColumn

LIMITS = Limits(5_000_000, 1000)
COLUMNS = [
    TemplateColumn("姓名", True, "示例（请删除本行）", "按证件填写"),
    TemplateColumn("服务包", True, "basic", "代码", ("basic", "=cmd()")),
]


@pytest.mark.parametrize("active", ["=1+1", "+8613800000000", "-2", "@SUM(A1)", "\t=1", "＝1"])
def test_text_that_a_spreadsheet_would_run_is_neutralised(active: str) -> None:
    file = io.BytesIO()
    sheets.write_xlsx(file, ["甲"], [[active]])
    (cell,) = [row[0] for row in load_workbook(file).worksheets[0].iter_rows(min_row=2)]
    written = b"".join(sheets.csv_lines(["甲"], [[active]])).decode("utf-8-sig").splitlines()[1].strip('"')

    assert written.startswith("'") and cell.data_type == "s" and str(cell.value).startswith("'")


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    file = io.BytesIO()

    sheets.write_xlsx(file, ["甲"], [["乙\x00\x1b丙"]])

    assert load_workbook(file).worksheets[0]["A2"].value == "乙丙"


def test_written_csv_begins_with_the_mark_excel_needs() -> None:
    assert b"".join(sheets.csv_lines(["甲"], [])).startswith(b"\xef\xbb\xbf")


def test_template_is_read_back_with_its_headings_and_example() -> None:
    for body in (sheets.template_xlsx(COLUMNS), sheets.template_csv(COLUMNS)):
        lines = [[cell.text for cell in line.cells] for line in sheets.rows_of(body, LIMITS)]
        assert lines == [["姓名", "服务包"], ["示例（请删除本行）", "basic"]]


def test_template_offers_lists_and_keeps_columns_as_text() -> None:
    book = load_workbook(io.BytesIO(sheets.template_xlsx(COLUMNS)))
    sheet = book["数据"]

    assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == ["选项!$B$1:$B$2"]
    assert sheet.column_dimensions["A"].number_format == "@" and sheet["A2"].number_format == "@"
    assert [cell.value for cell in book["填写说明"][2]] == ["姓名", "必填", "按证件填写"]
    assert book["选项"]["B2"].value == "'=cmd()"
