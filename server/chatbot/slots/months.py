"""Expressions with a month or a day of the month: 12月3号, 25到28号, 下个月初, 下个月第一个星期一."""

import re
from calendar import monthrange
from datetime import date, timedelta

from server.chatbot.slots import spans
from server.chatbot.slots.numerals import number


def full(match: re.Match[str], today: date) -> spans.Span:
    """2026年12月1日, 12月3号."""
    year = {"明年": today.year + 1, "今年": today.year, "去年": today.year - 1}.get(match["year"] or "", 0)
    if not year and match["year"]:
        year = int(re.sub(r"\D", "", match["year"]))
    return _month_day(year, number(match["month"]), number(match["day"]), today)


def month_day(month: int, day: int, today: date) -> spans.Span:
    """Return the next such day of the year, today included."""
    return _month_day(0, month, day, today)


def _month_day(year: int, month: int, day: int, today: date) -> spans.Span:
    if year:
        return spans.one(spans.safe(year, month, day))
    found = spans.safe(today.year, month, day)
    if found and found < today:
        found = spans.safe(today.year + 1, month, day)
    return spans.one(found)


def days_of_month(match: re.Match[str], today: date) -> spans.Span:
    """25到28号, 12月1号到5号."""
    month = match["month"]
    first = _month_day(0, number(month), number(match["day"]), today) if month else of_month(match["day"], today)
    if not first or not number(match["day"]) < number(match["second"]) <= monthrange(first[0].year, first[0].month)[1]:
        return None
    if match["to"] in "到至-~—" or number(match["second"]) == number(match["day"]) + 1:
        return first[0], first[0].replace(day=number(match["second"]))
    return first


def of_month(said: str, today: date) -> spans.Span:
    """25号: the next one, today included."""
    day = number(said)
    return spans.one(spans.next_day_of_month(day, today)) if 1 <= day <= 31 else None


def _month_of(match: re.Match[str], today: date) -> tuple[int, int]:
    named = match.groupdict().get("named")
    if named:
        month = number(named)
        return (today.year if month >= today.month else today.year + 1), month
    said = match["which"] or ""
    return spans.month_ahead(today, said.count("下") - said.count("上"))


def in_month(match: re.Match[str], today: date) -> spans.Span:
    """下个月3号, 下个月头一天."""
    year, month = _month_of(match, today)
    return spans.one(spans.safe(year, month, number(match["day"])))


def neighbours(match: re.Match[str], today: date) -> spans.Span:
    """二十六七号: the 26th and the 27th."""
    said = match["tens"] + match["day"]
    # 十9 is no number
    first = number(said) if said.isdigit() or not re.search(r"\d", said) else 0
    if number(match["second"]) != first % 10 + 1 or not 1 <= first <= 30:
        return None
    day = spans.next_day_of_month(first, today)
    return (day, day + timedelta(days=1)) if day else None


def last_of_month(match: re.Match[str], today: date) -> spans.Span:
    """月底最后一天."""
    year, month = (today.year, 12) if match.group().startswith("年") else _month_of(match, today)
    return spans.one(date(year, month, monthrange(year, month)[1]))


def part_of_month(match: re.Match[str], today: date) -> spans.Span:
    """月底 (21st to the end), 月初 (1st to 10th), 中旬."""
    year, month = _month_of(match, today)
    last = monthrange(year, month)[1]
    first, until = {"底": (21, last), "末": (21, last), "下": (21, last), "中": (11, 20), "初": (1, 10), "上": (1, 10)}[
        match["part"][0]
    ]
    # what is over is over: 月初, said on the 21st, is the next month's
    if not match["which"] and not match["named"] and date(year, month, until) < today:
        year, month = spans.month_ahead(today, 1)
    return date(year, month, first), date(year, month, until if first < 21 else monthrange(year, month)[1])


def _whole_month(match: re.Match[str], today: date) -> spans.Span:
    year, month = _month_of(match, today)
    return (date(year, month, 1), date(year, month, monthrange(year, month)[1])) if 1 <= month <= 12 else None


def nth_weekday(match: re.Match[str], today: date) -> spans.Span:
    """下个月第一个星期一, 最后一个周五."""
    year, month = _month_of(match, today)
    weekday = spans.weekday_number(match["day"])
    if match["n"].startswith("最后"):
        last = date(year, month, monthrange(year, month)[1])
        return spans.one(last - timedelta(days=(last.weekday() - weekday) % 7))
    first = date(year, month, 1)
    found = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (number(match["n"]) - 1))
    return spans.one(found) if found.month == month else None


def whole_month_if_said(match: re.Match[str], today: date) -> spans.Span:
    """下个月, 12月份; a count of months is none."""
    before = match.string[: match.start()]
    if match["named"]:
        is_till = bool(re.search(r"(?:约|改|推|排|等|拖|挪|放|延|调|换)(?:到|成|至)$", before))
        is_count = (
            not is_till
            and before.endswith(("个", "满", "孕", "近", "第"))
            or not (is_till or match.group().endswith("份"))
        )
        return (
            None
            if is_count and not re.match(r"\s*(?:还|有|能|的号|可以|再|吧|$)", match.string[match.end() :])
            else (_whole_month(match, today))
        )
    return _whole_month(match, today) if match["which"] and match["which"][0] == "下" else None
