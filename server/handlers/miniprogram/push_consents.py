"""What may be pushed to me, and what was."""

from typing import Any

from apiflask import APIBlueprint

from server.access import notifications as access
from server.actions import consents
from server.handlers import context
from server.handlers.miniprogram.shapes.edges import PageIn, listed
from server.handlers.miniprogram.shapes.followups import ConsentsIn, ReminderOut, SceneIn

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
    """What was sent to me and what became of it, newest first."""
    found = access.mine(context.user(), query.cursor)
    return listed([ReminderOut.of(row).model_dump() for row in found.items], found.next)
