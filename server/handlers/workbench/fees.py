"""Fees: what agreements come to by payer, parts that no account pays, charges of one agreement, the population served."""

from typing import Any

from flask import Response, request, url_for

from server.access import admin as agreements
from server.access import fees as access
from server.actions import fees
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import admin, as_admin, wiring
from server.handlers.workbench import forms, site
from server.models import Agreement
from server.models.fee import ACCOUNT_LABELS
from server.models.package import PAYER_LABELS
from server.models.resident import INSURANCE_LABELS


def show_fees() -> Response:
    """Show the sums and what needs an account."""
    return _fees()


def assign_account(line_id: str) -> Response:
    """Say out of which account a part is paid."""
    line = access.line(line_id, by=admin())
    try:
        fees.assign(line, request.form.get("account", ""), by=as_admin())
    except (Invalid, Conflict) as error:
        return _fees(error)
    return site.done(url_for("workbench.show_fees"), "已指定支付账户")


def save_served() -> Response:
    """Write down the population served, where the fee goes by it."""
    try:
        form = forms.read(forms.ServedForm)
        fees.count_served(admin().organisation, form.year, form.persons, policy=wiring().policy, by=as_admin())
    except (Invalid, Conflict) as error:
        return _fees(error)
    return site.done(url_for("workbench.show_fees"), "已登记服务人口")


def show_agreement_fee(agreement_id: str) -> Response:
    """Show what each payer bears of one agreement and what was charged."""
    return _agreement(agreements.agreement(agreement_id, by=admin()))


def charge(line_id: str) -> Response:
    """Write down a charge."""
    line = access.line(line_id, by=admin())
    agreement = agreements.agreement(line.agreement_id, by=admin())
    try:
        form = forms.read(forms.ChargeForm)
        fees.charge(line, form.amount, form.receipt, by=as_admin())
    except (Invalid, Conflict) as error:
        return _agreement(agreement, error)
    return site.done(url_for("workbench.show_agreement_fee", agreement_id=agreement.id), "已登记收费")


def _fees(error: AppError | None = None) -> Response:
    rows = access.unassigned(site.cursor(), by=admin())
    return site.page(
        "fees.html",
        here="fees",
        rules=wiring().policy,
        totals=access.totals(by=admin()),
        served=access.served(by=admin()),
        rows=rows,
        agreements=access.agreements_of(rows.items),
        choices=[(key, ACCOUNT_LABELS[key]) for key in fees.ACCOUNTS],
        error=error,
        **_words(),
    )


def _agreement(agreement: Agreement, error: AppError | None = None) -> Response:
    lines = access.lines_of(agreement)
    return site.page(
        "agreement_fee.html",
        here="fees",
        agreement=agreement,
        lines=lines,
        charges=access.charges_of(lines),
        error=error,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"payers": PAYER_LABELS, "accounts": ACCOUNT_LABELS, "insurances": INSURANCE_LABELS}
