"""The region's areas, who coordinates them, which teams answer for them."""

import re
from collections.abc import Callable

from flask import Response, request, url_for

from server.access import areas as access
from server.actions import areas
from server.actions.areas import Named
from server.errors import AppError, Conflict, Invalid
from server.handlers.context import admin, as_admin
from server.handlers.workbench import site
from server.models import Area
from server.models.area import LEVEL_LABELS


def list_areas() -> Response:
    """List the areas directly in one."""
    return _list()


def keep_areas() -> Response:
    """Add or rename areas: one line each, code and name."""
    lines = [_line(text) for text in request.form.get("lines", "").splitlines() if text.strip()]
    try:
        kept = areas.keep(lines, by=as_admin())
    except Invalid as error:
        return _list(error)
    return site.done(_address(request.form.get("under", "")), f"已保存 {kept} 个区域")


def _line(text: str) -> Named:
    code, _, name = re.sub(r"[,，\t;；]+|\s{2,}| ", ",", text.strip(), count=1).partition(",")
    return Named(code.strip(), name.strip())


def coordinate_area(area_id: str) -> Response:
    """Note that we coordinate an area."""
    return _change(area_id, lambda area: areas.coordinate(area, admin().organisation, by=as_admin()), "已由本机构负责")


def release_area(area_id: str) -> Response:
    """Let an area go."""
    return _change(area_id, lambda area: areas.release(area, admin().organisation, by=as_admin()), "已解除负责")


def _change(area_id: str, step: Callable[[Area], object], text: str) -> Response:
    area = access.area(area_id)
    try:
        step(area)
    except Conflict as error:
        return _list(error)
    return site.done(_address(area.code[:-3] if len(area.code) > 6 else ""), text)


def _address(under: str) -> str:
    return url_for("workbench.list_areas", under=under or None)


def _list(error: AppError | None = None) -> Response:
    under = request.values.get("under", "")
    under = under if re.fullmatch(r"\d{6,15}", under, re.ASCII) else ""
    rows = access.inside(under or None, site.cursor())
    return site.page(
        "areas.html",
        here="areas",
        rows=rows,
        under=under,
        path=access.path(under) if under else [],
        teams=access.teams_of([area.id for area in rows.items]),
        levels=LEVEL_LABELS,
        wrong_rows=error.details.get("rows", {}) if error else {},
        error=error,
    )
