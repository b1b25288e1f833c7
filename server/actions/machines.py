"""Hospitals' own systems: their keys, and that no request of theirs is taken twice."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import retried, transaction
from server.errors import Conflict
from server.models import Appointment, Hospital, MachineAnswer, MachineKey, MachineNonce
from server.models.actor import Actor
from server.models.audit import record

OVERLAP = timedelta(hours=24)
"""How long the key before the newest one still opens, so that a hospital can change over without a gap."""


class RequestReplayed(Conflict):
    """This very request came in before."""

    code, default_message = "request_replayed", "这个请求已经收到过，请换用新的随机串重新签名"


@retried
def issue_key(hospital: Hospital, *, by: Actor) -> tuple[MachineKey, str]:
    """Make a hospital's system a new key; the one it had opens for 24 hours more.

    Returns:
        The key, and its secret, to be shown this once.
    """
    at, secret = clock.now(), secrets.token_urlsafe(32)
    with transaction() as session:
        session.execute(
            update(MachineKey)
            .where(MachineKey.hospital_id == hospital.id, MachineKey.ends_at.is_(None))
            .values(ends_at=at + OVERLAP)
            .execution_options(synchronize_session=False)
        )
        key = MachineKey(hospital_id=hospital.id, secret=secret, issued_at=at)
        session.add(key)
        session.flush()
        record("machine_key_issued", key, by=by, at=at)
    return key, secret


@retried
def end_keys(hospital: Hospital, *, by: Actor) -> int:
    """Let no key of a hospital open anything from now on. Returns how many did."""
    at = clock.now()
    with transaction() as session:
        open_ones = or_(MachineKey.ends_at.is_(None), MachineKey.ends_at > at)
        ended = session.execute(
            update(MachineKey)
            .where(MachineKey.hospital_id == hospital.id, open_ones)
            .values(ends_at=at)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        record("machine_keys_ended", hospital, by=by, at=at)
    return int(ended)


@retried
def admit(key: MachineKey, nonce: str, at: datetime) -> None:
    """Note that a signed request came in. Raises RequestReplayed."""
    try:
        with transaction() as session:
            session.add(MachineNonce(key_id=key.id, nonce=nonce, at=at))
    except IntegrityError as cause:
        raise RequestReplayed() from cause


@retried
def remember(hospital: Hospital, idempotency_key: str, request_hash: str, status: int, body: str) -> None:
    """Keep what a request was answered; the first one stays when two came at once."""
    try:
        with transaction() as session:
            session.add(
                MachineAnswer(
                    hospital_id=hospital.id,
                    idempotency_key=idempotency_key,
                    request_hash=request_hash,
                    status=status,
                    body=body,
                    at=clock.now(),
                )
            )
    except IntegrityError:
        return


@retried
def note_read(rows: Sequence[Appointment], *, by: Actor) -> None:
    """Record that a hospital's system read who comes."""
    at = clock.now()
    if rows:
        with transaction():
            for row in rows:
                record("appointment_read_by_hospital", row, by=by, at=at)
