"""Showing a member of staff what is otherwise masked, one person at a time, on the record."""

from server import clock
from server.database import retried, transaction
from server.errors import Conflict
from server.models import Resident
from server.models.actor import Actor
from server.models.audit import record


class PhoneUnknown(Conflict):
    """There is no number to call."""

    code, default_message = "phone_unknown", "这位居民没有登记电话"


@retried
def phone(resident: Resident, *, by: Actor) -> str:
    """Return a resident's full number for a call and record who asked. Raises PhoneUnknown, which records nothing."""
    at = clock.now()
    with transaction():
        if not resident.phone:
            raise PhoneUnknown()
        record("phone_revealed", resident, by=by, at=at)
        return resident.phone


@retried
def looked(resident: Resident, action: str, *, by: Actor) -> None:
    """Record that somebody looked at a part of a resident's record."""
    with transaction():
        record(action, resident, by=by, at=clock.now())
