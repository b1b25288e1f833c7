"""Coming in: the browser shows a code, the doctor confirms it on his phone, the browser enters; and going out."""

import segno
from apiflask import APIBlueprint
from flask import Response, jsonify, make_response, redirect, render_template, request, url_for

from server.access import desk_logins as access
from server.actions import desk_logins
from server.actions.desk_logins import Code
from server.errors import AppError, NotLoggedIn
from server.handlers.context import source, wiring
from server.handlers.desk import browsers
from server.handlers.desk import site as desk
from server.handlers.guards import DESK_COOKIE
from server.handlers.workbench import site

blueprint = APIBlueprint("desk_door", __name__, url_prefix=f"{desk.PATH}/login", enable_openapi=False)

LOGIN_SECONDS = 3600


@blueprint.get("")
def show() -> Response:
    """Show how to come in; who is logged in goes on to his queue."""
    try:
        access.session_of(desk.token(), idle_minutes=wiring().settings.privacy.desk_idle_minutes)
    except NotLoggedIn:
        return _page()
    return make_response(redirect(url_for("desk.queue"), 303))


@blueprint.post("")
def ask() -> Response:
    """Show a new code."""
    secret = request.cookies.get(desk.LOGIN_COOKIE, "")
    try:
        site.check_form_token(secret)
        return _page(code=desk_logins.ask(secret, browsers.named(request.user_agent.string), source=source()))
    except AppError as error:
        return _page(error)


@blueprint.get("/state")
def state() -> Response:
    """Tell this browser where its code stands."""
    found = access.asked(request.cookies.get(desk.LOGIN_COOKIE, ""))
    return jsonify(state=found.state, seconds_left=found.seconds_left)


@blueprint.post("/enter")
def enter() -> Response:
    """Come in, once the code was confirmed for this browser."""
    secret, hours = request.cookies.get(desk.LOGIN_COOKIE, ""), wiring().settings.privacy.workbench_session_hours
    try:
        site.check_form_token(secret)
        entered = desk_logins.enter(secret, hours=hours, source=source())
    except AppError as error:
        return _page(error)
    response = make_response(redirect(desk.own_address(request.form.get("next", "")), 303))
    desk.set_cookie(response, DESK_COOKIE, entered.token, hours * 3600)
    response.delete_cookie(desk.LOGIN_COOKIE, path=desk.PATH)
    return response


def _page(error: AppError | None = None, code: Code | None = None) -> Response:
    secret = request.cookies.get(desk.LOGIN_COOKIE) or site.new_secret()
    body = render_template(
        "desk/login.html",
        error=error,
        code=code,
        picture=_drawn(code.digits) if code else "",
        here=browsers.named(request.user_agent.string),
        address=source(),
        form_token=site.form_token(secret),
        next=request.values.get("next", ""),
        is_expired=not error and not code and bool(desk.token()),
        doctor=None,
    )
    response = make_response(body, error.http_status if error else 200)
    desk.set_cookie(response, desk.LOGIN_COOKIE, secret, LOGIN_SECONDS)
    return response


def _drawn(digits: str) -> str:
    # never a micro code: telephones' scanners do not know them
    return segno.make(digits, error="m", micro=False).svg_inline(border=2, omitsize=True)
