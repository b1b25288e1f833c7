"""Home visits of the team: the plan of a month, the route of a day, the arrival."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import followups as contacts
from server.access import visits as access
from server.actions import home_visits
from server.actions.home_visits import Arrival, Plan
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import listed
from server.handlers.miniprogram.shapes.visits import (
    ArriveIn,
    ColleagueOut,
    DayIn,
    LegOut,
    MonthIn,
    PhotoIn,
    PlanIn,
    VisitOut,
)
from server.models import FollowUp
from server.models.visit import WINDOW_LABELS
from server.policy.routing import route as roads

blueprint = APIBlueprint("doctor_visits", __name__, url_prefix="/api/doctor")


@blueprint.get("/visits")
@blueprint.input(MonthIn, location="query", arg_name="query")
def month(query: MonthIn) -> dict[str, Any]:
    """The visits of a month: to plan, planned, missed or done; with how many there are of each. Errors: cursor_invalid."""
    first = (query.month or clock.today()).replace(day=1)
    found = access.of_month(context.staff(), first, query.tab, query.cursor)
    return listed(_shown(found.items), found.next) | {
        "month": first.isoformat(),
        "counts": access.counts(context.staff(), first),
    }


@blueprint.get("/visits/route")
@blueprint.input(DayIn, location="query", arg_name="query")
def route(query: DayIn) -> dict[str, Any]:
    """The visits of a day by part of the day, area and household, with the addresses; recorded."""
    day = query.day or clock.today()
    visits = access.of_day(context.staff(), day)
    legs = roads(access.stops(visits))
    home_visits.note_addresses_seen([visit.followup.resident for visit in visits], by=context.as_staff())
    by_id = {visit.id: visit for visit in visits}
    return {
        "day": day.isoformat(),
        "legs": [LegOut.of(leg, by_id).model_dump() for leg in legs],
        "windows": [{"code": code, "label": label} for code, label in WINDOW_LABELS.items()],
        "colleagues": [ColleagueOut.of(one).model_dump() for one in access.colleagues(context.staff())],
    }


@blueprint.post("/visits/plan")
@blueprint.input(PlanIn, arg_name="body")
def plan(body: PlanIn) -> dict[str, Any]:
    """Plan visits for one day, all or none; again: move them.

    Errors: not_found, visit_day_invalid, visitor_unknown, visit_over.
    """
    rows = [contacts.one(one, context.staff()) for one in dict.fromkeys(body.followup_ids)]
    how = Plan(body.planned_on, body.window, body.visitor_id or context.staff().id)
    return {"planned": home_visits.plan(rows, how, by=context.as_staff())}


@blueprint.get("/visits/<followup_id>")
def show(followup_id: str) -> dict[str, Any]:
    """One visit with the address to go to; recorded. Errors: not_found."""
    row = contacts.one(followup_id, context.staff())
    home_visits.note_addresses_seen([row.resident], by=context.as_staff())
    (shown,) = _shown([row])
    return shown | {"address": access.addresses([row.resident])[row.resident_id]}


@blueprint.post("/visits/<followup_id>/arrive")
@blueprint.input(ArriveIn, arg_name="body")
@blueprint.output(VisitOut)
def arrive(followup_id: str, body: ArriveIn) -> VisitOut:
    """I am there, or was; the first entry stays. Errors: not_found, arrival_invalid, visit_over."""
    row = contacts.one(followup_id, context.staff())
    where = (body.latitude, body.longitude) if body.latitude is not None and body.longitude is not None else None
    said = Arrival(body.place, body.arrived_at, where)
    visit = home_visits.arrive(row, said, staff=context.staff(), by=context.as_staff())
    return VisitOut.of(row, visit, access.area_names([row.resident]).get(row.resident_id, ""))


@blueprint.post("/photo")
@blueprint.input(PhotoIn, arg_name="body")
def keep_photo(body: PhotoIn) -> dict[str, Any]:
    """Keep my portrait, shown to the residents I visit. Errors: photo_invalid."""
    home_visits.keep_photo(context.staff(), body.photo, by=context.as_staff())
    return {"kept": True}


@blueprint.get("/photo")
def photo() -> dict[str, Any]:
    """My portrait, null when there is none."""
    kept = access.photo_of(context.staff().id)
    return {"photo": kept.picture if kept else None}


def _shown(rows: list[FollowUp]) -> list[dict[str, Any]]:
    plans = access.plans([row.id for row in rows])
    areas = access.area_names([row.resident for row in rows])
    return [VisitOut.of(row, plans.get(row.id), areas.get(row.resident_id, "")).model_dump() for row in rows]
