"""Residents who want to leave my team for another one, or to come to mine."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import changes as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.changes import AgreeIn, DoctorChangeOut, RefuseIn
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.models.transfer import TeamChange

blueprint = APIBlueprint("doctor_changes", __name__, url_prefix="/api/doctor/changes")


def shown(change: TeamChange) -> DoctorChangeOut:
    """Show a wish to one of its teams."""
    mine = {membership.team_id for membership in context.staff().memberships}
    return DoctorChangeOut.for_team(change, mine, clock.today())


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="query")
def waiting(query: PageIn) -> dict[str, Any]:
    """What waits for my team's answer, the first promise in front."""
    page = access.waiting(context.staff(), query.cursor)
    return listed([shown(row).model_dump() for row in page.items], page.next)


@blueprint.get("/received")
@blueprint.input(PageIn, location="query", arg_name="query")
def received(query: PageIn) -> dict[str, Any]:
    """Who came to my team, with what the old one wrote."""
    page = access.received(context.staff(), query.cursor)
    return listed([shown(row).model_dump() for row in page.items], page.next)


@blueprint.post("/<change_id>/agree")
@blueprint.input(AgreeIn, arg_name="body")
@blueprint.output(DoctorChangeOut)
def agree(change_id: str, body: AgreeIn) -> DoctorChangeOut:
    """Yes for my team; the second yes moves the resident today.

    Errors: not_found, leader_needed, change_over, cap_exceeded, too_early_to_change.
    """
    change, team = access.for_leader(change_id, context.staff())
    policy = context.policy_for(change.agreement.resident)
    note = body.handover_note
    by, staff = context.as_staff(), context.staff()
    return shown(signing.agree_change(change, team, handover_note=note, policy=policy, by=by, staff=staff))


@blueprint.post("/<change_id>/refuse")
@blueprint.input(RefuseIn, arg_name="body")
@blueprint.output(DoctorChangeOut)
def refuse(change_id: str, body: RefuseIn) -> DoctorChangeOut:
    """No for my team, with a reason the resident reads. Errors: not_found, leader_needed, change_over."""
    change, team = access.for_leader(change_id, context.staff())
    return shown(signing.refuse_change(change, team, note=body.note, by=context.as_staff(), staff=context.staff()))
