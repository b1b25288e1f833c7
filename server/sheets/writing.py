"""Writing spreadsheets: whatever stands in a cell stays text, so that opening the file runs nothing."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""A spreadsheet takes text that begins so for a formula."""
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
BOM = "\ufeff"


def plain(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    text = UNPRINTABLE.sub("", text)
    return f"'{text}" if text.startswith(ACTIVE) else text


def csv_lines(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """Return a csv file piece by piece: UTF-8 with its mark, so that Excel reads the Chinese."""
    yield (BOM + _csv_line(headings)).encode()
    for row in rows:
        yield _csv_line(row).encode()


def _csv_line(values: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([plain(value) for value in values])
    return buffer.getvalue()


def write_xlsx(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "数据") -> None:
    """Write one sheet row by row: memory does not grow with the rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    bold = []
    for heading in headings:
        cell = WriteOnlyCell(sheet, value=plain(heading))
        cell.font = Font(bold=True)
        bold.append(cell)
    sheet.append(bold)
    for row in rows:
        sheet.append([plain(value) for value in row])
    book.save(file)
