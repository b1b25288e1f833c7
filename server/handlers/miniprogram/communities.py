"""Organisations that invited me to sign with them."""

from typing import Any

from apiflask import APIBlueprint

from server.access import communities as access
from server.actions import communities
from server.handlers import context
from server.handlers.miniprogram.shapes.communities import InvitationOut
from server.handlers.miniprogram.shapes.edges import PageIn, listed

blueprint = APIBlueprint("communities", __name__, url_prefix="/api/communities")


@blueprint.get("")
@blueprint.input(PageIn, location="query", arg_name="query")
def mine(query: PageIn) -> dict[str, Any]:
    """Organisations whose roster names me, newest first. Errors: communities_not_here."""
    policy = context.wiring().policy
    communities.check_region(policy)
    found = access.invitations(context.resident(), policy, query.cursor)
    return listed([InvitationOut.of(row, policy).model_dump() for row in found.items], found.next)


@blueprint.post("/<community_id>/decline")
@blueprint.output(InvitationOut)
def decline(community_id: str) -> InvitationOut:
    """I do not join; my organisation does not learn who declined. Errors: communities_not_here, not_found."""
    policy = context.wiring().policy
    row = access.invitation(community_id, context.resident(), policy)
    communities.check_region(policy)
    return InvitationOut.of(communities.decline(row, by=context.as_resident()), policy)
