"""One scheduler leads, the others stand by: a lease in the database, and a deadline on our own monotonic clock."""

import logging

from server import clock
from server.access.jobs import LEASE
from server.actions import scheduling

logger = logging.getLogger(__name__)

SAFE_SHARE = 0.75
"""A leader that could not renew stops by itself after this share of the lease, before anybody can take over."""


class Leadership:
    """Whether this process leads. ``beat`` must be called every third of the lease."""

    def __init__(self, holder: str, ttl_seconds: float) -> None:
        self.holder = holder
        self.ttl_seconds = ttl_seconds
        self.epoch: int | None = None
        self._deadline = 0.0

    @property
    def is_leading(self) -> bool:
        """Whether the lease is surely still ours."""
        return self.epoch is not None and clock.monotonic() < self._deadline

    def beat(self) -> None:
        """Renew the lease, or try to take it. Needs an application context."""
        before = clock.monotonic()  # counted from before the statement: it may take long
        if self.epoch is not None:
            if scheduling.renew(LEASE, self.holder, self.epoch, ttl_seconds=self.ttl_seconds):
                self._deadline = before + SAFE_SHARE * self.ttl_seconds
                return
            logger.warning("Scheduler %s lost the lease of epoch %s", self.holder, self.epoch)
            self.epoch = None
        epoch = scheduling.acquire(LEASE, self.holder, ttl_seconds=self.ttl_seconds)
        if epoch is not None:
            self._deadline = before + SAFE_SHARE * self.ttl_seconds
            self.epoch = epoch
            logger.info("Scheduler %s leads, epoch %s", self.holder, epoch)

    def resign(self) -> None:
        """Give the lease back, so that the standby takes over at once."""
        if self.epoch is not None:
            epoch, self.epoch = self.epoch, None
            scheduling.release(LEASE, self.holder, epoch)
