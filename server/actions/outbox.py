"""Notifications whose fate nobody knows: an administrator asks the person and writes down what he heard."""

from sqlalchemy import update

from server import clock
from server.database import retried, transaction
from server.models import Notification, NotificationStatus, PhoneTask
from server.models.actor import Actor
from server.models.audit import record
from server.models.states import IllegalMove, StaleState

NOT_RECEIVED = "checked_not_delivered"


@retried
def settle(notification: Notification, *, delivered: bool, by: Actor) -> None:
    """Close a notification of unknown fate as delivered or not delivered.

    Not delivered leaves a phone task for the team, when there is a team and a resident: it is never sent again, because
    "unknown" means that it may have arrived.

    Raises:
        IllegalMove: its fate is known. StaleState: somebody else settled it first.
    """
    if notification.status != NotificationStatus.UNKNOWN:
        raise IllegalMove(old=str(notification.status))
    at = clock.now()
    to = NotificationStatus.DELIVERED if delivered else NotificationStatus.FAILED
    with transaction() as session:
        moved = session.execute(
            update(Notification)
            .where(Notification.id == notification.id, Notification.status == NotificationStatus.UNKNOWN)
            .values(status=to, reason=None if delivered else NOT_RECEIVED)
            .execution_options(synchronize_session=False)
        )
        if moved.rowcount != 1:  # type: ignore[attr-defined]
            raise StaleState()
        session.refresh(notification)
        if not delivered and notification.team_id and notification.resident_id:
            session.add(
                PhoneTask(
                    notification_id=notification.id,
                    team_id=notification.team_id,
                    resident_id=notification.resident_id,
                    reason=NOT_RECEIVED,
                    about=notification.kind,
                    created_at=at,
                )
            )
        record(
            "notification_settled_delivered" if delivered else "notification_settled_failed", notification, by=by, at=at
        )
