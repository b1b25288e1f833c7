"""Reading a spreadsheet row by row, whatever its size: xlsx by openpyxl's streaming reader, csv in the usual encodings."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from openpyxl import load_workbook

from server.sheets import cells
from server.sheets.cells import Cell
from server.sheets.refusals import FileDamaged, FileNotSheet, FileTooLarge, TooManyRows

ZIP_HEAD = b"PK\x03\x04"
OLE_HEAD = b"\xd0\xcf\x11\xe0"
MOST_COLUMNS = 60
LAST_ROW = 1_048_576
"""Excel's own last row; sheets formatted to their end have so many empty ones."""
MOST_PARTS = 500
MOST_STRINGS_BYTES = 48 * 1024 * 1024
"""The shared strings of an xlsx are the one part that must be held in memory."""
MOST_UNPACKED_BYTES = 768 * 1024 * 1024
MOST_RATIO = 200
"""Times a part may grow when unpacked; real sheets stay below 30."""
SMALL_BYTES = 4 * 1024 * 1024
BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
DELIMITERS = ",\t;，"


@dataclass(frozen=True)
class Limits:
    """What one file may have."""

    max_bytes: int
    max_rows: int


@dataclass(frozen=True, slots=True)
class Line:
    """One row that is not empty; ``number`` as the spreadsheet counts, from 1."""

    number: int
    cells: list[Cell]


def check_upload(file: IO[bytes], limits: Limits) -> tuple[str, int]:
    """Look at a file without reading its rows, so that a wrong one is refused before anything is kept.

    Returns:
        ``xlsx`` or ``csv``, and the bytes it has.
    Raises:
        FileNotSheet, FileTooLarge, FileDamaged.
    """
    size = file.seek(0, io.SEEK_END)
    if size > limits.max_bytes:
        raise FileTooLarge(f"文件超过 {limits.max_bytes // 1024 // 1024} MB，请分成几个文件上传")
    file.seek(0)
    head = file.read(4)
    if head == ZIP_HEAD:
        _check_parts(file)
        return "xlsx", size
    if head.startswith(OLE_HEAD):
        raise FileNotSheet("请把文件另存为 .xlsx 格式（不加密码）后再上传")
    file.seek(0)
    _encoding(file.read())
    return "csv", size


def _check_parts(file: IO[bytes]) -> None:
    """An archive that unpacks to far more than a spreadsheet needs is refused by its own table of contents."""
    try:
        parts = zipfile.ZipFile(file).infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as cause:
        raise FileDamaged() from cause
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or "xl/workbook.xml" not in names:
        raise FileNotSheet()
    strings = sum(part.file_size for part in parts if part.filename.lower().endswith("sharedstrings.xml"))
    unpacked = sum(part.file_size for part in parts)
    blown = [
        part
        for part in parts
        if part.file_size > SMALL_BYTES and part.file_size > MOST_RATIO * max(part.compress_size, 1)
    ]
    if blown or len(parts) > MOST_PARTS or strings > MOST_STRINGS_BYTES or unpacked > MOST_UNPACKED_BYTES:
        raise FileTooLarge("文件解压后过大，请只保留需要导入的工作表后再上传")


def rows_of(content: bytes, limits: Limits) -> Iterator[Line]:
    """Read the first visible sheet, row by row; empty rows are left out.

    Raises:
        FileNotSheet, FileDamaged, FileTooLarge: also in the middle. TooManyRows.
    """
    kind, _ = check_upload(io.BytesIO(content), limits)
    lines = _xlsx(content) if kind == "xlsx" else _csv(content)
    count = 0
    for number, found in lines:
        while found and not found[-1]:
            found.pop()
        if not found:
            continue
        count += 1
        if count > limits.max_rows + 10:  # headings and a title above them
            raise TooManyRows(f"每个文件最多 {limits.max_rows} 行，请分成几个文件上传")
        yield Line(number, found)


def _xlsx(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
        try:
            sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), None)
            if sheet is None:
                return
            sheet.reset_dimensions()  # what the file says about its size is not to be believed
            for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1):
                if number > LAST_ROW:
                    raise FileDamaged()
                yield number, [cells.from_value(value) for value in row]
        finally:
            book.close()
    except (FileDamaged, GeneratorExit):
        raise
    except Exception as cause:  # the reader of a damaged file raises whatever it stumbles over
        raise FileDamaged() from cause


def _encoding(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else GBK, as Chinese Excel saves csv."""
    for mark, name in BOMS:
        if content.startswith(mark):
            return name
    if b"\0" in content:
        raise FileNotSheet()
    for name in ("utf-8", "gb18030"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            for start in range(0, len(content), 1 << 20):
                decoder.decode(content[start : start + (1 << 20)])
            decoder.decode(b"", final=True)
            return name
        except UnicodeDecodeError:
            continue
    raise FileDamaged("文件的文字编码无法识别，请另存为 UTF-8 编码的 csv 或 xlsx")


def _csv(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    text = io.TextIOWrapper(io.BytesIO(content), encoding=_encoding(content), newline="")
    try:
        head = text.readline()
        delimiter = max(DELIMITERS, key=head.count)
        text.seek(0)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        for row in reader:
            yield reader.line_num, [cells.from_text(value) for value in row[:MOST_COLUMNS]]
    except (csv.Error, UnicodeError) as cause:
        raise FileDamaged() from cause
