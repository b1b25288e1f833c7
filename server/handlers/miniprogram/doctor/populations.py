"""The groups of the team's residents: certify, decline, add, end, and whom to look at again."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import populations as access
from server.actions import populations
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import listed
from server.handlers.miniprogram.shapes.followups import ContactOut
from server.handlers.miniprogram.shapes.populations import (
    AddGroupIn,
    DeliveryIn,
    EndGroupIn,
    TeamGroupOut,
    TeamGroupsOut,
    ToDoIn,
    ToDoOut,
    choices,
)
from server.models.population import PopulationTag
from server.policy.populations import STAFF

blueprint = APIBlueprint("doctor_populations", __name__, url_prefix="/api/doctor")


def shown(tag: PopulationTag) -> TeamGroupOut:
    """Show a tag to the team."""
    return TeamGroupOut.of(tag, clock.today(), context.wiring().policy.groups)


@blueprint.get("/groups")
@blueprint.input(ToDoIn, location="query", arg_name="query")
def to_do(query: ToDoIn) -> dict[str, Any]:
    """What residents of the team declared, or whom to assess again this year."""
    rules, today = context.wiring().policy.groups, clock.today()
    found = access.to_do(context.staff(), query.which, today, query.cursor)
    return listed([ToDoOut.of(tag, today, rules).model_dump() for tag in found.items], found.next)


@blueprint.get("/residents/<resident_id>/groups")
@blueprint.output(TeamGroupsOut)
def of_resident(resident_id: str) -> TeamGroupsOut:
    """The groups of a resident of my team, and what I may add; that I looked is written down. Errors: not_found."""
    resident = access.served_resident(resident_id, context.staff())
    found = access.of_resident(resident, context.staff())
    populations.note_seen(resident, by=context.as_staff())
    rules, today = context.wiring().policy.groups, clock.today()
    held = {tag.group for tag in found}
    addable = [group for group in STAFF if group not in held]
    return TeamGroupsOut(
        resident=ContactOut.of(resident), items=[shown(tag) for tag in found], addable=choices(addable, today, rules)
    )


@blueprint.post("/residents/<resident_id>/groups")
@blueprint.input(AddGroupIn, arg_name="body")
@blueprint.output(TeamGroupOut, status_code=201)
def add(resident_id: str, body: AddGroupIn) -> TeamGroupOut:
    """Certify a group of a resident of my team.

    Errors: not_found, group_not_allowed, declaration_invalid, own_declaration, already_in_group, id_format, id_checksum.
    """
    resident = access.served_resident(resident_id, context.staff())
    return shown(populations.add(resident, body.group, body.told(), by=context.as_staff()))


@blueprint.post("/groups/<tag_id>/certify")
@blueprint.output(TeamGroupOut)
def certify(tag_id: str) -> TeamGroupOut:
    """Certify what a resident declared, after seeing the proof.

    Errors: not_found, group_not_allowed, declaration_invalid, own_declaration, illegal_move, stale_state.
    """
    return shown(populations.certify(access.tag(tag_id, context.staff()), by=context.as_staff()))


@blueprint.post("/groups/<tag_id>/decline")
@blueprint.output(TeamGroupOut)
def decline(tag_id: str) -> TeamGroupOut:
    """Decline what a resident declared. Errors: not_found, group_not_allowed, illegal_move, stale_state."""
    return shown(populations.decline(access.tag(tag_id, context.staff()), by=context.as_staff()))


@blueprint.post("/groups/<tag_id>/end")
@blueprint.input(EndGroupIn, arg_name="body")
@blueprint.output(TeamGroupOut)
def end(tag_id: str, body: EndGroupIn) -> TeamGroupOut:
    """End a group staff certified, or say that it never was true; its follow-up programme ends with it.

    Errors: not_found, group_not_allowed, illegal_move, stale_state.
    """
    tag = access.tag(tag_id, context.staff())
    policy = context.wiring().policy
    return shown(populations.end(tag, is_wrong=body.is_wrong, by=context.as_staff(), policy=policy))


@blueprint.post("/groups/<tag_id>/delivery")
@blueprint.input(DeliveryIn, arg_name="body")
@blueprint.output(TeamGroupOut)
def delivery(tag_id: str, body: DeliveryIn) -> TeamGroupOut:
    """Note a birth: the group ends 42 days later. Errors: not_found, group_not_allowed, declaration_invalid, illegal_move."""
    return shown(populations.delivered(access.tag(tag_id, context.staff()), body.on, by=context.as_staff()))


@blueprint.post("/groups/<tag_id>/reassess")
@blueprint.output(TeamGroupOut)
def reassess(tag_id: str) -> TeamGroupOut:
    """Note that it still holds; the next look is due in a year. Errors: not_found, group_not_allowed, illegal_move."""
    return shown(populations.reassess(access.tag(tag_id, context.staff()), by=context.as_staff()))
