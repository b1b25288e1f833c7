"""My draft: kept while I am away, taken up at the same step."""

from typing import Any

from apiflask import APIBlueprint

from server.access import begun
from server.access import resident as access
from server.actions import signing
from server.handlers import context
from server.handlers.miniprogram.shapes.changes import DraftIn, DraftOut

blueprint = APIBlueprint("drafts", __name__, url_prefix="/api/agreements")


@blueprint.get("/draft")
def draft() -> dict[str, Any]:
    """What I or staff began and I have not signed; null when there is nothing."""
    found = begun.unsigned(context.resident())
    return {"draft": DraftOut.of(found).model_dump() if found else None}


@blueprint.post("/draft")
@blueprint.input(DraftIn, arg_name="body")
def save(body: DraftIn) -> tuple[dict[str, Any], int]:
    """Keep how far I have come; 201 when new. Kept some days, and discarded like a request that is taken back.

    Errors: agreement_overlap, team_closed, package_not_offered, real_name_needed, not_found.
    """
    wanted = body.draft(access.open_team(body.team_id), access.offered_package(body.package_id))
    policy = context.policy_for(context.resident())
    kept, is_new = signing.save_draft(context.resident(), wanted, policy=policy, by=context.as_resident())
    return DraftOut.of(kept).model_dump(), 201 if is_new else 200
