"""Scene QR codes of service accounts and user/info (wechat_platform.md F, G)."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import segno

from .apps import App
from .defaults import SERVICE_ACCOUNT
from .endpoints import Binary, Call, Json, endpoint
from .errors import WechatError

if TYPE_CHECKING:
    from .world import World

MAX_EXPIRE_SECONDS = 2_592_000
TEMPORARY = {"QR_SCENE": int, "QR_STR_SCENE": str}
PERMANENT = {"QR_LIMIT_SCENE": int, "QR_LIMIT_STR_SCENE": str}


@dataclass
class SceneCode:
    """One QR code; `until` None is for ever."""

    ticket: str
    appid: str
    scene: str
    is_number: bool
    url: str
    until: float | None

    def as_json(self) -> dict[str, object]:
        return vars(self).copy()


def png(text: str, scale: int = 6) -> bytes:
    """A PNG of a QR code that holds this text."""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=scale, border=4)
    return out.getvalue()


def _scene(call: Call, kind: type, *, permanent: bool) -> str:
    scene = call.object("action_info").get("scene")
    if not isinstance(scene, dict):
        raise WechatError(40053)
    value = scene.get("scene_id" if kind is int else "scene_str")
    if kind is int:
        top = 100_000 if permanent else 2**32 - 1
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= top:
            raise WechatError(40053)
        return str(value)
    if not isinstance(value, str) or not 1 <= len(value) <= 64:
        raise WechatError(40053)
    return value


def _until(world: World, call: Call) -> float:
    seconds = call.body.get("expire_seconds")
    if seconds is None:
        seconds = world.number("qrcode_default_expire_seconds", call.app)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds <= 0:
        raise WechatError(47001)
    return world.clock.now() + min(float(seconds), MAX_EXPIRE_SECONDS)


@endpoint("POST", "/cgi-bin/qrcode/create", kinds=(SERVICE_ACCOUNT,))
def create(world: World, call: Call) -> Json:
    """A ticket for a temporary or permanent code with a scene."""
    action = call.text("action_name")
    kind = TEMPORARY.get(action) or PERMANENT.get(action)
    if kind is None:
        raise WechatError(40053, "invalid action info")
    permanent = action in PERMANENT
    scene = _scene(call, kind, permanent=permanent)
    mine = [code for code in world.scene_codes.values() if code.appid == call.app.appid]
    known = next((code for code in mine if permanent and code.until is None and code.scene == scene), None)
    if known is not None:
        return {"ticket": known.ticket, "url": known.url}
    if permanent and sum(code.until is None for code in mine) >= world.number("qrcode_permanent_max", call.app):
        raise WechatError(40053)
    until = None if permanent else _until(world, call)
    number = str(world.ids.count("qrcode"))
    code = SceneCode(
        ticket=world.ids.text(94, "qrcode", number) + "==",
        appid=call.app.appid,
        scene=scene,
        is_number=kind is int,
        url="http://weixin.qq.com/q/" + world.ids.text(22, "qrcode_url", number),
        until=until,
    )
    world.scene_codes[code.ticket] = code
    answer: Json = {"ticket": code.ticket, "url": code.url}
    if until is not None:
        answer["expire_seconds"] = int(round(until - world.clock.now()))
    return answer


@endpoint("GET", "/cgi-bin/showqrcode", needs_token=False)
def showqrcode(world: World, call: Call) -> Binary:
    """The picture of a ticket; on the real platform this stands at mp.weixin.qq.com. HTTP 404 for a bad ticket."""
    code = world.scene_codes.get(call.query.get("ticket", ""))
    if code is None:
        raise FileNotFoundError("ticket")
    return Binary(png(code.url), "image/png")


@endpoint("GET", "/cgi-bin/user/info", kinds=(SERVICE_ACCOUNT,))
def user_info(world: World, call: Call) -> Json:
    """What a service account learns of a person; little when the person does not follow."""
    person = world.people.by_openid(call.app, call.query.get("openid"))
    if person is None:
        raise WechatError(40003)
    follow = person.follow_of(call.app)
    unionid = world.people.unionid(person, call.app)
    union = {"unionid": unionid} if unionid else {}
    if not follow.subscribed:
        return {"subscribe": 0, "openid": call.query["openid"]} | union
    return {
        "subscribe": 1,
        "openid": call.query["openid"],
        "nickname": person.name if world.flag("user_info_has_nickname", call.app) else "",
        "sex": 0,
        "language": "zh_CN",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "subscribe_time": follow.since,
        "remark": "",
        "groupid": 0,
        "tagid_list": [],
        "subscribe_scene": follow.scene,
        "qr_scene": follow.qr_scene,
        "qr_scene_str": follow.qr_scene_str,
    } | union


def find(world: World, app: App, ticket: str, scene: str) -> SceneCode | None:
    """A code that still works, by ticket or by scene (the newest of that scene)."""
    now = world.clock.now()
    for code in reversed(world.scene_codes.values()):
        alive = code.until is None or now < code.until
        wanted = code.ticket == ticket if ticket else code.scene == scene
        if code.appid == app.appid and alive and wanted:
            return code
    return None
