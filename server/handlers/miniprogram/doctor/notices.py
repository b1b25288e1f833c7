"""What was told to a resident of my panel, over which channel, and what became of it."""

from typing import Any

from apiflask import APIBlueprint

from server.access import followups as panel
from server.access import notifications as access
from server.actions import reveals
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import REASONS, ContactOut
from server.handlers.miniprogram.shapes.notices import StaffNoticeOut

blueprint = APIBlueprint("doctor_notices", __name__, url_prefix="/api/doctor")
HERE = REASONS | {
    "opted_out": "居民关闭了这类提醒",
    "muted": "居民住院免打扰",
    "expired": "已过有效时间",
    "too_old": "延误过久，没有发送",
}


@blueprint.get("/residents/<resident_id>/notices")
@blueprint.input(PageIn, location="query", arg_name="query")
def notices(resident_id: str, query: PageIn) -> dict[str, Any]:
    """A resident's delivery log, newest first; that it was shown is written down. Errors: not_found."""
    resident = panel.panel_resident(resident_id, context.staff())
    reveals.looked(resident, "notices_shown", by=context.as_staff())
    found = access.of_resident(resident.id, query.cursor)
    carriers = access.carriers(found.items)
    rows = [StaffNoticeOut.of(row, carriers.get(row.merged_into or ""), HERE).model_dump() for row in found.items]
    return {"resident": ContactOut.of(resident).model_dump(), **listed(rows, found.next)}
