"""The first page, and signing out."""

from flask import Response, make_response, redirect, url_for

from server import clock
from server.access import admin as access
from server.access import admin_endings, admin_transfers, desk, followup_alarms, my_day, use_notices
from server.access import measurements as measured
from server.actions import administrators
from server.handlers import my_day as days
from server.handlers.context import admin, as_admin
from server.handlers.guards import WORKBENCH_COOKIE
from server.handlers.workbench import site, watch


def show() -> Response:
    """Show what needs somebody's attention, and what the teams should do first."""
    now = clock.now()
    today = clock.local(now).date()
    found = my_day.day(my_day.of_organisation(admin()), now)
    return site.page(
        "home.html",
        here="home",
        counts=access.counts(by=admin()),
        endings=admin_endings.counts(by=admin()),
        late_changes=admin_transfers.late_changes(by=admin()),
        waiting=admin_transfers.waiting_counts(by=admin()),
        late_answers=desk.late_count(by=admin(), at=now),
        late_alarms=measured.late_count(by=admin()),
        critical=followup_alarms.due_count(by=admin()),
        health=watch.health(),
        low_use=use_notices.unread(by=admin()),
        homes=days.shown(found, today, tells_health=False)[0],
        total=found.total,
    )


def sign_out() -> Response:
    """End the session."""
    administrators.sign_out(site.session_token(), by=as_admin())
    response = make_response(redirect(url_for("workbench_login.show"), 303))
    response.delete_cookie(WORKBENCH_COOKIE, path=site.COOKIE_PATH)
    return response
