"""Temporary media: enough of it for media ids to exist, be fetched and expire (wechat_platform.md J)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .apps import App
from .endpoints import Binary, Call, Json, Upload, endpoint
from .errors import WechatError

if TYPE_CHECKING:
    from .world import World

LIMITS = {"image": 10 << 20, "voice": 2 << 20, "video": 10 << 20, "thumb": 64 << 10}
ENDINGS = {
    "image": ("png", "jpg", "jpeg", "gif", "bmp"),
    "voice": ("amr", "mp3"),
    "video": ("mp4",),
    "thumb": ("jpg", "jpeg"),
}
MINIPROGRAM_IMAGE_LIMIT = 2 << 20


@dataclass
class Medium:
    """One file of one account; gone at `until`."""

    id: str
    appid: str
    kind: str
    upload: Upload
    until: float


class Media:
    """All temporary media by id."""

    def __init__(self) -> None:
        self._media: dict[str, Medium] = {}

    def add(self, world: World, app: App, kind: str, upload: Upload) -> Medium:
        until = world.clock.now() + world.number("media_life_seconds", app)
        medium = Medium(world.ids.fresh("media", 64), app.appid, kind, upload, until)
        self._media[medium.id] = medium
        return medium

    def get(self, app: App, media_id: object, now: float) -> Medium | None:
        """None for an unknown, foreign or expired id."""
        medium = self._media.get(media_id) if isinstance(media_id, str) else None
        return medium if medium is not None and medium.appid == app.appid and now < medium.until else None


@endpoint("POST", "/cgi-bin/media/upload", body="multipart")
def upload(world: World, call: Call) -> Json:
    """Keep a file for three days; mini-programs may only upload images. A name without its ending is no file."""
    kind = call.query.get("type", "")
    if kind not in LIMITS or (call.app.is_miniprogram and kind != "image"):
        raise WechatError(40004)
    if call.upload is None:
        raise WechatError(41005)
    if not call.upload.content:
        raise WechatError(44001)
    if call.upload.filename.rpartition(".")[2].lower() not in ENDINGS[kind]:
        raise WechatError(40005)
    limit = MINIPROGRAM_IMAGE_LIMIT if call.app.is_miniprogram else LIMITS[kind]
    if len(call.upload.content) > limit:
        raise WechatError(45001)
    medium = world.media.add(world, call.app, kind, call.upload)
    name = "thumb_media_id" if kind == "thumb" else "media_id"
    return {"type": kind, name: medium.id, "created_at": int(world.clock.now())}


@endpoint("GET", "/cgi-bin/media/get")
def get(world: World, call: Call) -> Json | Binary:
    """The file's bytes."""
    medium = world.media.get(call.app, call.query.get("media_id"), world.clock.now())
    if medium is None:
        raise WechatError(40007)
    if medium.kind == "video":
        return {"video_url": f"http://sandbox.invalid/video/{medium.id}"}
    return Binary(medium.upload.content, medium.upload.content_type, medium.upload.filename)
