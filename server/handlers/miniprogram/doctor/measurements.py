"""What the residents of my teams measured themselves."""

from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import followups as panel
from server.access import measurements as access
from server.actions import measurements
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.handlers.miniprogram.shapes.measurements import ReviewedIn, ReviewOut, TrendIn, TrendOut, reviewed

blueprint = APIBlueprint("doctor_measurements", __name__, url_prefix="/api/doctor")


@blueprint.get("/measurements")
@blueprint.input(PageIn, location="query", arg_name="query")
def reviews(query: PageIn) -> dict[str, Any]:
    """Whose values my teams still have to look at: emergencies first, then the oldest; that they were shown is written down."""
    found = access.reviews(context.staff(), query.cursor)
    measurements.list_shown([row.resident for row in found.items], by=context.as_staff())
    return listed([ReviewOut.of(row).model_dump() for row in found.items], found.next)


@blueprint.get("/residents/<resident_id>/measurements")
@blueprint.input(TrendIn, location="query", arg_name="query")
def trend(resident_id: str, query: TrendIn) -> dict[str, Any]:
    """One resident's chart and what there is to look at; that it was shown is written down. Errors: not_found."""
    resident = panel.panel_resident(resident_id, context.staff())
    measurements.look(resident, by=context.as_staff())
    at = clock.now()
    rows = access.trend(resident, query.kind, int(query.days), at)
    age, numbers = resident.age_on(clock.local(at).date()), context.policy_for(resident).followups
    chart = TrendOut.of(query.kind, rows, age, numbers, (at - timedelta(days=int(query.days)), at))
    return {
        "resident": ContactOut.of(resident).model_dump(),
        "review": reviewed(access.open_review(resident)),
        "trend": chart.model_dump(),
    }


@blueprint.post("/measurements/<review_id>/done")
@blueprint.input(ReviewedIn, arg_name="body")
@blueprint.output(ReviewOut)
def finish(review_id: str, body: ReviewedIn) -> ReviewOut:
    """Close a review with what was done. Errors: not_found, review_done."""
    row = access.review(review_id, context.staff())
    return ReviewOut.of(measurements.finish(row, body.outcome, body.note, by=context.as_staff()))
