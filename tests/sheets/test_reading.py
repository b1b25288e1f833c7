"""Spreadsheets as people save them, and files that are none."""

import io
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook

from server import sheets
from server.errors import AppError
from server.sheets import Cell, Kind, Limits
from tests import sheeting

MORNING = datetime.fromisoformat("2021-03-02T08:00")
LIMITS = Limits(max_bytes=5_000_000, max_rows=1000)
ROWS = [sheeting.row(), sheeting.row(姓名="欧阳𠮷祥", 家庭住址='含,逗号"引号"\n换行')]


def read(content: bytes, limits: Limits = LIMITS) -> list[tuple[int, list[str]]]:
    return [(line.number, [cell.text for cell in line.cells]) for line in sheets.rows_of(content, limits)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_is_read_in_every_usual_encoding(encoding: str) -> None:
    lines = read(sheeting.csv_file(ROWS, encoding))

    assert lines[0] == (1, list(sheeting.HEADINGS))
    assert [line[1][0] for line in lines[1:]] == ["张小明", "欧阳𠮷祥"]
    assert lines[2][1][3] == '含,逗号"引号"\n换行'


def test_csv_of_plain_gbk_is_read() -> None:
    assert read(sheeting.csv_file([sheeting.row()], "gbk"))[1][1][0] == "张小明"


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_csv_with_another_delimiter_is_read(delimiter: str) -> None:
    assert read(f"姓名{delimiter}电话\n张小明{delimiter}138\n".encode()) == [
        (1, ["姓名", "电话"]),
        (2, ["张小明", "138"]),
    ]


def test_xlsx_says_what_kind_each_value_is() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    values: list[Any] = [
        "甲", 13800000000, 5.10799195003150e17, 12.0, MORNING, date(2021, 3, 2), "=A1&B1", True, "#REF!",
    ]  # fmt: skip
    sheet.append(values)
    file = io.BytesIO()
    book.save(file)

    (line,) = sheets.rows_of(file.getvalue(), LIMITS)

    assert line.cells == [
        Cell("甲"),
        Cell("13800000000", Kind.NUMBER),
        Cell("5.1079919500315e+17", Kind.NUMBER),
        Cell("12", Kind.NUMBER),
        Cell("2021-03-02", Kind.DAY),
        Cell("2021-03-02", Kind.DAY),
        Cell("=", Kind.FORMULA),
        Cell("是"),
        Cell("#REF!", Kind.BROKEN),
    ]
    assert sheets.from_json(sheets.to_json(line.cells)) == line.cells


def test_empty_rows_are_left_out_and_numbers_stay_those_of_the_sheet() -> None:
    assert [number for number, _ in read("甲,乙\n,\n\n丙,丁\n".encode())] == [1, 4]


def test_hidden_first_sheet_is_passed_over() -> None:
    book = Workbook()
    hidden, shown = book.active, book.create_sheet("名单")
    assert hidden is not None
    hidden.append(["隐藏"])
    hidden.sheet_state = "hidden"
    shown.append(["姓名"])
    file = io.BytesIO()
    book.save(file)

    assert read(file.getvalue()) == [(1, ["姓名"])]


def refused(content: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(AppError) as error:
        read(content, limits)
    return error.value.code


def test_more_rows_than_allowed_are_refused() -> None:
    assert refused(b"1\n" * 1012) == "too_many_rows"


def test_more_bytes_than_allowed_are_refused() -> None:
    assert refused(b"1\n" * 100, Limits(100, 1000)) == "file_too_large"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xd0\xcf\x11\xe0 an old xls, or an encrypted one", "file_not_sheet"),
        (b"%PDF-1.7\n\x00\x01", "file_not_sheet"),
        (b"PK\x03\x04 cut off", "file_damaged"),
        ("甲,乙\n".encode("gbk") + b"\xff\xfe\xfa", "file_damaged"),
        (b'"never closed\n', "file_damaged"),
    ],
)
def test_files_that_are_no_spreadsheets_are_refused(content: bytes, code: str) -> None:
    assert refused(content) == code


def zipped(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in {"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>", **parts}.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), body)
    return file.getvalue()


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")

    assert refused(file.getvalue()) == "file_not_sheet"


def test_an_archive_that_unpacks_to_far_more_is_refused_unread() -> None:
    assert refused(zipped(xl__worksheets__sheet1_xml=b"<row/>" * 4_000_000)) == "file_too_large"


def test_a_workbook_whose_xml_grows_by_entities_is_refused() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'

    assert refused(zipped(xl__worksheets__sheet1_xml=bomb, xl__sharedStrings_xml=bomb)) == "file_damaged"


def test_a_workbook_that_breaks_in_the_middle_is_refused() -> None:
    whole = sheeting.xlsx_file([sheeting.row()])
    source = zipfile.ZipFile(io.BytesIO(whole))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for part in source.infolist():
            body = source.read(part)
            archive.writestr(part.filename, body[:-40] if part.filename.endswith("sheet1.xml") else body)

    assert refused(file.getvalue()) == "file_damaged"
