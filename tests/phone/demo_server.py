"""A small backend for the demo mini-program: its interface and the built site, from one origin."""

import itertools
import secrets
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, request, send_from_directory


def create_demo(site: Path) -> Flask:
    """Build the demo's server; its two items are fresh in every app.

    Args:
        site: folder the phone's compiler wrote.
    """
    app = Flask(__name__, static_folder=None)
    ids = itertools.count(1)
    tokens: set[str] = set()
    items: dict[int, dict[str, Any]] = {}

    def add(data: dict[str, Any]) -> dict[str, Any]:
        item = {"id": next(ids), **data}
        items[item["id"]] = item
        return item

    add({"note": "早餐豆浆", "cents": 650, "kind": 0, "date": "2026-01-14"})
    add({"note": "地铁", "cents": 400, "kind": 1, "date": "2026-01-14"})

    @app.before_request
    def check_token() -> None:
        is_private = request.path.startswith("/api/") and request.path != "/api/login" and request.method != "OPTIONS"
        if is_private and request.headers.get("Authorization", "").removeprefix("Bearer ") not in tokens:
            abort(401)

    @app.after_request
    def allow_pages_from_files(response: Response) -> Response:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Headers"] = "content-type, authorization"
        return response

    @app.post("/api/login")
    def login() -> Response:
        if not request.get_json().get("code"):
            abort(400)
        token = secrets.token_hex(8)
        tokens.add(token)
        return jsonify(token=token, user={"name": "演示用户"})

    @app.get("/api/items")
    def list_items() -> Response:
        return jsonify(items=list(items.values())[::-1])

    @app.post("/api/items")
    def add_item() -> tuple[Response, int]:
        return jsonify(add(request.get_json())), 201

    @app.get("/api/items/<int:item_id>")
    def get_item(item_id: int) -> Response:
        return jsonify(items[item_id])

    @app.delete("/api/items/<int:item_id>")
    def delete_item(item_id: int) -> Response:
        items.pop(item_id, None)
        return jsonify(ok=True)

    @app.get("/api/me")
    def me() -> Response:
        return jsonify(count=len(items))

    @app.get("/<path:file>")
    def site_file(file: str) -> Response:
        return send_from_directory(site, file)

    return app
