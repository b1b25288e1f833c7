"""Days with a name of their own: holidays, days of the farmers' calendar, southern and English words."""

import re
from datetime import date, timedelta

from server.chatbot.slots import lunar, months, spans
from server.chatbot.slots.numerals import number

HOLIDAYS = {
    "元旦": (1, 1), "情人节": (2, 14), "妇女节": (3, 8), "三八节": (3, 8), "植树节": (3, 12), "劳动节": (5, 1), "五一": (5, 1),
    "儿童节": (6, 1), "六一": (6, 1), "七一": (7, 1), "八一": (8, 1), "教师节": (9, 10), "国庆": (10, 1), "十一国庆": (10, 1),
    "双十一": (11, 11), "双十二": (12, 12), "平安夜": (12, 24), "圣诞": (12, 25),
}  # fmt: skip
LUNAR_HOLIDAYS = {
    "大年初一": (1, 1), "春节": (1, 1), "元宵": (1, 15), "正月十五": (1, 15), "端午": (5, 5), "七夕": (7, 7), "中秋": (8, 15),
    "八月半": (8, 15), "重阳": (9, 9), "腊八": (12, 8), "小年": (12, 23),
}  # fmt: skip
_LUNAR_MONTHS = {"正": 1, "冬": 11, "腊": 12}


def holiday(match: re.Match[str], today: date) -> spans.Span:
    """元旦, 国庆."""
    return months.month_day(*HOLIDAYS[match[1]], today)


def lunar_holiday(match: re.Match[str], today: date) -> spans.Span:
    """春节, 腊八."""
    return spans.one(lunar.next_lunar(*LUNAR_HOLIDAYS[match[1]], today))


def lunar_day(match: re.Match[str], today: date) -> spans.Span:
    """农历十月二十, 腊月初八."""
    said = match["month"]
    month = _LUNAR_MONTHS.get(said) or number(said)
    return spans.one(lunar.next_lunar(month, number(match["day"].lstrip("初")), today))


def next_lunar_day(match: re.Match[str], today: date) -> spans.Span:
    """初八 or 廿八 without a month: the next one of the farmers' calendar."""
    return spans.one(lunar.next_day(number(match["day"].lstrip("初")), today))


SOUTHERN = {"听": 1, "明": 1, "天": 1, "后": 2, "琴": -1, "昨": -1}
"""听日, 明仔载, 天光, 后尔: by their first character."""


def southern(match: re.Match[str], today: date) -> spans.Span:
    """听日, 明仔载, 天光, 后尔."""
    return spans.one(today + timedelta(days=SOUTHERN[match["rel"][0]]))


def english_weekday(match: re.Match[str], today: date) -> spans.Span:
    """Friday, next Tue."""
    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(match["name"][:3])
    if match["next"]:
        return spans.one(spans.monday_of(today, 1) + timedelta(days=weekday))
    return spans.one(today + timedelta(days=(weekday - today.weekday()) % 7))


def english_date(match: re.Match[str], today: date) -> spans.Span:
    """December 11th, 3 Dec."""
    names = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    return months.month_day(names.index(match["name"][:3]) + 1, int(match["day"]), today)


def english_day(match: re.Match[str], today: date) -> spans.Span:
    """today, tomorrow."""
    return spans.one(today + timedelta(days=match["name"] == "tomorrow"))
