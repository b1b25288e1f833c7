"""What may be pushed to me, and what was."""

from typing import Any

from apiflask import APIBlueprint

from server import clock
from server.access import notifications as access
from server.access import reachability
from server.actions import consents
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import ConsentsIn, SceneIn
from server.handlers.miniprogram.shapes.notices import ReminderOut

blueprint = APIBlueprint("push_consents", __name__, url_prefix="/api")


@blueprint.get("/push-consents")
@blueprint.input(SceneIn, location="query", arg_name="query")
def templates(query: SceneIn) -> dict[str, Any]:
    """The template ids to ask for in a scene, at most three. Errors: scene_unknown."""
    return {"template_ids": consents.offered(query.scene, context.wiring().settings)}


@blueprint.post("/push-consents")
@blueprint.input(ConsentsIn, arg_name="body")
def answered(body: ConsentsIn) -> tuple[str, int]:
    """What I answered in the dialog."""
    consents.accepted(context.user(), body.results, settings=context.wiring().settings)
    return "", 204


@blueprint.get("/reminders")
@blueprint.input(PageIn, location="query", arg_name="query")
def reminders(query: PageIn) -> dict[str, Any]:
    """What was sent to me or was not, and why, newest first."""
    found = access.mine(context.user(), query.cursor)
    carriers = access.carriers(found.items)
    rows = [ReminderOut.of(row, carriers.get(row.merged_into or "")).model_dump() for row in found.items]
    return listed(rows, found.next)


@blueprint.get("/push-consents/running-out")
def running_out() -> dict[str, Any]:
    """The templates I will need more accepts of within 30 days, at most three: to be asked for at the next fitting tap."""
    at = clock.now()
    short = reachability.running_out(context.user(), clock.local(at).date(), at)
    return {"template_ids": consents.ids_of(short, context.wiring().settings)}
