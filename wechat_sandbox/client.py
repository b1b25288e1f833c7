"""What a person does on the phone in a chat: write, follow, scan, tap the menu. Each gives the push to deliver.

Call these with the world's lock held; deliver what they return without it.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from . import chats, clock, events, menu, qrcodes
from .apps import App
from .bodies import Fields, Push
from .chats import Line
from .endpoints import Upload
from .errors import ControlError
from .people import Follow, Person
from .samples import SAMPLES, UNSHOWN

if TYPE_CHECKING:
    from .world import World

LABELS = {
    "image": "[图片]",
    "voice": "[语音]",
    "video": "[视频]",
    "shortvideo": "[小视频]",
    "location": "[位置]",
    "sticker": "[表情]",
}
# a passive reply to these would have nowhere to appear, so a failing server shows nothing either
SILENT_MENU_TYPES = ("view", "miniprogram")


def _need_service_account(app: App) -> None:
    if app.is_miniprogram:
        raise ControlError(400, "this is for service accounts", appid=app.appid)


def _need_follower(app: App, person: Person) -> None:
    if not app.is_miniprogram and not person.follow_of(app).subscribed:
        raise ControlError(409, "the user does not follow this service account", appid=app.appid)


def _grant(world: World, app: App, person: Person, trigger: str) -> None:
    world.allowances.grant(
        app.appid,
        world.people.openid(person, app),
        trigger,
        world.clock.now(),
        is_miniprogram=app.is_miniprogram,
        adds_up=world.flag("allowance_adds_up", app),
    )


def _medium(world: World, app: App, kind: str, suffix: str, content: bytes | None = None) -> str:
    given = content if content is not None else SAMPLES.get(kind, b"sandbox " + kind.encode())
    upload = Upload(f"{kind}.{suffix}", f"{kind}/{suffix}", given)
    return world.media.add(world, app, kind, upload).id


def _file(body: dict[str, Any]) -> bytes | None:
    """The bytes a control call gives for a picture or voice."""
    if "file" not in body:
        return None
    try:
        return base64.b64decode(str(body["file"]), validate=True)
    except ValueError as error:
        raise ControlError(400, "file is base64", field="file") from error


def _media_fields(world: World, app: App, kind: str, content: bytes | None) -> Fields:
    if kind == "image":
        media_id = _medium(world, app, kind, "jpeg", content)
        return {"PicUrl": f"http://mmbiz.qpic.cn/sandbox/{media_id}/0", "MediaId": media_id}
    if kind == "voice":
        # today's pushes carry two qualities and no Recognition
        return {
            "MediaId": _medium(world, app, kind, "amr", content),
            "Format": "amr",
            "MediaId16K": _medium(world, app, kind, "amr", content),
        }
    return {"MediaId": _medium(world, app, "video", "mp4"), "ThumbMediaId": _medium(world, app, "image", "jpeg")}


def _message_fields(world: World, app: App, kind: str, body: dict[str, Any]) -> Fields:
    if kind == "text":
        content = body.get("content")
        if not isinstance(content, str):
            raise ControlError(400, "content is a text", field="content")
        return {"Content": content} | ({"bizmsgmenuid": str(body["menu_id"])} if body.get("menu_id") else {})
    if kind in ("image", "voice", "video", "shortvideo"):
        return _media_fields(world, app, kind, _file(body))
    if kind == "sticker" and not app.is_miniprogram:
        return {"Content": UNSHOWN}
    if kind == "location":
        return {
            "Location_X": body.get("latitude", 31.4675),
            "Location_Y": body.get("longitude", 104.6796),
            "Scale": 15,
            "Label": body.get("label", "绵阳市"),
        }
    if kind == "link":
        return {name: str(body.get(name.lower(), "")) for name in ("Title", "Description", "Url")}
    if kind == "miniprogrampage" and app.is_miniprogram:
        thumb = _medium(world, app, "image", "jpeg")
        page = {"Title": str(body.get("title", "")), "AppId": app.appid, "PagePath": str(body.get("page", ""))}
        return page | {"ThumbUrl": f"http://mmbiz.qpic.cn/sandbox/{thumb}/0", "ThumbMediaId": thumb}
    raise ControlError(400, "this account has no such message type", type=kind)


def write(world: World, app: App, person: Person, body: dict[str, Any]) -> tuple[Line, Push]:
    """A message of any type; opens the customer-service allowance."""
    _need_follower(app, person)
    kind = str(body.get("type", "text"))
    fields = _message_fields(world, app, kind, body)
    push = events.message(world, app, person, "text" if kind == "sticker" else kind, **fields)
    now = world.clock.now()
    _grant(world, app, person, "menu" if "bizmsgmenuid" in fields and not app.is_miniprogram else "message")
    world.typing.wrote_at[app.appid, push.openid] = now
    person.last_active[app.appid] = now
    line = world.chats.add(
        person.id,
        app.appid,
        direction=chats.OUT,
        via="user",
        at=clock.iso(now),
        kind=kind,
        text=LABELS.get(kind) or str(fields.get("Content") or fields.get("Title") or ""),
        msg_id=str(push.fields["MsgId"]),
        **({"media_id": fields["MediaId"]} if kind in ("image", "voice") else {}),
    )
    world.touch(person)
    return line, push


def follow(world: World, app: App, person: Person, *, code: qrcodes.SceneCode | None = None) -> Push | None:
    """Follow, plainly or by a scene code; None when the person already follows."""
    _need_service_account(app)
    if person.follow_of(app).subscribed:
        return None
    person.follows[app.appid] = Follow(
        True,
        int(world.clock.now()),
        "ADD_SCENE_QR_CODE" if code else "ADD_SCENE_SEARCH",
        int(code.scene) if code and code.is_number else 0,
        code.scene if code and not code.is_number else "",
    )
    _grant(world, app, person, "follow")
    world.touch(person)
    extra: Fields = {"EventKey": f"qrscene_{code.scene}", "Ticket": code.ticket} if code else {"EventKey": ""}
    return events.event(world, app, person, "subscribe", **extra)


def has_followed(world: World, app: App, person: Person) -> None:
    """The person has been following for long: no event, no allowance."""
    _need_service_account(app)
    person.follows[app.appid] = Follow(True, int(world.clock.now()), "ADD_SCENE_SEARCH")
    world.touch(person)


def unfollow(world: World, app: App, person: Person) -> Push | None:
    """Stop following; every allowance ends. None when the person did not follow."""
    _need_service_account(app)
    if not person.follow_of(app).subscribed:
        return None
    person.follows[app.appid] = Follow()
    world.allowances.revoke(app.appid, world.people.openid(person, app))
    world.touch(person)
    return events.event(world, app, person, "unsubscribe", visible=False, EventKey="")


def scan(world: World, app: App, person: Person, *, ticket: str, scene: str) -> Push | None:
    """Scan a scene code: a follower gives SCAN, anybody else follows by it."""
    _need_service_account(app)
    code = qrcodes.find(world, app, ticket, scene)
    if code is None:
        raise ControlError(404, "no QR code with this ticket or scene, or it has expired")
    if not person.follow_of(app).subscribed:
        return follow(world, app, person, code=code)
    _grant(world, app, person, "scan")
    return events.event(world, app, person, "SCAN", EventKey=code.scene, Ticket=code.ticket)


def tap_menu(world: World, app: App, person: Person, wanted: str) -> Push:
    """Tap a menu button, named by key, url, page or name."""
    _need_service_account(app)
    _need_follower(app, person)
    for button in menu.leaves(world.menus.get(app.appid, [])):
        if wanted in (button.get("key"), button.get("url"), button.get("pagepath"), button["name"]):
            return _menu_push(world, app, person, button)
    raise ControlError(404, "no such menu button", key=wanted)


def _menu_push(world: World, app: App, person: Person, button: dict[str, Any]) -> Push:
    kind = button["type"]
    if kind in menu.CLICK_TYPES:
        _grant(world, app, person, "menu")
    if kind == "click":
        return events.event(world, app, person, "CLICK", EventKey=button["key"])
    if kind in SILENT_MENU_TYPES:
        name = "VIEW" if kind == "view" else "view_miniprogram"
        key = button["url"] if kind == "view" else button["pagepath"]
        return events.event(world, app, person, name, visible=False, EventKey=key, MenuId=430000001)
    extra: Fields = {"EventKey": button.get("key", "")}
    if kind.startswith("scancode"):
        extra["ScanCodeInfo"] = {"ScanType": "qrcode", "ScanResult": "sandbox"}
    return events.event(world, app, person, kind, **extra)


def enter_chat(world: World, app: App, person: Person, session_from: str) -> Push:
    """Open the customer-service chat of a mini-program."""
    if not app.is_miniprogram:
        raise ControlError(400, "only a mini-program's chat is entered", appid=app.appid)
    _grant(world, app, person, "enter")
    person.last_active[app.appid] = world.clock.now()
    return events.event(world, app, person, "user_enter_tempsession", SessionFrom=session_from)


def pay(world: World, app: App, person: Person) -> None:
    """A payment succeeded: customer-service messages are unlimited for two days."""
    _need_service_account(app)
    _grant(world, app, person, "payment")


def other_event(world: World, app: App, person: Person, name: str, fields: Fields) -> Push:
    """Any other event of D.4 by name, e.g. LOCATION, user_authorization_revoke, debug_demo."""
    return events.event(world, app, person, name, visible=False, **fields)
