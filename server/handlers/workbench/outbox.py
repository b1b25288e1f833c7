"""What the service told people, what became of it, and settling what nobody knows."""

from datetime import date

from flask import Response, request, url_for

from server import clock
from server.access import admin as access
from server.access import reachability
from server.actions import outbox
from server.errors import Invalid
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import labels, site
from server.models import NotificationStatus
from server.policy.notices import KINDS, SMS
from server.sms import codes
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
    """List notifications by what became of them, of one kind, of one day."""
    tab, chosen, day = (request.args.get(name, "") for name in ("status", "kind", "day"))
    on = _day(day)
    rows = access.notifications(
        site.cursor(), statuses=TABS.get(tab, ()), kind=chosen if chosen in KINDS else "", on=on, by=admin()
    )
    return site.page(
        "outbox.html",
        here="outbox",
        rows=rows,
        attempts=access.attempts_of(rows.items),
        tab=tab,
        chosen={name: value for name, value in (("status", tab), ("kind", chosen), ("day", day)) if value},
        kinds={name: labels.kind(name) for name in KINDS},
        tabs=labels.OUTBOX_TABS,
        kind=labels.kind,
        channel=labels.channel,
        reasons=labels.REASONS,
        outcomes=labels.OUTCOMES,
        reason_of=_reason_of,
    )


def list_unreachable() -> Response:
    """List whom something will have to be told within 30 days, and neither WeChat nor SMS can."""
    today, sms_is_on = clock.today(), wiring().sms.is_on
    rows = reachability.unreachable(site.cursor(), today, sms_is_on=sms_is_on, by=admin())
    residents = [row.resident_id for row in rows.items]
    return site.page(
        "unreachable.html",
        here="unreachable",
        rows=rows,
        count=reachability.unreachable_count(today, sms_is_on=sms_is_on, by=admin()),
        most=reachability.COUNT_AT_MOST,
        with_user=reachability.with_user(residents),
        sms_is_on=sms_is_on,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _reason_of(channel: str, code: int) -> str:
    return codes.reason_of(code) if channel == SMS else errcodes.reason_of(code)


def settle(notification_id: str) -> Response:
    """Write down whether a notification of unknown fate arrived."""
    notification = access.notification(notification_id, by=admin())
    if request.form.get("delivered") not in ("yes", "no"):
        raise Invalid()
    delivered = request.form["delivered"] == "yes"
    outbox.settle(notification, delivered=delivered, by=as_admin())
    text = "已记为送达" if delivered else "已记为未送达，需要时由团队电话通知"
    return site.done(url_for("workbench.list_notifications", status="unknown"), text)
