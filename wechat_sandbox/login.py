"""wx.login, session keys, phone codes and signed open data (wechat_platform.md B)."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import crypto
from .apps import App
from .defaults import MINIPROGRAM
from .endpoints import Call, Json, endpoint
from .errors import ControlError, WechatError
from .people import Person
from .tokens import credentials

if TYPE_CHECKING:
    from .world import World

CODE_SECONDS = 300
NO_QUOTA_ERRNO = 1400001
NO_PHONE_ERRNO = 1


@dataclass
class Code:
    """A code of wx.login or of the phone component."""

    appid: str
    person: Person
    until: float
    used: bool = False


@dataclass
class Session:
    """The one live session_key of a person in a mini-program."""

    key: str
    made_at: float
    until: float


class Logins:
    """Codes and session keys; phone codes are kept apart from login codes."""

    def __init__(self) -> None:
        self.codes: dict[str, Code] = {}
        self.phone_codes: dict[str, Code] = {}
        self.sessions: dict[tuple[str, str], Session] = {}


def _new_key(world: World) -> str:
    return base64.b64encode(world.ids.fresh_bytes("session_key", 16)).decode()


def live_session(world: World, app: App, person: Person) -> Session | None:
    """The person's session, its life extended by this use; None when there is none or it died."""
    now = world.clock.now()
    session = world.logins.sessions.get((app.appid, person.id))
    if session is None or now >= session.until:
        return None
    session.until = now + world.number("session_key_lifetime_seconds", app)
    return session


# ---- on the phone ----------------------------------------------------------------------------------------------


def login(world: World, app: App, person: Person) -> str:
    """wx.login: a code for five minutes. The session_key changes only after the minimum interval."""
    if not app.is_miniprogram:
        raise ControlError(400, "only a mini-program logs in", appid=app.appid)
    now = world.clock.now()
    session = live_session(world, app, person)
    if session is None or now - session.made_at >= world.number("session_key_min_interval_seconds", app):
        life = world.number("session_key_lifetime_seconds", app)
        world.logins.sessions[app.appid, person.id] = Session(_new_key(world), now, now + life)
    code = world.ids.fresh("login_code", 32)
    world.logins.codes[code] = Code(app.appid, person, now + CODE_SECONDS)
    person.last_active[app.appid] = now
    return code


def phone_code(world: World, app: App, person: Person) -> dict[str, Any]:
    """The phone component: `{code}`, or `{errno, errmsg}` when the quota is used up or there is no number."""
    if not app.is_miniprogram:
        raise ControlError(400, "only a mini-program has a phone component", appid=app.appid)
    if app.phone_calls >= world.number("phone_free_calls", app):
        return {"errno": NO_QUOTA_ERRNO, "errmsg": "getPhoneNumber:fail quota used up"}
    if not person.phone:
        return {"errno": NO_PHONE_ERRNO, "errmsg": "getPhoneNumber:fail the user has no phone number"}
    app.phone_calls += 1
    code = world.ids.fresh("phone_code", 64, alphabet="0123456789abcdef")
    world.logins.phone_codes[code] = Code(app.appid, person, world.clock.now() + CODE_SECONDS)
    return {"code": code}


def open_data(world: World, app: App, person: Person) -> dict[str, str]:
    """rawData, signature, encryptedData and iv as wx.getUserProfile gives them."""
    session = live_session(world, app, person)
    if session is None:
        raise ControlError(409, "the user must log in first")
    profile = {"nickName": "微信用户", "gender": 0, "language": "zh_CN", "city": "", "province": "", "country": ""}
    raw = json.dumps(profile | {"avatarUrl": ""}, ensure_ascii=False, separators=(",", ":"))
    full: Json = profile | {"openId": world.people.openid(person, app)}
    unionid = world.people.unionid(person, app)
    if unionid:
        full["unionId"] = unionid
    full["watermark"] = {"timestamp": int(world.clock.now()), "appid": app.appid}
    encrypted, iv = crypto.encrypt_open_data(json.dumps(full, ensure_ascii=False), session.key)
    return {
        "rawData": raw,
        "signature": crypto.raw_data_signature(raw, session.key),
        "encryptedData": encrypted,
        "iv": iv,
    }


# ---- WeChat's servers ------------------------------------------------------------------------------------------


@endpoint("GET", "/sns/jscode2session", needs_token=False)
def jscode2session(world: World, call: Call) -> Json:
    """A login code against openid, session_key and, if bound, unionid. An access_token in the query is ignored."""
    app = credentials(world, call.query)
    call.account = app
    if not app.is_miniprogram:
        raise WechatError(40013)
    if not call.query.get("js_code"):
        raise WechatError(41008)
    if call.query.get("grant_type") != "authorization_code":
        raise WechatError(40002)
    world.count(call, app)
    now = world.clock.now()
    code = world.logins.codes.get(call.query["js_code"])
    if code is None or code.appid != app.appid or now >= code.until:
        raise WechatError(40029)
    cap = int(world.number("login_code_per_minute", app))
    if not world.quotas.take_minute(f"{app.appid}/{code.person.id}", call.path, cap, now):
        raise WechatError(45011)
    if code.used:
        raise WechatError(40163)
    code.used = True
    if code.person.flags.blocked:
        raise WechatError(40226)
    session = live_session(world, app, code.person)
    if session is None:
        raise WechatError(40029)
    answer: Json = {"session_key": session.key, "openid": world.people.openid(code.person, app)}
    unionid = world.people.unionid(code.person, app)
    if unionid:
        answer["unionid"] = unionid
    return answer


def _signed_session(world: World, call: Call) -> Session:
    if call.query.get("sig_method") != "hmac_sha256":
        raise WechatError(87008)
    person = world.people.by_openid(call.app, call.query.get("openid"))
    if person is None:
        raise WechatError(40003)
    # looked at without live_session: a wrong signature must not keep a session alive
    session = world.logins.sessions.get((call.app.appid, person.id))
    if session is None or crypto.session_signature(session.key) != call.query.get("signature"):
        raise WechatError(87009)
    living = live_session(world, call.app, person)
    if living is None:
        raise WechatError(87009)
    return living


@endpoint("GET", "/wxa/checksession", kinds=(MINIPROGRAM,))
def checksession(world: World, call: Call) -> Json:
    """Whether the session_key behind the signature is still the live one."""
    _signed_session(world, call)
    return {}


@endpoint("GET", "/wxa/resetusersessionkey", kinds=(MINIPROGRAM,), minute=60_000)
def resetusersessionkey(world: World, call: Call) -> Json:
    """A new session_key that dies when the old one would have died."""
    session = _signed_session(world, call)
    session.key = _new_key(world)
    return {"openid": call.query["openid"], "session_key": session.key}


@endpoint("POST", "/wxa/business/getuserphonenumber", kinds=(MINIPROGRAM,))
def getuserphonenumber(world: World, call: Call) -> Json:
    """The number behind a phone code; a login code is 40029 here."""
    code = world.logins.phone_codes.get(call.text("code"))
    now = world.clock.now()
    if code is None or code.appid != call.app.appid or code.used or now >= code.until:
        raise WechatError(40029)
    openid = call.text("openid")
    if openid and openid != world.people.openid(code.person, call.app):
        raise WechatError(int(world.number("phone_openid_mismatch_errcode", call.app)))
    code.used = True
    person = code.person
    country: str | int = person.country_code
    if world.flag("phone_country_code_is_number", call.app):
        country = int(country)
    number = person.phone if person.country_code == "86" else f"+{person.country_code}{person.phone}"
    return {
        "phone_info": {
            "phoneNumber": number,
            "purePhoneNumber": person.phone,
            "countryCode": country,
            "watermark": {"timestamp": int(now), "appid": call.app.appid},
        }
    }
