"""What all pages of the workbench share: cookie, form token, one-shot notes, and how a page is rendered."""

import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Response, g, make_response, redirect, render_template, request, url_for

from server import clock, sealing
from server.access import accounts
from server.errors import AppError, NotAllowed
from server.handlers.context import wiring
from server.handlers.guards import WORKBENCH_COOKIE
from server.handlers.workbench import navigation

COOKIE_PATH = "/workbench"
LOGIN_COOKIE = "workbench_login"
NOTE_COOKIE = "workbench_note"
NOTE_SECONDS = 120
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class FormForged(NotAllowed):
    """The form was not made by us for this session."""

    code, default_message = "form_forged", "页面已失效，请返回上一页刷新后重新提交"


# ---------------------------------------------------------------- cookies and form tokens


def session_token() -> str:
    """Return the browser's session token, or an empty text."""
    return request.cookies.get(WORKBENCH_COOKIE, "")


def set_cookie(response: Response, name: str, value: str, seconds: int, path: str = COOKIE_PATH) -> None:
    """Give the browser a cookie that no script can read and no other site can send along with a form."""
    secure = wiring().settings.app.public_base_url.startswith("https://")
    response.set_cookie(name, value, max_age=seconds, path=path, secure=secure, httponly=True, samesite="Lax")


def form_token(secret: str) -> str:
    """Return the token that a form of this session must carry."""
    key = wiring().settings.privacy.cookie_key.encode()
    return hmac.new(key, f"workbench form\0{secret}".encode(), hashlib.sha256).hexdigest()


def check_form_token(secret: str) -> None:
    """Refuse a changing request whose form was not made for this session. Raises FormForged."""
    sent = request.form.get("form_token", "")
    if not secret or not hmac.compare_digest(sent.encode(), form_token(secret).encode()):
        raise FormForged()


def check_form() -> None:
    """Run before every page. Without a session there is nothing to forge: the guard sends the caller to the login."""
    if request.method not in SAFE_METHODS and session_token():
        check_form_token(session_token())


def new_secret() -> str:
    """Return a random text for a cookie."""
    return secrets.token_urlsafe(24)


# ---------------------------------------------------------------- notes


def sealed_note(token: str, note: dict[str, str]) -> str:
    """Return a note that only the session with this token can read."""
    return sealing.current().seal(json.dumps(note), f"workbench.note:{accounts.token_hash(token)}")


def opened_note(token: str, sealed: str | None) -> dict[str, str] | None:
    """Return what a sealed note says, None when there is none for this session."""
    if not sealed:
        return None
    try:
        note: dict[str, str] = json.loads(
            sealing.current().open(sealed, f"workbench.note:{accounts.token_hash(token)}")
        )
    except sealing.SealBroken:
        return None
    return note


def done(where: str, text: str, **secret: str) -> Response:
    """Answer a form: go to ``where`` and say ``text`` there once.

    ``secret`` are values that may be shown this one time (a bind code, a revealed name). They travel encrypted, bound to
    this session, so that reloading the page neither repeats the action nor shows them again.
    """
    response = make_response(redirect(where, 303))
    set_cookie(response, NOTE_COOKIE, sealed_note(session_token(), {"text": text, **secret}), NOTE_SECONDS)
    return response


# ---------------------------------------------------------------- pages


def page(template: str, *, error: AppError | None = None, keep: bool = False, **values: Any) -> Response:
    """Render a page; with ``error`` a form again, keeping what was typed (``keep``: also without one)."""
    note = opened_note(session_token(), request.cookies.get(NOTE_COOKIE)) if request.method == "GET" else None
    body = render_template(
        f"workbench/{template}",
        admin=g.get("admin"),
        today=clock.today(),
        form_token=form_token(session_token()) if session_token() else "",
        typed=request.form if error or keep else {},
        error=error,
        wrong=error.details.get("fields", {}) if error else {},
        note=note,
        navigation=navigation,
        **values,
    )
    response = make_response(body, error.http_status if error else 200)
    if NOTE_COOKIE in request.cookies and request.method == "GET":
        response.delete_cookie(NOTE_COOKIE, path=COOKIE_PATH)
    return response


def cursor() -> str | None:
    """Return where the shown page of a list begins."""
    return request.args.get("cursor") or None


def own_address(target: str) -> str:
    """Return a page of the workbench to go to after the login; anything else becomes the first page."""
    parts = urlsplit(target)
    is_own = target.startswith("/workbench/") and not (parts.scheme or parts.netloc)
    return target if is_own and "\\" not in target and target.isprintable() else url_for("workbench.home")
