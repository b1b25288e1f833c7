"""Template messages of service accounts (wechat_platform.md F)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import chats, clock, events
from .customer_service import receiver
from .defaults import SERVICE_ACCOUNT
from .endpoints import Call, Json, endpoint
from .errors import WechatError
from .people import Person
from .templates import MESSAGE, Template, check_data

if TYPE_CHECKING:
    from .world import World


class SentTemplates:
    """The client_msg_id keys of the last minutes."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str, str], tuple[float, int]] = {}

    def find(self, key: tuple[str, str, str], now: float, window: float) -> int | None:
        """The msgid that was sent under this key within the window."""
        at, msgid = self._sent.get(key, (-1e12, 0))
        return msgid if now - at < window else None

    def remember(self, key: tuple[str, str, str], now: float, msgid: int) -> None:
        self._sent[key] = (now, msgid)


def _check(world: World, call: Call) -> tuple[Person, Template]:
    person, _ = receiver(world, call)
    if not person.follow_of(call.app).subscribed:
        raise WechatError(43004)
    if person.flags.blacklisted:
        raise WechatError(43019)
    template = world.templates.get(call.app, call.body.get("template_id"), MESSAGE)
    if template is None:
        raise WechatError(40037)
    if template.banned:
        raise WechatError(int(world.number("template_banned_errcode", call.app)))
    target = call.object("miniprogram").get("appid")
    if target and target not in call.app.linked:
        raise WechatError(int(world.number("template_unlinked_errcode", call.app)))
    check_data(world, call.app, template, call.object("data"))
    return person, template


def _status(world: World, call: Call, person: Person) -> str:
    if person.flags.refuses_messages:
        return str(world.switch("template_status_user_block", call.app))
    if person.flags.sends_fail:
        return str(world.switch("template_status_system_failed", call.app))
    return "success"


@endpoint("POST", "/cgi-bin/message/template/send", kinds=(SERVICE_ACCOUNT,), daily=100_000)
def send(world: World, call: Call) -> Json:
    """One template message to a follower; TEMPLATESENDJOBFINISH tells later whether it arrived."""
    person, template = _check(world, call)
    now = world.clock.now()
    key = (call.app.appid, str(call.body["touser"]), call.text("client_msg_id"))
    if key[2]:
        earlier = world.sent_templates.find(key, now, world.number("template_dedupe_seconds", call.app))
        if earlier is not None:
            errcode = int(world.number("template_duplicate_errcode", call.app))
            if errcode:
                raise WechatError(errcode, "duplicate client_msg_id")
            return {"msgid": earlier}
    msgid = world.ids.msgid()
    if key[2]:
        world.sent_templates.remember(key, now, msgid)
    status = _status(world, call, person)
    if status == "success":
        _show(world, call, person, template)
    push = events.event(world, call.app, person, "TEMPLATESENDJOBFINISH", visible=False, MsgID=msgid, Status=status)
    world.pushes.deliver_soon(push, world.number("template_event_delay_seconds", call.app))
    return {"msgid": msgid}


def _show(world: World, call: Call, person: Person, template: Template) -> None:
    target = call.object("miniprogram")
    card = {
        "template_id": template.id,
        "title": template.title,
        "rows": template.rows(call.object("data")),
        "page": target.get("pagepath") if target else None,
        "appid": target.get("appid") if target else None,
        "url": call.text("url") or None,
    }
    world.chats.add(
        person.id,
        call.app.appid,
        direction=chats.IN,
        via="template",
        at=clock.iso(world.clock.now()),
        kind="template",
        text=template.title,
        template=card,
    )
    world.touch(person)
