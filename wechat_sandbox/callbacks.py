"""Deliver one push: sign, encrypt, three tries of five seconds, judge the answer (D.1, D.2).

Nothing here holds the world's lock while the network is in use.
"""

from __future__ import annotations

import http.client
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from . import bodies, chats, clock, crypto, replies
from .apps import App
from .bodies import Push

if TYPE_CHECKING:
    from .world import World


@dataclass
class Request:
    """What one delivery puts on the wire."""

    query: dict[str, str]
    body: bytes
    content_type: str


@dataclass
class Answer:
    """status 0: no answer, `error` says why."""

    status: int
    body: bytes
    error: str
    ms: float


@dataclass
class Delivery:
    """All tries of one push and what the person saw. outcome: ok, no_callback, no_answer, broken."""

    push: Push
    number: int
    outcome: str = "no_callback"
    tries: list[dict[str, Any]] = field(default_factory=list)
    reply: dict[str, Any] | None = None
    dropped: str = ""
    unavailable: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "n": self.number,
            "appid": self.push.app.appid,
            "user": self.push.person.id,
            "msg_type": self.push.fields["MsgType"],
            "event": self.push.event or None,
            "outcome": self.outcome,
            "tries": self.tries,
            "reply": self.reply,
            "dropped": self.dropped or None,
            "unavailable": self.unavailable,
        }


def signed_query(app: App, openid: str, timestamp: str, nonce: str, encrypted: str = "") -> dict[str, str]:
    """The query of a callback; with `encrypted` also msg_signature."""
    query = {
        "signature": crypto.sha1_signature(app.callback_token, timestamp, nonce),
        "timestamp": timestamp,
        "nonce": nonce,
        "openid": openid,
    }
    if encrypted:
        query["encrypt_type"] = "aes"
        query["msg_signature"] = crypto.sha1_signature(app.callback_token, timestamp, nonce, encrypted)
    return query


def prepare(world: World, push: Push) -> Request:
    """Sign and, if the account asks for it, encrypt a push as of now."""
    app, push_format = push.app, push.app.push_format
    timestamp = str(int(world.clock.now()))
    nonce = str(int.from_bytes(world.ids.fresh_bytes("nonce", 4), "big"))
    encrypted = ""
    body = bodies.render(push_format, push)
    if app.mode != "plain":
        encrypted = crypto.encrypt_push(body, app.aes_key, app.appid)
        if app.mode == "secure":
            body = bodies.render_envelope(push_format, app.original_id, encrypted)
        else:
            body = bodies.render(push_format, push, {"Encrypt": encrypted})
    content_type = "application/json" if push_format == "json" else "text/xml"
    return Request(signed_query(app, push.openid, timestamp, nonce, encrypted), body.encode(), content_type)


def send(method: str, url: str, request: Request, timeout: float) -> Answer:
    """One HTTP request; redirects are not followed, proxies not used, and late counts as no answer."""
    parts = urlsplit(url)
    started = clock.stopwatch()
    secure = parts.scheme == "https"
    factory = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = factory(parts.hostname or "", parts.port or (443 if secure else 80), timeout=timeout)
    query = "&".join(filter(None, [parts.query, urlencode(request.query)]))
    headers = {"User-Agent": "Mozilla/4.0", "Accept": "*/*", "Pragma": "no-cache", "Connection": "close"}
    if method == "POST":
        headers["Content-Type"] = request.content_type
    try:
        connection.request(method, f"{parts.path or '/'}?{query}", body=request.body or None, headers=headers)
        response = connection.getresponse()
        body = response.read(bodies.MAX_ANSWER_BYTES + 1)
        status, error = response.status, ""
    except TimeoutError:
        status, body, error = 0, b"", "timeout"
    except (OSError, http.client.HTTPException) as problem:
        status, body, error = 0, b"", type(problem).__name__
    finally:
        connection.close()
    spent = clock.stopwatch() - started
    if status and spent > timeout:
        status, body, error = 0, b"", "timeout"
    return Answer(status, body, error, round(spent * 1000, 1))


def verify(world: World, app: App, url: str) -> dict[str, Any]:
    """The GET check WeChat makes when a callback url is entered: the answer must be exactly echostr."""
    with world.lock:
        timestamp = str(int(world.clock.now()))
        nonce = str(int.from_bytes(world.ids.fresh_bytes("nonce", 4), "big"))
        echostr = world.ids.fresh("echostr", 19, alphabet="0123456789")
        query = signed_query(app, "", timestamp, nonce) | {"echostr": echostr}
        query.pop("openid")
        timeout = world.number("callback_timeout_seconds", app)
    answer = send("GET", url, Request(query, b"", ""), timeout)
    return {
        "ok": answer.status == 200 and answer.body == echostr.encode(),
        "status": answer.status,
        "error": answer.error or None,
        "body_matches": answer.body == echostr.encode(),
        "ms": answer.ms,
    }


def deliver(world: World, push: Push) -> Delivery:
    """Bring a push to the account's callback, with all its tries, and show the person what came of it."""
    with world.lock:
        delivery = Delivery(push, world.next_delivery())
        url = push.app.callback_url
        tries = int(world.number("callback_tries", push.app))
        timeout = world.number("callback_timeout_seconds", push.app)
        wait = world.number("callback_retry_wait_seconds", push.app)
        request = prepare(world, push)
    reply = replies.Reply(replies.NONE)
    for number in range(1, tries + 1 if url else 0):
        if number > 1:
            world.stopping.wait(wait)
            if world.flag("callback_retry_signs_again", push.app):
                with world.lock:
                    request = prepare(world, push)
        answer = send("POST", url, request, timeout)
        delivery.tries.append(_try_as_json(number, request, answer))
        reply, again = _judge(world, push, answer, request)
        delivery.outcome = _outcome(answer, reply)
        if not again or world.stopping.is_set():
            break
    with world.lock:
        _show(world, delivery, reply)
        world.deliveries.append(delivery)
    return delivery


def _try_as_json(number: int, request: Request, answer: Answer) -> dict[str, Any]:
    return {
        "n": number,
        "status": answer.status,
        "ms": answer.ms,
        "error": answer.error or None,
        "timestamp": request.query["timestamp"],
        "nonce": request.query["nonce"],
        "answer": answer.body[:2000].decode("utf-8", errors="replace"),
    }


def _judge(world: World, push: Push, answer: Answer, request: Request) -> tuple[replies.Reply, bool]:
    """The reply, and whether to deliver again."""
    if answer.status == 0:
        return replies.Reply(replies.BROKEN, answer.error), True
    if answer.status != 200:
        again = world.flag("callback_retry_on_http_error", push.app)
        return replies.Reply(replies.BROKEN, f"HTTP {answer.status}"), again
    with world.lock:
        reply = replies.judge(world, push, answer.body, request.query["nonce"])
    again = reply.kind == replies.BROKEN and world.flag("callback_retry_on_broken_reply", push.app)
    return reply, again


def _outcome(answer: Answer, reply: replies.Reply) -> str:
    if answer.status != 200:
        return "no_answer"
    return "broken" if reply.kind == replies.BROKEN else "ok"


def _show(world: World, delivery: Delivery, reply: replies.Reply) -> None:
    """Put the reply, or the line that the service is out of order, into the chat."""
    push = delivery.push
    at = clock.iso(world.clock.now())
    if reply.kind == replies.MESSAGE and reply.line is not None and _can_receive(push):
        delivery.reply = world.chats.add(
            push.person.id, push.app.appid, direction=chats.IN, via="passive", at=at, **reply.line
        )
        if world.flag("passive_reply_uses_allowance", push.app):
            world.allowances.use(push.app.appid, push.openid, world.clock.now())
        world.touch(push.person)
    elif reply.kind == replies.DROPPED:
        delivery.dropped = reply.why
    elif reply.kind == replies.BROKEN:
        delivery.dropped = reply.why
        if push.visible:
            delivery.unavailable = True
            kind = "miniprogram" if push.app.is_miniprogram else "service_account"
            text = str(world.switch(f"unavailable_line_{kind}", push.app))
            world.chats.add(
                push.person.id, push.app.appid, direction=chats.SYSTEM, via="system", at=at, kind="text", text=text
            )
            world.touch(push.person)


def _can_receive(push: Push) -> bool:
    return push.app.is_miniprogram or push.person.follow_of(push.app).subscribed
