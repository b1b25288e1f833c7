"""A picture of the signing, taken on a doctor's telephone: sealed evidence, optional (L3)."""

import base64

from sqlalchemy import select

from server import clock
from server.actions.signing.refusals import SigningPhotoInvalid
from server.database import retried, transaction
from server.models import Agreement, SigningPhoto, Staff, audit
from server.models.actor import Actor

MAX_PHOTO_BYTES = 300_000
HEADS = {"data:image/png;base64": b"\x89PNG\r\n\x1a\n", "data:image/jpeg;base64": b"\xff\xd8\xff"}


def check_photo(picture: str) -> None:
    """Refuse anything but a small PNG or JPEG as a data URL. Raises SigningPhotoInvalid."""
    head, _, body = picture.partition(",")
    try:
        drawn = base64.b64decode(body, validate=True)
    except ValueError:
        raise SigningPhotoInvalid() from None
    if head not in HEADS or not drawn.startswith(HEADS[head]) or len(drawn) > MAX_PHOTO_BYTES:
        raise SigningPhotoInvalid()


@retried
def keep_photo(agreement: Agreement, picture: str, *, by: Actor, staff: Staff) -> None:
    """Seal a picture of somebody signing in front of a member of staff; the first one stays.

    Args:
        picture: PNG or JPEG as a data URL, at most 300 kB.
    Raises:
        SigningPhotoInvalid.
    """
    check_photo(picture)
    at = clock.now()
    with transaction() as session:
        known = session.scalar(select(SigningPhoto.id).where(SigningPhoto.agreement_id == agreement.id))
        if known is None:
            session.add(SigningPhoto(agreement_id=agreement.id, picture=picture, taken_at=at, taken_by=staff.id))
            session.flush()
        audit.record("agreement_signed_with_staff", agreement, by=by, at=at)
