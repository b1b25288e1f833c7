"""Replies kept ready for everybody: the institution's and its teams'. What a doctor keeps for himself is his."""

from flask import Response, request, url_for

from server.access import admin as admin_access
from server.access import desk as access
from server.actions import messaging
from server.errors import AppError
from server.handlers.context import admin, as_admin
from server.handlers.workbench import site
from server.policy.canned import VARIABLES

FOR_ALL = "all"


def list_canned(error: AppError | None = None, changed: str = "") -> Response:
    """List the replies by owner, with the form for another one; ``changed`` is the one whose change was refused."""
    teams = admin_access.team_choices(by=admin())
    return site.page(
        "canned.html",
        here="answers",
        error=error,
        changed=changed,
        rows=access.institution_replies(by=admin()),
        names={team.id: team.name for team in teams},
        owners=[(FOR_ALL, "全机构"), *((team.id, team.name) for team in teams)],
        variables=VARIABLES,
    )


def keep_canned() -> Response:
    """Keep a reply for the institution or one team."""
    wanted, title, text = request.form.get("owner", ""), request.form.get("title", ""), request.form.get("text", "")
    owner = admin().organisation if wanted == FOR_ALL else admin_access.team(wanted, by=admin())
    try:
        messaging.keep_reply(owner, title, text, by=as_admin())
    except AppError as error:
        return list_canned(error)
    return site.done(url_for("workbench.list_canned"), "常用回复已保存，医生现在就能用")


def change_canned(reply_id: str) -> Response:
    """Write a reply anew."""
    row = access.institution_reply(reply_id, by=admin())
    try:
        messaging.change_reply(row, request.form.get("title", ""), request.form.get("text", ""), by=as_admin())
    except AppError as error:
        return list_canned(error, row.id)
    return site.done(url_for("workbench.list_canned"), "常用回复已修改")


def remove_canned(reply_id: str) -> Response:
    """Take a reply away."""
    messaging.remove_reply(access.institution_reply(reply_id, by=admin()), by=as_admin())
    return site.done(url_for("workbench.list_canned"), "常用回复已删除")
