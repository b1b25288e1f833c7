"""One call to an endpoint of WeChat's that needs an access token: token, error code, one retry with a new token."""

import logging
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from server import clock
from server.config import Wechat, WechatApp
from server.errors import Unavailable
from server.pushing import Outcome
from server.wechat.errcodes import STALE_TOKEN, TOKEN_EXPIRED, is_known, outcome_of, reason_of
from server.wechat.token_store import Fetched, NoToken, Token, TokenStore
from server.wechat.transport import Answer, AnswerLost, FilePart, NotSent, Transport

logger = logging.getLogger(__name__)

MINIPROGRAM, SERVICE_ACCOUNT = "miniprogram", "service_account"
HOLD_SECONDS = 1.0
LOOK_UP_SECONDS = 0.5
"""How long a thread waits for another one that looks the token up. Sixteen at once would open as many connections."""
_RID = re.compile(r"rid: ?([0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8})")
_FIELD = re.compile(r"data\.([a-z_]+\d*)\.value")


class WechatUnavailable(Unavailable):
    """WeChat does not answer, or not usefully."""

    code = "wechat_unavailable"
    default_message = "微信服务暂时不可用，请稍后再试"


class Refused(Exception):
    """WeChat's business error. Carries the code, the template key and the rid of its message, never the message."""

    def __init__(self, path: str, errcode: int, errmsg: str = "") -> None:
        rid, key = _RID.search(errmsg), _FIELD.search(errmsg)
        self.errcode = errcode
        self.rid = rid[1] if rid else ""
        self.detail = reason_of(errcode) + (f"：{key[1]}" if key else "")
        super().__init__(f"{path}: {errcode} {self.detail}")


class TokenRefused(Exception):
    """WeChat gave no access token; the call itself was never made."""

    def __init__(self, errcode: int) -> None:
        self.errcode = errcode
        super().__init__(f"no access token: {errcode} {reason_of(errcode)}")


class Api:
    """Calls with the shared tokens of our two apps."""

    def __init__(self, settings: Wechat, tokens: TokenStore) -> None:
        self.transport = Transport(settings)
        self._apps: dict[str, WechatApp] = {
            MINIPROGRAM: settings.miniprogram,
            SERVICE_ACCOUNT: settings.service_account,
        }
        self._tokens = tokens
        self._held: dict[str, tuple[Token, float]] = {}
        self._looking_up = threading.Lock()

    def app(self, name: str) -> WechatApp:
        """Return the settings of "miniprogram" or "service_account"."""
        return self._apps[name]

    def get(self, app: str, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """GET with a token; returns the JSON object. Raises Refused, TokenRefused, NoToken, NotSent, AnswerLost."""
        return self._call(app, path, lambda token: self.transport.get(path, {**token, **params})).fields or {}

    def post(self, app: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """POST JSON with a token; returns the JSON object. Raises as ``get``."""
        return self._call(app, path, lambda token: self.transport.post(path, body, token)).fields or {}

    def post_for_picture(self, app: str, path: str, body: Mapping[str, Any]) -> bytes:
        """POST JSON with a token; returns the bytes of an image. Raises as ``get``."""
        answer = self._call(app, path, lambda token: self.transport.post(path, body, token))
        if answer.fields is not None:
            raise AnswerLost(f"{path}: not a picture")
        return answer.content

    def download(self, app: str, path: str, params: Mapping[str, str], most_bytes: int) -> Answer:
        """GET a file with a token; longer than ``most_bytes`` it is cut there, plus one. Raises as ``get``."""
        return self._call(app, path, lambda token: self.transport.download(path, {**token, **params}, most_bytes))

    def upload(self, app: str, path: str, part: FilePart, params: Mapping[str, str]) -> dict[str, Any]:
        """POST a file with a token; returns the JSON object. Raises as ``get``, but never AnswerLost."""
        return self._call(app, path, lambda token: self.transport.upload(path, part, {**token, **params})).fields or {}

    def _call(self, app: str, path: str, call: Callable[[dict[str, str]], Answer]) -> Answer:
        def fetch(force: bool) -> Fetched:
            return self._fetch(app, force)

        token = self._held_token(app, fetch)
        answer = call({"access_token": token.value})
        code = errcode_of(answer)
        if code in STALE_TOKEN:
            logger.info("WeChat refused the access token", extra={"path": path, "errcode": code})
            refused, expired = token, code == TOKEN_EXPIRED
            self._held.pop(app, None)
            token = self._token(app, lambda: self._tokens.replaced(app, refused, fetch, expired=expired))
            # Once and never again: a token that is refused twice is not cured by a third one.
            answer = call({"access_token": token.value})
        check(answer, path)
        return answer

    def _held_token(self, app: str, fetch: Callable[[bool], Fetched]) -> Token:
        """Return the shared token, looked up anew after a second: hundreds of calls a second need not each ask for it.

        One that was replaced meanwhile is refused, and the call made once more, as when it is replaced during a call.
        """
        if (held := self._fresh(app)) is not None:
            return held
        is_mine = self._looking_up.acquire(timeout=LOOK_UP_SECONDS)  # mostly somebody is doing it already
        try:
            # by a clock read now: who waited here came before what he waited for was found
            if (held := self._fresh(app)) is not None:
                return held
            at = clock.now().timestamp()
            token = self._token(app, lambda: self._tokens.current(app, fetch))
            self._held[app] = token, at + HOLD_SECONDS
            return token
        finally:
            if is_mine:
                self._looking_up.release()

    def _fresh(self, app: str) -> Token | None:
        held, until = self._held.get(app, (None, 0.0))
        return held if until - HOLD_SECONDS <= clock.now().timestamp() < until else None

    def _token(self, app: str, get: Callable[[], Token]) -> Token:
        try:
            return get()
        except (SQLAlchemyError, Unavailable) as error:
            # WeChat has not accepted anything yet, so the caller must not believe that it might have been
            logger.error("The access token cannot be read", extra={"app": app, "error": type(error).__name__})
        raise NoToken(app)

    def _fetch(self, app: str, force: bool) -> Fetched:
        """Ask for a stable token: unlike the classic one, fetching it twice does not kill the first."""
        credentials = {
            "grant_type": "client_credential",
            "appid": self._apps[app].app_id,
            "secret": self._apps[app].app_secret,
            "force_refresh": force,
        }
        answer = self._ask_for_token(credentials)
        fields = answer.fields or {}
        token, life = fields.get("access_token"), fields.get("expires_in")
        if isinstance(token, str) and token and isinstance(life, int):
            return Fetched(token, life)
        failure = TokenRefused(errcode_of(answer))
        logger.error("WeChat gives no access token", extra={"app": app, "errcode": failure.errcode})
        raise failure

    def probe(self, app: str) -> int:
        """Ask for a token and keep nothing of it; returns WeChat's error code, 0 when it would give one. Raises NotSent."""
        settings = self._apps[app]
        credentials = {
            "grant_type": "client_credential",
            "appid": settings.app_id,
            "secret": settings.app_secret,
            "force_refresh": False,
        }
        return errcode_of(self._ask_for_token(credentials))

    def _ask_for_token(self, credentials: Mapping[str, Any]) -> Answer:
        try:
            return self.transport.post("/cgi-bin/stable_token", credentials)
        except AnswerLost:
            # a lost token does no harm, and the call it was for has not been made
            raise NotSent("/cgi-bin/stable_token: no answer") from None


CALL_FAILURES = (Refused, TokenRefused, NoToken, NotSent, AnswerLost)
"""Everything a call can raise."""


def errcode_of(answer: Answer) -> int:
    """Return the error code of an answer; 0 when there is none, and -1 when it is not a number."""
    code = (answer.fields or {}).get("errcode", 0)
    try:
        return int(code)
    except (TypeError, ValueError):
        return -1


def check(answer: Answer, path: str) -> None:
    """Raise Refused, and log it by how bad it is, when the answer carries an error code."""
    code = errcode_of(answer)
    if code == 0:
        return
    refused = Refused(path, code, str((answer.fields or {}).get("errmsg", "")))
    level = logging.INFO if outcome_of(code) is Outcome.NO_CONSENT else logging.WARNING
    if not is_known(code):
        level = logging.ERROR
    logger.log(level, "WeChat refused a call", extra={"path": path, "errcode": code, "rid": refused.rid})
    raise refused
