"""access_token: the classic and the stable endpoint, independent of each other (wechat_platform.md A)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .apps import App
from .endpoints import Call, Json, endpoint
from .errors import WechatError

if TYPE_CHECKING:
    from .world import World

LIFE_SECONDS = 7200
GRACE_SECONDS = 300
FORCED_SPACING_SECONDS = 30
FORCED_PER_DAY = 20
CLASSIC, STABLE = "classic", "stable"


@dataclass
class Token:
    """One access_token. After `dead_at` it is superseded; before, it may still be too old."""

    value: str
    appid: str
    expires_at: float
    dead_at: float | None = None


class Tokens:
    """All tokens ever given out, and the newest of each space."""

    def __init__(self) -> None:
        self._all: dict[str, Token] = {}
        self._newest: dict[tuple[str, str], Token] = {}
        self._forced_at: dict[str, float] = {}

    def issue(self, world: World, app: App, space: str, *, grace: float = GRACE_SECONDS) -> Token:
        """A new token; the one before it in the same space lives on for the grace."""
        now = world.clock.now()
        before = self._newest.get((app.appid, space))
        if before is not None and before.dead_at is None:
            before.dead_at = now + grace
        length = max(130, min(512, world.number("token_length", app)))
        token = Token(world.ids.fresh("token", int(length)), app.appid, now + LIFE_SECONDS)
        self._all[token.value] = token
        self._newest[app.appid, space] = token
        return token

    def stable(self, world: World, app: App, force: bool) -> Token:
        """The present stable token; a new one in its last five minutes or by force."""
        now = world.clock.now()
        current = self._newest.get((app.appid, STABLE))
        if current is not None and force and now - self._forced_at.get(app.appid, -1e9) >= FORCED_SPACING_SECONDS:
            if not world.quotas.take_day(app.appid, "force_refresh", FORCED_PER_DAY, now):
                raise WechatError(45009)
            self._forced_at[app.appid] = now
            at_once = world.flag("token_forced_refresh_kills_at_once", app)
            return self.issue(world, app, STABLE, grace=0 if at_once else GRACE_SECONDS)
        if current is None or current.expires_at - now < GRACE_SECONDS:
            return self.issue(world, app, STABLE)
        return current

    def appid_of(self, value: str) -> str | None:
        """Whose token that is or was, without judging it."""
        token = self._all.get(value)
        return token.appid if token else None

    def check(self, world: World, value: str) -> str:
        """The appid behind a token; 41001, 40014, 40001 or 42001 otherwise."""
        now = world.clock.now()
        if not value:
            raise WechatError(41001)
        token = self._all.get(value)
        if token is None:
            raise WechatError(int(world.number("token_unknown_errcode")))
        if token.dead_at is not None and now >= token.dead_at:
            raise WechatError(int(world.number("token_superseded_errcode")))
        if now >= token.expires_at:
            raise WechatError(int(world.number("token_expired_errcode")))
        return token.appid


def address_allowed(world: World, app: App, address: str) -> bool:
    """Service accounts must list their addresses; mini-programs only if they list any."""
    if app.ip_whitelist:
        return address in app.ip_whitelist
    return app.is_miniprogram or not world.flag("service_account_needs_ip_whitelist", app)


def credentials(world: World, values: Json) -> App:
    """The app that appid and secret name; 41002, 41004, 40013 or 40125 otherwise."""
    if not values.get("appid"):
        raise WechatError(41002)
    if not values.get("secret"):
        raise WechatError(41004)
    app = world.apps.get(str(values["appid"]))
    if app is None:
        raise WechatError(40013)
    if values["secret"] != app.secret:
        raise WechatError(40125)
    return app


def _token_caller(world: World, call: Call, values: Json) -> App:
    if values.get("grant_type") != "client_credential":
        raise WechatError(40002)
    app = credentials(world, values)
    call.account = app
    if not address_allowed(world, app, call.remote_addr):
        address = call.remote_addr
        raise WechatError(40164, f"invalid ip {address} ipv6 ::ffff:{address}, not in whitelist")
    return app


@endpoint("GET", "/cgi-bin/token", needs_token=False, daily="token_daily")
def token(world: World, call: Call) -> Json:
    """A new token with every call."""
    app = _token_caller(world, call, call.query)
    world.count(call, app)
    issued = world.tokens.issue(world, app, CLASSIC)
    return {"access_token": issued.value, "expires_in": LIFE_SECONDS}


@endpoint("POST", "/cgi-bin/stable_token", needs_token=False, daily=500_000, minute=10_000)
def stable_token(world: World, call: Call) -> Json:
    """The same token until five minutes before its end; expires_in is what remains."""
    app = _token_caller(world, call, call.body)
    world.count(call, app)
    current = world.tokens.stable(world, app, call.body.get("force_refresh") is True)
    return {"access_token": current.value, "expires_in": int(current.expires_at - world.clock.now())}
