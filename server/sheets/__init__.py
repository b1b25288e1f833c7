"""Spreadsheets people hand in and take away: xlsx and csv, row by row. Knows nothing of what stands in them."""

from server.sheets.cells import Cell, Kind, from_json, text_of, to_json
from server.sheets.reading import Limits, Line, check_upload, rows_of
from server.sheets.refusals import FileDamaged, FileEmpty, FileNotSheet, FileTooLarge, TooManyRows
from server.sheets.templates import TemplateColumn, template_csv, template_xlsx
from server.sheets.writing import csv_lines, plain, write_xlsx

__all__ = [
    "Cell",
    "FileDamaged",
    "FileEmpty",
    "FileNotSheet",
    "FileTooLarge",
    "Kind",
    "Limits",
    "Line",
    "TemplateColumn",
    "TooManyRows",
    "check_upload",
    "csv_lines",
    "from_json",
    "plain",
    "rows_of",
    "template_csv",
    "template_xlsx",
    "text_of",
    "to_json",
    "write_xlsx",
]
