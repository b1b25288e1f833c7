"""A doctor's drawn signature and an institution's seal: kept once, used from then on, older ones stay (AG-07)."""

import base64
import io

from PIL import Image, UnidentifiedImageError

from server import clock
from server.actions.signing.steps import check_signature
from server.database import retried, transaction
from server.errors import Invalid
from server.models import Imprint, Organisation, Staff, audit, evidence
from server.models.actor import Actor

MOST_SEAL_BYTES = 300_000
SEAL_SIDE = 600
MOST_PIXELS = 8_000_000


class SealInvalid(Invalid):
    """What was uploaded is no picture we can print."""

    code, default_message = "seal_invalid", "请上传 300 KB 以内的 PNG 或 JPG 印章图片"


@retried
def keep_signature(staff: Staff, signature: str, *, by: Actor) -> Imprint:
    """Keep a drawn signature for what this person signs from now on. Raises SignatureInvalid."""
    check_signature(signature)
    return _keep(staff, signature, "signature_kept", by=by)


def seal_image(content: bytes) -> str:
    """Return an uploaded seal as a PNG data URL of at most 600 pixels a side. Raises SealInvalid."""
    if not 0 < len(content) <= MOST_SEAL_BYTES:
        raise SealInvalid()
    try:
        opened = Image.open(io.BytesIO(content), formats=("PNG", "JPEG"))
        if opened.width * opened.height > MOST_PIXELS:
            raise SealInvalid()
        image = opened.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise SealInvalid() from None
    image.thumbnail((SEAL_SIDE, SEAL_SIDE))
    written = io.BytesIO()
    image.save(written, "PNG")
    return "data:image/png;base64," + base64.b64encode(written.getvalue()).decode()


@retried
def keep_seal(organisation: Organisation, content: bytes, *, by: Actor) -> Imprint:
    """Keep an institution's seal for what it signs from now on. Raises SealInvalid."""
    return _keep(organisation, seal_image(content), "seal_kept", by=by)


def _keep(owner: Staff | Organisation, image: str, action: str, *, by: Actor) -> Imprint:
    at = clock.now()
    with transaction() as session:
        row = Imprint(owner_id=owner.id, image=image, sha256=evidence.sha256(image), created_at=at, created_by=by.id)
        session.add(row)
        audit.record(action, owner, by=by, at=at)
    return row
