"""Text on its way to WeChat: only characters XML and the database can hold, and never more bytes than allowed."""

import re

MAX_BYTES = 2048
# what XML 1.0 cannot carry: control characters, lone surrogates, two non-characters
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """Return the text without characters that break XML, UTF-8 or a database."""
    return _UNPRINTABLE.sub("", text)


def cut_to_bytes(text: str, limit: int) -> str:
    """Return at most ``limit`` bytes of UTF-8, ending on a whole character and with … when something was cut."""
    raw = text.encode()
    if len(raw) <= limit:
        return text
    return raw[: limit - len("…".encode())].decode(errors="ignore") + "…"
