"""The empty file people fill in: headings, one example row, lists to choose from, and what each column means."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from server.sheets.writing import csv_lines, plain

LISTED_ROWS = 100_001
TEXT = "@"


@dataclass(frozen=True)
class TemplateColumn:
    """One column: ``choices`` become a list in xlsx."""

    label: str
    required: bool
    example: str
    hint: str
    choices: tuple[str, ...] = ()


def template_csv(columns: Sequence[TemplateColumn]) -> bytes:
    """Return headings and the example row as csv."""
    return b"".join(csv_lines([column.label for column in columns], [[column.example for column in columns]]))


def template_xlsx(columns: Sequence[TemplateColumn]) -> bytes:
    """Return a workbook with the sheet to fill in, one with explanations, and one with the lists."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "数据"
    sheet.freeze_panes = "A2"
    notes, lists = book.create_sheet("填写说明"), book.create_sheet("选项")
    notes.append(["列名", "是否必填", "怎样填写"])
    for index, column in enumerate(columns, start=1):
        letter = get_column_letter(index)
        heading = sheet.cell(1, index, column.label)
        heading.font = Font(bold=True)
        if column.required:
            heading.fill = PatternFill("solid", fgColor="FFF2CC")
        sheet.cell(2, index, plain(column.example)).number_format = TEXT
        # the whole column as text: Excel would shorten identity numbers
        sheet.column_dimensions[letter].number_format = TEXT
        sheet.column_dimensions[letter].width = max(12, 2 * len(column.label) + 4, len(column.example) + 4)
        notes.append([column.label, "必填" if column.required else "选填", column.hint])
        for row, choice in enumerate(column.choices, start=1):
            lists.cell(row, index, plain(choice))
        if column.choices:
            source = f"选项!${letter}$1:${letter}${len(column.choices)}"
            rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
            rule.add(f"{letter}2:{letter}{LISTED_ROWS}")
            sheet.add_data_validation(rule)
    notes.column_dimensions["A"].width, notes.column_dimensions["C"].width = 18, 70
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
