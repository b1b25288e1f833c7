"""What a picture or voice is, by its first bytes, never by its name; and how big it may be. Pure."""

IMAGE, VOICE = "image", "voice"

MOST_BYTES = {IMAGE: 6_000_000, VOICE: 2_000_000}
"""WeChat takes pictures of 10 MB and voice of 2 MB (wechat_platform.md §J); pictures people send are compressed before."""

MINIPROGRAM_MOST_BYTES = 2_000_000
_INTO_SERVICE_ACCOUNT = {
    IMAGE: ("image/jpeg", "image/png", "image/gif"),
    VOICE: ("audio/amr", "audio/mpeg"),
}

_STARTS = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"#!AMR-WB\n", "audio/amr-wb"),
    (b"#!AMR\n", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf2", "audio/mpeg"),
)
_ENDINGS = {
    "image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp",
    "audio/amr": "amr", "audio/amr-wb": "amr", "audio/mpeg": "mp3",
    "audio/wav": "wav",
}  # fmt: skip


def type_of(content: bytes) -> str:
    """Return the content type, "" for anything that is not a picture or voice we know."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((name for start, name in _STARTS if content.startswith(start)), "")


def kind_of(content_type: str) -> str:
    """Return image or voice; "" for neither."""
    return {"image": IMAGE, "audio": VOICE}.get(content_type.partition("/")[0], "")


def ending_of(content_type: str) -> str:
    """Return how a file of this type is named: jpg, amr …"""
    return _ENDINGS.get(content_type, "bin")


def fits_chat(app: str, kind: str, content_type: str, size_bytes: int) -> bool:
    """Tell whether WeChat takes a file of ours as a message into this app's chat.

    A mini-program's customer-service chat takes pictures only (wechat_platform.md §E.2, §J).
    """
    if app == "miniprogram":
        return content_type in ("image/jpeg", "image/png") and size_bytes <= MINIPROGRAM_MOST_BYTES
    return content_type in _INTO_SERVICE_ACCOUNT.get(kind, ()) and size_bytes <= MOST_BYTES[kind]
