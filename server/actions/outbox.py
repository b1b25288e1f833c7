"""Notifications whose fate nobody knows: an administrator asks the person and writes down what he heard."""

from server import clock
from server.database import retried, transaction
from server.models import Notification, NotificationStatus
from server.models.actor import Actor
from server.models.audit import record
from server.models.delivery import leave_to_phone, shift
from server.models.states import IllegalMove, StaleState
from server.policy.notices import KINDS

NOT_RECEIVED = "checked_not_delivered"


@retried
def settle(notification: Notification, *, delivered: bool, by: Actor) -> None:
    """Close a notification of unknown fate as delivered or not delivered.

    It is never sent again, because "unknown" means that it may have arrived: not delivered leaves a phone task for the
    team instead, where the kind of notice is worth a call.

    Raises:
        IllegalMove: its fate is known. StaleState: somebody else settled it first.
    """
    if notification.status != NotificationStatus.UNKNOWN:
        raise IllegalMove(old=str(notification.status))
    at = clock.now()
    to = NotificationStatus.DELIVERED if delivered else NotificationStatus.FAILED
    with transaction():
        if not shift(notification.id, NotificationStatus.UNKNOWN, to, reason=None if delivered else NOT_RECEIVED):
            raise StaleState()
        kind = KINDS.get(notification.kind)
        if not delivered and (kind is None or (kind.who == "resident" and kind.needs_call)):
            leave_to_phone(notification, NOT_RECEIVED, at)
        record(f"notification_settled_{to}", notification, by=by, at=at)
