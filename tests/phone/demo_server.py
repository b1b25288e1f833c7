"""A small backend for the demo mini-program: its interface and the built site, from one origin."""

import itertools
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request, send_from_directory


class Items:
    """What the demo keeps, in memory."""

    def __init__(self) -> None:
        self._ids = itertools.count(1)
        self.by_id: dict[int, dict[str, Any]] = {}
        self.add({"note": "早餐豆浆", "cents": 650, "kind": 0, "date": "2026-01-14"})
        self.add({"note": "地铁", "cents": 400, "kind": 1, "date": "2026-01-14"})

    def add(self, data: dict[str, Any]) -> dict[str, Any]:
        item = {"id": next(self._ids), **data}
        self.by_id[item["id"]] = item
        return item


def create_demo(site: Path) -> Flask:
    """Build the demo's server; its two items are fresh in every app.

    Args:
        site: folder the phone's compiler wrote.
    """
    app = Flask(__name__, static_folder=None)
    _login(app)
    _items(app, Items())

    @app.after_request
    def allow_pages_from_files(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "content-type, authorization"
        return response

    @app.get("/<path:file>")
    def site_file(file: str) -> Response:
        return send_from_directory(site, file)

    return app


def _login(app: Flask) -> None:
    tokens: set[str] = set()

    @app.before_request
    def check_token() -> None:
        is_private = request.path.startswith("/api/") and request.path != "/api/login" and request.method != "OPTIONS"
        if is_private and request.headers.get("Authorization", "").removeprefix("Bearer ") not in tokens:
            abort(401)

    @app.post("/api/login")
    def login() -> Response:
        if not request.get_json().get("code"):
            abort(400)
        token = secrets.token_hex(8)
        tokens.add(token)
        return jsonify(token=token, user={"name": "演示用户"})


def _items(app: Flask, items: Items) -> None:
    @app.get("/api/items")
    def list_items() -> Response:
        return jsonify(items=list(items.by_id.values())[::-1])

    @app.post("/api/items")
    def add_item() -> tuple[Response, int]:
        return jsonify(items.add(request.get_json())), 201

    @app.get("/api/items/<int:item_id>")
    def get_item(item_id: int) -> Response:
        return jsonify(items.by_id[item_id])

    @app.delete("/api/items/<int:item_id>")
    def delete_item(item_id: int) -> Response:
        items.by_id.pop(item_id, None)
        return jsonify(ok=True)

    @app.get("/api/me")
    def me() -> Response:
        return jsonify(count=len(items.by_id))
