"""Content safety: msg_sec_check and media_check_async (wechat_platform.md H)."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from . import events
from .addresses import is_web_address
from .apps import App
from .defaults import MINIPROGRAM
from .endpoints import Call, Json, endpoint
from .errors import WechatError
from .people import Person

if TYPE_CHECKING:
    from .world import World

ACTIVE_SECONDS = 2 * 3600
NORMAL, CRIME, OTHER = 100, 20006, 21000
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _active_person(world: World, call: Call) -> Person:
    person = world.people.by_openid(call.app, call.body.get("openid"))
    if person is None:
        raise WechatError(40003)
    if world.clock.now() - person.last_active.get(call.app.appid, -1e12) > ACTIVE_SECONDS:
        raise WechatError(int(world.number("safety_inactive_errcode", call.app)), "user is not active in 2 hours")
    if call.body.get("scene") not in (1, 2, 3, 4):
        raise WechatError(40129)
    return person


def _verdict(world: World, app: App, text: str) -> tuple[str, int, str]:
    """(suggest, label, the word that decided it)."""
    for word in world.words("safety_risky_words", app):
        if word in text:
            return "risky", CRIME, word
    for word in world.words("safety_review_words", app):
        if word in text:
            return "review", OTHER, word
    return "pass", NORMAL, ""


@endpoint("POST", "/wxa/msg_sec_check", kinds=(MINIPROGRAM,), daily=2_000_000, minute=4000, minute_errcode=45009)
def msg_sec_check(world: World, call: Call) -> Json:
    """Version 2 answers errcode 0 even for risky text; the body without a version is the old one with 87014."""
    content = call.text("content")
    if not content:
        raise WechatError(44004)
    if len(content) > world.number("safety_max_characters", call.app):
        raise WechatError(45002)
    texts = "\n".join([content, *(call.text(name) for name in ("title", "nickname", "signature"))])
    suggest, label, word = _verdict(world, call.app, texts)
    if call.body.get("version") != 2:
        if suggest == "risky":
            raise WechatError(87014)
        return {}
    _active_person(world, call)
    detail: Json = {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
    details = [detail]
    if word:
        keyword = {"strategy": "keyword", "errcode": 0, "suggest": suggest, "label": label, "level": 20}
        details.append(keyword | {"keyword": word})
    return {
        "detail": details,
        "trace_id": world.ids.fresh("trace", 32, alphabet="0123456789abcdef"),
        "result": {"suggest": suggest, "label": label},
    }


@endpoint("POST", "/wxa/media_check_async", kinds=(MINIPROGRAM,), daily=200_000, minute=2000, minute_errcode=45009)
def media_check_async(world: World, call: Call) -> Json:
    """trace_id now, the verdict as wxa_media_check after a virtual delay."""
    person = _active_person(world, call)
    url = call.text("media_url")
    if call.body.get("version") != 2 or call.body.get("media_type") not in (1, 2) or not is_web_address(url):
        raise WechatError(47001)
    app, trace_id = call.app, world.ids.fresh("trace", 32, alphabet="0123456789abcdef")

    def judge_and_push() -> None:
        reached = _reachable(url)
        with world.lock:
            suggest, label, _ = _verdict(world, app, url)
            errcode = 0 if reached else int(world.number("media_check_unreachable_errcode", app))
            result = {"suggest": suggest, "label": label}
            detail: Json = {"strategy": "content_model", "errcode": errcode}
            fields: Json = {"appid": app.appid, "trace_id": trace_id, "version": 2}
            fields["detail"] = [detail | (result | {"prob": 90} if reached else {})]
            fields["result"] = result if reached else {"suggest": "review", "label": OTHER}
            push = events.event(world, app, person, "wxa_media_check", visible=False, **fields)
        world.pushes.deliver_soon(push)

    delay = min(1800.0, max(0.001, world.number("media_check_delay_seconds", app)))
    world.pushes.do_soon((person.id, "media_check"), judge_and_push, delay)
    return {"trace_id": trace_id}


def _reachable(url: str) -> bool:
    """Loopback addresses are really fetched; of the rest, a host that ends in .invalid counts as unreachable."""
    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK:
        return not (parts.hostname or "").endswith(".invalid")
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=3)
    try:
        connection.request("GET", parts.path or "/", headers={"Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
