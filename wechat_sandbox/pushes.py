"""Callbacks waiting their turn: in order per person and account, several people at the same time."""

from __future__ import annotations

import heapq
import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from . import callbacks
from .bodies import Push
from .callbacks import Delivery

if TYPE_CHECKING:
    from .world import World

WORKERS = 8
logger = logging.getLogger(__name__)
Lane = tuple[str, str]
Work = Callable[[], None]
# how long a worker sleeps at most before it looks whether a virtual instant has come by itself
NAP_SECONDS = 0.5


class Pushes:
    """A queue with one lane per person and account; each lane is worked off in order."""

    def __init__(self, world: World) -> None:
        self._world = world
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        self._idle = threading.Condition(lock)
        self._lanes: dict[Lane, deque[Work]] = {}
        self._ready: deque[Lane] = deque()
        self._later: list[tuple[float, int, Lane, Work]] = []
        self._count = 0
        self._busy = 0
        self._workers: list[threading.Thread] = []
        self._closed = False

    # ---- what others call -----------------------------------------------------------------------------------

    def deliver_soon(self, push: Push, delay_seconds: float = 0.0) -> None:
        """Deliver in the background, `delay_seconds` of virtual time from now."""
        self.do_soon((push.person.id, push.app.appid), lambda: self._quietly(push), delay_seconds)

    def do_soon(self, lane: Lane, work: Work, delay_seconds: float = 0.0) -> None:
        """Any work in a lane's order."""
        with self._changed:
            if delay_seconds > 0:
                self._count += 1
                heapq.heappush(self._later, (self._world.clock.now() + delay_seconds, self._count, lane, work))
            else:
                self._enter(lane, work)
            self._start_workers()
            self._changed.notify()

    def deliver_now(self, push: Push) -> Delivery:
        """Deliver in turn and wait for the end. Never call this with the world's lock held."""
        done: Future[Delivery] = Future()

        def work() -> None:
            try:
                done.set_result(callbacks.deliver(self._world, push))
            except BaseException as error:
                done.set_exception(error)

        self.do_soon((push.person.id, push.app.appid), work)
        return done.result()

    def settle(self, timeout_seconds: float) -> bool:
        """Wait until nothing that is due is waiting or under way; False when time ran out."""
        with self._changed:
            self._move_due()
            return self._idle.wait_for(lambda: self._closed or not (self._lanes or self._busy), timeout_seconds)

    def look_again(self) -> None:
        """The virtual clock jumped: something may have become due."""
        with self._changed:
            self._move_due()
            self._changed.notify_all()

    def waiting(self) -> dict[str, int]:
        """How many are due and not done, and how many wait for a later virtual instant."""
        with self._changed:
            self._move_due()
            return {"due": sum(map(len, self._lanes.values())) + self._busy, "later": len(self._later)}

    def clear(self) -> None:
        """Forget everything that has not begun."""
        with self._changed:
            self._later.clear()
            for lane in self._lanes.values():
                lane.clear()
            # a worker must take the empty lanes away, or settle would wait for them
            self._changed.notify_all()

    def close(self) -> None:
        """Stop the workers; what has not begun is forgotten."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._idle.notify_all()
        for worker in self._workers:
            worker.join(timeout=10)

    # ---- inside, with self._changed held --------------------------------------------------------------------

    def _enter(self, lane: Lane, work: Work) -> None:
        if lane not in self._lanes:
            self._lanes[lane] = deque()
            self._ready.append(lane)
        self._lanes[lane].append(work)

    def _move_due(self) -> None:
        now = self._world.clock.now()
        while self._later and self._later[0][0] <= now:
            _, _, lane, work = heapq.heappop(self._later)
            self._enter(lane, work)
            self._changed.notify()

    def _start_workers(self) -> None:
        if not self._workers and not self._closed:
            for number in range(WORKERS):
                worker = threading.Thread(target=self._run, name=f"sandbox-push-{number}", daemon=True)
                self._workers.append(worker)
                worker.start()

    # ---- a worker's life ------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            taken = self._take()
            if taken is None:
                return
            lane, work = taken
            try:
                work()
            except Exception:
                logger.exception("A push failed in the sandbox itself")
            finally:
                self._finish(lane)

    def _take(self) -> tuple[Lane, Work] | None:
        with self._changed:
            while not self._closed:
                self._move_due()
                while self._ready:
                    lane = self._ready.popleft()
                    if self._lanes[lane]:
                        self._busy += 1
                        return lane, self._lanes[lane].popleft()
                    del self._lanes[lane]
                    self._idle.notify_all()
                self._changed.wait(NAP_SECONDS if self._later else None)
            return None

    def _finish(self, lane: Lane) -> None:
        with self._changed:
            self._busy -= 1
            if self._lanes[lane]:
                self._ready.append(lane)
                self._changed.notify()
            else:
                del self._lanes[lane]
                self._idle.notify_all()

    def _quietly(self, push: Push) -> None:
        callbacks.deliver(self._world, push)
