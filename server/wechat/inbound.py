"""What WeChat tells us, as our own values: messages, receipts of pushes, follows, consents, menu taps.

Built from the parsed body, XML or JSON alike. Nothing of the body is kept except what stands in these values.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from server.wechat.text import printable

MessageKind = Literal["text", "image", "voice", "video", "location", "link", "sticker", "other"]

SCENE_PREFIX = "qrscene_"
FAILED_WITHOUT_CODE = -1
_OPENID = re.compile(r"[\w-]{1,64}", re.ASCII)
_KINDS: dict[str, MessageKind] = {
    "text": "text",
    "image": "image",
    "voice": "voice",
    "video": "video",
    "shortvideo": "video",
    "location": "location",
    "link": "link",
}
UNSHOWN = "【收到不支持的消息类型，暂无法显示】"
"""What WeChat sends as text for a sticker and other things it does not hand on."""
# where the words of a message are; Recognition hardly ever comes any more
_WORDS: dict[str, str] = {
    "text": "Content",
    "voice": "Recognition",
    "location": "Label",
    "link": "Title",
}
_ITEMS = ("SubscribeMsgSentEvent", "SubscribeMsgPopupEvent", "SubscribeMsgChangeEvent")


class Malformed(Exception):
    """The body is not what WeChat sends."""


@dataclass(frozen=True)
class InboundMessage:
    """A person wrote to us. ``text`` is "" where there are no words."""

    kind: MessageKind
    text: str = field(repr=False)
    message_id: str
    media_id: str = field(default="", repr=False)
    """Pictures and voice: under which WeChat keeps it for three days."""


@dataclass(frozen=True)
class PushReceipt:
    """What finally became of a push: ``ref`` is the provider_ref of its Pushed, errcode 0 means shown."""

    kind: Literal["subscribe", "template"]
    ref: str
    errcode: int
    status: str


@dataclass(frozen=True)
class Subscription:
    """A person follows the service account or left it. ``scene``: of the code they scanned, without qrscene_."""

    follows: bool
    scene: str | None = None
    is_new: bool = True
    """False: somebody who already follows scanned a code."""


@dataclass(frozen=True)
class ConsentChange:
    """Answers to the subscribe dialog (``popup``), or later refusals in a card's menu: (template id, accepted)."""

    changes: tuple[tuple[str, bool], ...]
    popup: bool


@dataclass(frozen=True)
class MenuClick:
    """A tap on a menu button of type click."""

    key: str


@dataclass(frozen=True)
class EnterChat:
    """A person opened the mini-program's customer-service chat."""


@dataclass(frozen=True)
class MediaVerdict:
    """What content safety says about a picture or voice; ``errcode`` is not 0 when it could not be looked at."""

    trace_id: str
    suggest: str
    label: int | None
    errcode: int


@dataclass(frozen=True)
class Other:
    """An event we do not use; answered with success."""

    name: str


Event = InboundMessage | PushReceipt | Subscription | ConsentChange | MenuClick | EnterChat | MediaVerdict | Other


@dataclass(frozen=True)
class Inbound:
    """One callback that passed every check.

    ``dedupe_key`` is the same when WeChat repeats it. ``receipts`` holds all of them when one callback brings several;
    ``event`` is then the first.
    """

    app: str
    openid: str = field(repr=False)
    to: str
    dedupe_key: str
    created_at: datetime
    encrypted: bool
    event: Event
    receipts: tuple[PushReceipt, ...] = ()
    nonce: str = ""


def inbound(tree: Mapping[str, Any], *, app: str, encrypted: bool, nonce: str) -> Inbound:
    """Build the value from a parsed body. Raises Malformed."""
    openid, kind = text_of(tree, "FromUserName"), text_of(tree, "MsgType")
    if not _OPENID.fullmatch(openid) or not kind:
        raise Malformed("sender or type")
    items = _items(tree)
    receipts: tuple[PushReceipt, ...] = ()
    event: Event
    if kind == "event":
        receipts = _receipts(tree, items)
        event = receipts[0] if receipts else _event(tree, items)
    else:
        event = _message(tree, kind)
    return Inbound(
        app=app,
        openid=openid,
        to=text_of(tree, "ToUserName"),
        dedupe_key=_dedupe_key(app, tree, items),
        created_at=_instant(text_of(tree, "CreateTime")),
        encrypted=encrypted,
        event=event,
        receipts=receipts,
        nonce=nonce,
    )


def text_of(tree: Mapping[str, Any], name: str) -> str:
    """Return a leaf as text: "" for empty or absent, digits for JSON numbers. Raises Malformed for anything else."""
    value = tree.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Malformed(name)
    return printable(str(value))


def _instant(seconds: str) -> datetime:
    if not re.fullmatch(r"[0-9]{1,10}", seconds):
        raise Malformed("CreateTime")
    return datetime.fromtimestamp(int(seconds), UTC)


def _items(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the items of a subscribe event: an object when single, a list when several, wrapped in XML only."""
    wrapped = next((tree[name] for name in _ITEMS if isinstance(tree.get(name), dict)), tree)
    found = wrapped.get("List") or []
    items = found if isinstance(found, list) else [found]
    if not all(isinstance(item, dict) for item in items):
        raise Malformed("List")
    return items


def _message(tree: Mapping[str, Any], kind: str) -> InboundMessage:
    words = text_of(tree, _WORDS[kind]) if kind in _WORDS else ""
    if kind == "text" and words.strip() == UNSHOWN:
        return InboundMessage("sticker", "", text_of(tree, "MsgId"))
    media_id = text_of(tree, "MediaId") if kind in ("image", "voice") else ""
    return InboundMessage(_KINDS.get(kind, "other"), words, text_of(tree, "MsgId"), media_id)


def _receipts(tree: Mapping[str, Any], items: list[Mapping[str, Any]]) -> tuple[PushReceipt, ...]:
    name = text_of(tree, "Event").lower()
    if name == "templatesendjobfinish":
        status = text_of(tree, "Status")
        errcode = 0 if status == "success" else FAILED_WITHOUT_CODE
        return (PushReceipt("template", text_of(tree, "MsgID") or text_of(tree, "MsgId"), errcode, status[:64]),)
    if name == "subscribe_msg_sent_event":
        return tuple(_sent(item) for item in items)
    return ()


def _sent(item: Mapping[str, Any]) -> PushReceipt:
    code = text_of(item, "ErrorCode")
    errcode = int(code) if re.fullmatch(r"-?[0-9]{1,9}", code) else FAILED_WITHOUT_CODE
    return PushReceipt("subscribe", text_of(item, "MsgID"), errcode, text_of(item, "ErrorStatus")[:64])


def _event(tree: Mapping[str, Any], items: list[Mapping[str, Any]]) -> Event:
    name, key = text_of(tree, "Event").lower(), text_of(tree, "EventKey")
    match name:
        case "subscribe":
            return Subscription(True, key.removeprefix(SCENE_PREFIX) or None)
        case "scan":
            return Subscription(True, key or None, is_new=False)
        case "unsubscribe":
            return Subscription(False)
        case "click":
            return MenuClick(key)
        case "user_enter_tempsession":
            return EnterChat()
        case "wxa_media_check":
            return _verdict(tree, name)
        case "subscribe_msg_popup_event" | "subscribe_msg_change_event":
            return ConsentChange(tuple(map(_choice, items)), popup=name == "subscribe_msg_popup_event")
    return Other(name[:64])


def _verdict(tree: Mapping[str, Any], name: str) -> Event:
    found, result = tree.get("detail") or [], tree.get("result")
    details = found if isinstance(found, list) else [found]
    if not isinstance(result, dict) or not all(isinstance(detail, dict) for detail in details):
        return Other(name)  # the old form, or none of ours
    errcode = next((code for code in (_number(detail, "errcode") for detail in details) if code), 0)
    return MediaVerdict(
        text_of(tree, "trace_id")[:64], text_of(result, "suggest")[:12], _number(result, "label"), errcode
    )


def _number(item: Mapping[str, Any], name: str) -> int | None:
    value = text_of(item, name)
    return int(value) if re.fullmatch(r"-?[0-9]{1,9}", value) else None


def _choice(item: Mapping[str, Any]) -> tuple[str, bool]:
    # accept, acceptWithAudio, acceptWithAlert, acceptWithForcePush …
    return text_of(item, "TemplateId"), text_of(item, "SubscribeStatusString").startswith("accept")


def _dedupe_key(app: str, tree: Mapping[str, Any], items: list[Mapping[str, Any]]) -> str:
    message_id = text_of(tree, "MsgId")
    if text_of(tree, "MsgType") != "event" and re.fullmatch(r"[\w-]{1,64}", message_id, re.ASCII):
        return f"{app}:msg:{message_id}"
    names = ("FromUserName", "CreateTime", "MsgType", "Event", "EventKey", "MsgID", "MsgId", "trace_id")
    # Two events in one second happen, also of one kind: their items tell them apart.
    item_names = ("TemplateId", "MsgID", "SubscribeStatusString")
    parts = [text_of(tree, name) for name in names] + [text_of(item, name) for item in items for name in item_names]
    return f"{app}:event:{hashlib.sha256(chr(0).join(parts).encode()).hexdigest()}"
