"""One shape for every error: RFC 9457 ``application/problem+json``; pages of the workbench get a readable page."""

import logging
from typing import Any

from apiflask import APIFlask
from flask import Response, g, json, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from server.errors import AppError, NotLoggedIn
from server.handlers.desk import site as desk
from server.ids import new_id

logger = logging.getLogger(__name__)

WORKBENCH = "/workbench"
# Pages load only what we serve, submit only to us, and are never framed.
PAGE_POLICY = "default-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"

# The framework's own refusals, in our words.
FRAMEWORK = {
    400: ("bad_request", "请求格式有误，请重试"),
    404: ("not_found", "没有找到相关内容"),
    405: ("method_not_allowed", "不支持这种操作"),
    413: ("body_too_large", "提交的内容过大，请减少后再试"),
    415: ("unsupported_media_type", "请用 JSON 格式提交"),
    422: ("invalid_input", "填写的内容有误，请检查后再提交"),
    429: ("too_many_requests", "操作太频繁，请稍后再试"),
}


def register(app: APIFlask) -> None:
    """Make every error of the application come out in the one shape."""
    app.before_request(_name_request)
    app.after_request(_show_request_id)
    app.error_processor(_framework_error)
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _unexpected)


def _name_request() -> None:
    g.request_id = new_id()


def _show_request_id(response: Response) -> Response:
    response.headers["X-Request-Id"] = g.get("request_id", "")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Cache-Control", "no-store")
    if request.path.startswith(WORKBENCH):
        response.headers["Content-Security-Policy"] = PAGE_POLICY
        response.headers["Referrer-Policy"] = "same-origin"
    return response


def _app_error(error: AppError) -> Response:
    if isinstance(error, NotLoggedIn) and request.path.startswith(WORKBENCH):
        return _to_login()
    return problem(error.http_status, error.code, error.message, error.details)


def _to_login() -> Response:
    """Send a browser without a session to the login page, and after the login back to the page it asked for."""
    if _is_desk():
        return desk.to_login()
    target = request.full_path.rstrip("?") if request.method == "GET" else None
    return make_response(redirect(url_for("workbench_login.show", next=target), 303))


def _is_desk() -> bool:
    return f"{request.path}/".startswith(f"{desk.PATH}/")


def _framework_error(error: Any) -> Response:
    code, title = FRAMEWORK.get(error.status_code, ("error", "请求无法处理，请重试"))
    details = _fields(error.detail) if error.status_code == 422 else {}
    return problem(error.status_code, code, title, details)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    if 300 <= status < 400:
        return make_response(error.get_response())
    code, title = FRAMEWORK.get(status, ("error", "请求无法处理，请重试"))
    return problem(status, code, title)


def _unexpected(error: Exception) -> Response:
    # exc_info carries the traceback, not the request's body: no personal data
    logger.error("Unexpected error", exc_info=error, extra={"request_id": g.get("request_id", "")})
    return problem(500, "internal_error", AppError.default_message)


def _fields(detail: Any) -> dict[str, Any]:
    """Name the wrong fields, never their values: ``detail`` is ``{location: {field: [why, …]}}``."""
    if not isinstance(detail, dict):
        return {}
    return {"fields": sorted({str(name) for found in detail.values() if isinstance(found, dict) for name in found})}


def problem(status: int, code: str, title: str, details: dict[str, Any] | None = None) -> Response:
    """Build an error answer; the workbench's pages show it as a page."""
    request_id = g.get("request_id", "")
    if request.path.startswith(WORKBENCH):
        home = f"{desk.PATH if _is_desk() else WORKBENCH}/"
        values = {"title": title, "code": code, "status": status, "request_id": request_id, "home": home}
        return make_response(render_template("workbench/problem.html", **values), status)
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "code": code,
        "details": details or {},
        "request_id": request_id,
    }
    return Response(json.dumps(body), status=status, content_type="application/problem+json")
