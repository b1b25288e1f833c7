"""Photos and drawings as the mini-program sends them: data URLs. Pure."""

import base64

from server.errors import Invalid

HEADS = {"data:image/png;base64": b"\x89PNG\r\n\x1a\n", "data:image/jpeg;base64": b"\xff\xd8\xff"}
MAX_PHOTO_BYTES = 600_000


class PhotoInvalid(Invalid):
    """No usable photo."""

    code, default_message = "photo_invalid", "照片没有成功上传，请重新拍照，文件不要超过600KB"


def check_photo(text: str) -> str:
    """Return a photo that is a PNG or JPEG of at most 600 kB. Raises PhotoInvalid."""
    head, _, body = text.partition(",")
    try:
        data = base64.b64decode(body, validate=True)
    except ValueError:
        raise PhotoInvalid() from None
    if head not in HEADS or not data.startswith(HEADS[head]) or len(data) > MAX_PHOTO_BYTES:
        raise PhotoInvalid()
    return text


class DrawingInvalid(Invalid):
    """No usable signature."""

    code, default_message = "drawing_invalid", "签名没有成功保存，请清除后重新签名"


def check_drawing(text: str) -> str:
    """Return a signature drawn on the phone: a PNG of at most 600 kB. Raises DrawingInvalid."""
    try:
        drawn = check_photo(text)
    except PhotoInvalid:
        raise DrawingInvalid() from None
    if not drawn.startswith("data:image/png;base64"):
        raise DrawingInvalid()
    return drawn
