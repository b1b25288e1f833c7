"""The waiting list, mine and my family's."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import bookings
from server.access import waiting as access
from server.actions import reading
from server.actions.booking import waiting
from server.handlers import context
from server.handlers.miniprogram.shapes.booking import AppointmentOut
from server.handlers.miniprogram.shapes.edges import listed
from server.handlers.miniprogram.shapes.waiting import DepartmentIn, JoinIn, WaitingOut, WaitOptionsOut
from server.models.waiting import WaitingEntry

blueprint = APIBlueprint("waiting", __name__, url_prefix="/api/waiting")


def shown(entry: WaitingEntry) -> WaitingOut:
    """Show one wait."""
    return WaitingOut.of(entry, access.positions([entry]).get(entry.id), access.offers([entry]).get(entry.id))


@blueprint.get("")
def mine() -> dict[str, Any]:
    """Where I and my family stand in line, with what is offered."""
    me = context.resident()
    entries = access.of_family(me)
    people = [entry.resident for entry in entries]
    reading.note_family_read("waits_read", people, me=me, by=context.as_resident())
    ahead, offers = access.positions(entries), access.offers(entries)
    rows = [WaitingOut.of(entry, ahead.get(entry.id), offers.get(entry.id)).model_dump() for entry in entries]
    return listed(rows, None)


@blueprint.get("/options")
@blueprint.input(DepartmentIn, location="query", arg_name="query")
@blueprint.output(WaitOptionsOut)
def options(query: DepartmentIn) -> WaitOptionsOut:
    """What one can wait for in a department. Errors: not_found."""
    department = access.department(query.department_id)
    specialists = access.specialists(department.id)
    return WaitOptionsOut.of(department, specialists, context.wiring().policy, clock.today())


@blueprint.post("")
@blueprint.input(JoinIn, arg_name="body")
def join(body: JoinIn) -> tuple[dict[str, Any], int]:
    """Get in line; 201 when new, 200 when I stand there already.

    Errors: places_free, waiting_days_invalid, too_many_lists, no_active_agreement, booking_needs_real_name,
    booking_blocked, sharing_not_allowed, not_found.
    """
    who = bookings.person(body.for_id, context.resident())
    entry, is_new = waiting.join(who, body.wish(), policy=context.wiring().policy, by=context.as_resident())
    return shown(entry).model_dump(), 201 if is_new else 200


@blueprint.post("/<waiting_id>/leave")
@blueprint.output(WaitingOut)
def leave(waiting_id: str) -> WaitingOut:
    """Leave the line. Errors: not_found, waiting_over."""
    return shown(waiting.leave(access.entry(waiting_id, context.resident()), by=context.as_resident()))


@blueprint.post("/<waiting_id>/accept")
@blueprint.output(AppointmentOut)
def accept(waiting_id: str) -> AppointmentOut:
    """Take what is offered. Errors: not_found, nothing_offered, hold_expired, no_active_agreement, illegal_move."""
    entry, policy = access.entry(waiting_id, context.resident()), context.wiring().policy
    return AppointmentOut.of(waiting.accept(entry, policy=policy, by=context.as_resident()), policy, clock.now())


@blueprint.post("/<waiting_id>/decline")
@blueprint.output(WaitingOut)
def decline(waiting_id: str) -> WaitingOut:
    """Say no to what is offered and stay in line. Errors: not_found, nothing_offered."""
    entry = access.entry(waiting_id, context.resident())
    return shown(waiting.decline(entry, policy=context.wiring().policy, by=context.as_resident()))
