"""Every id and code, derived from the seed: the same seed and the same calls give the same ids."""

from __future__ import annotations

import hashlib
import string
from collections import Counter

URL_SAFE = string.ascii_letters + string.digits + "_-"
HEX = "0123456789abcdef"


class Ids:
    """A source of ids that repeats itself for the same seed."""

    def __init__(self, seed: int | str) -> None:
        self._seed = str(seed)
        self._counters: Counter[str] = Counter()

    def digest(self, length: int, *labels: str) -> bytes:
        """`length` bytes that depend on the seed and the labels only."""
        return hashlib.shake_256("\x1f".join((self._seed, *labels)).encode()).digest(length)

    def text(self, length: int, *labels: str, alphabet: str = URL_SAFE) -> str:
        """`length` characters of the alphabet that depend on the seed and the labels only."""
        return "".join(alphabet[byte % len(alphabet)] for byte in self.digest(length, *labels))

    def count(self, kind: str) -> int:
        """The next number of this kind, from 1."""
        self._counters[kind] += 1
        return self._counters[kind]

    def fresh(self, kind: str, length: int, *, alphabet: str = URL_SAFE) -> str:
        """A text of this kind that was not given out before."""
        return self.text(length, kind, str(self.count(kind)), alphabet=alphabet)

    def fresh_bytes(self, kind: str, length: int) -> bytes:
        """Bytes of this kind that were not given out before."""
        return self.digest(length, kind, str(self.count(kind)))

    def openid(self, person_key: str, appid: str) -> str:
        """28 characters, different for every app (checklist G4)."""
        return "o" + self.text(27, "openid", person_key, appid)

    def unionid(self, person_key: str) -> str:
        """28 characters, one per human being."""
        return "o" + self.text(27, "unionid", person_key)

    def msgid(self) -> int:
        """A number that needs 64 bits and grows, like those of subscribe messages."""
        number = self.count("msgid")
        return 3395159288267931648 + number * 4096 + self.digest(1, "msgid", str(number))[0]

    def callback_msgid(self) -> int:
        """MsgId of a message a person sends: 17 digits, grows, beyond what a double can hold."""
        number = self.count("callback_msgid")
        return 24_000_000_000_000_001 + number * 1024 + self.digest(1, "callback_msgid", str(number))[0]
