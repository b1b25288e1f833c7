"""My own measurements, and those of the family members I care for."""

from datetime import timedelta
from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import measurements as access
from server.actions import measurements
from server.handlers import context
from server.handlers.miniprogram.shapes.booking import PersonOut
from server.handlers.miniprogram.shapes.edges import listed
from server.handlers.miniprogram.shapes.measurements import (
    MeasuredIn,
    MeasurementOut,
    RecordedOut,
    TrendIn,
    TrendOut,
    WhoseIn,
)

blueprint = APIBlueprint("measurements", __name__, url_prefix="/api/measurements")


@blueprint.get("/people")
def people() -> dict[str, Any]:
    """Whose values I may enter and see: mine, my wards', and theirs who authorised me."""
    me = context.resident()
    return {"items": [PersonOut.of(one, me).model_dump() for one in access.people(me)]}


@blueprint.get("")
@blueprint.input(WhoseIn, location="query", arg_name="query")
def measured(query: WhoseIn) -> dict[str, Any]:
    """What was measured, newest first. Errors: not_found."""
    who = access.person(query.for_id, context.resident())
    found = access.of(who, query.kind, query.cursor)
    return listed([MeasurementOut.of(row).model_dump() for row in found.items], found.next)


@blueprint.get("/trend")
@blueprint.input(TrendIn, location="query", arg_name="query")
@blueprint.output(TrendOut)
def trend(query: TrendIn) -> TrendOut:
    """What a chart shows. Errors: not_found."""
    who, at = access.person(query.for_id, context.resident()), clock.now()
    days = int(query.days)
    rows = access.trend(who, query.kind, days, at)
    age = who.age_on(clock.local(at).date())
    numbers = context.policy_for(who).followups
    return TrendOut.of(query.kind, rows, age, numbers, (at - timedelta(days=days), at))


@blueprint.post("")
@blueprint.input(MeasuredIn, arg_name="body")
def record(body: MeasuredIn) -> tuple[dict[str, Any], int]:
    """Write a value down; the answer says what to do now. 201 when new, 200 when repeated.

    Errors: not_found, measurement_impossible, measurement_unusual, measured_time_invalid, measuring_not_allowed.
    """
    me = context.resident()
    who = access.person(body.for_id, me)
    done = measurements.record(
        who,
        body.reading(),
        body.client_id,
        measured_at=body.measured_at,
        is_confirmed=body.confirmed,
        is_own=who.id == me.id and body.source == "page",
        source=body.source,
        by=context.as_resident(),
        policy=context.policy_for(who),
    )
    return RecordedOut.of(done.row, access.agreement_of(who.id)).model_dump(), 201 if done.is_new else 200
