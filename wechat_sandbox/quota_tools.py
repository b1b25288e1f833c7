"""clear_quota, quota/get and rid/get (wechat_platform.md 0.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .endpoints import ENDPOINTS, Call, Json, endpoint
from .errors import WechatError
from .quotas import UNLIMITED

if TYPE_CHECKING:
    from .world import World

RID_SECONDS = 7 * 86_400


@endpoint("POST", "/cgi-bin/clear_quota")
def clear_quota(world: World, call: Call) -> Json:
    """Reset the account's daily counters, ten times a month."""
    if call.text("appid") != call.app.appid:
        raise WechatError(40013)
    if not world.quotas.clear(call.app.appid, world.clock.now()):
        raise WechatError(48006)
    return {}


@endpoint("POST", "/cgi-bin/openapi/quota/get")
def quota_get(world: World, call: Call) -> Json:
    """How much of a day's cap is used."""
    target = ENDPOINTS.get(call.text("cgi_path"))
    if target is None:
        raise WechatError(76021)
    if call.app.kind not in target.kinds:
        raise WechatError(76022)
    limit = min(UNLIMITED, world.quotas.daily_cap(target.path, world.daily_cap(target, call.app)))
    used = world.quotas.used_today(call.app.appid, target.path, world.clock.now())
    return {"quota": {"daily_limit": limit, "used": used, "remain": max(0, limit - used)}}


@endpoint("POST", "/cgi-bin/openapi/rid/get")
def rid_get(world: World, call: Call) -> Json:
    """What was received under a rid, for seven days."""
    entry = world.journal.by_rid(call.text("rid"))
    if entry is None or world.clock.now() - entry.extra["epoch"] > RID_SECONDS:
        raise WechatError(76001)
    if entry.appid != call.app.appid:
        raise WechatError(76003)
    return {
        "request": {
            "invoke_time": int(entry.extra["epoch"]),
            "cost_in_ms": int(entry.ms),
            "request_url": f"{entry.path}?{'&'.join(f'{key}={value}' for key, value in entry.query.items())}",
            "request_body": entry.extra["raw"],
            "response_body": entry.extra["response"],
            "client_ip": entry.extra["client_ip"],
        }
    }
