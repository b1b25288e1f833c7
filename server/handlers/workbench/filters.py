"""How values look on a page: Shanghai time, masked people, durations."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from server import clock, masking

WEEKDAYS = "一二三四五六日"


def moment(at: datetime | None) -> str:
    """2026-03-02 10:00 in Shanghai, or a dash."""
    return clock.local(at).strftime("%Y-%m-%d %H:%M") if at else "—"


def day(value: date | None) -> str:
    """2026-03-02 周一, or a dash."""
    return f"{value.isoformat()} 周{WEEKDAYS[value.weekday()]}" if value else "—"


def clinic(at: datetime) -> str:
    """2026-03-02 周一 09:00."""
    local = clock.local(at)
    return f"{day(local.date())} {local:%H:%M}"


def hour(at: datetime) -> str:
    """09:00 in Shanghai."""
    return f"{clock.local(at):%H:%M}"


def instant_day(written: str) -> str:
    """09:00 for an instant of today in Shanghai as interfaces write it, else 03-02 09:00."""
    local = clock.local(datetime.fromisoformat(written))
    return f"{local:%H:%M}" if local.date() == clock.today() else f"{local:%m-%d %H:%M}"


def isoday(at: datetime) -> str:
    """2026-03-02, the day in Shanghai as addresses want it."""
    return clock.local(at).date().isoformat()


def ago(at: datetime | None, now: datetime) -> str:
    """How long ago, in the largest fitting unit."""
    if at is None:
        return "从未"
    passed = max(now - at, timedelta(0))
    for unit, name in ((timedelta(days=1), "天"), (timedelta(hours=1), "小时"), (timedelta(minutes=1), "分钟")):
        if passed >= unit:
            return f"{passed // unit} {name}前"
    return "刚刚"


def masked_phone(value: str | None) -> str:
    """138****0000, or a dash."""
    return masking.phone(value) if value else "—"


def masked_name(value: str) -> str:
    """张*明."""
    return masking.name(value)


def yuan(fen: int) -> str:
    """1000 → 10.00元."""
    return f"{fen / 100:.2f}元"


def masked_identity(value: str) -> str:
    """510***********0016."""
    return masking.identity_number(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "moment": moment,
    "day": day,
    "clinic": clinic,
    "hour": hour,
    "isoday": isoday,
    "instant_day": instant_day,
    "ago": ago,
    "masked_phone": masked_phone,
    "masked_name": masked_name,
    "yuan": yuan,
    "masked_identity": masked_identity,
}
