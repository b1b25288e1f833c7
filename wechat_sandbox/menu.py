"""The menu of a service account (wechat_platform.md G)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .addresses import is_web_address
from .apps import App
from .defaults import SERVICE_ACCOUNT
from .endpoints import Call, Json, endpoint
from .errors import WechatError

if TYPE_CHECKING:
    from .world import World

Button = dict[str, Any]
KEY_TYPES = {
    "click",
    "scancode_push",
    "scancode_waitmsg",
    "pic_sysphoto",
    "pic_photo_or_album",
    "pic_weixin",
    "location_select",
}
OTHER_TYPES = {"view": "url", "miniprogram": "url", "media_id": "media_id", "article_id": "article_id"}
MAX_TOP, MAX_SUB = 3, 5
CLICK_TYPES = ("click", "scancode_push", "scancode_waitmsg")


def _check_leaf(world: World, app: App, button: Button, *, sub: bool) -> None:
    kind = button.get("type")
    if kind not in KEY_TYPES and kind not in OTHER_TYPES:
        raise WechatError(40024 if sub else 40017)
    if kind in KEY_TYPES:
        key = button.get("key")
        if not isinstance(key, str) or not 0 < len(key.encode()) <= world.number("menu_key_bytes", app):
            raise WechatError(40026 if sub else 40019)
        return
    value = button.get(OTHER_TYPES[kind])
    if not isinstance(value, str) or not 0 < len(value.encode()) <= world.number("menu_url_bytes", app):
        raise WechatError(40027 if sub else 40020)
    if OTHER_TYPES[kind] == "url" and not is_web_address(value):
        raise WechatError(40054 if sub else 40055)
    if kind == "miniprogram":
        _check_miniprogram(world, app, button)


def _check_miniprogram(world: World, app: App, button: Button) -> None:
    if button.get("appid") not in app.linked:
        raise WechatError(int(world.number("menu_unlinked_errcode", app)))
    if not button.get("pagepath"):
        raise WechatError(40097)


def _check_name(world: World, app: App, button: object, *, sub: bool) -> Button:
    if not isinstance(button, dict):
        raise WechatError(47001)
    name = button.get("name")
    limit = world.number("menu_sub_name_bytes" if sub else "menu_name_bytes", app)
    if not isinstance(name, str) or not 0 < len(name.encode()) <= limit:
        raise WechatError(40025 if sub else 40018)
    return button


def _check_button(world: World, app: App, raw: object) -> Button:
    button = _check_name(world, app, raw, sub=False)
    subs = button.get("sub_button") or []
    if not subs:
        _check_leaf(world, app, button, sub=False)
        return button | {"sub_button": []}
    if not isinstance(subs, list) or len(subs) > MAX_SUB:
        raise WechatError(40023)
    checked = []
    for raw_sub in subs:
        sub = _check_name(world, app, raw_sub, sub=True)
        if sub.get("sub_button"):
            raise WechatError(40022)
        _check_leaf(world, app, sub, sub=True)
        checked.append(sub | {"sub_button": []})
    return {"name": button["name"], "sub_button": checked}


def leaves(buttons: list[Button]) -> list[Button]:
    """The buttons that can be tapped, from left to right."""
    return [leaf for button in buttons for leaf in (button["sub_button"] or [button])]


@endpoint("POST", "/cgi-bin/menu/create", kinds=(SERVICE_ACCOUNT,), daily="menu_daily")
def create(world: World, call: Call) -> Json:
    """Replace the menu."""
    if b"\\u" in call.raw and world.flag("menu_refuses_unicode_escapes", call.app):
        raise WechatError(40033)
    buttons = call.body.get("button")
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= MAX_TOP:
        raise WechatError(40016)
    world.menus[call.app.appid] = [_check_button(world, call.app, button) for button in buttons]
    world.touch()
    return {}


@endpoint("GET", "/cgi-bin/menu/get", kinds=(SERVICE_ACCOUNT,))
def get(world: World, call: Call) -> Json:
    """The menu as it was created; 46003 when there is none."""
    if call.app.appid not in world.menus:
        raise WechatError(46003)
    return {"menu": {"button": world.menus[call.app.appid]}}


@endpoint("GET", "/cgi-bin/menu/delete", kinds=(SERVICE_ACCOUNT,))
def delete(world: World, call: Call) -> Json:
    """Remove the menu."""
    world.menus.pop(call.app.appid, None)
    world.touch()
    return {}
