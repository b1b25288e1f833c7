"""Encryption of personal data at rest and keyed hashes to look it up.

AES-256-GCM with a random nonce; the text's place (table.column) is bound in, so a value copied to another column
does not open. The first key seals, every listed key opens: that is how a key is rotated without stopping.
"""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class SealBroken(Exception):
    """The stored text was changed, belongs elsewhere, or its key is gone."""


@dataclass(frozen=True)
class Sealer:
    """Seals and opens text; ``keys`` are 32 bytes each, the first one seals."""

    keys: tuple[bytes, ...] = field(repr=False)
    index_key: bytes = field(repr=False)
    _by_id: dict[str, AESGCM] = field(init=False, repr=False)
    _first_id: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {_key_id(key): AESGCM(key) for key in self.keys})
        object.__setattr__(self, "_first_id", _key_id(self.keys[0]))

    def seal(self, text: str, place: str) -> str:
        """Return ``<key id>:<base64 of nonce and ciphertext>``."""
        nonce = os.urandom(12)
        sealed = self._by_id[self._first_id].encrypt(nonce, text.encode(), place.encode())
        return f"{self._first_id}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """Return the text. Raises SealBroken."""
        key_id, _, body = sealed.partition(":")
        try:
            raw = base64.b64decode(body, validate=True)
            return self._by_id[key_id].decrypt(raw[:12], raw[12:], place.encode()).decode()
        except Exception as cause:
            raise SealBroken(place) from cause

    def index(self, text: str, purpose: str) -> str:
        """Return a 64-character keyed hash: equal texts of one purpose are equal, and nothing can be read back."""
        return hmac.new(self.index_key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"key id" + key).hexdigest()[:8]


_current: Sealer | None = None


def use(sealer: Sealer) -> None:
    """Install the process's sealer; called once by create_app."""
    global _current
    _current = sealer


def current() -> Sealer:
    """Return the installed sealer."""
    if _current is None:
        raise RuntimeError("no sealer installed: create_app() does that")
    return _current
