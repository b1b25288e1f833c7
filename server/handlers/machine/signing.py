"""Which hospital's system is calling: requests are signed with the key we gave it (docs/machine-api.md)."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from flask import g, request

from server import clock
from server.access import machines as access
from server.actions import machines
from server.errors import NotLoggedIn
from server.handlers.context import source
from server.models import Hospital
from server.models.actor import Actor, ActorKind

WINDOW = timedelta(minutes=5)
NONCE = re.compile(r"^[A-Za-z0-9_-]{16,64}$")
NOBODYS = "-"


class RequestNotSigned(NotLoggedIn):
    """No signature, a wrong one, or one of a key that opens nothing."""

    code, default_message = "request_not_signed", "请求签名不正确，请核对密钥编号、密钥和签名内容"


class RequestStale(NotLoggedIn):
    """Signed too long ago, or by a clock that is ahead."""

    code, default_message = "request_stale", "请求时间与服务器时间相差超过 5 分钟，请校准时钟后重新签名"


def signature_of(secret: str, method: str, target: str, timestamp: str, nonce: str, body: bytes) -> str:
    """Return the signature of a request: HMAC-SHA256, in hexadecimal.

    Args:
        target: path and, after "?", the query exactly as sent. timestamp: Unix seconds.
    """
    lines = (method.upper(), target, timestamp, nonce, hashlib.sha256(body).hexdigest())
    return hmac.new(secret.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def hospital_signed() -> None:
    """A hospital's system, known by its signature; one request is taken once."""
    sent = {name: request.headers.get(f"X-{name}", "") for name in ("Key", "Timestamp", "Nonce", "Signature")}
    at = clock.now()
    if not (NONCE.match(sent["Nonce"]) and sent["Timestamp"].isascii() and sent["Timestamp"].isdigit()):
        raise RequestNotSigned()
    key = access.key_of(sent["Key"], at)
    secret = key.secret if key else NOBODYS
    query = request.query_string.decode("ascii", "replace")
    target = f"{request.path}?{query}" if query else request.path
    meant = signature_of(secret, request.method, target, sent["Timestamp"], sent["Nonce"], request.get_data())
    if key is None or not hmac.compare_digest(meant.encode(), sent["Signature"].lower().encode()):
        raise RequestNotSigned()
    if not _is_fresh(sent["Timestamp"], at):
        raise RequestStale()
    machines.admit(key, sent["Nonce"], at)
    g.hospital = key.hospital


def _is_fresh(timestamp: str, at: datetime) -> bool:
    if len(timestamp) > 11:
        return False
    return abs(datetime.fromtimestamp(int(timestamp), UTC) - at) <= WINDOW


def hospital_of_request() -> Hospital:
    """Return the hospital whose system is calling; only behind hospital_signed."""
    found: Hospital = g.hospital
    return found


def as_hospital() -> Actor:
    """The hospital's system acting."""
    return Actor(ActorKind.HOSPITAL, hospital_of_request().id, source())
