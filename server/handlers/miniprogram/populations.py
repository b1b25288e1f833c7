"""My health identity (我的健康身份): the groups I belong to, and what I say of myself until staff certified it."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import populations as access
from server.actions import populations
from server.handlers import context
from server.handlers.miniprogram.shapes.populations import DeclareIn, GroupOut, MyGroupsOut, choices
from server.models.population import PopulationTag
from server.policy.populations import DECLARED

blueprint = APIBlueprint("populations", __name__, url_prefix="/api/me/groups")


def shown(tag: PopulationTag) -> GroupOut:
    """Show a tag to its resident."""
    return GroupOut.of(tag, clock.today(), context.wiring().policy.groups)


@blueprint.get("")
@blueprint.output(MyGroupsOut)
def my_groups() -> MyGroupsOut:
    """My groups, and which I may declare."""
    found = access.mine(context.resident())
    rules, today = context.wiring().policy.groups, clock.today()
    return MyGroupsOut(items=[shown(tag) for tag in found], declarable=choices(DECLARED, today, rules))


@blueprint.post("")
@blueprint.input(DeclareIn, arg_name="body")
def declare(body: DeclareIn) -> tuple[dict[str, Any], int]:
    """Say that I belong to a group; it counts once my doctor has seen the proof. Repeating changes what waits.

    Errors: group_not_allowed, declaration_invalid, already_in_group, id_format, id_region, id_birthdate, id_checksum.
    """
    tag = populations.declare(context.resident(), body.group, body.told(), by=context.as_resident())
    return shown(tag).model_dump(), 201


@blueprint.post("/<tag_id>/withdraw")
@blueprint.output(GroupOut)
def withdraw(tag_id: str) -> GroupOut:
    """Take it back before anybody decided. Errors: not_found, illegal_move, stale_state."""
    tag = access.my_declaration(tag_id, context.resident())
    return shown(populations.withdraw(tag, by=context.as_resident()))
