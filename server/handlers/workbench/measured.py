"""Self-measured values: what an institution's teams have not looked at yet, and one resident's trend, on the record."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import Response, request

from server import clock
from server.access import measurements as access
from server.actions import measurements
from server.handlers.context import admin, as_admin, policy_for
from server.handlers.miniprogram.shapes.measurements import MeasurementOut, TrendOut
from server.handlers.workbench import site
from server.policy.measuring import KIND_LABELS, Kind

DAYS = 90
WIDTH, HEIGHT = 720, 260
EDGE = 44
"""Room for the scale, px."""


class Line(NamedTuple):
    """One line of the chart, in px: its dots and the reference behind it."""

    name: str
    dots: list[tuple[float, float]]
    band_top: float
    band_height: float


def list_measured() -> Response:
    """List what waits to be looked at; ?late=1 only emergencies that nobody looked at within 15 minutes."""
    only_late = request.args.get("late") == "1"
    rows = access.of_organisation(site.cursor(), only_late=only_late, by=admin())
    shown = {row.id: MeasurementOut.of(row.measurement) for row in rows.items}
    measurements.list_shown([row.resident for row in rows.items], by=as_admin())
    return site.page("measured.html", here="measured", rows=rows, shown=shown, only_late=only_late, now=clock.now())


def show_trend(resident_id: str) -> Response:
    """Show what a resident of one of the institution's teams measured in three months; that it was seen is written down."""
    resident = access.resident_of_organisation(resident_id, by=admin())
    measurements.look(resident, by=as_admin())
    at = clock.now()
    span = (at - timedelta(days=DAYS), at)
    age, numbers = resident.age_on(clock.local(at).date()), policy_for(resident).followups
    charts = []
    for kind in Kind:
        trend = TrendOut.of(kind, access.trend(resident, kind, DAYS, at), age, numbers, span)
        charts.append((KIND_LABELS[kind], trend, *drawn(trend)))
    return site.page(
        "measured_trend.html", here="measured", resident=resident, charts=charts, width=WIDTH, height=HEIGHT, edge=EDGE
    )


def drawn(trend: TrendOut) -> tuple[list[Line], list[tuple[float, str]]]:
    """Return the lines of a chart and the marks of its scale (px from the top, number)."""
    values = [point for item in trend.items for point in item.points]
    edges = [edge for band in trend.bands for edge in (band.low, band.high)]
    low, high = min([*values, *edges]), max([*values, *edges])
    room = (high - low) * 0.1
    low, high = low - room, high + room
    first, last = (datetime.fromisoformat(text) for text in (trend.from_at, trend.until_at))

    def x(text: str) -> float:
        part: float = (datetime.fromisoformat(text) - first) / (last - first)
        return round(EDGE + part * (WIDTH - EDGE - 12), 1)

    def y(value: float) -> float:
        return round((high - value) / (high - low) * (HEIGHT - 24) + 4, 1)

    lines = []
    for number, name in enumerate(trend.lines):
        band: Any = trend.bands[number]
        dots = [(x(item.measured_at), y(item.points[number])) for item in trend.items]
        lines.append(Line(name, dots, y(band.high), round(y(band.low) - y(band.high), 1)))
    marks = sorted({round(low + (high - low) * part / 4, 1) for part in range(5)})
    return lines, [(y(mark), f"{mark:g}") for mark in marks]
