"""People who wait: conversations without a team or urgent, and phone calls to make. Never what was said."""

from flask import Response, request

from server import clock
from server.access import admin as access
from server.handlers.context import admin
from server.handlers.workbench import labels, site


def list_conversations() -> Response:
    """List open conversations that need somebody."""
    rows = access.conversations(site.cursor(), by=admin())
    return site.page("conversations.html", here="attention", rows=rows, now=clock.now())


def list_tasks() -> Response:
    """List phone calls, open or done."""
    status = "done" if request.args.get("status") == "done" else "open"
    rows = access.phone_tasks(site.cursor(), status=status, by=admin())
    return site.page(
        "tasks.html",
        here="attention",
        rows=rows,
        status=status,
        kind=labels.kind,
        reasons=labels.REASONS,
        outcomes=labels.CALL_OUTCOMES,
    )
