"""My residents on waiting lists, and who of them goes before others."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import waiting as access
from server.actions.booking import waiting
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.waiting import PriorityIn, TeamWaitingOut
from server.models.waiting import WaitingEntry

blueprint = APIBlueprint("doctor_waiting", __name__, url_prefix="/api/doctor/waiting")


def _shown(entries: list[WaitingEntry]) -> list[TeamWaitingOut]:
    ahead, offers, today = access.positions(entries), access.offers(entries), clock.today()
    return [TeamWaitingOut.for_team(row, ahead.get(row.id), offers.get(row.id), today) for row in entries]


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="query")
def of_team(query: PageIn) -> dict[str, Any]:
    """Who of my residents waits, with his place in line, the oldest first."""
    page = access.of_team(context.staff(), query.cursor)
    return listed([row.model_dump() for row in _shown(page.items)], page.next)


@blueprint.post("/<waiting_id>/priority")
@blueprint.input(PriorityIn, arg_name="body")
@blueprint.output(TeamWaitingOut)
def set_priority(waiting_id: str, body: PriorityIn) -> TeamWaitingOut:
    """Say who goes before others: 1 urgent, 2 preferred, 3 as everybody.

    Errors: not_found, priority_reason_needed, waiting_over.
    """
    entry = access.of_doctor(waiting_id, context.staff())
    waiting.set_priority(entry, body.wanted(), body.reason, by=context.as_staff())
    return _shown([entry])[0]
