"""Gateway: every call we make to WeChat. Its base address is a setting; tests and the demo give the sandbox's.

Pushes never raise: they return what became of them. Everything else raises our own errors. No openid, phone number,
token or text goes into a log or an exception.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from server.config import Template, Wechat
from server.errors import Invalid, NotAllowed
from server.pushing import Outcome, Pushed
from server.wechat.api import (
    CALL_FAILURES,
    MINIPROGRAM,
    SERVICE_ACCOUNT,
    Api,
    Refused,
    TokenRefused,
    WechatUnavailable,
    check,
)
from server.wechat.errcodes import is_known, outcome_of, reason_of
from server.wechat.fields import Unfit, fit
from server.wechat.text import MAX_BYTES, cut_to_bytes, printable
from server.wechat.token_store import DatabaseTokens, TokenStore
from server.wechat.transport import AnswerLost, FilePart

logger = logging.getLogger(__name__)

USED_OR_WRONG_CODE = frozenset({40029, 40163, 41008})
CODE_BLOCKED = 40226
CHECK_CHARACTERS = 2500
Result = TypeVar("Result")
_KEY = re.compile(r"\{\{\s*(\w+)\.DATA\s*\}\}")
_CODE = re.compile(r"[\x21-\x7e]{1,512}")
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_ENV_VERSIONS = {"developer": "develop", "trial": "trial", "formal": "release"}


class LoginCodeInvalid(Invalid):
    """The code of wx.login is wrong, used or older than five minutes."""

    code, default_message = "login_code_invalid", "登录凭证已失效，请重新打开小程序"


class UserBlockedByWechat(NotAllowed):
    """WeChat considers this person a risk and does not let them log in."""

    code, default_message = "user_blocked", "微信限制了您的账号登录，请致电您的签约团队或到中心办理"


class PhoneCodeInvalid(Invalid):
    """The code of getPhoneNumber is wrong, used, expired or somebody else's."""

    code, default_message = "phone_code_invalid", "手机号授权已失效，请重新点击获取手机号"


class WechatRefused(WechatUnavailable):
    """WeChat refuses what we ask for, for a reason in our set-up: asking again does not help."""

    code, default_message = "wechat_refused", "微信拒绝了这次操作，请联系管理员"


@dataclass(frozen=True)
class WechatIdentity:
    """Who logged in: an openid of one of our apps, and the unionid that joins them, if WeChat gives it."""

    app: str
    openid: str = field(repr=False)
    unionid: str | None = field(repr=False)


@dataclass(frozen=True)
class Follower:
    """A user of the service account: whether they follow it now, and the unionid, if WeChat gives it."""

    subscribe: bool
    unionid: str | None = field(repr=False)


@dataclass(frozen=True)
class Fetched:
    """A file somebody sent, or why there is none: "gone", "too_big", "not_taken" (a video), "unreachable"."""

    content: bytes = field(default=b"", repr=False)
    problem: str = ""


@dataclass(frozen=True)
class Judged:
    """What content safety says: ``suggest`` is pass, review or risky; ``label`` WeChat's class, 100 for nothing."""

    suggest: str
    label: int | None


class Gateway:
    """WeChat, as the rest of the server sees it. Safe to share between threads."""

    def __init__(self, settings: Wechat, tokens: TokenStore | None = None) -> None:
        """Without ``tokens`` the shared ones in the database are used, which needs an application context."""
        self._settings = settings
        self._api = Api(settings, tokens or DatabaseTokens())

    # ------------------------------------------------------------ login

    def exchange_code(self, code: str) -> WechatIdentity:
        """Turn the code of wx.login into an identity; the session key is dropped, we have no use for it.

        Our own call: the library would fetch an access token first and send it along.

        Raises:
            LoginCodeInvalid, UserBlockedByWechat, WechatUnavailable.
        """
        if not _CODE.fullmatch(code):
            raise LoginCodeInvalid
        app = self._settings.miniprogram
        query = {
            "appid": app.app_id,
            "secret": app.app_secret,
            "js_code": code,
            "grant_type": "authorization_code",
        }
        fields = _asked(lambda: self._jscode2session(query), _login_error)
        openid, unionid = fields.get("openid"), fields.get("unionid")
        if not isinstance(openid, str) or not openid:
            raise WechatUnavailable
        return WechatIdentity(MINIPROGRAM, openid, unionid if isinstance(unionid, str) and unionid else None)

    def _jscode2session(self, query: Mapping[str, str]) -> dict[str, Any]:
        answer = self._api.transport.get("/sns/jscode2session", query)
        check(answer, "/sns/jscode2session")
        return answer.fields or {}

    def phone_number(self, code: str, openid: str) -> str:
        """Turn the code of getPhoneNumber into a number: 11 digits for the mainland, else +<country><number>.

        Raises:
            PhoneCodeInvalid: also when the code belongs to somebody else or to another app.
            WechatUnavailable.
        """
        if not _CODE.fullmatch(code):
            raise PhoneCodeInvalid
        body = {"code": code, "openid": openid}
        fields = _asked(lambda: self._api.post(MINIPROGRAM, "/wxa/business/getuserphonenumber", body), _phone_error)
        info = fields.get("phone_info")
        if not isinstance(info, dict) or not info.get("purePhoneNumber"):
            raise WechatUnavailable
        watermark = info.get("watermark")
        if isinstance(watermark, dict) and watermark.get("appid", "") != self._settings.miniprogram.app_id:
            raise PhoneCodeInvalid
        country = str(info.get("countryCode") or "86").lstrip("+")  # documented as text, sent as a number
        number = str(info["purePhoneNumber"])
        return number if country == "86" else f"+{country}{number}"

    def follower(self, openid: str) -> Follower:
        """Ask whether a user of the service account follows it, and for the unionid. Raises WechatUnavailable."""
        query = {"openid": openid, "lang": "zh_CN"}
        path = "/cgi-bin/user/info"
        fields = _asked(lambda: _unless(40003, lambda: self._api.get(SERVICE_ACCOUNT, path, query)), _unavailable)
        return Follower(fields.get("subscribe") == 1, fields.get("unionid") or None)

    # ------------------------------------------------------------ pushes

    def push_subscribe(self, openid: str, template: Template, data: Mapping[str, str], page: str) -> Pushed:
        """Send a subscribe message (订阅消息) of the mini-program; a tap opens ``page``.

        Args:
            data: values by our field names; fitted to the template's types, names it does not have are left out.
        """
        try:
            values = _values(template, data)
        except Unfit as unfit:
            return _unfit(unfit)
        body = {
            "touser": openid,
            "template_id": template.id,
            "page": page.lstrip("/"),
            "miniprogram_state": self._settings.miniprogram_state,
            "lang": "zh_CN",
            "data": values,
        }
        return self._push(MINIPROGRAM, "/cgi-bin/message/subscribe/send", body)

    def push_template(
        self, openid: str, template: Template, data: Mapping[str, str], page: str, client_msg_id: str
    ) -> Pushed:
        """Send a template message (模板消息) of the service account; a tap opens ``page`` of the mini-program.

        Args:
            client_msg_id: WeChat sends one openid the same id only once within about ten minutes.
        """
        try:
            values = _values(template, data)
        except Unfit as unfit:
            return _unfit(unfit)
        body: dict[str, Any] = {
            "touser": openid,
            "template_id": template.id,
            "client_msg_id": client_msg_id,
            "data": values,
        }
        if page:
            body["miniprogram"] = {"appid": self._settings.miniprogram.app_id, "pagepath": page.lstrip("/")}
        return self._push(SERVICE_ACCOUNT, "/cgi-bin/message/template/send", body)

    def push_text(self, openid: str, text: str, app: str = SERVICE_ACCOUNT) -> Pushed:
        """Send a customer-service message (客服消息), cut at 2048 bytes: a second one would cost the allowance again."""
        content = cut_to_bytes(printable(text).strip(), MAX_BYTES)
        if not content:
            return Pushed(Outcome.PERMANENT, None, 44004, reason_of(44004))
        body = {"touser": openid, "msgtype": "text", "text": {"content": content}}
        return self._push(app, "/cgi-bin/message/custom/send", body)

    def push_medium(self, openid: str, kind: str, content: bytes, content_type: str, ending: str, app: str) -> Pushed:
        """Send a picture or voice as a customer-service message: uploaded as temporary media first, which tells nobody.

        Args:
            kind: image or voice. ending: of a file of this type.
        """
        part = FilePart(
            f"{kind}.{ending}", content_type, content
        )  # bytes: sent again after a refused token, they are whole
        try:
            media_id = self._api.upload(app, "/cgi-bin/media/upload", part, {"type": kind}).get("media_id")
        except Refused as refused:
            return Pushed(outcome_of(refused.errcode), None, refused.errcode, refused.detail)
        except TokenRefused as refused:
            return Pushed(Outcome.RETRY, None, refused.errcode, reason_of(refused.errcode))
        except CALL_FAILURES:
            return Pushed(Outcome.RETRY, detail="暂时没能把照片或语音传给微信")
        if not isinstance(media_id, str) or not media_id:
            return Pushed(Outcome.RETRY, detail="微信没有给出素材编号")
        body = {"touser": openid, "msgtype": kind, kind: {"media_id": media_id}}
        return self._push(app, "/cgi-bin/message/custom/send", body)

    def _push(self, app: str, path: str, body: Mapping[str, Any]) -> Pushed:
        try:
            fields = self._api.post(app, path, body)
        except Refused as refused:
            return Pushed(outcome_of(refused.errcode), None, refused.errcode, refused.detail)
        except TokenRefused as refused:
            # Whatever is wrong with our credentials, this message is not at fault and was not sent.
            return Pushed(Outcome.RETRY, None, refused.errcode, reason_of(refused.errcode))
        except AnswerLost:
            return Pushed(Outcome.UNKNOWN, detail="微信没有应答，可能已发送")
        except CALL_FAILURES:
            return Pushed(Outcome.RETRY, detail="暂时连不上微信")
        reference = fields.get("msgid")
        return Pushed(Outcome.OK, None if reference is None else str(reference))

    # ------------------------------------------------------------ set-up and safety

    def create_menu(self, buttons: Sequence[Mapping[str, Any]]) -> None:
        """Replace the service account's menu. Raises WechatRefused, WechatUnavailable."""
        _asked(lambda: self._api.post(SERVICE_ACCOUNT, "/cgi-bin/menu/create", {"button": list(buttons)}), _refused)

    def code_image(self, scene: str, page: str) -> bytes:
        """Return the picture of a mini-program code (小程序码) that opens ``page`` with ``scene``.

        Args:
            scene: 1 to 32 characters WeChat allows, without % and Chinese.
            page: path without query; "" is the home page.
        Raises:
            ValueError: the scene cannot be encoded. WechatRefused, WechatUnavailable.
        """
        if not _SCENE.fullmatch(scene):
            raise ValueError("a scene has 1 to 32 letters, digits or allowed symbols")
        body: dict[str, Any] = {
            "scene": scene,
            "check_path": True,
            "env_version": _ENV_VERSIONS[self._settings.miniprogram_state],
        }
        if page:
            body["page"] = page.lstrip("/")
        return _asked(lambda: self._api.post_for_picture(MINIPROGRAM, "/wxa/getwxacodeunlimit", body), _refused)

    def refuses_us(self, app: str) -> str:
        """Return why WeChat gives one of our apps no access token, in Chinese; "" when it does. Raises WechatUnavailable."""
        try:
            errcode = self._api.probe(app)
        except CALL_FAILURES:
            raise WechatUnavailable from None
        return f"{reason_of(errcode)}（{errcode}）" if errcode else ""

    def templates(self, app: str) -> dict[str, set[str]]:
        """Return the templates of one of our apps in WeChat's console: id → keys. Raises WechatUnavailable."""
        if app == MINIPROGRAM:
            found = _asked(lambda: self._api.get(app, "/wxaapi/newtmpl/gettemplate", {}), _unavailable).get("data")
            named = "priTmplId"
        else:
            path = "/cgi-bin/template/get_all_private_template"
            found = _asked(lambda: self._api.get(app, path, {}), _unavailable).get("template_list")
            named = "template_id"
        rows = found if isinstance(found, list) else []
        return {str(row.get(named)): set(_KEY.findall(str(row.get("content", "")))) for row in rows}

    def their_time(self) -> datetime | None:
        """Return what time it is at WeChat's, to the second; None when it does not say."""
        return self._api.transport.their_time()

    def fetch_medium(self, app: str, media_id: str, most_bytes: int) -> Fetched:
        """Fetch a picture or voice that somebody sent us, while WeChat keeps it. Never raises."""
        try:
            answer = self._api.download(app, "/cgi-bin/media/get", {"media_id": media_id}, most_bytes)
        except Refused as refused:
            return Fetched(problem="gone" if refused.errcode == 40007 else "unreachable")
        except CALL_FAILURES:
            return Fetched(problem="unreachable")
        if answer.fields is not None:
            return Fetched(problem="not_taken")
        return Fetched(answer.content) if len(answer.content) <= most_bytes else Fetched(problem="too_big")

    def check_medium(self, openid: str, url: str, *, is_picture: bool) -> str:
        """Let WeChat look at a picture or listen to a voice at an address of ours; the verdict comes as an event.

        Returns:
            The trace_id by which the event names it.
        Raises:
            WechatUnavailable.
        """
        body = {"version": 2, "scene": 2, "openid": openid, "media_url": url, "media_type": 2 if is_picture else 1}
        fields = _asked(lambda: self._api.post(MINIPROGRAM, "/wxa/media_check_async", body), _unavailable)
        trace_id = fields.get("trace_id")
        if not isinstance(trace_id, str) or not trace_id:
            raise WechatUnavailable
        return trace_id[:64]

    def judge_text(self, openid: str, text: str) -> Judged:
        """Let WeChat judge what a resident wrote (内容安全, version 2); of several parts the worst counts.

        The error code is 0 for risky text too; the suggestion decides. Raises WechatUnavailable.
        """
        content = printable(text)
        parts = [content[start : start + CHECK_CHARACTERS] for start in range(0, len(content), CHECK_CHARACTERS)]
        found = [self._judged(openid, part) for part in parts if part.strip()]
        order = ("risky", "review", "pass")
        return min(found, key=lambda judged: order.index(judged.suggest), default=Judged("pass", 100))

    def _judged(self, openid: str, part: str) -> Judged:
        body = {"version": 2, "scene": 2, "openid": openid, "content": part}
        path = "/wxa/msg_sec_check"
        fields = _asked(lambda: _unless(87014, lambda: self._api.post(MINIPROGRAM, path, body)), _unavailable)
        result = fields.get("result")
        found = result if isinstance(result, dict) else {}
        suggest, label = found.get("suggest"), found.get("label")
        # 87014 is the old answer for risky; what we do not understand is looked at by people
        known = suggest if suggest in ("pass", "review", "risky") else ("review" if found else "risky")
        return Judged(str(known), label if isinstance(label, int) else None)


def _asked(call: Callable[[], Result], explain: Callable[[int], Exception]) -> Result:
    """Call, and turn every failure into one of our errors, without the original in its chain."""
    failure: Exception
    try:
        return call()
    except Refused as refused:
        failure = explain(refused.errcode)
    except CALL_FAILURES:
        failure = WechatUnavailable()
    raise failure


def _unless(errcode: int, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Call; this one error code is an answer too, an empty one."""
    try:
        return call()
    except Refused as refused:
        if refused.errcode != errcode:
            raise
    return {}


def _values(template: Template, data: Mapping[str, str]) -> dict[str, dict[str, str]]:
    # every key of a template must be there and filled
    return {key: {"value": fit(key, data.get(name, ""))} for name, key in template.fields.items()}


def _unfit(unfit: Unfit) -> Pushed:
    logger.error("A template value does not fit", extra={"reason": str(unfit)})
    return Pushed(Outcome.PERMANENT, None, 47003, str(unfit))


def _login_error(errcode: int) -> Exception:
    if errcode in USED_OR_WRONG_CODE:
        return LoginCodeInvalid()
    return UserBlockedByWechat() if errcode == CODE_BLOCKED else WechatUnavailable()


def _phone_error(errcode: int) -> Exception:
    return PhoneCodeInvalid() if errcode in USED_OR_WRONG_CODE | {40003} else WechatUnavailable()


def _unavailable(errcode: int) -> Exception:
    return WechatUnavailable(errcode=errcode)


def _refused(errcode: int) -> Exception:
    # menus have dozens of codes for wrong shapes: what we do not know is refused for good here
    passes = is_known(errcode) and outcome_of(errcode) in (Outcome.RETRY, Outcome.OVER_QUOTA)
    error = WechatUnavailable if passes else WechatRefused
    return error(errcode=errcode, reason=reason_of(errcode))
