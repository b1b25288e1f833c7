"""Signatures and encryption of callbacks and open data (wechat_platform.md B.4, D.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class Undecryptable(ValueError):
    """The text is not what this key and appid encrypted."""


def sha1_signature(*parts: str) -> str:
    """sha1 over the sorted parts; `signature` and `msg_signature` of every callback."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def session_signature(session_key: str, data: str = "") -> str:
    """HMAC-SHA256 in hex; the key is the TEXT of session_key, not its decoded bytes."""
    return hmac.new(session_key.encode(), data.encode(), hashlib.sha256).hexdigest()


def raw_data_signature(raw_data: str, session_key: str) -> str:
    """sha1(rawData + session_key), what wx.getUserInfo calls signature."""
    return hashlib.sha1((raw_data + session_key).encode()).hexdigest()


def _pad(data: bytes, block: int) -> bytes:
    count = block - len(data) % block
    return data + bytes([count]) * count


def _unpad(data: bytes, block: int) -> bytes:
    count = data[-1] if data else 0
    if not 1 <= count <= block or data[-count:] != bytes([count]) * count:
        raise Undecryptable("padding")
    return data[:-count]


def _cbc(key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(key), modes.CBC(iv))


def aes_key(encoding_aes_key: str) -> bytes:
    """32 bytes from the 43 characters of an EncodingAESKey."""
    key = base64.b64decode(encoding_aes_key + "=")
    if len(key) != 32:
        raise ValueError("an EncodingAESKey has 43 characters")
    return key


def encrypt_push(text: str, encoding_aes_key: str, appid: str) -> str:
    """Encrypt a callback body: base64(AES-256-CBC(16 random bytes + length + text + appid))."""
    key = aes_key(encoding_aes_key)
    body = text.encode()
    plain = os.urandom(16) + struct.pack(">I", len(body)) + body + appid.encode()
    encryptor = _cbc(key, key[:16]).encryptor()
    return base64.b64encode(encryptor.update(_pad(plain, 32)) + encryptor.finalize()).decode()


def decrypt_push(cipher_text: str, encoding_aes_key: str, appid: str) -> str:
    """Undo encrypt_push; Undecryptable when anything does not fit, the appid included."""
    key = aes_key(encoding_aes_key)
    try:
        decryptor = _cbc(key, key[:16]).decryptor()
        padded = decryptor.update(base64.b64decode(cipher_text, validate=True)) + decryptor.finalize()
        plain = _unpad(padded, 32)
        length = struct.unpack(">I", plain[16:20])[0]
        text, owner = plain[20 : 20 + length].decode(), plain[20 + length :].decode()
    except (ValueError, struct.error) as error:
        raise Undecryptable("cipher text") from error
    if owner != appid:
        raise Undecryptable("appid")
    return text


def encrypt_open_data(text: str, session_key: str) -> tuple[str, str]:
    """(encryptedData, iv), AES-128-CBC with the decoded session_key and a block of 16."""
    iv = os.urandom(16)
    encryptor = _cbc(base64.b64decode(session_key), iv).encryptor()
    data = encryptor.update(_pad(text.encode(), 16)) + encryptor.finalize()
    return base64.b64encode(data).decode(), base64.b64encode(iv).decode()
