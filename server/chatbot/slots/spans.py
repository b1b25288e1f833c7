"""What expressions for days mean: a match of a rule of ``days`` and today give the first and the last day."""

import re
from calendar import monthrange
from datetime import date, timedelta

from server.chatbot.slots import lunar
from server.chatbot.slots.numerals import number

Span = tuple[date, date] | None

RELATIVE = {
    "大大后": 4, "大后": 3, "外后": 3, "后": 2, "明": 1, "今": 0, "昨": -1, "大前": -3, "前": -2, "夜": -1,
}  # fmt: skip
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


def one(day: date | None) -> Span:
    return (day, day) if day else None


def _safe(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day_of_month(day: int, today: date) -> date | None:
    for ahead in range(13):
        year, month = _month(today, ahead)
        found = _safe(year, month, day)
        if found and found >= today:
            return found
    return None


def _month(today: date, ahead: int) -> tuple[int, int]:
    count = today.year * 12 + today.month - 1 + ahead
    return count // 12, count % 12 + 1


def _monday(today: date, ahead: int = 0) -> date:
    return today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)


def _weekday(said: str) -> int:
    return 6 if said in "日天7" else "一二三四五六".index(said) if said in "一二三四五六" else int(said) - 1


def _weeks(prefix: str | None) -> int | None:
    """Return how many weeks ahead a prefix means; None without one."""
    if not prefix:
        return None
    if prefix.startswith("再"):
        return 2
    return prefix.count("下") - prefix.count("上")


def in_week(match: re.Match[str], today: date) -> Span:
    ahead, said = _weeks(match.groupdict().get("prefix")), match["day"]
    if said == "末":
        saturday = _monday(today, ahead or 0) + timedelta(days=5)
        return saturday, saturday + timedelta(days=1)
    weekday = _weekday(said)
    if ahead is None:
        return one(today + timedelta(days=(weekday - today.weekday()) % 7))
    return one(_monday(today, ahead) + timedelta(days=weekday))


def weekdays(match: re.Match[str], today: date) -> Span:
    first = in_week(match, today)
    assert first
    if match["second"] == "末":
        return None
    last = first[0] + timedelta(days=(_weekday(match["second"]) - first[0].weekday()) % 7)
    return first[0], last


def week(match: re.Match[str], today: date) -> Span:
    monday = _monday(today, _weeks(match["prefix"]) or 0)
    return monday, monday + timedelta(days=6)


def relative(match: re.Match[str], today: date) -> Span:
    return one(today + timedelta(days=RELATIVE[match["rel"]]))


def two_days(match: re.Match[str], today: date) -> Span:
    first, second = today + timedelta(days=RELATIVE[match[1]]), today + timedelta(days=RELATIVE[match[2]])
    return (first, second) if first < second else None


def ahead(match: re.Match[str], today: date) -> Span:
    said, unit = match["n"], match["unit"]
    if unit == "月":
        if said == "半":
            return one(today + timedelta(days=15))
        year, month = _month(today, number(said))
        return one(date(year, month, min(today.day, monthrange(year, month)[1])))
    if said == "半":
        return None
    return one(today + timedelta(days=number(said) * (1 if unit in "天日" else 7)))


def weekday_ahead(match: re.Match[str], today: date) -> Span:
    """两周后的星期一: the Monday of the week in which that day lies."""
    weeks = number(match["n"])
    return one(_monday(today, weeks) + timedelta(days=5 if match["day"] == "末" else _weekday(match["day"])))


def full(match: re.Match[str], today: date) -> Span:
    year = {"明年": today.year + 1, "今年": today.year, "去年": today.year - 1}.get(match["year"] or "", 0)
    if not year and match["year"]:
        year = int(re.sub(r"\D", "", match["year"]))
    return _month_day(year, number(match["month"]), number(match["day"]), today)


def month_day(month: int, day: int, today: date) -> Span:
    """Return the next such day of the year, today included."""
    return _month_day(0, month, day, today)


def _month_day(year: int, month: int, day: int, today: date) -> Span:
    if year:
        return one(_safe(year, month, day))
    found = _safe(today.year, month, day)
    if found and found < today:
        found = _safe(today.year + 1, month, day)
    return one(found)


def days_of_month(match: re.Match[str], today: date) -> Span:
    """25到28号, 12月1号到5号."""
    month = match["month"]
    first = _month_day(0, number(month), number(match["day"]), today) if month else of_month(match["day"], today)
    if not first or not number(match["day"]) < number(match["second"]) <= monthrange(first[0].year, first[0].month)[1]:
        return None
    if match["to"] in "到至-~—" or number(match["second"]) == number(match["day"]) + 1:
        return first[0], first[0].replace(day=number(match["second"]))
    return first


def of_month(said: str, today: date) -> Span:
    day = number(said)
    return one(next_day_of_month(day, today)) if 1 <= day <= 31 else None


def _month_of(match: re.Match[str], today: date) -> tuple[int, int]:
    named = match.groupdict().get("named")
    if named:
        month = number(named)
        return (today.year if month >= today.month else today.year + 1), month
    said = match["which"] or ""
    return _month(today, said.count("下") - said.count("上"))


def in_month(match: re.Match[str], today: date) -> Span:
    year, month = _month_of(match, today)
    return one(_safe(year, month, number(match["day"])))


def next_lunar_day(match: re.Match[str], today: date) -> Span:
    """初八 or 廿八 without a month: the next one of the farmers' calendar."""
    return one(lunar.next_day(number(match["day"].lstrip("初")), today))


def english_weekday(match: re.Match[str], today: date) -> Span:
    weekday = ("mon", "tue", "wed", "thu", "fri", "sat", "sun").index(match["name"][:3])
    if match["next"]:
        return one(_monday(today, 1) + timedelta(days=weekday))
    return one(today + timedelta(days=(weekday - today.weekday()) % 7))


def english_day(match: re.Match[str], today: date) -> Span:
    return one(today + timedelta(days=match["name"] == "tomorrow"))


SOUTHERN = {"听": 1, "明": 1, "天": 1, "后": 2, "琴": -1, "昨": -1}
"""听日, 明仔载, 天光, 后尔: by their first character."""


def southern(match: re.Match[str], today: date) -> Span:
    return one(today + timedelta(days=SOUTHERN[match["rel"][0]]))


def weekend(match: re.Match[str], today: date) -> Span:
    saturday = _monday(today, _weeks(match["prefix"]) or 0) + timedelta(days=5)
    return saturday, saturday + timedelta(days=1)


def neighbours(match: re.Match[str], today: date) -> Span:
    """二十六七号: the 26th and the 27th."""
    tens = match["tens"]
    first = number(tens + match["day"]) if tens in ("", "十", "二十", "三十") or tens.isdigit() else 0
    if number(match["second"]) != first % 10 + 1 or not 1 <= first <= 30:
        return None
    day = next_day_of_month(first, today)
    return (day, day + timedelta(days=1)) if day else None


def last_of_month(match: re.Match[str], today: date) -> Span:
    year, month = (today.year, 12) if match.group().startswith("年") else _month_of(match, today)
    return one(date(year, month, monthrange(year, month)[1]))


def part_of_month(match: re.Match[str], today: date) -> Span:
    year, month = _month_of(match, today)
    last = monthrange(year, month)[1]
    first, until = {"底": (21, last), "末": (21, last), "下": (21, last), "中": (11, 20), "初": (1, 10), "上": (1, 10)}[
        match["part"][0]
    ]
    # what is over is over: 月初, said on the 21st, is the next month's
    if not match["which"] and not match["named"] and date(year, month, until) < today:
        year, month = _month(today, 1)
    return date(year, month, first), date(year, month, until if first < 21 else monthrange(year, month)[1])


def _whole_month(match: re.Match[str], today: date) -> Span:
    year, month = _month_of(match, today)
    return (date(year, month, 1), date(year, month, monthrange(year, month)[1])) if 1 <= month <= 12 else None


def nth_weekday(match: re.Match[str], today: date) -> Span:
    year, month = _month_of(match, today)
    weekday = _weekday(match["day"])
    if match["n"].startswith("最后"):
        last = date(year, month, monthrange(year, month)[1])
        return one(last - timedelta(days=(last.weekday() - weekday) % 7))
    first = date(year, month, 1)
    return one(first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number(match["n"]) - 1)))


def holiday(match: re.Match[str], today: date) -> Span:
    return _month_day(0, *HOLIDAYS[match[1]], today)


def lunar_holiday(match: re.Match[str], today: date) -> Span:
    return one(lunar.next_lunar(*LUNAR_HOLIDAYS[match[1]], today))


def lunar_day(match: re.Match[str], today: date) -> Span:
    said = match["month"]
    month = _LUNAR_MONTHS.get(said) or number(said)
    return one(lunar.next_lunar(month, number(match["day"].lstrip("初")), today))


def whole_month_if_said(match: re.Match[str], today: date) -> Span:
    before = match.string[: match.start()]
    if match["named"]:
        is_count = before.endswith(("个", "满", "孕", "近", "第")) or not match.group().endswith("份")
        return (
            None
            if is_count and not re.match(r"\s*(?:还|有|能|的号|可以|再|吧|$)", match.string[match.end() :])
            else (_whole_month(match, today))
        )
    return _whole_month(match, today) if match["which"] and match["which"][0] == "下" else None
