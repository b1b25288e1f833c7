"""Who makes the calls: the sender himself, or a few threads beside him."""

import contextlib
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from server.actions.notifications.deciding import Claimed
from server.actions.notifications.results import Sent

Send = Callable[[Claimed], Sent]
Spawn = Callable[[Callable[[], None]], object]
"""Runs something in a thread of its own, inside an application context."""
GATHER_SECONDS = 0.01
"""About what a transaction costs; the calls themselves take longer over the internet, and are not waited for."""


class OwnHand:
    """Makes each call at once."""

    size = 1

    def __init__(self, send: Send) -> None:
        self._send = send
        self._done: list[Sent] = []

    def take(self, claimed: Claimed) -> None:
        """Make the call."""
        self._done.append(self._send(claimed))

    def results(self, _few: int) -> list[Sent]:
        """Return what became of the calls since the last time."""
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Nothing is left to do."""


class Hands:
    """Threads that make calls and do nothing else: no transaction is theirs."""

    def __init__(self, send: Send, size: int, spawn: Spawn) -> None:
        self.size = size
        self._send = send
        self._waiting: SimpleQueue[Claimed | None] = SimpleQueue()
        self._done: SimpleQueue[Sent] = SimpleQueue()
        for _ in range(size):
            spawn(self._work)

    def take(self, claimed: Claimed) -> None:
        """Let a free thread make the call."""
        self._waiting.put(claimed)

    def results(self, few: int) -> list[Sent]:
        """Wait for a call to end, a moment longer while so few did, and return what became of them."""
        done, until = [self._done.get()], time.monotonic() + GATHER_SECONDS
        with contextlib.suppress(Empty):
            while len(done) < few or not self._done.empty():
                done.append(self._done.get(timeout=max(until - time.monotonic(), 0)))
        return done

    def close(self) -> None:
        """Let the threads end when they have made the calls they have."""
        for _ in range(self.size):
            self._waiting.put(None)

    def _work(self) -> None:
        while (claimed := self._waiting.get()) is not None:
            self._done.put(self._send(claimed))
