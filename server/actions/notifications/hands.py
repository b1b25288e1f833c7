"""Who makes the calls: the sender himself, or a few threads beside him."""

from collections.abc import Callable
from queue import SimpleQueue

from server.actions.notifications.deciding import Claimed
from server.actions.notifications.results import Sent

Send = Callable[[Claimed], Sent]
Spawn = Callable[[Callable[[], None]], object]
"""Runs something in a thread of its own, inside an application context."""


class OwnHand:
    """Makes each call at once."""

    size = 1

    def __init__(self, send: Send) -> None:
        self._send = send
        self._done: list[Sent] = []

    def take(self, claimed: Claimed) -> None:
        """Make the call."""
        self._done.append(self._send(claimed))

    def results(self) -> list[Sent]:
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

    def results(self) -> list[Sent]:
        """Wait for a call to end, and return what became of all that did."""
        done = [self._done.get()]
        while not self._done.empty():
            done.append(self._done.get())
        return done

    def close(self) -> None:
        """Let the threads end when they have made the calls they have."""
        for _ in range(self.size):
            self._waiting.put(None)

    def _work(self) -> None:
        while (claimed := self._waiting.get()) is not None:
            self._done.put(self._send(claimed))
