"""The queue: who waits, emergencies first, with the promised time; and leaving the desk."""

from flask import Response, jsonify, make_response, redirect, request, url_for

from server import clock
from server.access import answering
from server.access import desk_queue as access
from server.actions import desk_logins
from server.handlers import context
from server.handlers.desk import site
from server.handlers.guards import DESK_COOKIE
from server.handlers.miniprogram.doctor.conversations import listed_rows
from server.policy.business_hours import spoken


def queue() -> Response:
    """Show one of the lists."""
    which, now = _which(), clock.now()
    page = access.rows(context.staff(), which, request.args.get("cursor") or None, now)
    due = answering.promises([row.id for row in page.items])
    rows = [(row, out, due.get(row.id)) for row, out in zip(page.items, listed_rows(page.items), strict=True)]
    return site.page("queue.html", here=which, rows=rows, next=page.next, spoken=spoken)


def pulse() -> Response:
    """Say whether the lists moved, without showing anything of them."""
    found = access.figures(context.staff(), clock.now())
    return jsonify(mark=found.mark, waiting=found.counts["waiting"], urgent=found.urgent)


def next_one() -> Response:
    """Go on to who is to be answered first; with nobody left, to the queue."""
    found = access.next_waiting(context.staff(), request.args.get("after", ""), clock.now())
    if found is None:
        return site.done(url_for("desk.queue"), "没有等着您答复的居民了")
    return make_response(redirect(url_for("desk.conversation", conversation_id=found.id), 303))


def leave() -> Response:
    """Log out at this computer."""
    desk_logins.leave(context.desk(), by=context.as_staff())
    response = make_response(redirect(url_for("desk_door.show"), 303))
    for name in (DESK_COOKIE, site.NOTE_COOKIE):
        response.delete_cookie(name, path=site.PATH)
    return response


def _which() -> str:
    asked = request.args.get("list", "all")
    return asked if asked in access.LISTS else "all"
