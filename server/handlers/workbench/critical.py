"""Critical follow-ups: what the institution has to report or to see to. Of restricted programmes only the team."""

from flask import Response, request, url_for

from server.access import followup_alarms as access
from server.actions import followups
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import admin, as_admin
from server.handlers.workbench import site
from server.models.followup_alarm import STATE_LABELS


def list_critical() -> Response:
    """List what waits for the institution (?show=due), all that is open, or what is over; that it was shown is written down."""
    return _list()


def settle_critical(alarm_id: str) -> Response:
    """Note that one was reported up or seen to, with a word about it."""
    row = access.one(alarm_id, by=admin())
    try:
        followups.settle(row, request.form.get("state", ""), request.form.get("note", ""), by=as_admin())
    except (Invalid, Conflict) as error:
        return _list(error)
    return site.done(url_for("workbench.list_critical"), "已登记办理情况")


def _list(error: AppError | None = None) -> Response:
    show = request.args.get("show", "due")
    show = show if show in access.SHOWN else "due"
    rows = access.of_organisation(show, site.cursor(), by=admin())
    followups.note_seen([row.resident for row in rows.items if not row.is_restricted], by=as_admin())
    return site.page(
        "critical.html", here="critical", rows=rows, show=show, shows=access.SHOWN, labels=STATE_LABELS, error=error
    )
