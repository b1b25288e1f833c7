"""What a callback's answer means: nothing, a passive reply, or the line that the service is out of order (D.2, D.5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import bodies, crypto
from .bodies import Fields, Push

if TYPE_CHECKING:
    from .world import World

NONE, MESSAGE, DROPPED, BROKEN = "none", "message", "dropped", "broken"
MEDIA_KINDS = {"image": "Image", "voice": "Voice", "video": "Video"}


@dataclass
class Reply:
    """kind none: nothing to show; message: `line` goes into the chat; dropped and broken: `why`."""

    kind: str
    why: str = ""
    line: dict[str, Any] | None = None


class _Broken(ValueError):
    pass


def judge(world: World, push: Push, answer: bytes, nonce: str) -> Reply:
    """Read the body of a 200 answer.

    `success` and an empty body are fine in every mode and need no encryption. Everything else must be a reply
    this account may give; swapped or foreign ToUserName/FromUserName is dropped silently.
    """
    text = answer.decode("utf-8", errors="replace").strip()
    if text in ("", "success"):
        return Reply(NONE)
    try:
        fields = _plain(world, push, text, nonce)
        if fields.get("ToUserName") != push.openid or fields.get("FromUserName") != push.app.original_id:
            return Reply(DROPPED, "ToUserName must be the openid and FromUserName the original id")
        return _line(world, push, fields)
    except (bodies.Unreadable, crypto.Undecryptable, _Broken) as error:
        return Reply(BROKEN, str(error))


def _plain(world: World, push: Push, text: str, nonce: str) -> Fields:
    app = push.app
    outer = bodies.read(text, app.push_format)
    if app.mode == "plain" or (app.mode == "compatible" and "Encrypt" not in outer):
        return outer
    needed = [outer.get(name) for name in ("Encrypt", "MsgSignature", "TimeStamp", "Nonce")]
    if not all(needed):
        raise _Broken("an encrypted reply needs Encrypt, MsgSignature, TimeStamp and Nonce")
    encrypted, signature, timestamp, own_nonce = (str(value) for value in needed)
    if crypto.sha1_signature(app.callback_token, timestamp, own_nonce, encrypted) != signature:
        raise _Broken("MsgSignature is wrong")
    if world.flag("passive_reply_checks_nonce", app) and own_nonce != nonce:
        raise _Broken("Nonce is not the query's")
    return bodies.read(crypto.decrypt_push(encrypted, app.aes_key, app.appid), app.push_format)


def _line(world: World, push: Push, fields: Fields) -> Reply:
    kind = fields.get("MsgType", "")
    if kind == "transfer_customer_service":
        return Reply(NONE, "handed to the account's human agents")
    if push.app.is_miniprogram and not world.flag("miniprogram_chat_takes_passive_reply", push.app):
        raise _Broken("a mini-program's chat takes no passive reply but transfer_customer_service")
    if kind == "text":
        return Reply(MESSAGE, line={"kind": "text", "text": _text(world, push, fields)})
    if kind in MEDIA_KINDS:
        return Reply(MESSAGE, line=_media(world, push, kind, fields))
    if kind == "music":
        title = str(fields.get("Music", {}).get("Title", "")) if isinstance(fields.get("Music"), dict) else ""
        return Reply(MESSAGE, line={"kind": "music", "text": title})
    if kind == "news":
        return Reply(MESSAGE, line=_news(world, push, fields))
    raise _Broken(f"MsgType {kind!r} is not a reply")


def _text(world: World, push: Push, fields: Fields) -> str:
    content = fields.get("Content")
    if not isinstance(content, str) or not content:
        raise _Broken("Content is empty")
    if len(content.encode()) > world.number("passive_text_max_bytes", push.app):
        raise _Broken("Content is too long")
    return content


def _media(world: World, push: Push, kind: str, fields: Fields) -> dict[str, Any]:
    part = fields.get(MEDIA_KINDS[kind])
    media_id = part.get("MediaId") if isinstance(part, dict) else None
    if world.media.get(push.app, media_id, world.clock.now()) is None:
        raise _Broken("MediaId does not exist")
    return {"kind": kind, "text": "", "media_id": media_id}


def _news(world: World, push: Push, fields: Fields) -> dict[str, Any]:
    part = fields.get("Articles")
    items = part.get("item") if isinstance(part, dict) else None
    articles = items if isinstance(items, list) else [items] if isinstance(items, dict) else []
    if not articles:
        raise _Broken("no article")
    name = "passive_news_items_for_messages" if push.is_message else "passive_news_items_for_events"
    shown = [
        {"title": entry.get("Title", ""), "description": entry.get("Description", ""), "url": entry.get("Url", "")}
        for entry in articles[: int(world.number(name, push.app))]
        if isinstance(entry, dict)
    ]
    return {"kind": "news", "text": shown[0]["title"] if shown else "", "articles": shown}
