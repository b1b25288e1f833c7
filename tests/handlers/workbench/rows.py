"""Rows that only the workbench's tests need."""

from server import clock
from server.ids import new_id
from server.models import Notification, NotificationStatus
from tests import make


def note(status: NotificationStatus, **fields: object) -> Notification:
    """A notification in any state; without a team unless said."""
    at = clock.now()
    values = {
        "kind": "appointment_booked",
        "dedupe_key": new_id(),
        "resident_id": fields.get("resident_id") or make.resident().id,
        "subject_id": "0" * 26,
        "facts": {},
        "status": status,
        "created_at": at,
        "next_attempt_at": at,
        "lease_until_at": at if status is NotificationStatus.SENDING else None,
        "tried_channels": [],
    }
    return make.saved(Notification(**(values | fields)))
