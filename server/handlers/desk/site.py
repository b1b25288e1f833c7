"""What the pages of a doctor's desk share: cookies of their own, form token, one-shot notes, and how one is rendered."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, g, make_response, redirect, render_template, request, url_for

from server import clock
from server.access import desk_queue
from server.actions import desk_logins
from server.errors import AppError
from server.handlers import context
from server.handlers.guards import DESK_COOKIE
from server.handlers.workbench import site

PATH = "/workbench/doctor"
LOGIN_COOKIE = "doctors_desk_login"
NOTE_COOKIE = "doctors_desk_note"
NOTE_SECONDS = 60
BY_ITSELF = "X-By-Itself"
"""A header of requests that the page makes by itself: they do not keep an unattended desk open."""

WRITTEN = ("text", "draft", "note", "summary", "absence_note")
"""Fields in which a doctor writes sentences: an ended session does not lose them."""


def token() -> str:
    """Return the browser's session token, or an empty text."""
    return request.cookies.get(DESK_COOKIE, "")


def before() -> None:
    """Run before every page: refuse forms that are not ours, and note that the doctor does something."""
    if request.method not in site.SAFE_METHODS:
        site.check_form_token(token())
    if BY_ITSELF not in request.headers:
        desk_logins.seen(context.desk())


def set_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    """Give the browser a cookie that goes to the desk's pages only."""
    site.set_cookie(response, name, value, seconds, PATH)


def done(where: str, text: str, **secret: str) -> Response:
    """Answer a form: go to ``where`` and say ``text``, and what may be seen this one time, there once."""
    response = make_response(redirect(where, 303))
    set_cookie(response, NOTE_COOKIE, site.sealed_note(token(), {"text": text, **secret}), NOTE_SECONDS)
    return response


def page(
    template: str, *, error: AppError | None = None, note: dict[str, str] | None = None, **values: Any
) -> Response:
    """Render a page of the doctor who is logged in; with ``error`` a form again, keeping what was typed."""
    if request.method == "GET":
        note = site.opened_note(token(), request.cookies.get(NOTE_COOKIE))
    now = clock.now()
    body = render_template(
        f"desk/{template}",
        doctor=context.staff(),
        figures=desk_queue.figures(context.staff(), now),
        lists=desk_queue.LISTS,
        form_token=site.form_token(token()),
        typed=request.form if error else {},
        error=error,
        note=note,
        now=now,
        left=left,
        waited=waited,
        **values,
    )
    response = make_response(body, error.http_status if error else 200)
    if NOTE_COOKIE in request.cookies and request.method == "GET" and BY_ITSELF not in request.headers:
        response.delete_cookie(NOTE_COOKIE, path=PATH)
    return response


def own_address(target: str) -> str:
    """Return a page of the desk to go to after the login; anything else becomes the queue."""
    parts = urlsplit(target)
    is_own = target.startswith(f"{PATH}/") and not (parts.scheme or parts.netloc)
    return target if is_own and "\\" not in target and target.isprintable() else url_for("desk.queue")


def to_login() -> Response:
    """Send a browser without a session to the door. What somebody had just written is shown to him, not lost."""
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    sent = [request.form.get(name, "").strip() for name in WRITTEN] if request.method == "POST" else []
    written = "\n\n".join(filter(None, sent))
    if not written or not _is_ours():
        return make_response(redirect(url_for("desk_door.show", next=target), 303))
    g.pop("staff", None)
    return make_response(render_template("desk/unsent.html", written=written, form_token=""), 401)


def _is_ours() -> bool:
    try:
        site.check_form_token(token())
    except site.FormForged:
        return False
    return True


def left(due_at: datetime, now: datetime) -> str:
    """Return how much of a promised time is left, for people."""
    return f"已超时 {_span(now - due_at)}" if due_at < now else f"还剩 {_span(due_at - now)}"


def waited(since_at: datetime, now: datetime) -> str:
    """Return how long somebody waits, for people."""
    return f"已等 {_span(now - since_at)}" if now - since_at >= timedelta(minutes=1) else "刚来"


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} 分钟"
    return f"{minutes // 60} 小时" if minutes < 48 * 60 else f"{minutes // (24 * 60)} 天"
