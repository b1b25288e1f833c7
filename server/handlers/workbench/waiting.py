"""The waiting list, and what became of every number that was given back."""

from datetime import date, timedelta

from flask import Response, request

from server import clock
from server.access import waiting as access
from server.errors import Invalid
from server.handlers.context import admin
from server.handlers.workbench import labels, site
from server.reports import freed_numbers

MONTHS = 12


def list_waiting() -> Response:
    """Show where people wait; with ?department_id= the line of one department."""
    department_id = request.args.get("department_id", "")
    if not department_id:
        return site.page("waiting.html", here="waiting", lines=access.lines())
    department = access.department(department_id)
    rows = access.line(department.id, site.cursor(), by=admin())
    return site.page(
        "waiting_line.html",
        here="waiting",
        department=department,
        rows=rows,
        ahead=access.positions(rows.items),
        offers=access.offers(rows.items),
    )


def show_freed() -> Response:
    """Account for the numbers that came free in a month, ?month=YYYY-MM, this month unless said."""
    months = _months()
    first = _month(request.args.get("month", ""), months)
    return site.page(
        "freed_numbers.html",
        here="freed_numbers",
        month=first,
        months=months,
        accounts=freed_numbers.month(first),
        outcomes=labels.FREED_OUTCOMES,
        reasons=labels.FREED_REASONS,
    )


def _months() -> list[date]:
    found = [clock.today().replace(day=1)]
    while len(found) < MONTHS:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found


def _month(text: str, months: list[date]) -> date:
    if not text:
        return months[0]
    found = next((month for month in months if f"{month:%Y-%m}" == text), None)
    if found is None:
        raise Invalid("只能查看最近 12 个月")
    return found
