"""Letting a desk computer in: the doctor types or scans the code on its screen, sees which computer asks, and says yes."""

from apiflask import APIBlueprint

from server.access import desk_logins as access
from server.actions import desk_logins
from server.handlers import context
from server.handlers.miniprogram.shapes.desk_logins import DeskAskedOut, DeskCodeIn, DeskOut

blueprint = APIBlueprint("doctor_desk_logins", __name__, url_prefix="/api/doctor/desk-login")


@blueprint.get("")
@blueprint.output(DeskOut)
def where() -> DeskOut:
    """At which computer I am logged in now."""
    idle = context.wiring().settings.privacy.desk_idle_minutes
    return DeskOut.of(access.session_of_staff(context.staff(), idle_minutes=idle))


@blueprint.post("/look")
@blueprint.input(DeskCodeIn, arg_name="body")
@blueprint.output(DeskAskedOut)
def look(body: DeskCodeIn) -> DeskAskedOut:
    """Which computer shows this code, since when. Errors: desk_code_invalid, desk_code_guessed."""
    return DeskAskedOut.of(desk_logins.look(body.code, by=context.as_staff()))


@blueprint.post("/confirm")
@blueprint.input(DeskCodeIn, arg_name="body")
@blueprint.output(DeskAskedOut)
def confirm(body: DeskCodeIn) -> DeskAskedOut:
    """Let it in as me; a repeat lets it in once. Errors: desk_code_invalid, desk_code_guessed."""
    return DeskAskedOut.of(desk_logins.confirm(body.code, by=context.as_staff()))


@blueprint.post("/refuse")
@blueprint.input(DeskCodeIn, arg_name="body")
@blueprint.output({}, status_code=204)
def refuse(body: DeskCodeIn) -> str:
    """Not mine: the code lets nobody in any more. Errors: desk_code_invalid, desk_code_guessed."""
    desk_logins.refuse(body.code, by=context.as_staff())
    return ""


@blueprint.post("/end")
@blueprint.output(DeskOut)
def end() -> DeskOut:
    """Log out at the computer, from here."""
    desk_logins.end_own(context.staff(), by=context.as_staff())
    return DeskOut.of(None)
