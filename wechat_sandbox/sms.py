"""A provider of text messages beside WeChat, as docs/sms.md describes it, with the same faults and journal."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from typing import Any

from flask import Blueprint, Response, jsonify, request

from . import clock
from .api import cut
from .faults import Fault
from .journal import Entry
from .world import World

PATH = "/sms/v1/orders"
APP_ID, SECRET = "sandbox-sms", "sandboxSmsSecret"
SKEW_SECONDS = 300
REMEMBERED_SECONDS = 24 * 3600
MOST_CHARACTERS = 300
MESSAGES = {
    0: "ok",
    1001: "accepted before",
    2001: "unknown account",
    2002: "bad signature",
    2003: "timestamp too far off",
    3001: "no such number",
    3002: "recipient refuses messages",
    3003: "text not allowed",
}
_NUMBER = re.compile(r"1[3-9]\d{9}|\+\d{5,15}")


def blueprint(world: World) -> Blueprint:
    """The provider's path, and the control interface to what it accepted."""
    sms = Blueprint("sms", __name__)

    @sms.post(PATH)
    def order() -> Response:
        return _answer(world)

    @sms.get("/sandbox/sms")
    def texts() -> Response:
        with world.lock:
            return jsonify(world.sms.texts)

    @sms.post("/sandbox/sms/refuse")
    def refuse() -> Response:
        number = str((request.get_json(force=True, silent=True) or {}).get("phone", ""))
        with world.lock:
            world.sms.refusing.add(number)
            return jsonify({"refusing": len(world.sms.refusing)})

    return sms


def _answer(world: World) -> Response:
    raw = request.get_data(cache=True)
    with world.lock:
        now = world.clock.now()
        fault = world.faults.strike(PATH, None, None)
        body = _body(raw)
        shown = {**body, "phone": f"***{str(body.get('phone', ''))[-4:]}"} if "phone" in body else body
        at = clock.iso(now)
        entry = Entry(
            world.journal.next_number(), at, "POST", PATH, {}, shown, None, fault=fault.kind if fault else None
        )
        world.journal.add(entry)
    if fault and fault.kind in ("http", "drop_before"):
        entry.status = fault.status
        return Response("Bad Gateway", fault.status) if fault.kind == "http" else cut(request)
    code, reference = _judge(world, raw, body, now, fault)
    entry.errcode, entry.errmsg = code, MESSAGES.get(code, "")
    if fault and fault.kind in ("delay", "timeout"):
        world.stopping.wait(fault.seconds)
    if fault and fault.kind in ("drop_after", "timeout"):
        return cut(request)
    answer = {"code": code, "message": MESSAGES.get(code, "")} | ({"id": reference} if reference else {})
    return Response(json.dumps(answer), content_type="application/json")


def _body(raw: bytes) -> dict[str, Any]:
    try:
        body = json.loads(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _judge(world: World, raw: bytes, body: dict[str, Any], now: float, fault: Fault | None) -> tuple[int, str]:
    """Return the code and, when it was accepted, the message's id; account, time, signature, order, in this order."""
    if fault and fault.kind == "errcode":
        return fault.errcode or 0, ""
    refused = _signed(raw, now)
    if refused or body.get("check"):
        return refused, ""
    phone, text, client = (body.get(name) for name in ("phone", "text", "client_id"))
    if not isinstance(text, str) or not 0 < len(text) <= MOST_CHARACTERS or not isinstance(client, str):
        return 3003, ""
    if not isinstance(phone, str) or not _NUMBER.fullmatch(phone):
        return 3001, ""
    with world.lock:
        if phone in world.sms.refusing:
            return 3002, ""
        known = world.sms.accepted.get(client)
        if known and now - known[0] < REMEMBERED_SECONDS:
            return 1001, known[1]
        reference = f"sms{len(world.sms.texts) + 1}"
        world.sms.accepted[client] = (now, reference)
        sign = str(body.get("sign", ""))
        world.sms.texts.append({"id": reference, "phone": phone, "text": f"【{sign}】{text}", "at": clock.iso(now)})
        world.touch()
        return 0, reference


def _signed(raw: bytes, now: float) -> int:
    if request.headers.get("X-App-Id") != APP_ID:
        return 2001
    timestamp, nonce = request.headers.get("X-Timestamp", ""), request.headers.get("X-Nonce", "")
    if not timestamp.isdigit() or abs(now - int(timestamp)) > SKEW_SECONDS:
        return 2003
    signed = b"\n".join((timestamp.encode(), nonce.encode(), raw))
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    return 0 if hmac.compare_digest(expected, request.headers.get("X-Signature", "")) else 2002
