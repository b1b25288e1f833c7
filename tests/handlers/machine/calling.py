"""A hospital's system: signs its requests as docs/machine-api.md says."""

import itertools
import json
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from server import clock
from server.actions import machines
from server.handlers.machine.signing import signature_of
from server.models import Hospital
from server.models.actor import CLOCK
from tests import make

_nonces = itertools.count(1)


@dataclass
class System:
    """One hospital's system with its key."""

    client: FlaskClient
    hospital: Hospital
    key_id: str
    secret: str

    def headers(self, method: str, target: str, data: bytes = b"", **other: str) -> dict[str, str]:
        timestamp = other.get("timestamp") or str(int(clock.now().timestamp()))
        nonce = other.get("nonce") or f"nonce-{next(_nonces):020d}"
        signed = signature_of(self.secret, method, target, timestamp, nonce, data)
        headers = {"X-Key": self.key_id, "X-Timestamp": timestamp, "X-Nonce": nonce, "X-Signature": signed}
        if key := other.get("idempotency"):
            headers["Idempotency-Key"] = key
        return headers

    def call(self, method: str, target: str, body: Any = None, **other: str) -> TestResponse:
        data = b"" if body is None else json.dumps(body).encode()
        headers = self.headers(method, target, data, **other)
        kind = "application/json" if data else None
        return self.client.open(target, method=method, data=data, headers=headers, content_type=kind)


def system(client: FlaskClient, **hospital: Any) -> System:
    """A new hospital whose system has a key."""
    made = make.hospital(**hospital)
    key, secret = machines.issue_key(made, by=CLOCK)
    return System(client, made, key.id, secret)
