"""Seeing which groups somebody belongs to is written down (domain.md §8.2)."""

from server import clock
from server.database import retried, transaction
from server.models import Resident, audit
from server.models.actor import Actor


@retried
def note_seen(resident: Resident, *, by: Actor) -> None:
    """Write down that somebody looked at a resident's groups."""
    at = clock.now()
    with transaction():
        audit.record("groups_seen", resident, by=by, at=at)
