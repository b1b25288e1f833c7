"""What a request may carry: checked before any view, whether the view reads the body or not."""

from collections.abc import Callable
from typing import Any

from apiflask import APIFlask
from flask import request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

JSON_ONLY = ("/api/", "/machine/")
LARGER: dict[str, Callable[[], int]] = {}
"""Endpoints whose bodies may be larger than others, and how many bytes they may have."""


class FlatJSON(DefaultJSONProvider):
    """JSON whose brackets do not nest thousands deep: such a body is malformed, not our failure."""

    ensure_ascii = False
    sort_keys = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Parse. Raises ValueError, also where the parser would run out of stack."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def register(app: APIFlask) -> None:
    """Read JSON safely, and check every request's body at the door."""
    app.json = FlatJSON(app)
    app.before_request(check)


def check() -> None:
    """Refuse a body that is too large, and anything but JSON for the JSON interfaces."""
    if (allowed := LARGER.get(request.endpoint or "")) is not None:
        request.max_content_length = allowed()
    length, most = request.content_length or 0, request.max_content_length or 0
    if length > most:
        raise RequestEntityTooLarge()
    if length and request.path.startswith(JSON_ONLY) and not request.is_json:
        raise UnsupportedMediaType()
