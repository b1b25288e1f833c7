"""Files as people hand them in: ledgers of made-up residents, whose numbers nobody can own (domain.md §3.4)."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from openpyxl import Workbook

from server.policy.identity import check_character

HEADINGS = ("姓名", "证件号码", "联系电话", "家庭住址", "签约团队", "服务包", "签约日期", "纸质协议编号")


def number(n: int, born: str = "19500315") -> str:
    """An identity number of a county that never was."""
    first = f"510799{born}{n % 1000:03d}"
    return first + check_character(first)


def numbers() -> Iterator[str]:
    """Many different identity numbers: a thousand for each birthday."""
    for day in range(1, 29):
        for month in range(1, 13):
            for year in range(1940, 1990):
                for n in range(1000):
                    yield number(n, f"{year}{month:02d}{day:02d}")


def row(**fields: Any) -> dict[str, Any]:
    """One good row; give fields by heading to change it."""
    values = {
        "姓名": "张小明",
        "证件号码": number(1),
        "联系电话": "13800000000",
        "家庭住址": "北街1号",
        "签约团队": "第一团队",
        "服务包": "basic",
        "签约日期": "2026-01-05",
        "纸质协议编号": "2026-0001",
    }
    return values | fields


def csv_file(rows: Sequence[dict[str, Any]], encoding: str = "utf-8", headings: Sequence[str] = HEADINGS) -> bytes:
    """The rows as csv."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    for one in rows:
        writer.writerow([one.get(heading, "") for heading in headings])
    return text.getvalue().encode(encoding)


def xlsx_file(rows: Sequence[dict[str, Any]], headings: Sequence[str] = HEADINGS, title: str = "") -> bytes:
    """The rows as xlsx, with what a cell was given: text, number, date, formula; below a title if there is one."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    if title:
        sheet.append([title])
    sheet.append(list(headings))
    for one in rows:
        sheet.append([one.get(heading) for heading in headings])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
