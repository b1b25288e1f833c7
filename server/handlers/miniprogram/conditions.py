"""The physical condition of the members of my household, where the form asks for it."""

from apiflask import APIBlueprint

from server import clock
from server.access import families as access
from server.actions import conditions
from server.handlers import context
from server.handlers.miniprogram.shapes.family import ConditionIn, HouseholdOut

blueprint = APIBlueprint("conditions", __name__, url_prefix="/api/family")


@blueprint.post("/members/<member_id>/condition")
@blueprint.input(ConditionIn, arg_name="body")
@blueprint.output(HouseholdOut)
def write(member_id: str, body: ConditionIn) -> HouseholdOut:
    """Say what my health, or as the head a child's, is like. Errors: not_found, condition_of_other, condition_too_long."""
    me = context.resident()
    conditions.write(access.member(member_id, me), body.text, me=me, by=context.as_resident())
    return HouseholdOut.of(access.own_household(me), me, clock.today())
