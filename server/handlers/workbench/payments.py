"""The desk: own shares to take, refunds to give. Nothing is paid online."""

from decimal import Decimal, InvalidOperation
from typing import Any

from flask import Response, request, url_for

from server.access import admin_transfers as access
from server.access.admin import agreement as own_agreement
from server.access.paging import Page
from server.actions import signing
from server.errors import AppError
from server.handlers.context import admin, as_admin
from server.handlers.workbench import site

TABS = {"": "待缴费", "due": "待退费", "all": "缴费记录"}


def list_payments() -> Response:
    """List what waits for the desk, or what was taken and given."""
    return _page()


def _page(error: AppError | None = None) -> Response:
    tab = request.args.get("which", "")
    tab = tab if tab in TABS else ""
    rows: Page[Any]
    shares = {}
    if tab:
        rows = access.payments(tab, site.cursor(), by=admin())
    else:
        rows = access.unpaid(site.cursor(), by=admin())
        shares = signing.own_shares_fen(rows.items)
    return site.page("payments.html", here="payments", rows=rows, tab=tab, tabs=TABS, shares=shares, error=error)


def pay(agreement_id: str) -> Response:
    """Write down a receipt; the agreement begins."""
    agreement = own_agreement(agreement_id, by=admin())
    try:
        receipt, amount = request.form.get("receipt", ""), _fen("amount")
        signing.pay(agreement, receipt=receipt, amount_fen=amount, by=as_admin())
    except AppError as error:
        return _page(error)
    return site.done(url_for("workbench.list_payments"), "已登记缴费，协议已生效")


def refund(payment_id: str) -> Response:
    """Write down what was given back, or why nothing was."""
    due = access.refund(payment_id, by=admin())
    try:
        signing.settle_refund(
            due,
            amount_fen=_fen("amount"),
            receipt=request.form.get("receipt", ""),
            note=request.form.get("note", ""),
            by=as_admin(),
        )
    except AppError as error:
        return _page(error)
    return site.done(url_for("workbench.list_payments", which="due"), "已登记")


def _fen(name: str) -> int:
    """An amount in yuan with at most two decimals, as fen. Raises PaymentAmountWrong."""
    try:
        fen = Decimal(request.form.get(name, "").strip() or "0") * 100
    except InvalidOperation:
        raise signing.PaymentAmountWrong() from None
    if not fen.is_finite() or fen != fen.to_integral_value() or not 0 <= fen < 10**9:
        raise signing.PaymentAmountWrong()
    return int(fen)
