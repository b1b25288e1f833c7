"""Days of the farmers' calendar: 农历十月二十, 腊八, 冬至. lunar_python knows both (docs/decisions has what was weighed)."""

import functools
from datetime import date, datetime, time, timedelta

from lunar_python import Lunar, LunarYear, Solar

TERMS = (
    "冬至", "小寒", "大寒", "立春", "雨水", "惊蛰", "春分", "清明", "谷雨", "立夏", "小满", "芒种",
    "夏至", "小暑", "大暑", "立秋", "处暑", "白露", "秋分", "寒露", "霜降", "立冬", "小雪", "大雪",
)  # fmt: skip


@functools.lru_cache(maxsize=64)
def next_lunar(month: int, day: int, today: date) -> date | None:
    """Return the next such day of the farmers' calendar, today included; None for a day that no such month has."""
    for year in range(today.year - 1, today.year + 3):
        months = LunarYear.fromYear(year).getMonth(month)
        if months is None or not 1 <= day <= months.getDayCount():
            continue
        found = _date(Lunar.fromYmd(year, month, day).getSolar())
        if found >= today:
            return found
    return None


@functools.lru_cache(maxsize=64)
def next_day(day: int, today: date) -> date | None:
    """Return the next such day of any month of the farmers' calendar, today included: 初八."""
    found = [
        _date(solar)
        for solar in (
            Lunar.fromDate(datetime.combine(today + timedelta(days=ahead), time())).getSolar() for ahead in range(31)
        )
        if solar.getLunar().getDay() == day
    ]
    return found[0] if found else None


@functools.lru_cache(maxsize=64)
def last_day_of_year(today: date) -> date:
    """Return the next 除夕: the day before the first of the first month."""
    first = next_lunar(1, 1, today + timedelta(days=1))
    assert first is not None
    return first - timedelta(days=1)


def next_term(name: str, today: date) -> date | None:
    """Return the next day with this solar term, today included."""
    return next((day for term, day in _terms(today.year) if term == name and day >= today), None)


@functools.lru_cache(maxsize=8)
def _terms(year: int) -> list[tuple[str, date]]:
    """Return the solar terms from December of the year before on, two years of them."""
    found = []
    for one in (year, year + 1):
        # the table of a lunar year begins with the 大雪 before it; from the second entry on it is 冬至, 小寒 …
        table = list(Solar.fromYmd(one, 7, 1).getLunar().getJieQiTable().values())
        found += [(TERMS[place % 24], _date(solar)) for place, solar in enumerate(table[1:25])]
    return sorted(found, key=lambda each: each[1])


def _date(solar: Solar) -> date:
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
