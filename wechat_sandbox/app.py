"""create_app(): the only place where the sandbox is wired together."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, jsonify, request, send_from_directory
from werkzeug.exceptions import HTTPException

from . import control, control_chats, control_users, control_watch, phone_proxy, sms
from .api import Api
from .errors import ControlError
from .world import SandboxConfig, World

CONSOLE = Path(__file__).parent / "console"
MAX_BODY_BYTES = 32 << 20
VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def create_app(config: SandboxConfig | None = None) -> Flask:
    """The sandbox as a Flask application; its World is `app.extensions["sandbox"]`. Close the world at the end."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    world = World(config or SandboxConfig())
    app.extensions["sandbox"] = world
    app.register_blueprint(control.blueprint(world))
    app.register_blueprint(control_watch.blueprint(world))
    app.register_blueprint(control_users.blueprint(world))
    app.register_blueprint(control_chats.blueprint(world))
    app.register_blueprint(sms.blueprint(world))
    app.register_blueprint(phone_proxy.blueprint)
    _pages(app, world)
    _errors(app)
    api = Api(world)

    @app.route("/<path:path>", methods=VERBS)
    def wechat(path: str) -> Response:
        return api.answer(request)

    return app


def _pages(app: Flask, world: World) -> None:
    phone = world.config.phone.resolve()

    @app.get("/")
    def console_page() -> Response:
        if not (CONSOLE / "index.html").is_file():
            return Response("wechat_sandbox is running; see docs/sandbox.md\n", content_type="text/plain")
        return send_from_directory(CONSOLE, "index.html")

    @app.get("/console/<path:name>")
    def console_file(name: str) -> Response:
        return send_from_directory(CONSOLE, name)

    @app.get("/phone/")
    def phone_page() -> Response:
        return send_from_directory(phone, "index.html")

    @app.get("/phone/<path:name>")
    def phone_file(name: str) -> Response:
        return send_from_directory(phone, name)


def _errors(app: Flask) -> None:
    @app.errorhandler(ControlError)
    def refused(error: ControlError) -> tuple[Response, int]:
        return jsonify({"error": error.error} | error.details), error.status

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> tuple[Response, int]:
        return jsonify({"error": error.name}), error.code or 500
