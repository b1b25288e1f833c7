"""Numbers about to go to the public: each family doctor hears of them 24 and 2 hours before, in one message (N-24)."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.database import retried, transaction
from server.models import Hospital, Membership, ReleaseDigest, Role, Slot, SlotStatus, WechatUser
from server.models import notification as notifications

HOURS = (2, 24)
"""Nearest first: what was planned too late for the first message gets the last one."""
DOCTORS_AT_ONCE = 200


def digest_next() -> int:
    """Tell up to 200 doctors of the numbers of the next fall-back. Returns how many steps were taken, 0: nothing to do."""
    try:
        return _digest_some()
    except IntegrityError:
        return 1  # somebody else began the same digest


@retried
def _digest_some() -> int:
    at = clock.now()
    with transaction() as session:
        digest = _open(session) or _begin(session, at)
        if digest is None:
            return 0
        left = _left(session, digest.release_at) if digest.release_at > at else []
        doctors = _doctors(session, digest.told_until) if left else []
        notifications.queue_many([_note(digest, user_id, team_id, left, at) for user_id, team_id in doctors])
        if len(doctors) < DOCTORS_AT_ONCE:
            digest.done_at = at
        else:
            digest.told_until = doctors[-1][0]
    return 1


def _open(session: Session) -> ReleaseDigest | None:
    return session.scalar(
        select(ReleaseDigest)
        .where(ReleaseDigest.done_at.is_(None))
        .order_by(ReleaseDigest.release_at)
        .limit(1)
        .with_for_update()
    )


def _begin(session: Session, at: datetime) -> ReleaseDigest | None:
    after = at
    for hours in HOURS:
        until = at + timedelta(hours=hours)
        known = and_(ReleaseDigest.release_at == Slot.release_at, ReleaseDigest.hours == hours)
        release_at = session.scalar(
            select(Slot.release_at)
            .outerjoin(ReleaseDigest, known)
            .where(*_unused(), Slot.release_at > after, Slot.release_at <= until, ReleaseDigest.id.is_(None))
            .order_by(Slot.release_at)
            .limit(1)
        )
        if release_at is not None:
            begun = ReleaseDigest(release_at=release_at, hours=hours, told_until="")
            session.add(begun)
            session.flush()
            return begun
        after = until
    return None


def _unused() -> tuple[Any, ...]:
    return Slot.released_at.is_(None), Slot.status == SlotStatus.OPEN, Slot.fd_capacity > Slot.fd_taken


def _left(session: Session, release_at: datetime) -> list[tuple[str, int]]:
    """Return the numbers left by hospital, most first."""
    left = func.sum(Slot.fd_capacity - Slot.fd_taken)
    rows = session.execute(
        select(Hospital.name, left)
        .join(Hospital, Hospital.id == Slot.hospital_id)
        .where(*_unused(), Slot.release_at == release_at)
        .group_by(Hospital.id, Hospital.name)
        .order_by(left.desc(), Hospital.name)
    )
    return [(name, int(count)) for name, count in rows]


def _doctors(session: Session, told_until: str) -> list[tuple[str, str]]:
    """Return the next family doctors who use the mini-program, each once, and a team of theirs."""
    rows = session.execute(
        select(WechatUser.id, func.min(Membership.team_id))
        .join(Membership, Membership.staff_id == WechatUser.staff_id)
        .where(Membership.role == Role.FAMILY_DOCTOR, WechatUser.id > told_until)
        .group_by(WechatUser.id)
        .order_by(WechatUser.id)
        .limit(DOCTORS_AT_ONCE)
    )
    return [(user_id, team_id) for user_id, team_id in rows]


def _note(
    digest: ReleaseDigest, user_id: str, team_id: str, left: list[tuple[str, int]], at: datetime
) -> dict[str, Any]:
    return {
        "kind": "slots_falling_back",
        "dedupe_key": f"slots_falling_back:{digest.id}:{user_id}",
        "subject_id": digest.id,
        "at": at,
        "user_id": user_id,
        "team_id": team_id,
        "facts": {
            "hospital": left[0][0],
            "hospitals": len(left),
            "count": sum(count for _, count in left),
            "release_at": clock.local(digest.release_at).isoformat(),
        },
        "expires_at": digest.release_at,
    }
