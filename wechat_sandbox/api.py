"""One WeChat call from the socket to the answer: fault, checks in WeChat's order, handler, journal."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response

from . import clock, handlers
from .endpoints import Binary, Call, Endpoint, Json, Upload
from .errors import WechatError
from .faults import Fault
from .http_server import CUT
from .journal import Entry, mask
from .world import World

ENDPOINTS = handlers.ENDPOINTS


def read_call(request: Request) -> Call:
    """The request as a Call; the body is not judged yet."""
    raw = request.get_data(cache=True)
    call = Call(
        path=request.path,
        verb=request.method,
        query=request.args.to_dict(),
        raw=raw,
        remote_addr=request.remote_addr or "",
    )
    if (request.mimetype or "").startswith("multipart/") and "media" in request.files:
        part = request.files["media"]
        call.upload = Upload(part.filename or "", part.mimetype or "application/octet-stream", part.read())
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        body = None
    call.body = body if isinstance(body, dict) else {}
    return call


def _rid(world: World, now: float) -> str:
    return "-".join([f"{int(now):08x}", *(world.ids.fresh("rid", 8, alphabet="0123456789abcdef") for _ in range(2))])


def _check_body(rules: Endpoint, call: Call) -> None:
    if rules.body != "json":
        return
    if not call.raw:
        raise WechatError(44002)
    try:
        body = json.loads(call.raw)
    except ValueError as error:
        raise WechatError(47001) from error
    if not isinstance(body, dict):
        raise WechatError(47001)


def _run(world: World, call: Call) -> Json | Binary:
    """Path, verb, token, account kind, body, caps, handler."""
    rules = ENDPOINTS.get(call.path)
    if rules is None:
        raise WechatError(40066)
    if call.verb != rules.verb:
        raise WechatError(43002 if rules.verb == "POST" else 43001)
    if rules.needs_token:
        appid = world.tokens.check(world, call.query.get("access_token", ""))
        if appid not in world.apps:
            raise WechatError(40014)
        call.account = world.apps[appid]
        if call.account.kind not in rules.kinds:
            raise WechatError(48001)
    _check_body(rules, call)
    if call.account is not None:
        world.count(call, call.account)
    return rules.handler(world, call)


def _appid(world: World, call: Call) -> str | None:
    return (
        world.tokens.appid_of(call.query.get("access_token", ""))
        or call.query.get("appid")
        or (call.body.get("appid") if isinstance(call.body.get("appid"), str) else None)
    )


def _openid(call: Call) -> str | None:
    value = call.body.get("touser") or call.body.get("openid") or call.query.get("openid")
    return value if isinstance(value, str) else None


class Api:
    """Answers WeChat's paths for one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def answer(self, request: Request) -> Response:
        """The answer WeChat would give, after whatever fault was ordered."""
        world, started = self._world, clock.stopwatch()
        call = read_call(request)
        with world.lock:
            now = world.clock.now()
            fault = world.faults.strike(call.path, _appid(world, call), _openid(call))
            entry = self._entry(call, now, fault)
        response = self._faulty(request, call, entry, fault) if fault else self._regular(call, entry)
        with world.lock:
            entry.ms = round((clock.stopwatch() - started) * 1000, 1)
            entry.status = response.status_code
            world.journal.add(entry)
            world.touch()
        return response

    def _entry(self, call: Call, now: float, fault: Fault | None) -> Entry:
        body: Any = call.body or (call.raw[:500].decode("utf-8", "replace") if call.raw and not call.upload else None)
        if isinstance(body, str) and call.path in ("/cgi-bin/stable_token", "/sns/jscode2session"):
            body = "***"  # a form instead of JSON may hold the secret
        return Entry(
            n=self._world.journal.next_number(),
            at=clock.iso(now),
            method=call.verb,
            path=call.path,
            query=mask(call.query),
            body=mask(body),
            appid=_appid(self._world, call),
            fault=fault.kind if fault else None,
            extra={"epoch": now, "client_ip": call.remote_addr},
        )

    def _faulty(self, request: Request, call: Call, entry: Entry, fault: Fault) -> Response:
        world = self._world
        if fault.kind == "errcode":
            return self._refusal(call, entry, WechatError(fault.errcode or 0, fault.errmsg))
        if fault.kind == "http":
            return Response("<html><body>Bad Gateway</body></html>", fault.status, content_type="text/html")
        if fault.kind == "delay":
            world.stopping.wait(fault.seconds)
            return self._regular(call, entry)
        if fault.kind == "drop_after":
            self._regular(call, entry)
        if fault.kind == "timeout":
            world.stopping.wait(fault.seconds)
        return cut(request)

    def _regular(self, call: Call, entry: Entry) -> Response:
        try:
            with self._world.lock:
                result = _run(self._world, call)
        except WechatError as error:
            return self._refusal(call, entry, error)
        except FileNotFoundError:
            return Response(status=404)
        entry.appid = call.account.appid if call.account else entry.appid
        entry.errcode = 0
        if isinstance(result, Binary):
            return _binary(result)
        omits_errcode = call.path.startswith("/sns/") or call.path in NO_ERRCODE
        return _json(self._world, call, result if omits_errcode else {"errcode": 0, "errmsg": "ok"} | result)

    def _refusal(self, call: Call, entry: Entry, error: WechatError) -> Response:
        with self._world.lock:
            entry.rid = _rid(self._world, entry.extra["epoch"])
        entry.appid = call.account.appid if call.account else entry.appid
        entry.errcode, entry.errmsg = error.errcode, error.errmsg
        answer = {"errcode": error.errcode, "errmsg": f"{error.errmsg} rid: {entry.rid}"}
        entry.extra["response"] = json.dumps(answer, ensure_ascii=False)
        entry.extra["raw"] = entry.body if isinstance(entry.body, str) else json.dumps(entry.body, ensure_ascii=False)
        return _json(self._world, call, answer)


NO_ERRCODE = {
    "/cgi-bin/token",
    "/cgi-bin/stable_token",
    "/cgi-bin/media/upload",
    "/cgi-bin/media/get",
    "/cgi-bin/qrcode/create",
    "/cgi-bin/menu/get",
    "/cgi-bin/user/info",
    "/cgi-bin/template/get_all_private_template",
}


def _json(world: World, call: Call, answer: Json) -> Response:
    switch = "sns_content_type" if call.path.startswith("/sns/") else "json_content_type"
    content_type = str(world.switch(switch, call.account))
    return Response(json.dumps(answer, ensure_ascii=False), content_type=content_type)


def _binary(result: Binary) -> Response:
    response = Response(result.content, content_type=result.content_type)
    if result.filename:
        response.headers["Content-Disposition"] = "attachment; " + urlencode({"filename": result.filename})
    return response


def cut(request: Request) -> Response:
    """Reset the connection without an answer. Without a real server (a test client) it becomes an empty 502."""
    cut_connection = request.environ.get(CUT)
    if cut_connection is not None:
        cut_connection()
    return Response(status=502)
