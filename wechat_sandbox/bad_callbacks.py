"""Pushes WeChat would never send, so that a backend can test its refusals."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import bodies, callbacks, crypto, events
from .apps import App
from .bodies import Push
from .callbacks import Request
from .errors import ControlError
from .people import Person

if TYPE_CHECKING:
    from .world import World

STALE_SECONDS = 3600
OVERSIZE_BYTES = 3_000_000
FOREIGN_APPID = "wxffffffffffffffff"


def _wrap(app: App, openid: str, encrypted: str, timestamp: str, nonce: str) -> Request:
    body = bodies.render_envelope(app.push_format, app.original_id, encrypted)
    query = callbacks.signed_query(app, openid, timestamp, nonce, encrypted)
    content_type = "application/json" if app.push_format == "json" else "text/xml"
    return Request(query, body.encode(), content_type)


def _stamp(world: World, shift: int = 0) -> tuple[str, str]:
    return str(int(world.clock.now()) + shift), str(int.from_bytes(world.ids.fresh_bytes("nonce", 4), "big"))


def _custom(world: World, push: Push, text: str) -> list[Request]:
    """A correctly signed push with this plain text, encrypted unless the account is in plain mode."""
    app = push.app
    timestamp, nonce = _stamp(world)
    if app.mode == "plain":
        return [Request(callbacks.signed_query(app, push.openid, timestamp, nonce), text.encode(), "text/xml")]
    encrypted = crypto.encrypt_push(text, app.aes_key, app.appid)
    return [_wrap(app, push.openid, encrypted, timestamp, nonce)]


def wrong_signature(world: World, push: Push) -> list[Request]:
    """Both signatures made with another token."""
    request = callbacks.prepare(world, push)
    for name in ("signature", "msg_signature"):
        if name in request.query:
            request.query[name] = crypto.sha1_signature("another token", request.query[name])
    return [request]


def wrong_appid(world: World, push: Push) -> list[Request]:
    """Encrypted with the right key for another appid; the signatures are right."""
    timestamp, nonce = _stamp(world)
    text = bodies.render(push.app.push_format, push)
    encrypted = crypto.encrypt_push(text, push.app.aes_key, FOREIGN_APPID)
    return [_wrap(push.app, push.openid, encrypted, timestamp, nonce)]


def tampered(world: World, push: Push) -> list[Request]:
    """One bit of Encrypt flipped after signing; in plain mode `timestamp` was changed after signing."""
    if push.app.mode == "plain":
        request = callbacks.prepare(world, push)
        request.query["timestamp"] = str(int(request.query["timestamp"]) + 1)
        return [request]
    timestamp, nonce = _stamp(world)
    encrypted = crypto.encrypt_push(bodies.render(push.app.push_format, push), push.app.aes_key, push.app.appid)
    raw = bytearray(base64.b64decode(encrypted))
    raw[40] ^= 1
    request = _wrap(push.app, push.openid, base64.b64encode(raw).decode(), timestamp, nonce)
    request.query = callbacks.signed_query(push.app, push.openid, timestamp, nonce, encrypted)
    return [request]


def stale(world: World, push: Push) -> list[Request]:
    """Correct in everything, signed an hour ago."""
    timestamp, nonce = _stamp(world, -STALE_SECONDS)
    if push.app.mode == "plain":
        text = bodies.render(push.app.push_format, push)
        return [Request(callbacks.signed_query(push.app, push.openid, timestamp, nonce), text.encode(), "text/xml")]
    encrypted = crypto.encrypt_push(bodies.render(push.app.push_format, push), push.app.aes_key, push.app.appid)
    return [_wrap(push.app, push.openid, encrypted, timestamp, nonce)]


def replay(world: World, push: Push) -> list[Request]:
    """The same bytes with the same query, twice."""
    request = callbacks.prepare(world, push)
    return [request, request]


def oversize(world: World, push: Push) -> list[Request]:
    """A signed body of three megabytes."""
    push.fields["Content"] = "长" * (OVERSIZE_BYTES // 3)
    return [callbacks.prepare(world, push)]


def entity_bomb(world: World, push: Push) -> list[Request]:
    """Signed XML whose entities would grow to gigabytes."""
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE xml [<!ENTITY e0 "boom">{layers}]><xml><Content>&e9;</Content></xml>'
    return _custom(world, push, text)


def malformed(world: World, push: Push) -> list[Request]:
    """Signed text that is neither XML nor JSON."""
    return _custom(world, push, "<xml><MsgType>text</MsgType><Content>未完")


FAULTS: dict[str, Callable[[World, Push], list[Request]]] = {
    "wrong_signature": wrong_signature,
    "wrong_appid": wrong_appid,
    "tampered": tampered,
    "stale": stale,
    "replay": replay,
    "oversize": oversize,
    "entity_bomb": entity_bomb,
    "malformed": malformed,
}


def send(world: World, app: App, person: Person, fault: str, content: str) -> dict[str, Any]:
    """Deliver a faulty push once (replay: twice), outside every queue; nothing appears in the chat."""
    if fault not in FAULTS:
        raise ControlError(400, f"fault is one of {', '.join(FAULTS)}")
    if not app.callback_url:
        raise ControlError(409, "the app has no callback_url", appid=app.appid)
    with world.lock:
        push = events.message(world, app, person, "text", Content=content)
        requests = FAULTS[fault](world, push)
        timeout = world.number("callback_timeout_seconds", app)
    answers = [callbacks.send("POST", app.callback_url, request, timeout) for request in requests]
    return {
        "fault": fault,
        "msg_id": str(push.fields["MsgId"]),
        "tries": [
            {
                "status": answer.status,
                "error": answer.error or None,
                "ms": answer.ms,
                "answer": answer.body[:2000].decode("utf-8", "replace"),
            }
            for answer in answers
        ],
    }
