"""HTTP to WeChat: one pooled session per thread, timeouts always, and never a secret in a log or an exception.

WeChat takes app secrets, tokens and openids in query strings, and both urllib3's debug log and requests' exceptions
carry the whole address. So queries are cut out of those logs, and our exceptions are raised outside the handler of the
original one, which they therefore neither name nor chain.
"""

import contextlib
import json
import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import HTTPError, NewConnectionError

from server.config import Wechat

logger = logging.getLogger(__name__)

JSON_TYPE = "application/json; charset=utf-8"
_QUERY = re.compile(r"\?[^\s\"'>)]*")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
_CHATTY = ("urllib3.connectionpool", "urllib3.util.retry", "requests")


class NotSent(Exception):
    """WeChat did not accept the request: no connection, or turned away at the door. Trying again is safe."""


class AnswerLost(Exception):
    """The request was sent and no usable answer came: WeChat may have acted on it."""


@dataclass(frozen=True)
class Answer:
    """WeChat's answer: a JSON object in ``fields``, or the bytes of a picture."""

    fields: dict[str, Any] | None
    content: bytes


class _QueryCutter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _QUERY.sub("?…", record.getMessage()), ()
        # requests' exceptions carry the address too
        record.exc_info = record.exc_text = None
        return True


_cutter = _QueryCutter("wechat-queries")


def keep_queries_out_of_logs() -> None:
    """Cut query strings out of what the HTTP libraries log, at any level; may be called again."""
    for name in _CHATTY:
        logging.getLogger(name).addFilter(_cutter)


class Transport:
    """Sends requests to the configured address."""

    def __init__(self, settings: Wechat) -> None:
        self._base = settings.api_base.rstrip("/")
        self._timeout = (settings.connect_timeout_seconds, settings.read_timeout_seconds)
        self._threads = threading.local()
        keep_queries_out_of_logs()

    def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """GET. Raises NotSent, AnswerLost."""
        return self._send("GET", path, params, None)

    def download(self, path: str, params: Mapping[str, str], most_bytes: int) -> Answer:
        """GET a file of any kind: at most one byte more than allowed is read. Raises NotSent, AnswerLost."""
        failure: Exception
        try:
            response = self._session().get(
                self._base + path, params=params, timeout=self._timeout, allow_redirects=False, stream=True
            )
            with response:
                content = response.raw.read(most_bytes + 1, decode_content=True)
        except (requests.RequestException, HTTPError) as error:
            failure = NotSent(f"{path}: {type(error).__name__}")  # reading a file changes nothing: again is safe
        else:
            if response.status_code == 200:
                return Answer(_json_object(content), content)
            failure = NotSent(f"{path}: HTTP {response.status_code}")
        raise failure

    def post(self, path: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None) -> Answer:
        """POST JSON in raw UTF-8: old endpoints take \\u escapes literally. Raises NotSent, AnswerLost."""
        # bytes, not a stream: a repeated request sends the same body again
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        return self._send("POST", path, params or {}, data)

    def their_time(self) -> datetime | None:
        """Return the time in the head of an answer of WeChat's; None without one."""
        try:
            response = self._session().get(self._base, timeout=self._timeout, allow_redirects=False)
            at = parsedate_to_datetime(response.headers.get("Date", ""))
        except (requests.RequestException, ValueError, TypeError):
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def _send(self, method: str, path: str, params: Mapping[str, str], data: bytes | None) -> Answer:
        failure: Exception
        try:
            response = self._session().request(
                method,
                self._base + path,
                params=params,
                data=data,
                headers={"Content-Type": JSON_TYPE} if data is not None else None,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            failure = _failure(error, path)
        else:
            return _read(response, path)
        raise failure

    def _session(self) -> requests.Session:
        # requests does not promise that a session may be shared between threads
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # no proxy, .netrc or certificate from the environment
            self._threads.session = session
        return session

    def close(self) -> None:
        """Close this thread's connections."""
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is not None:
            session.close()
            del self._threads.session


def _json_object(content: bytes) -> dict[str, Any] | None:
    fields: Any = None
    if content[:1] == b"{":
        with contextlib.suppress(ValueError, RecursionError):
            fields = json.loads(content)
    return fields if isinstance(fields, dict) else None


def _failure(error: requests.RequestException, path: str) -> Exception:
    kind = type(error).__name__
    if isinstance(error, requests.ConnectTimeout) or _never_connected(error):
        logger.warning("WeChat not reached", extra={"path": path, "error": kind})
        return NotSent(f"{path}: {kind}")
    logger.warning("WeChat's answer lost", extra={"path": path, "error": kind})
    return AnswerLost(f"{path}: {kind}")


def _never_connected(error: requests.RequestException) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    refused = isinstance(error, requests.ConnectionError) and isinstance(reason, NewConnectionError)
    bad_certificate = isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(reason)
    unusable = isinstance(error, ValueError)  # InvalidURL and its like: nothing left this machine
    return refused or bad_certificate or unusable


def _read(response: requests.Response, path: str) -> Answer:
    status = response.status_code
    if status != 200:
        logger.warning("WeChat answered HTTP %d", status, extra={"path": path})
        # A gateway's 500, 502 or 504 may hide a request that was carried out.
        turned_away = status < 500 or status == 503
        raise (NotSent if turned_away else AnswerLost)(f"{path}: HTTP {status}")
    return Answer(_fields(response, path), response.content)


def _fields(response: requests.Response, path: str) -> dict[str, Any] | None:
    # The content type is not reliable (/sns says text/plain), so the body decides.
    if response.content.startswith(_PICTURES):
        return None
    fields: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(response.content)
    if not isinstance(fields, dict):
        logger.warning("WeChat's answer is not JSON", extra={"path": path})
        raise AnswerLost(f"{path}: not JSON")
    return fields
