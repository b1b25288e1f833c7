"""What expressions for days mean: a match of a rule of ``days`` and today give the first and the last day."""

import re
from calendar import monthrange
from datetime import date, timedelta

from server.chatbot.slots.numerals import number

Span = tuple[date, date] | None

RELATIVE = {
    "大大后": 4, "大后": 3, "外后": 3, "后": 2, "明": 1, "今": 0, "昨": -1, "大前": -3, "前": -2, "夜": -1,
}  # fmt: skip


def one(day: date | None) -> Span:
    """Return a single day as a span."""
    return (day, day) if day else None


def safe(year: int, month: int, day: int) -> date | None:
    """Return a day, None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def next_day_of_month(day: int, today: date) -> date | None:
    """Return the next such day of a month, today included."""
    for ahead in range(13):
        year, month = month_ahead(today, ahead)
        found = safe(year, month, day)
        if found and found >= today:
            return found
    return None


def month_ahead(today: date, ahead: int) -> tuple[int, int]:
    """Return year and month so many months ahead."""
    count = today.year * 12 + today.month - 1 + ahead
    return count // 12, count % 12 + 1


def monday_of(today: date, ahead: int = 0) -> date:
    """Return the Monday of the week so many weeks ahead."""
    return today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)


def weekday_number(said: str) -> int:
    """Return 0 for Monday."""
    return 6 if said in "日天7" else "一二三四五六".index(said) if said in "一二三四五六" else int(said) - 1


def weeks_ahead(prefix: str | None) -> int | None:
    """Return how many weeks ahead a prefix means; None without one."""
    if not prefix:
        return None
    if prefix.startswith("再"):
        return 2
    return prefix.count("下") - prefix.count("上")


def in_week(match: re.Match[str], today: date) -> Span:
    """周三, 下周三, 这周末: without a prefix the next one, with 下 that of the next calendar week."""
    ahead, said = weeks_ahead(match.groupdict().get("prefix")), match["day"]
    if said == "末":
        saturday = monday_of(today, ahead or 0) + timedelta(days=5)
        return saturday, saturday + timedelta(days=1)
    weekday = weekday_number(said)
    if ahead is None:
        return one(today + timedelta(days=(weekday - today.weekday()) % 7))
    return one(monday_of(today, ahead) + timedelta(days=weekday))


def weekdays(match: re.Match[str], today: date) -> Span:
    """周一到周三."""
    first = in_week(match, today)
    assert first
    if match["second"] == "末":
        return None
    last = first[0] + timedelta(days=(weekday_number(match["second"]) - first[0].weekday()) % 7)
    return first[0], last


def week(match: re.Match[str], today: date) -> Span:
    """下周: Monday to Sunday."""
    monday = monday_of(today, weeks_ahead(match["prefix"]) or 0)
    return monday, monday + timedelta(days=6)


def relative(match: re.Match[str], today: date) -> Span:
    """明天, 大后天, 昨晚."""
    return one(today + timedelta(days=RELATIVE[match["rel"]]))


def two_days(match: re.Match[str], today: date) -> Span:
    """明后天."""
    first, second = today + timedelta(days=RELATIVE[match[1]]), today + timedelta(days=RELATIVE[match[2]])
    return (first, second) if first < second else None


def ahead(match: re.Match[str], today: date) -> Span:
    """三天后, 过两个礼拜, 半个月后."""
    said, unit = match["n"], match["unit"]
    if unit == "月":
        if said == "半":
            return one(today + timedelta(days=15))
        year, month = month_ahead(today, number(said))
        return one(date(year, month, min(today.day, monthrange(year, month)[1])))
    if said == "半":
        return None
    return one(today + timedelta(days=number(said) * (1 if unit in "天日" else 7)))


def weekday_ahead(match: re.Match[str], today: date) -> Span:
    """两周后的星期一: the Monday of the week in which that day lies."""
    weeks = number(match["n"])
    return one(monday_of(today, weeks) + timedelta(days=5 if match["day"] == "末" else weekday_number(match["day"])))


def weekend(match: re.Match[str], today: date) -> Span:
    """周六日, 双休."""
    saturday = monday_of(today, weeks_ahead(match["prefix"]) or 0) + timedelta(days=5)
    return saturday, saturday + timedelta(days=1)
