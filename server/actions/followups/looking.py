"""Seeing somebody's measurements is written down, like changing them (domain.md §8.2)."""

from collections.abc import Iterable

from server import clock
from server.database import retried, transaction
from server.models import Resident, audit
from server.models.actor import Actor


@retried
def note_seen(residents: Iterable[Resident], *, by: Actor) -> None:
    """Write down that somebody was shown these residents' last measurements; at most a page of them."""
    at = clock.now()
    with transaction():
        for resident in residents:
            audit.record("measurements_seen", resident, by=by, at=at)
