"""Sending subscribe messages: mini-programs (C.3) and service accounts (bizsend, F)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import clock, events
from .customer_service import receiver
from .defaults import MINIPROGRAM, SERVICE_ACCOUNT
from .endpoints import Call, Json, endpoint
from .errors import WechatError
from .people import Person
from .templates import Template, check_data

if TYPE_CHECKING:
    from .world import World

STATES = ("", "developer", "trial", "formal")


def _template(world: World, call: Call) -> Template:
    template = world.templates.get(call.app, call.body.get("template_id"))
    if template is None:
        raise WechatError(40037)
    if template.banned or call.app.banned:
        raise WechatError(43107)
    return template


def _check_page(world: World, call: Call) -> None:
    page = call.text("page")
    if not page or not call.app.is_miniprogram:
        return
    if world.flag("subscribe_page_may_start_with_slash", call.app):
        page = page.removeprefix("/")
    if not call.app.has_page(page):
        raise WechatError(41030)


def _check_state(world: World, call: Call) -> None:
    errcode = int(world.number("subscribe_bad_state_errcode", call.app))
    if errcode and call.text("miniprogram_state") not in STATES:
        raise WechatError(errcode)


def _check_balance(world: World, call: Call, template: Template) -> None:
    balance = world.balances.of(call.app.appid, str(call.body["touser"]), template.id)
    now = world.clock.now()
    window = world.number("subscribe_collision_ms", call.app) / 1000
    if window and now - balance.last_sent_at < window:
        raise WechatError(43108)
    if not balance.long_term and balance.sends_left < 1:
        raise WechatError(43101)


def _check(world: World, call: Call) -> tuple[Person, Template]:
    """All checks in the order of the switch; the first that fails answers."""
    steps: dict[str, Callable[[], object]] = {
        "touser": lambda: receiver(world, call),
        "template": lambda: _template(world, call),
        "page": lambda: _check_page(world, call),
        "data": lambda: check_data(world, call.app, _template(world, call), call.object("data")),
        "balance": lambda: _check_balance(world, call, _template(world, call)),
    }
    for name in str(world.switch("subscribe_check_order", call.app)).split(","):
        steps[name.strip()]()
    _check_state(world, call)
    return receiver(world, call)[0], _template(world, call)


def _take(world: World, call: Call, template_id: str) -> None:
    balance = world.balances.of(call.app.appid, str(call.body["touser"]), template_id)
    if not balance.long_term and balance.sends_left > 0:
        balance.sends_left -= 1


def _send(world: World, call: Call) -> Json:
    try:
        person, template = _check(world, call)
    except WechatError as error:
        wasteful = world.flag("subscribe_bad_data_uses_accept", call.app)
        if wasteful and error.errcode in (47003, 41030):
            _take(world, call, call.text("template_id"))
        raise
    _take(world, call, template.id)
    now = world.clock.now()
    world.balances.of(call.app.appid, str(call.body["touser"]), template.id).last_sent_at = now
    msgid = world.ids.msgid()
    failed = person.flags.sends_fail
    if not failed:
        notice = {
            "appid": call.app.appid,
            "template_id": template.id,
            "title": template.title,
            "rows": template.rows(call.object("data")),
            "page": call.text("page"),
            "at": clock.iso(now),
            "msgid": str(msgid),
            "miniprogram_state": call.text("miniprogram_state") or "formal",
        }
        world.chats.add_notice(person.id, notice)
    item = {
        "TemplateId": template.id,
        "MsgID": str(msgid),
        "ErrorCode": -1 if failed else 0,
        "ErrorStatus": "system failed" if failed else "success",
    }
    push = events.subscribe_event(world, call.app, person, "subscribe_msg_sent_event", [item])
    world.pushes.deliver_soon(push, world.number("subscribe_sent_event_delay_seconds", call.app))
    world.touch(person)
    return {"msgid": msgid}


@endpoint("POST", "/cgi-bin/message/subscribe/send", kinds=(MINIPROGRAM,), daily=10_000_000)
def send(world: World, call: Call) -> Json:
    """One subscribe message of a mini-program; uses up one accept, or none of a long-term template."""
    return _send(world, call)


@endpoint("POST", "/cgi-bin/message/subscribe/bizsend", kinds=(SERVICE_ACCOUNT,))
def bizsend(world: World, call: Call) -> Json:
    """One subscription notice of a service account, with its own accepts."""
    return _send(world, call)
