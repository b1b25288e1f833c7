"""HTTP to WeChat: kept-open connections, timeouts always, and never a secret in a log or an exception.

WeChat takes app secrets, tokens and openids in query strings, and the debug logs and exceptions of HTTP libraries carry
the whole address. So queries are cut out of those logs, and our exceptions are raised outside the handler of the
original one, which they therefore neither name nor chain (``wire``).
"""

import contextlib
import json
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from server.config import Wechat
from server.wechat.wire import AnswerLost, NotSent, Response, Wire

__all__ = ["Answer", "AnswerLost", "FilePart", "NotSent", "Transport", "keep_queries_out_of_logs"]

logger = logging.getLogger(__name__)

JSON_TYPE = "application/json; charset=utf-8"
UPLOAD_SECONDS = 20.0
"""A big photo over a health centre's line; a sender's lease is three times as long."""
_QUERY = re.compile(r"\?[^\s\"'>)]*")
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
_CHATTY = ("urllib3.connectionpool", "urllib3.util.retry", "requests")


@dataclass(frozen=True)
class FilePart:
    """A file to hand over: its name (ASCII, with its ending: WeChat looks at it), what it is, its bytes."""

    name: str
    content_type: str
    content: bytes = field(repr=False)


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
        base = settings.api_base.rstrip("/")
        self._wire = Wire(base, settings.connect_timeout_seconds, settings.read_timeout_seconds)
        keep_queries_out_of_logs()

    def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """GET. Raises NotSent, AnswerLost."""
        return _read(self._wire.exchange("GET", path, urlencode(params), None), path)

    def download(self, path: str, params: Mapping[str, str], most_bytes: int) -> Answer:
        """GET a file of any kind: at most one byte more than allowed is read. Raises NotSent, AnswerLost."""
        try:
            response = self._wire.exchange("GET", path, urlencode(params), None, most_bytes=most_bytes)
        except AnswerLost as lost:
            failure = str(lost)  # reading a file changes nothing: again is safe
        else:
            if response.status == 200:
                return Answer(_json_object(response.content), response.content)
            failure = f"{path}: HTTP {response.status}"
        raise NotSent(failure)

    def post(self, path: str, body: Mapping[str, Any], params: Mapping[str, str] | None = None) -> Answer:
        """POST JSON in raw UTF-8: old endpoints take \\u escapes literally. Raises NotSent, AnswerLost."""
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        query = urlencode(params) if params else ""
        return _read(self._wire.exchange("POST", path, query, data, JSON_TYPE), path)

    def upload(self, path: str, part: FilePart, params: Mapping[str, str]) -> Answer:
        """POST a file as the form field ``media``. What WeChat then keeps twice does no harm. Raises NotSent."""
        boundary = secrets.token_hex(16)
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="{part.name}"\r\n'
            f"Content-Type: {part.content_type}\r\n\r\n"
        )
        data = head.encode("ascii") + part.content + f"\r\n--{boundary}--\r\n".encode("ascii")
        form = f"multipart/form-data; boundary={boundary}"
        failure = ""
        try:
            answer = self._wire.exchange("POST", path, urlencode(params), data, form, seconds=UPLOAD_SECONDS)
            return _read(answer, path)
        except AnswerLost as lost:
            failure = str(lost)
        raise NotSent(failure)

    def their_time(self) -> datetime | None:
        """Return the time in the head of an answer of WeChat's; None without one."""
        try:
            at = parsedate_to_datetime(self._wire.exchange("GET", "/", "", None).date)
        except (NotSent, AnswerLost, ValueError, TypeError):
            return None
        return at if at.tzinfo else at.replace(tzinfo=UTC)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


def _json_object(content: bytes) -> dict[str, Any] | None:
    fields: Any = None
    if content[:1] == b"{":
        with contextlib.suppress(ValueError, RecursionError):
            fields = json.loads(content)
    return fields if isinstance(fields, dict) else None


def _read(response: Response, path: str) -> Answer:
    status = response.status
    if status != 200:
        logger.warning("WeChat answered HTTP %d", status, extra={"path": path})
        # A gateway's 500, 502 or 504 may hide a request that was carried out.
        turned_away = status < 500 or status == 503
        raise (NotSent if turned_away else AnswerLost)(f"{path}: HTTP {status}")
    return Answer(_fields(response, path), response.content)


def _fields(response: Response, path: str) -> dict[str, Any] | None:
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
