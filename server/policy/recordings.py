"""Voice as the mini-program records it: a data URL. Pure."""

import base64

from server.errors import Invalid
from server.policy.media import type_of

MOST_BYTES = 600_000
"""A minute of the recorder's MP3 has 360 kB; WeChat's chats take 2 MB and a minute."""


class RecordingInvalid(Invalid):
    """No usable recording."""

    code, default_message = "recording_invalid", "录音没有成功上传，请重新录一段，不要超过60秒"


def check_recording(text: str) -> str:
    """Return the base64 of a recording that is MP3 or AMR of at most 600 kB, whatever it says of itself.

    Raises:
        RecordingInvalid.
    """
    head, _, body = text.partition(",")
    try:
        data = base64.b64decode(body, validate=True)
    except ValueError:
        raise RecordingInvalid() from None
    is_voice = head.startswith("data:audio/") and type_of(data) in ("audio/mpeg", "audio/amr")
    if not is_voice or len(data) > MOST_BYTES:
        raise RecordingInvalid()
    return body
