"""Whether hospitals keep their share, and what becomes of the family doctors' numbers."""

from datetime import date, timedelta

from flask import Response, request, url_for

from server import clock
from server.access import use_notices
from server.actions.booking import usage
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import site
from server.policy.numbers import months_after
from server.reports import numbers as reports

WEEKS_BACK = 8


def show_quota() -> Response:
    """Show a month's share and use by hospital, the months below, and what could be done about rotting numbers."""
    today = clock.today()
    month = _month(request.args.get("month", ""), today)
    last = months_after(month, 1) - timedelta(days=1)
    return site.page(
        "quota.html",
        here="quota",
        month=month,
        before=months_after(month, -1),
        after=months_after(month, 1),
        rows=reports.compliance(month),
        below=reports.below(today),
        uses=reports.utilisation(month, last),
        suggestions=reports.suggestions(today - timedelta(weeks=WEEKS_BACK), today - timedelta(days=1)),
        weeks=WEEKS_BACK,
        rules=wiring().policy.booking,
    )


def read_notice(notice_id: str) -> Response:
    """A notice of low use is read; it does not stand on the first page any more."""
    usage.note_low_use_read(use_notices.notice(notice_id, by=admin()), by=as_admin())
    return site.done(url_for("workbench.home"), "已标记为知道了")


def _month(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return found if 2000 < found.year < 2100 else today.replace(day=1)
