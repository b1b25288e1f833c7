"""What the page and its phones need beside WeChat: the way to our server, and whose phones to show.

A real phone asks the server directly. The phone in the browser may not: the server answers no cross-origin page, and
should not. So `/backend/<path>` hands every call on, as it is.
"""

from __future__ import annotations

from typing import Any

import requests
from flask import Blueprint, Flask, Response, current_app, jsonify, request

from . import defaults
from .errors import ControlError

blueprint = Blueprint("phone_proxy", __name__)

METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
FORWARDED = ("Authorization", "Content-Type", "Accept", "X-Request-Id")
RETURNED = ("Content-Type", "Content-Disposition", "Cache-Control", "Retry-After", "X-Request-Id")
CONNECT_SECONDS, READ_SECONDS = 3, 60
CHUNK_BYTES = 65536
GONE = {"type": "about:blank", "title": "服务器没有回应，请稍后再试", "status": 502, "code": "backend_unreachable"}


def configure(app: Flask, backend_base: str, *, resident: str = "", doctor: str = "") -> None:
    """Set the server's address and the user ids of the two phones.

    Args:
        backend_base: `http://127.0.0.1:8601`; "" means there is no server, calls then answer 502.
        resident: user id of the left phone when the page opens; "" takes the first user.
        doctor: the same for the right phone; "" takes the second user.
    """
    app.config["BACKEND_BASE"] = backend_base.rstrip("/")
    app.config["CONSOLE_RESIDENT"] = resident
    app.config["CONSOLE_DOCTOR"] = doctor


@blueprint.route("/backend/<path:path>", methods=METHODS)
def forward(path: str) -> Response:
    """Ask our server the same; status and body come back unchanged."""
    base = str(current_app.config.get("BACKEND_BASE") or "").rstrip("/")
    if not base:
        return _unreachable()
    try:
        answer = _session().request(
            request.method,
            f"{base}/{path}",
            params=list(request.args.items(multi=True)),
            data=request.get_data(),
            headers={name: request.headers[name] for name in FORWARDED if name in request.headers},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        )
    except requests.RequestException:
        return _unreachable()
    headers = {name: answer.headers[name] for name in RETURNED if name in answer.headers}
    return Response(answer.iter_content(CHUNK_BYTES), status=answer.status_code, headers=headers)


def _session() -> requests.Session:
    """A session that ignores the machine's proxy settings: the server is on this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


def _unreachable() -> Response:
    response = jsonify(GONE)
    response.status_code = 502
    response.content_type = "application/problem+json"
    return response


@blueprint.get("/sandbox/console")
def console_settings() -> Response:
    """Whose phones the page shows at first and which accounts are on them; null where nothing was said."""
    config: dict[str, Any] = current_app.config
    return jsonify(
        resident=config.get("CONSOLE_RESIDENT") or None,
        doctor=config.get("CONSOLE_DOCTOR") or None,
        miniprogram_appid=config.get("CONSOLE_MINIPROGRAM") or defaults.MINIPROGRAM_APPID,
        service_account_appid=config.get("CONSOLE_SERVICE_ACCOUNT") or defaults.SERVICE_ACCOUNT_APPID,
        backend=config.get("BACKEND_BASE") or None,
    )


@blueprint.patch("/sandbox/console")
def change_console_settings() -> Response:
    """Set `resident` or `doctor`: users are often created only after the sandbox has started."""
    wanted = request.get_json(force=True, silent=True)
    names = {"resident": "CONSOLE_RESIDENT", "doctor": "CONSOLE_DOCTOR"}
    if not isinstance(wanted, dict) or any(name not in names or not isinstance(wanted[name], str) for name in wanted):
        raise ControlError(400, "resident and doctor are user ids")
    for name, value in wanted.items():
        current_app.config[names[name]] = value
    return console_settings()
