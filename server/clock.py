"""The one place that reads a clock.

Instants are aware UTC; calendar days are meant in Asia/Shanghai. In the demo and in tests the clock can follow the
sandbox's virtual clock, so that both sides of the wire agree on the time; configuration refuses that in production.
"""

import http.client
import json
import threading
import time
import urllib.request
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_FOLLOW_EVERY_SECONDS = 0.5

_offset = timedelta(0)
_follower: "_Follower | None" = None


def now() -> datetime:
    """Return the current instant, aware, UTC."""
    if _follower is not None:
        _follower.keep_running()
    return datetime.now(UTC) + _offset


def today() -> date:
    """Return the current calendar day in Asia/Shanghai."""
    return local(now()).date()


def local(at: datetime) -> datetime:
    """Return an instant as Shanghai wall-clock time."""
    return at.astimezone(SHANGHAI)


def midnight(day: date) -> datetime:
    """Return the instant at which a day begins in Asia/Shanghai."""
    return datetime.combine(day, wall_time(0), SHANGHAI)


def monotonic() -> float:
    """Return seconds that only grow, for measuring durations and local deadlines."""
    return time.monotonic()


def follow(url: str | None) -> None:
    """Follow the virtual clock served at ``url`` (a JSON object with offset_seconds), or stop following with None."""
    global _follower, _offset
    _offset = timedelta(0)
    _follower = _Follower(url) if url else None
    if _follower:
        _follower.read_once()


class _Follower:
    """Reads the offset in the background: now() never waits for the network."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.thread: threading.Thread | None = None
        self.lock = threading.Lock()

    def keep_running(self) -> None:
        # A forked worker inherits the object but not the thread.
        if self.thread is None or not self.thread.is_alive():
            with self.lock:
                if self.thread is None or not self.thread.is_alive():
                    self.thread = threading.Thread(target=self._run, name="clock-follower", daemon=True)
                    self.thread.start()

    def read_once(self) -> None:
        global _offset
        try:
            with urllib.request.urlopen(self.url, timeout=2) as answer:  # noqa: S310 - a loopback address from the config
                offset = timedelta(seconds=float(json.load(answer)["offset_seconds"]))
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, OverflowError):
            return  # the sandbox is not there, or something else is: keep the last offset
        if _follower is self:
            _offset = offset

    def _run(self) -> None:
        while _follower is self:
            self.read_once()
            time.sleep(_FOLLOW_EVERY_SECONDS)
