"""WeChat's callbacks: verify, decrypt, parse, and render the passive reply.

Whatever arrives, the result is an ``Inbound`` or ``CallbackRefused``, never another exception. Parsing happens before
the signature can be checked (it covers a part of the body), so size, document types and depth are bounded first.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from server.config import WechatApp
from server.errors import NotAllowed
from server.wechat import envelope
from server.wechat.inbound import (
    ConsentChange,
    EnterChat,
    Inbound,
    InboundMessage,
    Malformed,
    MediaVerdict,
    MenuClick,
    Other,
    PushReceipt,
    Subscription,
    inbound,
    text_of,
)
from server.wechat.text import MAX_BYTES, cut_to_bytes, printable

__all__ = [
    "CallbackRefused",
    "CallbackRequest",
    "CallbackTooLarge",
    "ConsentChange",
    "EnterChat",
    "Inbound",
    "InboundMessage",
    "MediaVerdict",
    "MenuClick",
    "Other",
    "PushReceipt",
    "Subscription",
    "passive_reply",
    "read",
    "verify_url",
]

SUCCESS = b"success"
MAX_ECHO = 512
_STARTS_WITH_ROOT = re.compile(r"(<\?xml[^<>]{0,200}\?>\s*)?<xml>")


class CallbackRefused(NotAllowed):
    """Not a callback of WeChat's for this app: signature, time, app, form or size is wrong."""

    code, default_message = "callback_refused", "回调校验未通过"


class CallbackTooLarge(CallbackRefused):
    """More bytes than a callback may have."""

    http_status = 413


@dataclass(frozen=True)
class CallbackRequest:
    """The parts of a POST: which app's address it came to, the query, and at most max_bytes + 1 bytes of body."""

    app: str
    args: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def verify_url(settings: WechatApp, args: Mapping[str, str], at: datetime, window_seconds: int) -> str:
    """Answer WeChat's check of our address (GET): return the echostr, which is never encrypted.

    Raises:
        CallbackRefused.
    """
    _check_plain(settings, args, at, window_seconds)
    echo = args.get("echostr", "")
    if not echo or len(echo) > MAX_ECHO or not echo.isascii() or not echo.isprintable() or "<" in echo:
        raise CallbackRefused(reason="echostr")
    return echo


def read(
    settings: WechatApp, request: CallbackRequest, *, at: datetime, window_seconds: int, max_bytes: int
) -> Inbound:
    """Check and parse one callback; plain, compatible or secure, XML or JSON.

    An ``Encrypt`` is used wherever there is one; without it the body counts only when the app's mode allows that.

    Raises:
        CallbackRefused: with ``reason`` in its details, for the log.
    """
    if len(request.body) > max_bytes:
        raise CallbackTooLarge(reason="size")
    refusal: CallbackRefused
    try:
        return _read(settings, request, at, window_seconds)
    except CallbackRefused:
        raise
    except envelope.Undecryptable:
        refusal = CallbackRefused(reason="encryption")
    except Malformed as malformed:
        refusal = CallbackRefused(reason=f"form: {malformed}")
    except Exception as error:  # noqa: BLE001 - a stranger's bytes must never become a 500
        refusal = CallbackRefused(reason=f"form: {type(error).__name__}")
    raise refusal


def _read(settings: WechatApp, request: CallbackRequest, at: datetime, window_seconds: int) -> Inbound:
    args = request.args
    _check_time(args, at, window_seconds)
    if settings.callback_mode != "secure" and "msg_signature" not in args:
        # a plain body can be refused before it is parsed
        _check_plain(settings, args, at, window_seconds)
    tree = _parse(request.body)
    ciphertext = text_of(tree, "Encrypt")
    encrypted = bool(ciphertext)
    if encrypted:
        _check_encrypted(settings, args, ciphertext)
        tree = _parse(envelope.decrypt(settings, ciphertext).encode())
    elif settings.callback_mode == "secure":
        raise CallbackRefused(reason="not encrypted")
    else:
        _check_plain(settings, args, at, window_seconds)
    if text_of(tree, "ToUserName") != settings.original_id:
        raise CallbackRefused(reason="another account")
    return inbound(tree, app=request.app, encrypted=encrypted, nonce=args.get("nonce", ""))


def _check_time(args: Mapping[str, str], at: datetime, window_seconds: int) -> None:
    timestamp = args.get("timestamp", "")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 11:
        raise CallbackRefused(reason="timestamp")
    if abs(at.timestamp() - int(timestamp)) > window_seconds:
        raise CallbackRefused(reason="stale")


def _check_plain(settings: WechatApp, args: Mapping[str, str], at: datetime, window_seconds: int) -> None:
    _check_time(args, at, window_seconds)
    parts = (settings.callback_token, args.get("timestamp", ""), args.get("nonce", ""))
    if not args.get("nonce") or not envelope.is_signed(args.get("signature", ""), *parts):
        raise CallbackRefused(reason="signature")


def _check_encrypted(settings: WechatApp, args: Mapping[str, str], ciphertext: str) -> None:
    # `signature` does not cover the body, so here only msg_signature counts
    parts = (settings.callback_token, args.get("timestamp", ""), args.get("nonce", ""), ciphertext)
    if not args.get("nonce") or not envelope.is_signed(args.get("msg_signature", ""), *parts):
        raise CallbackRefused(reason="signature")


def _parse(body: bytes) -> dict[str, Any]:
    """Return the fields of a body, XML or JSON. Raises anything for a bad one."""
    text = body.decode("utf-8-sig").strip()
    tree = json.loads(text) if text.startswith("{") else _xml(text)
    if not isinstance(tree, dict):
        raise Malformed("no fields")
    return tree


def _xml(text: str) -> Any:
    import xmltodict

    # A document type can only stand before the root, so nothing may: then there are no entities to expand. People may
    # well write "<!DOCTYPE" in a message.
    if not _STARTS_WITH_ROOT.match(text):
        raise Malformed("start")
    return xmltodict.parse(text, disable_entities=True)["xml"]


def passive_reply(settings: WechatApp, request: Inbound, text: str | None, *, at: datetime) -> bytes:
    """Render the answer to a callback: a text shown in the chat, or ``success`` when there is nothing to say.

    Encrypted when the request was. The mini-program's chat knows no passive replies: always ``success`` there.
    """
    content = cut_to_bytes(printable(text or "").strip(), MAX_BYTES)
    if not content or request.app != "service_account":
        return SUCCESS
    seconds = int(at.timestamp())
    reply = (
        f"<xml><ToUserName>{_cdata(request.openid)}</ToUserName><FromUserName>{_cdata(request.to)}</FromUserName>"
        f"<CreateTime>{seconds}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(content)}</Content></xml>"
    )
    return (_sealed(settings, reply, seconds, request.nonce) if request.encrypted else reply).encode()


def _sealed(settings: WechatApp, reply: str, seconds: int, nonce: str) -> str:
    nonce = nonce or secrets.token_hex(8)
    ciphertext = envelope.encrypt(settings, reply)
    signed = envelope.signature(settings.callback_token, str(seconds), nonce, ciphertext)
    return (
        f"<xml><Encrypt>{_cdata(ciphertext)}</Encrypt><MsgSignature>{_cdata(signed)}</MsgSignature>"
        f"<TimeStamp>{seconds}</TimeStamp><Nonce>{_cdata(nonce)}</Nonce></xml>"
    )


def _cdata(text: str) -> str:
    # "]]>" would end the section early and let a person write XML of ours
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"
