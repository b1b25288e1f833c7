"""The least a callback's handler can do: check the signature, decrypt, parse, say ``success``. Bare Flask.

At its second address it also keeps one row, by the plain driver: what the disk costs on this machine, now.
"""

import threading
from typing import Any

from flask import Flask, request

from bench.stage import driver
from server import clock, config
from server.ids import new_id
from server.wechat import callback

KEPT = "INSERT INTO wechat_callback (id, dedupe_key, kind, received_at, answer, is_matched) VALUES ({0}, {0}, {0}, {0}, {0}, {0})"

ANSWER = 500
"""Characters of a sealed answer."""


def create_app() -> Flask:
    """The application; /openapi.json only says that it runs."""
    everything = config.load()
    settings, address = everything.wechat, everything.database.url
    assert settings.service_account is not None
    account = settings.service_account
    mine = threading.local()
    app = Flask("bare")

    def connection() -> Any:
        if not hasattr(mine, "connection"):
            mine.connection = driver(address)
        return mine.connection

    @app.get("/openapi.json")
    def running() -> str:
        return "{}"

    @app.post("/kept/<name>")
    def kept(name: str) -> bytes:
        said, own, at = called(name), connection(), clock.now().replace(tzinfo=None).isoformat(" ")
        row = (new_id(), f"bare:{new_id()}", "message", at, "x" * ANSWER, True)
        cursor = own.cursor()
        cursor.execute("BEGIN")
        cursor.execute(KEPT.format("?" if address.startswith("sqlite") else "%s"), row)
        cursor.execute("COMMIT")
        return said

    @app.post("/wechat/callback/<name>")
    def called(name: str) -> bytes:
        received = callback.CallbackRequest(name, request.args.to_dict(), request.get_data())
        callback.read(
            account,
            received,
            at=clock.now(),
            window_seconds=settings.callback_replay_window_seconds,
            max_bytes=settings.callback_max_bytes,
        )
        return callback.SUCCESS

    return app
