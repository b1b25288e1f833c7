"""Customer-service messages and the typing sign (wechat_platform.md E)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import chats, clock
from .apps import App
from .endpoints import Call, Json, endpoint
from .errors import WechatError
from .people import Person

if TYPE_CHECKING:
    from .world import World

Shown = dict[str, Any]


class Typing:
    """Until when the typing sign is shown, and when each person last wrote."""

    def __init__(self) -> None:
        self.shown_until: dict[tuple[str, str], float] = {}
        self.wrote_at: dict[tuple[str, str], float] = {}


def _media_id(world: World, call: Call, part: Json, name: str = "media_id") -> str:
    media_id = part.get(name)
    if world.media.get(call.app, media_id, world.clock.now()) is None:
        raise WechatError(40007)
    return str(media_id)


def _text(world: World, call: Call) -> Shown:
    content = call.object("text").get("content")
    if content is None or content == "":
        raise WechatError(44004)
    if not isinstance(content, str):
        raise WechatError(47001)
    if len(content.encode()) > world.number("custom_text_max_bytes", call.app):
        raise WechatError(45002)
    return {"text": content}


def _medium(world: World, call: Call) -> Shown:
    kind = str(call.body["msgtype"])
    media_id = _media_id(world, call, call.object(kind))
    medium = world.media.get(call.app, media_id, world.clock.now())
    if medium is None or medium.kind != kind:
        raise WechatError(40007)
    return {"text": "", "media_id": media_id}


def _music(world: World, call: Call) -> Shown:
    part = call.object("music")
    _media_id(world, call, part, "thumb_media_id")
    return {"text": str(part.get("title", ""))}


def _news(world: World, call: Call) -> Shown:
    articles = call.object("news").get("articles")
    if not isinstance(articles, list) or len(articles) != 1 or not isinstance(articles[0], dict):
        raise WechatError(45008, "article size out of limit")
    return {"text": str(articles[0].get("title", "")), "articles": articles}


def _stored_news(world: World, call: Call) -> Shown:
    _media_id(world, call, call.object("mpnews"))
    return {"text": ""}


def _stored_article(world: World, call: Call) -> Shown:
    if not call.object("mpnewsarticle").get("article_id"):
        raise WechatError(40007)
    return {"text": ""}


def _link(world: World, call: Call) -> Shown:
    part = call.object("link")
    if not part.get("title") or not part.get("url"):
        raise WechatError(44004)
    return {"text": str(part["title"]), "url": part["url"], "description": part.get("description", "")}


def _miniprogram_card(world: World, call: Call) -> Shown:
    part = call.object("miniprogrampage")
    appid = call.app.appid if call.app.is_miniprogram else part.get("appid")
    if not call.app.is_miniprogram and appid not in call.app.linked:
        raise WechatError(int(world.number("custom_unlinked_errcode", call.app)))
    if not part.get("pagepath"):
        raise WechatError(40097)
    _media_id(world, call, part, "thumb_media_id")
    return {"text": str(part.get("title", "")), "appid_target": appid, "page": part["pagepath"]}


def _menu(world: World, call: Call) -> Shown:
    part = call.object("msgmenu")
    items = part.get("list")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise WechatError(44004)
    return {
        "text": str(part.get("head_content", "")),
        "menu": [{"id": str(item.get("id", "")), "content": str(item.get("content", ""))} for item in items],
        "tail": str(part.get("tail_content", "")),
    }


SERVICE_ACCOUNT_TYPES: dict[str, Callable[[World, Call], Shown]] = {
    "text": _text,
    "image": _medium,
    "voice": _medium,
    "video": _medium,
    "music": _music,
    "news": _news,
    "mpnews": _stored_news,
    "mpnewsarticle": _stored_article,
    "miniprogrampage": _miniprogram_card,
    "msgmenu": _menu,
}
MINIPROGRAM_TYPES: dict[str, Callable[[World, Call], Shown]] = {
    "text": _text,
    "image": _medium,
    "link": _link,
    "miniprogrampage": _miniprogram_card,
}


def receiver(world: World, call: Call) -> tuple[Person, str]:
    """Whom touser names; 40003 for anybody who is not known to this account."""
    person = world.people.by_openid(call.app, call.body.get("touser"))
    if person is None:
        raise WechatError(40003)
    return person, str(call.body["touser"])


def _use_allowance(world: World, app: App, person: Person, openid: str) -> None:
    if not app.is_miniprogram and not person.follow_of(app).subscribed:
        raise WechatError(45015)
    if person.flags.refuses_messages:
        raise WechatError(48002)
    errcode = world.allowances.use(app.appid, openid, world.clock.now())
    if errcode:
        raise WechatError(errcode)


@endpoint("POST", "/cgi-bin/message/custom/send", daily="custom_daily")
def send(world: World, call: Call) -> Json:
    """One customer-service message, if the person's allowance has one left."""
    person, openid = receiver(world, call)
    types = MINIPROGRAM_TYPES if call.app.is_miniprogram else SERVICE_ACCOUNT_TYPES
    kind = call.text("msgtype")
    if kind not in types:
        raise WechatError(40008)
    shown = types[kind](world, call)
    _use_allowance(world, call.app, person, openid)
    agent = call.object("customservice").get("kf_account")
    world.chats.add(
        person.id,
        call.app.appid,
        direction=chats.IN,
        via="customer_service",
        at=clock.iso(world.clock.now()),
        kind=kind,
        **shown,
        **({"agent": agent} if agent else {}),
    )
    world.typing.shown_until.pop((call.app.appid, openid), None)
    world.touch(person)
    return {}


@endpoint("POST", "/cgi-bin/message/custom/typing")
def typing(world: World, call: Call) -> Json:
    """Show or hide the typing sign."""
    person, openid = receiver(world, call)
    command = call.text("command")
    key, now = (call.app.appid, openid), world.clock.now()
    if command not in ("Typing", "CancelTyping"):
        raise WechatError(45072)
    if now - world.typing.wrote_at.get(key, -1e9) > world.number("typing_window_seconds", call.app):
        raise WechatError(45080)
    if command == "CancelTyping":
        world.typing.shown_until.pop(key, None)
    elif world.typing.shown_until.get(key, 0) > now:
        raise WechatError(45081)
    else:
        world.typing.shown_until[key] = now + world.number("typing_shown_seconds", call.app)
    world.touch(person)
    return {}
