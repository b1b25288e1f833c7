"""Medicine that is brought home: what is planned, for the day's round, and what was delivered."""

from flask import Response, request, url_for

from server.access import prescriptions as access
from server.actions import prescriptions
from server.errors import AppError
from server.handlers.context import admin, as_admin
from server.handlers.workbench import site
from server.models.prescription import DELIVERY_LABELS


def list_deliveries(error: AppError | None = None) -> Response:
    """List deliveries, planned or over."""
    state = request.args.get("state", "planned")
    state = state if state in DELIVERY_LABELS else "planned"
    rows = access.deliveries(state, site.cursor(), by=admin())
    return site.page("deliveries.html", here="deliveries", error=error, rows=rows, state=state, labels=DELIVERY_LABELS)


def settle_delivery(delivery_id: str) -> Response:
    """Note that a delivery was handed over, or call it off."""
    row = access.delivery(delivery_id, by=admin())
    was_brought = request.form.get("result") == "delivered"
    try:
        if was_brought:
            prescriptions.deliver(row, by=as_admin())
        else:
            prescriptions.call_off(row, by=as_admin())
    except AppError as error:
        return list_deliveries(error)
    return site.done(url_for("workbench.list_deliveries"), "已登记送达" if was_brought else "已取消送药")
