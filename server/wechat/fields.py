"""Values that WeChat accepts in template messages, by the type in the key: ``thing1``, ``time2``, ``phrase3``.

One bad value makes WeChat refuse the whole message with 47003, so free text is cut and cleaned here, and a value that
cannot be repaired without changing its meaning is refused before the call. Rules: WeChat's list of parameter types.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime

from server import clock

DAY = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?")
TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d)?")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d\u20e3]")
HAN = re.compile("[\u4e00-\u9fa5]")
THING_MAX, NAME_HAN_MAX, NAME_MAX, PHRASE_MAX, ASCII_MAX = 20, 10, 20, 5, 32


class Unfit(ValueError):
    """The value can never stand at this key; the text names the key, never the value."""

    def __init__(self, key: str) -> None:
        super().__init__(f"data.{key}.value cannot be made to fit")


def kind_of(key: str) -> str:
    """Return the type in a key: ``phone_number4`` → ``phone_number``."""
    return key.rstrip("0123456789")


def fit(key: str, value: str) -> str:
    """Return the value as WeChat accepts it at this key: cleaned, cut, dates as 2026年11月21日 09:00 in Shanghai time.

    Keys of types we do not know (first, keyword1 of old templates) get the text without control characters.

    Raises:
        Unfit: nothing acceptable is left.
    """
    text = _clean(value)
    fitted = _RULES.get(kind_of(key), _as_is)(text)
    if not fitted:
        raise Unfit(key)
    return fitted


def _clean(value: str) -> str:
    # controls, line breaks, lone surrogates and private characters become one space
    shown = value
    if not value.isprintable():
        shown = "".join(
            " " if unicodedata.category(letter) in ("Cc", "Cs", "Co", "Zl", "Zp") else letter for letter in value
        )
    return " ".join(shown.split())


def _as_is(text: str) -> str:
    return text


def _thing(text: str) -> str:
    # whether emoji pass is not documented, and template messages show them as boxes
    plain = " ".join(EMOJI.sub("", text).split())
    if not plain:
        return "无"
    return plain if len(plain) <= THING_MAX else plain[: THING_MAX - 1] + "…"


def _phrase(text: str) -> str:
    return "".join(HAN.findall(text))[:PHRASE_MAX]


def _name(text: str) -> str:
    plain = re.sub(r"\d", "", EMOJI.sub("", text)).strip()
    # one Chinese character, or any other script, makes it count as Chinese
    return plain[: NAME_MAX if plain.isascii() else NAME_HAN_MAX].strip()


def _phone(text: str) -> str:
    plain = re.split(r"转|分机|ext", unicodedata.normalize("NFKC", text))[0].strip().replace("—", "-")
    return plain if re.fullmatch(r"[0-9+\-() ]{1,17}", plain) and re.search(r"\d{3}", plain) else ""


def _matching(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern, re.ASCII)

    def rule(text: str) -> str:
        return text if compiled.fullmatch(text) else ""

    return rule


def _character_string(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    return plain[:ASCII_MAX].strip() if re.fullmatch(r"[\x20-\x7e]+", plain) else ""


def _date(text: str) -> str:
    days = [_day(part) for part in _ends(text)]
    return "~".join(days) if all(days) else ""


def _time(text: str) -> str:
    points = [_time_point(part) for part in _ends(text)]
    return "~".join(points) if all(points) else ""


def _ends(text: str) -> list[str]:
    # WeChat refuses the full-width wave between the ends of a range
    return [part.strip() for part in text.replace("～", "~").split("~")][:3]


def _day(text: str) -> str:
    at = _instant(text)
    if at:
        return _in_chinese(at.date())
    match = DAY.match(text)
    rest = text[match.end() :].strip() if match else ""
    if not match or (rest and not TIME.fullmatch(rest)):
        return ""
    try:
        return _in_chinese(date(int(match[1]), int(match[2]), int(match[3])))
    except ValueError:
        return ""


def _time_point(text: str) -> str:
    at = _instant(text)
    if at:
        return f"{_in_chinese(at.date())} {at:%H:%M}"
    match = DAY.match(text)
    rest = text[match.end() :].strip() if match else text
    day = _day(text[: match.end()]) if match else ""
    if match and not day:
        return ""
    if match and not rest:
        return f"{day} 00:00~23:59"  # a time key wants a time; the honest one for a day is all of it
    hour = TIME.fullmatch(rest)
    return f"{day} {int(hour[1]):02}:{hour[2]}".strip() if hour else ""


def _instant(text: str) -> datetime | None:
    if "T" not in text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return clock.local(at) if at.tzinfo else at


def _in_chinese(day: date) -> str:
    return f"{day.year:04}年{day.month:02}月{day.day:02}日"


_RULES: dict[str, Callable[[str], str]] = {
    "thing": _thing,
    "phrase": _phrase,
    "name": _name,
    "phone_number": _phone,
    "time": _time,
    "date": _date,
    "number": _matching(r"(?=.{1,32}$)-?\d+(\.\d+)?"),
    "letter": _matching(r"[A-Za-z]{1,32}"),
    "character_string": _character_string,
    "amount": _matching(r"[¥￥$€£]?\d{1,10}(\.\d{1,2})?元?"),
    "car_number": _matching("[\u4e00-\u9fa5A-Z0-9]{1,8}"),
}
