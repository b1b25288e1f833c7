"""The generic provider: signed JSON over HTTP, as docs/sms.md describes it; most providers need but a small relay.

``POST <url>`` with ``{"client_id", "phone", "sign", "text"}`` in raw UTF-8 and the headers ``X-App-Id``, ``X-Timestamp``
(seconds), ``X-Nonce`` and ``X-Signature``: HMAC-SHA256 with our secret over timestamp, nonce and body, joined by line
feeds, in hexadecimal. Answer: ``{"code": 0, "id": "…"}``.
"""

import contextlib
import hashlib
import hmac
import json
import logging
import secrets
import threading
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from server import clock
from server.config import Sms
from server.pushing import Outcome, Pushed
from server.sms.codes import ALREADY_ACCEPTED, outcome_of, reason_of

logger = logging.getLogger(__name__)
MAX_CHARACTERS = 300
"""Longer texts are cut: every 67 characters cost one message."""


def signature(secret: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a request."""
    signed = b"\n".join((timestamp.encode(), nonce.encode(), body))
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


class HttpProvider:
    """Sends over the configured address. Safe to share between threads."""

    is_on = True

    def __init__(self, settings: Sms) -> None:
        self._settings = settings
        self._threads = threading.local()

    def send(self, phone: str, text: str, client_id: str) -> Pushed:
        """Send one text; see SmsSender."""
        words = " ".join(text.split())[:MAX_CHARACTERS]
        return self._post({"client_id": client_id, "phone": phone, "sign": self._settings.sign, "text": words})

    def check(self) -> Pushed:
        """Ask with an empty order; the provider checks the signature and sends nothing."""
        return self._post({"check": True})

    def _post(self, order: dict[str, Any]) -> Pushed:
        body = json.dumps(order, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        timestamp, nonce = str(int(clock.now().timestamp())), secrets.token_hex(16)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "X-App-Id": self._settings.app_id,
            "X-Timestamp": timestamp,
            "X-Nonce": nonce,
            "X-Signature": signature(self._settings.secret, timestamp, nonce, body),
        }
        timeout = (self._settings.connect_timeout_seconds, self._settings.read_timeout_seconds)
        try:
            response = self._session().post(
                self._settings.url, data=body, headers=headers, timeout=timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            return _unanswered(error)
        return _read(response)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._threads, "session", None)
        if session is None:
            session = requests.Session()
            session.trust_env = False  # no proxy, .netrc or certificate from the environment
            self._threads.session = session
        return session


def _unanswered(error: requests.RequestException) -> Pushed:
    kind = type(error).__name__
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    never_sent = isinstance(error, requests.ConnectTimeout | ValueError) or isinstance(reason, NewConnectionError)
    logger.warning("SMS provider: %s", "not reached" if never_sent else "answer lost", extra={"error": kind})
    if never_sent:
        return Pushed(Outcome.RETRY, detail="暂时连不上短信平台")
    return Pushed(Outcome.UNKNOWN, detail="短信平台没有应答，可能已发送")


def _read(response: requests.Response) -> Pushed:
    if response.status_code != 200:
        logger.warning("SMS provider answered HTTP %d", response.status_code)
        # a gateway's 500, 502 or 504 may hide an order that was carried out
        turned_away = response.status_code < 500 or response.status_code == 503
        return Pushed(Outcome.RETRY if turned_away else Outcome.UNKNOWN, None, response.status_code)
    fields: Any = None
    with contextlib.suppress(ValueError, RecursionError):
        fields = json.loads(response.content)
    if not isinstance(fields, dict) or isinstance(fields.get("code"), bool) or not isinstance(fields.get("code"), int):
        logger.warning("The SMS provider's answer cannot be read")
        return Pushed(Outcome.UNKNOWN)
    code = int(fields["code"])
    if code in (0, ALREADY_ACCEPTED):
        reference = fields.get("id")
        return Pushed(Outcome.OK, None if reference is None else str(reference)[:64])
    logger.warning("The SMS provider refused an order", extra={"errcode": code})
    return Pushed(outcome_of(code), None, code, reason_of(code))
