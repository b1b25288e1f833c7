"""A circuit breaker: what failed several times in a row is left alone for a while, then tried once."""

import threading

from server import clock

FAILURES = 3
PAUSE_SECONDS = 60.0


class Breaker:
    """Counts failures in a row. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._again_from = 0.0

    def lets_through(self) -> bool:
        """Tell whether to try now; after a pause one caller may, the others wait for how it ends."""
        with self._lock:
            if self._failures < FAILURES:
                return True
            if clock.monotonic() < self._again_from:
                return False
            self._again_from = clock.monotonic() + PAUSE_SECONDS
            return True

    def tell(self, *, is_good: bool) -> None:
        """Say how a try ended."""
        with self._lock:
            self._failures = 0 if is_good else self._failures + 1
            if self._failures >= FAILURES:
                self._again_from = clock.monotonic() + PAUSE_SECONDS
