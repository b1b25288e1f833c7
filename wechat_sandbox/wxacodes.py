"""getwxacodeunlimit: pictures that open a page of the mini-program with a scene (wechat_platform.md G)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from .defaults import MINIPROGRAM
from .endpoints import Binary, Call, endpoint
from .errors import WechatError
from .qrcodes import png

if TYPE_CHECKING:
    from .world import World

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]+")
VERSIONS = ("", "release", "trial", "develop")


def _scene(call: Call) -> str:
    scene = call.body.get("scene")
    if not isinstance(scene, str) or not 1 <= len(scene) <= 32:
        raise WechatError(40169)
    if not SCENE.fullmatch(scene):
        raise WechatError(40129)
    return scene


def _page(call: Call) -> str:
    page = call.text("page")
    if call.body.get("check_path", True) is False:
        return page
    if page.startswith("/") or "?" in page or not call.app.released or (page and not call.app.has_page(page)):
        raise WechatError(41030)
    return page


@endpoint("POST", "/wxa/getwxacodeunlimit", kinds=(MINIPROGRAM,), minute=5000, minute_errcode=45009)
def getwxacodeunlimit(world: World, call: Call) -> Binary:
    """A PNG; decoded it names the app, the page and the scene."""
    scene, page = _scene(call), _page(call)
    width = call.body.get("width", 430)
    bad_width = isinstance(width, bool) or not isinstance(width, int) or not 280 <= width <= 1280
    if bad_width:
        raise WechatError(int(world.number("wxacode_bad_width_errcode", call.app)))
    version = call.text("env_version")
    if version not in VERSIONS:
        raise WechatError(40097)
    home = call.app.pages[0] if call.app.pages else ""
    code = {
        "id": f"w{world.ids.count('wxacode')}",
        "appid": call.app.appid,
        "page": page or home,
        "scene": scene,
        # pages read decodeURIComponent(query.scene): it arrives encoded
        "query": {"scene": quote(scene, safe="")},
        "env_version": version or "release",
    }
    world.wxacodes[str(code["id"])] = code
    parameters = urlencode({"page": str(code["page"]), "scene": scene})
    return Binary(png(f"https://sandbox.invalid/{call.app.appid}?{parameters}", max(1, width // 49)), "image/png")
