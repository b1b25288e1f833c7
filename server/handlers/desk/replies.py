"""Replies kept ready, at the desk computer: a leader keeps his team's, everybody his own."""

from flask import Response, request, url_for

from server.access import desk as access
from server.actions import messaging
from server.errors import AppError, NotAllowed
from server.handlers import context
from server.handlers.desk import site
from server.models import Staff, Team
from server.policy.canned import VARIABLES

FOR_TEAM = "team"


def replies(error: AppError | None = None, changed: str = "") -> Response:
    """List what may be used, with forms for what is one's own; ``changed`` is the one whose change was refused."""
    staff = context.staff()
    mine = {"own", "team"} if access.leads(staff) else {"own"}
    owners = [("own", "我自己"), (FOR_TEAM, "全团队")] if access.leads(staff) else [("own", "我自己")]
    rows = [(row, row.owner in mine) for row in access.replies(staff)]
    return site.page(
        "replies.html", here="replies", error=error, changed=changed, rows=rows, owners=owners, variables=VARIABLES
    )


def keep() -> Response:
    """Keep one; for the team only as its leader."""
    title, text = request.form.get("title", ""), request.form.get("text", "")
    try:
        messaging.keep_reply(_owner(context.staff()), title, text, by=context.as_staff())
    except AppError as error:
        return replies(error)
    return site.done(url_for("desk.replies"), "常用回复已保存")


def change(reply_id: str) -> Response:
    """Write one anew."""
    row = access.own_reply(reply_id, context.staff())
    try:
        messaging.change_reply(row, request.form.get("title", ""), request.form.get("text", ""), by=context.as_staff())
    except AppError as error:
        return replies(error, row.id)
    return site.done(url_for("desk.replies"), "常用回复已修改")


def remove(reply_id: str) -> Response:
    """Take one away."""
    messaging.remove_reply(access.own_reply(reply_id, context.staff()), by=context.as_staff())
    return site.done(url_for("desk.replies"), "常用回复已删除")


def _owner(staff: Staff) -> Team | Staff:
    if request.form.get("owner") != FOR_TEAM:
        return staff
    if not access.leads(staff) or staff.team is None:
        raise NotAllowed("只有团队长可以保存团队的常用回复")
    return staff.team
