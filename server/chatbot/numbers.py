"""Readings in a message: blood pressure and blood glucose, in digits or spoken numerals."""

import re
from dataclasses import dataclass

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_UNITS = {"十": 10, "百": 100}
SPOKEN = re.compile(r"[零〇一二两三四五六七八九十百]+(?:点[零〇一二两三四五六七八九]+)?")
_PAIR = re.compile(r"(?<![\d.])(\d{2,3}) ?[/\\|比] ?(\d{2,3})(?![\d.])")
_UPPER = re.compile(r"(?:高压|收缩压|血压|上压)\D{0,6}?(\d{2,3})(?![\d.])")
_LOWER = re.compile(r"(?:低压|舒张压|下压)\D{0,6}?(\d{2,3})(?![\d.])")
_GLUCOSE = re.compile(
    r"(?:血糖|空腹|餐后|饭后|餐前|饭前|糖)\D{0,8}?(?:[12两]个?小时\D{0,4}?)?(\d{1,3}(?:\.\d{1,2})?)(?![\d/.])"
)
_MG_PER_MMOL = 18.0


@dataclass(frozen=True)
class Readings:
    """What was measured: mmHg and mmol/L, None where nothing was said."""

    systolic: int | None = None
    diastolic: int | None = None
    glucose: float | None = None


def read(text: str) -> Readings:
    """Return the readings named in a normalised text; the worst one where there are several."""
    digits = SPOKEN.sub(lambda found: spoken(found.group()), text)
    pairs = [(int(first), int(second)) for first, second in _PAIR.findall(digits)]
    pairs = [(max(pair), min(pair)) for pair in pairs if 60 <= max(pair) <= 300 and 30 <= min(pair) <= 200]
    uppers = [pair[0] for pair in pairs] + _between(_UPPER.findall(digits), 60, 300)
    lowers = [pair[1] for pair in pairs] + _between(_LOWER.findall(digits), 30, 200)
    return Readings(max(uppers, default=None), max(lowers, default=None), _glucose(digits))


def spoken(numeral: str) -> str:
    """Return a spoken numeral in digits: 一百八 → 180, 二百一十五 → 215, 十六点八 → 16.8."""
    whole, _, fraction = numeral.partition("点")
    total, digit, unit = 0, 0, 1
    for char in whole:
        if char in _UNITS:
            unit = _UNITS[char]
            total += (digit or 1) * unit
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[char] if unit == 1 and digit else _DIGITS[char]
            unit = 1 if char in "零〇" else unit
    # 一百八 means 180, 一百零八 means 108
    total += digit * (10 if unit == 100 else 1)
    return str(total) + ("." + "".join(str(_DIGITS[char]) for char in fraction) if fraction else "")


def _between(found: list[str], low: int, high: int) -> list[int]:
    return [value for value in map(int, found) if low <= value <= high]


def _glucose(text: str) -> float | None:
    values = [float(value) for value in _GLUCOSE.findall(text)]
    values = [round(value / _MG_PER_MMOL, 1) if value > 40 else value for value in values]
    known = [value for value in values if 0.5 <= value <= 40]
    return max(known, key=lambda value: abs(value - 8), default=None)
