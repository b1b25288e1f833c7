"""Signatures and encryption of callbacks (WeChat's message encryption, 消息加解密).

The cipher is wechatpy's; it raises whatever comes, so everything is wrapped here. Its import takes a quarter of a
second, so it happens at the first encrypted callback, not at start.
"""

import base64
import hashlib
import hmac
from typing import cast

from server.config import WechatApp


class Undecryptable(Exception):
    """Not encrypted with our key, or not for our app."""


def signature(*parts: str) -> str:
    """Return WeChat's signature: SHA-1 in hex over the sorted parts."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def is_signed(claimed: str, *parts: str) -> bool:
    """Compare a signature in constant time; an empty one never passes."""
    return bool(claimed) and hmac.compare_digest(claimed.encode(), signature(*parts).encode())


def decrypt(app: WechatApp, ciphertext: str) -> str:
    """Return the body inside an ``Encrypt``. Raises Undecryptable, also when it names another app."""
    from wechatpy.crypto import PrpCrypto

    plain = None
    try:
        plain = PrpCrypto(_key(app)).decrypt(ciphertext, app.app_id)
    except Exception:  # noqa: BLE001 - ValueError, struct.error, IndexError, UnicodeDecodeError, InvalidAppIdException …
        plain = None
    if not isinstance(plain, str):
        raise Undecryptable
    return plain


def encrypt(app: WechatApp, text: str) -> str:
    """Return the ``Encrypt`` of a body, base64."""
    from wechatpy.crypto import PrpCrypto

    return cast(bytes, PrpCrypto(_key(app)).encrypt(text, app.app_id)).decode()


def _key(app: WechatApp) -> bytes:
    return base64.b64decode(app.callback_aes_key + "=")
