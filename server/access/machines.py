"""Keys of hospitals' systems, and what those systems may see: their own hospital's rows."""

from datetime import datetime

from sqlalchemy import or_, select

from server.access.paging import Page, page
from server.database import db
from server.models import MachineAnswer, MachineKey


def key_of(key_id: str, at: datetime) -> MachineKey | None:
    """Return a key that opens something now."""
    if len(key_id) != 26 or not key_id.isascii():
        return None
    return db.session.scalar(
        select(MachineKey).where(MachineKey.id == key_id, or_(MachineKey.ends_at.is_(None), MachineKey.ends_at > at))
    )


def keys(hospital_id: str, cursor: str | None = None) -> Page[MachineKey]:
    """Return a hospital's keys, newest first; pages never show the secrets."""
    mine = select(MachineKey).where(MachineKey.hospital_id == hospital_id)
    return page(mine, (MachineKey.issued_at, MachineKey.id), cursor, newest_first=True)


def answer_of(hospital_id: str, idempotency_key: str) -> MachineAnswer | None:
    """Return what a request under this key was answered."""
    return db.session.scalar(
        select(MachineAnswer).where(
            MachineAnswer.hospital_id == hospital_id, MachineAnswer.idempotency_key == idempotency_key
        )
    )
