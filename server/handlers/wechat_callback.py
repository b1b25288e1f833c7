"""WeChat calls us: check, tell one action, answer within the five seconds.

Anything correctly signed is answered with success, even if we could not use it; anything else is refused unstored.
"""

import logging

import click
from apiflask import APIBlueprint
from flask import Response, request

from server import chatbot, clock, conversing
from server.access import speaking
from server.access.speaking import Caller
from server.actions import accounts, consents, messaging, notifications
from server.chatbot.flows import links
from server.choosing import NoChooser
from server.config import Wechat, WechatApp
from server.errors import AppError, NotFound, Unavailable
from server.handlers import context
from server.wechat import callback
from server.wechat.callback import (
    CallbackRequest,
    CallbackTooLarge,
    ConsentChange,
    EnterChat,
    Inbound,
    InboundMessage,
    MediaVerdict,
    MenuClick,
)
from server.wechat.callback import Subscription as Follow
from server.wechat.gateway import Judged

logger = logging.getLogger(__name__)

blueprint = APIBlueprint("wechat_callback", __name__, url_prefix="/wechat", enable_openapi=False)


def _warm_up(_: object) -> None:
    """So that the first message is answered as fast as the others; commands and the scheduler answer nobody."""
    if click.get_current_context(silent=True) is None:
        chatbot.warm_up()


blueprint.record_once(_warm_up)

SERVICE_ACCOUNT, MINIPROGRAM = "service_account", "miniprogram"
PAUSE_SECONDS = 30
HURRY_AFTER_SECONDS = 1.0
"""Of WeChat's five: where asking it took longer, no language model is asked (two seconds at most)."""
_asking = {"from": 0.0}


def _wechat() -> Wechat:
    return context.wiring().settings.wechat


def _app(name: str) -> WechatApp:
    wechat = _wechat()
    found = {SERVICE_ACCOUNT: wechat.service_account, MINIPROGRAM: wechat.miniprogram}.get(name)
    if found is None:
        raise NotFound()
    return found


@blueprint.get("/callback/<app>")
def verify(app: str) -> Response:
    """WeChat checks that the address is ours. Errors: callback_refused."""
    window = _wechat().callback_replay_window_seconds
    echo = callback.verify_url(_app(app), request.args.to_dict(), clock.now(), window)
    return Response(echo, content_type="text/plain; charset=utf-8")


@blueprint.post("/callback/<app>")
def called(app: str) -> Response:
    """A message or an event. Errors: callback_refused."""
    at, settings, account = clock.now(), _wechat(), _app(app)
    inbound = callback.read(
        account,
        CallbackRequest(app, request.args.to_dict(), _body(settings.callback_max_bytes)),
        at=at,
        window_seconds=settings.callback_replay_window_seconds,
        max_bytes=settings.callback_max_bytes,
    )
    said = _used(inbound)
    shown = links.for_service_account(said, settings.miniprogram.app_id) if said else said
    reply = callback.passive_reply(account, inbound, shown, at=at)
    kind = "text/plain" if reply == b"success" else "application/xml"
    return Response(reply, content_type=f"{kind}; charset=utf-8")


def _body(most: int) -> bytes:
    """Read at most one byte more than allowed. A body of unknown length is refused: WeChat always says its length."""
    if request.content_length is None:
        raise callback.CallbackRefused(reason="length")
    if request.content_length > most:
        raise CallbackTooLarge(reason="size")
    return request.stream.read(most + 1)


def _used(inbound: Inbound) -> str | None:
    try:
        return _dispatch(inbound)
    except Unavailable:
        raise  # no answer was stored: WeChat asks again
    except AppError as refusal:
        logger.warning("A callback could not be used: %s", refusal.code)
        return None


def _dispatch(inbound: Inbound) -> str | None:
    """Tell the one action this is for; returns the words of the passive reply."""
    if inbound.receipts:
        _receipts(inbound)
        return None
    match inbound.event:
        case InboundMessage():
            return _message(inbound, inbound.event)
        case MenuClick():
            return _click(inbound, inbound.event)
        case Follow():
            return _follow(inbound, inbound.event)
        case EnterChat():
            messaging.enter(
                openid=inbound.openid,
                dedupe_key=inbound.dedupe_key,
                at=clock.now(),
                policy=context.wiring().policy,
                source=context.source(),
            )
        case MediaVerdict():
            verdict = inbound.event
            messaging.record_verdict(verdict.trace_id, Judged(verdict.suggest, verdict.label), verdict.errcode)
        case ConsentChange():
            _consents(inbound, inbound.event)
    return None


def _message(inbound: Inbound, event: InboundMessage) -> str | None:
    wiring, began = context.wiring(), clock.monotonic()
    caller = speaking.caller(inbound.app, inbound.openid, inbound.dedupe_key, clock.now())
    unionid = _unionid(inbound, caller)
    has_time = clock.monotonic() - began < HURRY_AFTER_SECONDS
    return conversing.receive(
        app=inbound.app,
        openid=inbound.openid,
        unionid=unionid,
        dedupe_key=inbound.dedupe_key,
        text=event.text,
        kind=event.kind,
        at=clock.now(),
        policy=wiring.policy,
        most=wiring.settings.messaging.max_text_characters,
        source=context.source(),
        media_id=event.media_id,
        chooser=wiring.chooser if has_time else NoChooser(),
        caller=caller,
    )


def _click(inbound: Inbound, event: MenuClick) -> str | None:
    caller = speaking.caller(inbound.app, inbound.openid, inbound.dedupe_key, clock.now())
    return conversing.tap(
        openid=inbound.openid,
        unionid=_unionid(inbound, caller),
        dedupe_key=inbound.dedupe_key,
        key=event.key,
        at=clock.now(),
        policy=context.wiring().policy,
        source=context.source(),
        caller=caller,
    )


def _follow(inbound: Inbound, event: Follow) -> str | None:
    app, openid, key = inbound.app, inbound.openid, inbound.dedupe_key
    if event.follows:
        at = clock.now()
        unionid = _unionid(inbound, speaking.caller(app, openid, key, at))
        return accounts.followed(app, openid, unionid, dedupe_key=key, at=at)
    accounts.unfollowed(app, openid, dedupe_key=key, at=clock.now())
    return None


def _consents(inbound: Inbound, event: ConsentChange) -> None:
    consents.changed(
        inbound.app,
        inbound.openid,
        event.changes,
        inbound.dedupe_key,
        clock.now(),
        settings=context.wiring().settings,
        popup=event.popup,
    )


def _receipts(inbound: Inbound) -> None:
    for receipt in inbound.receipts:
        notifications.record_receipt(
            receipt.ref,
            receipt.errcode,
            receipt.status,
            dedupe_key=inbound.dedupe_key,
            kind=receipt.kind,
            at=clock.now(),
        )


def _unionid(inbound: Inbound, caller: Caller | None) -> str | None:
    """Ask WeChat who a stranger is, before the action; without an answer he stays one until a later message.

    When WeChat is slow we do not ask again for a while: an answer that comes after five seconds is never shown.
    """
    is_joined = caller is not None and caller.unionid is not None
    if inbound.app != SERVICE_ACCOUNT or is_joined or clock.monotonic() < _asking["from"]:
        return None
    try:
        return context.wiring().gateway.follower(inbound.openid).unionid
    except Unavailable:
        logger.warning("WeChat did not tell a follower's unionid")
        _asking["from"] = clock.monotonic() + PAUSE_SECONDS
        return None
