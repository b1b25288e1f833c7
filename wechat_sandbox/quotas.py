"""Counters per account and API: by the Beijing day and by the minute (checklist G7)."""

from __future__ import annotations

from collections import Counter

from . import clock

UNLIMITED = 1_000_000_000
CLEARS_PER_MONTH = 10


class Quotas:
    """How often what was called. Caps come with the endpoint; control may set others."""

    def __init__(self) -> None:
        self._daily: Counter[tuple[str, str]] = Counter()
        self._minute: Counter[tuple[str, str]] = Counter()
        self._clears: Counter[tuple[str, str]] = Counter()
        self._day = ""
        self._minute_number = 0
        self.daily_caps: dict[str, int] = {}
        self.minute_caps: dict[str, int] = {}

    def _turn(self, now: float) -> None:
        today, minute = clock.day(now), int(now // 60)
        if today != self._day:
            self._day = today
            self._daily.clear()
        if minute != self._minute_number:
            self._minute_number = minute
            self._minute.clear()

    def daily_cap(self, path: str, default: int | None) -> int:
        return self.daily_caps.get(path, UNLIMITED if default is None else default)

    def take_day(self, subject: str, path: str, default: int | None, now: float) -> bool:
        """Count one call; False when today's cap is used up."""
        self._turn(now)
        if self._daily[subject, path] >= self.daily_cap(path, default):
            return False
        self._daily[subject, path] += 1
        return True

    def take_minute(self, subject: str, path: str, default: int | None, now: float) -> bool:
        """Count one call; False when this minute's cap is used up."""
        self._turn(now)
        if self._minute[subject, path] >= self.minute_caps.get(path, UNLIMITED if default is None else default):
            return False
        self._minute[subject, path] += 1
        return True

    def used_today(self, subject: str, path: str, now: float) -> int:
        self._turn(now)
        return self._daily[subject, path]

    def clear(self, appid: str, now: float) -> bool:
        """Reset an account's daily counters; False after the tenth time in a month."""
        if self._clears[appid, clock.month(now)] >= CLEARS_PER_MONTH:
            return False
        self._clears[appid, clock.month(now)] += 1
        for subject, path in list(self._daily):
            if subject == appid:
                del self._daily[subject, path]
        return True
