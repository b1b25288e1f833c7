"""Which value fits which key of a template (wechat_platform.md C.4)."""

from __future__ import annotations

import re

CONTROL_CHARACTERS = "\x00-\x1f\x7f"
_DATE = r"\d{4}(?:年(?:0?[1-9]|1[0-2])月(?:0?[1-9]|[12]\d|3[01])日|(?P<s>[-/])(?:0?[1-9]|1[0-2])(?P=s)(?:0?[1-9]|[12]\d|3[01]))"
_TIME = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"


def _named(pattern: str, name: str) -> str:
    # the same sub-pattern appears several times, so its group needs another name each time
    return pattern.replace("?P<s>", f"?P<{name}>").replace("?P=s", f"?P={name}")


_TIME_POINT = rf"(?:{_DATE} ?)?{_TIME}"
_DATE_POINT = rf"{_DATE}(?: ?{_TIME})?"

PATTERNS: dict[str, str] = {
    "thing": rf"[^{CONTROL_CHARACTERS}]{{1,20}}",
    "number": r"(?=.{1,32}$)-?\d+(\.\d+)?",
    "letter": r"[A-Za-z]{1,32}",
    "symbol": r"[^\w\s一-鿿]{1,5}",
    "character_string": r"[\x20-\x7e]{1,32}",
    "time": rf"{_named(_TIME_POINT, 'a')}(?:~{_named(_TIME_POINT, 'b')})?",
    "date": rf"{_named(_DATE_POINT, 'a')}(?:~(?:{_named(_DATE_POINT, 'b')}|{_TIME}))?",
    "amount": r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?",
    "phone_number": r"[\d+\-() ]{1,17}",
    "car_number": r"[一-龥A-Z0-9]{1,8}",
    "name": rf"(?:[^0-9一-龥{CONTROL_CHARACTERS}]{{1,20}}|[^0-9{CONTROL_CHARACTERS}]{{1,10}})",
    "phrase": r"[一-龥]{1,5}",
}
_COMPILED: dict[str, re.Pattern[str]] = {kind: re.compile(pattern, re.ASCII) for kind, pattern in PATTERNS.items()}
# with ASCII rules a Chinese character would count as a symbol
_COMPILED["symbol"] = re.compile(PATTERNS["symbol"])

_EMOJI = re.compile("[\U0001f000-\U0001faff☀-➿️]")


def kind_of(key: str) -> str:
    """thing1 → thing, phone_number4 → phone_number."""
    return key.rstrip("0123456789")


def fits(key: str, value: str, enums: dict[str, list[str]], *, emoji_ok: bool = True) -> bool:
    """Whether a value may stand at a key. Keys of legacy templates (first, keyword1, remark) take anything."""
    kind = kind_of(key)
    if kind in ("enum", "const"):
        return value in enums.get(key, [])
    if kind == "thing" and not emoji_ok and _EMOJI.search(value):
        return False
    pattern = _COMPILED.get(kind)
    return pattern is None or pattern.fullmatch(value) is not None


def first_fault(
    keys: list[str], data: dict[str, object], enums: dict[str, list[str]], *, emoji_ok: bool, numbers_ok: bool
) -> tuple[str, str] | None:
    """The first key that is `is empty` or `invalid`, in the template's order; None when all fit."""
    for key in keys:
        entry = data.get(key)
        value = entry.get("value") if isinstance(entry, dict) else None
        if numbers_ok and isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if value is None or value == "":
            return key, "is empty"
        if not isinstance(value, str) or not fits(key, value, enums, emoji_ok=emoji_ok):
            return key, "invalid"
    return None
