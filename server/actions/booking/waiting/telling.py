"""What is told about a wait."""

from datetime import datetime

from server import clock
from server.actions.booking.telling import facts_of
from server.models import Appointment, WaitingEntry, WaitingOffer
from server.models import notification as notifications


def offer_key(entry: WaitingEntry, slot_id: str) -> str:
    """Return the key of the notice of an offer: an entry is offered a slot once."""
    return f"waiting_offer:{entry.id}:{slot_id}"


def tell_joined(entry: WaitingEntry, team_id: str, at: datetime) -> None:
    """Say that he is on the list."""
    facts = _where(entry) | {"until": entry.until_on.isoformat()}
    _queue("waiting_joined", f"waiting_joined:{entry.id}", entry, at, facts, team_id=team_id)


def tell_offer(entry: WaitingEntry, offer: WaitingOffer, appointment: Appointment, team_id: str) -> None:
    """Say which place is held for him, and until when."""
    facts = facts_of(appointment) | {"hold_until": clock.local(offer.expires_at).isoformat()}
    key = offer_key(entry, offer.slot_id)
    _queue("waiting_offer", key, entry, offer.offered_at, facts, team_id=team_id, expires_at=offer.expires_at)


def tell_ended(entry: WaitingEntry, at: datetime) -> None:
    """Say that the wait is over without a place."""
    _queue("waiting_ended", f"waiting_ended:{entry.id}", entry, at, _where(entry))


def _where(entry: WaitingEntry) -> dict[str, str]:
    return {"hospital": entry.department.hospital.name, "department": entry.department.name}


def _queue(
    kind: str,
    key: str,
    entry: WaitingEntry,
    at: datetime,
    facts: dict[str, str],
    *,
    team_id: str | None = None,
    expires_at: datetime | None = None,
) -> None:
    notifications.queue(
        kind,
        dedupe_key=key,
        subject_id=entry.id,
        at=at,
        facts=facts,
        resident_id=entry.resident_id,
        team_id=team_id,
        expires_at=expires_at,
    )
