"""Reading what belongs to somebody else of the family is written down, like a doctor's reading (domain.md §8.2)."""

from collections.abc import Iterable

from server import clock
from server.database import retried, transaction
from server.models import Resident, audit
from server.models.actor import Actor


@retried
def note_family_read(action: str, people: Iterable[Resident], *, me: Resident, by: Actor) -> None:
    """Write down that I was shown something of these people; once each, and never of myself."""
    others = {one.id: one for one in people if one.id != me.id}
    if not others:
        return
    at = clock.now()
    with transaction():
        for _, one in sorted(others.items()):
            audit.record(action, one, by=by, at=at)
