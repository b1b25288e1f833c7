"""Stands for our server behind the sandbox: tells what reached it."""

from flask import Flask, Response, jsonify, request


def create_echo() -> Flask:
    """A server with one route that answers 201 with what it was asked, and one that refuses."""
    app = Flask(__name__)

    @app.route("/api/echo", methods=["GET", "POST", "DELETE"])
    def echo() -> tuple[Response, int]:
        headers = {name: request.headers.get(name) for name in ("Authorization", "Content-Type", "X-Other")}
        body = request.get_json(silent=True)
        return jsonify(method=request.method, query=request.args.to_dict(flat=False), body=body, headers=headers), 201

    @app.get("/api/refused")
    def refused() -> tuple[Response, int]:
        response = jsonify(title="该时段已约满，请另选时间", code="slot_full")
        response.content_type = "application/problem+json"
        return response, 409

    return app
