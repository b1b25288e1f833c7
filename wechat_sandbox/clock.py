"""The only place that reads the real clock. Everything that expires asks the virtual one."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


class ClockGoesBack(ValueError):
    """The virtual clock only moves forward."""


class VirtualClock:
    """Real time plus an offset in seconds that only grows."""

    def __init__(self) -> None:
        self.offset_seconds = 0.0

    def now(self) -> float:
        """Virtual unix time in seconds, with fractions."""
        return time.time() + self.offset_seconds

    def advance(self, seconds: float) -> None:
        """Move on by so many seconds; ClockGoesBack when negative."""
        if seconds < 0:
            raise ClockGoesBack("the clock only moves forward")
        self.offset_seconds += seconds

    def set_to(self, iso: str) -> None:
        """Jump to an ISO 8601 instant; one without an offset is meant in Beijing time."""
        instant = datetime.fromisoformat(iso)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=BEIJING)
        self.advance(instant.timestamp() - self.now())

    def as_json(self) -> dict[str, object]:
        """The shape of GET /sandbox/clock."""
        now = self.now()
        return {"now": iso(now), "epoch": now, "offset_seconds": self.offset_seconds}


def stopwatch() -> float:
    """Seconds of a clock that never jumps, not even when a test moves the time of the process."""
    return time.perf_counter()


def iso(epoch: float) -> str:
    """ISO 8601 in Beijing time with milliseconds, e.g. 2026-11-21T09:00:00.000+08:00."""
    return datetime.fromtimestamp(epoch, BEIJING).isoformat(timespec="milliseconds")


def day(epoch: float) -> str:
    """The Beijing calendar day, YYYY-MM-DD; daily counters restart with it."""
    return datetime.fromtimestamp(epoch, BEIJING).strftime("%Y-%m-%d")


def month(epoch: float) -> str:
    """The Beijing calendar month, YYYY-MM."""
    return datetime.fromtimestamp(epoch, BEIJING).strftime("%Y-%m")
