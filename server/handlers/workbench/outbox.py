"""What the service told people, what became of it, and settling what nobody knows."""

from flask import Response, request, url_for

from server.access import admin as access
from server.actions import outbox
from server.errors import Invalid
from server.handlers.context import admin, as_admin
from server.handlers.workbench import labels, site
from server.models import NotificationStatus
from server.wechat import errcodes

N = NotificationStatus

# One tab each; "waiting" includes what is being sent at this moment.
TABS = {
    "unknown": (N.UNKNOWN,),
    "failed": (N.FAILED,),
    "waiting": (N.CREATED, N.SENDING),
    "sent": (N.SENT,),
    "delivered": (N.DELIVERED,),
    "phoned": (N.PHONED,),
    "merged": (N.MERGED,),
    "cancelled": (N.CANCELLED,),
}


def list_notifications() -> Response:
    """List notifications by what became of them."""
    tab = request.args.get("status", "")
    rows = access.notifications(site.cursor(), statuses=TABS.get(tab, ()), by=admin())
    return site.page(
        "outbox.html",
        here="outbox",
        rows=rows,
        attempts=access.attempts_of(rows.items),
        tab=tab,
        tabs=labels.OUTBOX_TABS,
        kind=labels.kind,
        channel=labels.channel,
        reasons=labels.REASONS,
        outcomes=labels.OUTCOMES,
        reason_of=errcodes.reason_of,
    )


def settle(notification_id: str) -> Response:
    """Write down whether a notification of unknown fate arrived."""
    notification = access.notification(notification_id, by=admin())
    if request.form.get("delivered") not in ("yes", "no"):
        raise Invalid()
    delivered = request.form["delivered"] == "yes"
    outbox.settle(notification, delivered=delivered, by=as_admin())
    text = "已记为送达" if delivered else "已记为未送达，需要时由团队电话通知"
    return site.done(url_for("workbench.list_notifications", status="unknown"), text)
