"""Signing in to the workbench."""

from apiflask import APIBlueprint
from flask import Response, make_response, redirect, render_template, request, url_for

from server import clock
from server.access import accounts
from server.actions import administrators
from server.actions.administrators import SignInRefused
from server.errors import AppError, NotLoggedIn
from server.handlers.context import source, wiring
from server.handlers.guards import WORKBENCH_COOKIE
from server.handlers.workbench import site

blueprint = APIBlueprint("workbench_login", __name__, url_prefix="/workbench", enable_openapi=False)

LOGIN_SECONDS = 3600


@blueprint.get("/login")
def show() -> Response:
    """Show the login page; who is signed in goes on to the first page."""
    try:
        accounts.admin_of(site.session_token())
    except NotLoggedIn:
        return _page(None)
    return make_response(redirect(url_for("workbench.home"), 303))


@blueprint.post("/login")
def sign_in() -> Response:
    """Sign in with user name and password."""
    try:
        site.check_form_token(request.cookies.get(site.LOGIN_COOKIE, ""))
        hours = wiring().settings.privacy.workbench_session_hours
        signed_in = administrators.sign_in(
            request.form.get("username", "")[:64], request.form.get("password", ""), hours=hours, source=source()
        )
    except (SignInRefused, site.FormForged) as error:
        return _page(error)
    response = make_response(redirect(site.own_address(request.form.get("next", "")), 303))
    site.set_cookie(response, WORKBENCH_COOKIE, signed_in.token, hours * 3600)
    response.delete_cookie(site.LOGIN_COOKIE, path=site.COOKIE_PATH)
    return response


def _page(error: AppError | None) -> Response:
    # The form is bound to a cookie of its own: nobody can sign somebody else's browser in to his account.
    secret = request.cookies.get(site.LOGIN_COOKIE) or site.new_secret()
    body = render_template(
        "workbench/login.html",
        error=error,
        typed=request.form,
        form_token=site.form_token(secret),
        next=request.values.get("next", ""),
        is_expired=error is None and bool(site.session_token()),
        today=clock.today(),
    )
    response = make_response(body, error.http_status if error else 200)
    site.set_cookie(response, site.LOGIN_COOKIE, secret, LOGIN_SECONDS)
    return response
