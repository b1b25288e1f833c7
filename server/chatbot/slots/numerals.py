"""Spoken numerals: 一百八, 一五零, 二百一十五, 廿五, 七点八."""

import re

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {
    "两": 2, "〇": 0, "幺": 1, "俩": 2, "仨": 3,
}  # fmt: skip
_UNITS = {"十": 10, "百": 100, "千": 1000}
_TENS = {"廿": "二十", "卅": "三十"}
SPOKEN = re.compile(r"[零〇一二两三四五六七八九十百]+(?:点[零〇一二两三四五六七八九]+)?")

N = r"(?:\d{1,3}|[一二两三四五六七八九十廿卅]{1,3})"
"""A small number as it is said or written, for other patterns."""


def spoken(numeral: str) -> str:
    """Return a spoken numeral in digits: 一百八 → 180, 二百一十五 → 215, 十六点八 → 16.8, 一五零 → 150."""
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
    total += digit * (unit // 10 if unit >= 100 else 1)
    return str(total) + ("." + "".join(str(_DIGITS[char]) for char in fraction) if fraction else "")


def number(said: str) -> int:
    """Return a whole number that matches ``N``, in digits or spoken."""
    if said.isdigit():
        return int(said)
    for short, full in _TENS.items():
        said = said.replace(short, full)
    return int(spoken(said))


def in_digits(text: str) -> str:
    """Return a text with every spoken numeral in digits."""
    return SPOKEN.sub(lambda found: spoken(found.group()), text)


def digits_one_by_one(said: str) -> str:
    """Return digits that are spoken one by one, as in a phone number: 幺三八 → 138."""
    return "".join(char if char.isdigit() and char.isascii() else str(_DIGITS[char]) for char in said)
