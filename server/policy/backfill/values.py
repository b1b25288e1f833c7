"""What stands in one cell, as people write it."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from server.sheets import Cell, Kind

EXPONENT = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d+")
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:\s+[\d:]+)?")
COMPACT_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")
SERIAL_FROM, SERIAL_TO = 18264, 73050
"""Excel's day numbers of 1950 and 2099."""
EXCEL_EPOCH = date(1899, 12, 30)
MOST_PAPER = 64
MOST_ADDRESS = 200
SEXES = {"男": 1, "男性": 1, "1": 1, "女": 2, "女性": 2, "2": 2}


class Wrong(Exception):
    """A cell cannot be used; ``code`` says why."""

    def __init__(self, code: str) -> None:
        self.code = code


def text(cells: Mapping[str, Cell], key: str) -> str:
    """Return a cell's text, "" when there is none. Raises Wrong: cell_formula, cell_broken."""
    cell = cells.get(key)
    if cell is None:
        return ""
    if cell.kind is Kind.FORMULA:
        raise Wrong("cell_formula")
    if cell.kind is Kind.BROKEN:
        raise Wrong("cell_broken")
    return cell.text.strip()


def needed(cells: Mapping[str, Cell], key: str) -> str:
    """Return a cell's text. Raises Wrong: missing, too."""
    found = text(cells, key)
    if not found:
        raise Wrong("missing")
    return found


def number(cells: Mapping[str, Cell], key: str) -> str:
    """Return an identity number. One that was kept as a number lost its digits after the fifteenth."""
    found = needed(cells, key)
    if cells[key].kind in (Kind.NUMBER, Kind.DAY) or EXPONENT.fullmatch(found):
        raise Wrong("number_not_text")
    return found


def day(cells: Mapping[str, Cell], key: str) -> date | None:
    """Return a day however it is written: 2021-03-02, 2021/3/2, 2021年3月2日, 20210302, or Excel's day number."""
    found = text(cells, key)
    if not found:
        return None
    match = DAY.fullmatch(found) or COMPACT_DAY.fullmatch(found)
    try:
        if match:
            return date(int(match[1]), int(match[2]), int(match[3]))
        if cells[key].kind is Kind.NUMBER and SERIAL_FROM <= float(found) <= SERIAL_TO:
            return EXCEL_EPOCH + timedelta(days=int(float(found)))
    except ValueError:
        pass
    raise Wrong("date_format")


def months(cells: Mapping[str, Cell]) -> int | None:
    """Return the months of the term: 12, 12个月, 1年."""
    found = text(cells, "months")
    if not found:
        return None
    match = re.fullmatch(r"(\d{1,3})\s*(个?月|年)?", found, re.ASCII)
    if not match or int(match[1]) == 0:
        raise Wrong("months_format")
    return int(match[1]) * (12 if match[2] == "年" else 1)


def sex(cells: Mapping[str, Cell]) -> int | None:
    """Return 1 (male) or 2 (female)."""
    found = text(cells, "sex")
    if not found:
        return None
    if found not in SEXES:
        raise Wrong("sex_format")
    return SEXES[found]
