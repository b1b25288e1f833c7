"""The least a callback's handler can do: check the signature, decrypt, parse, say ``success``. Bare Flask."""

from flask import Flask, request

from server import clock, config
from server.wechat import callback


def create_app() -> Flask:
    """The application; /openapi.json only says that it runs."""
    settings = config.load().wechat
    assert settings.service_account is not None
    account = settings.service_account
    app = Flask("bare")

    @app.get("/openapi.json")
    def running() -> str:
        return "{}"

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
