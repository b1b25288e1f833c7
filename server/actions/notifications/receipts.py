"""Receipts of pushes, and clearing up after senders that died."""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.notifications.claiming import LEASE, MOST_ATTEMPTS
from server.actions.notifications.results import end_attempt, is_repeatable
from server.database import db, retried, transaction
from server.models import Notification, WechatCallback
from server.models import NotificationStatus as N
from server.models.delivery import leave_to_phone, shift
from server.policy.notices import CHATS, KINDS
from server.policy.schema import Policy

logger = logging.getLogger(__name__)


@retried
def record_receipt(ref: str, errcode: int, status: str, *, dedupe_key: str, kind: str, at: datetime) -> bool:
    """Note what finally became of a push, as WeChat reports it; a repetition changes nothing.

    A receipt that is faster than our own note of the message id waits in WechatCallback for ``recover_next``.

    Args:
        ref: WeChat's message id. errcode: 0 means shown. status: WeChat's word ("success", "failed:user block").
        dedupe_key: of the callback; one callback may bring several receipts. kind: "subscribe" or "template".
    Returns:
        Whether it is new.
    """
    try:
        with transaction() as session:
            session.add(
                WechatCallback(
                    dedupe_key=f"{dedupe_key}#{ref}"[:190],
                    kind=f"receipt_{kind}"[:24],
                    received_at=at,
                    receipt_ref=ref[:64],
                    receipt_code=errcode,
                    is_matched=_match(ref, errcode, at),
                )
            )
    except IntegrityError:
        return False
    if errcode:
        logger.warning("WeChat reports a push as not delivered: %s %s", errcode, status)
    return True


def _match(ref: str, errcode: int, at: datetime) -> bool:
    row = db.session.scalar(
        select(Notification).where(Notification.provider_ref == ref).execution_options(populate_existing=True)
    )
    if row is None:
        return False
    if row.status not in (N.SENT, N.UNKNOWN):
        logger.info("A receipt for a closed notification %s is ignored", row.id)
        return True
    if errcode == 0:
        shift(row.id, N(row.status), N.DELIVERED)
    elif shift(row.id, N(row.status), N.FAILED, reason="receipt_failed"):
        kind = KINDS.get(row.kind)
        if kind and kind.who == "resident" and kind.needs_call:
            leave_to_phone(row, "receipt_failed", at)
    return True


@retried
def recover_next(policy: Policy) -> bool:
    """Clear up one thing a dead sender or a fast receipt left behind. Returns False when there is nothing.

    A notification whose lease ran out goes back to the line when repeating it is safe, else it becomes "unknown".
    """
    at = clock.now()
    with transaction():
        return _recover_lease(policy, at) or _recover_receipt(at)


def _recover_lease(policy: Policy, at: datetime) -> bool:
    row = db.session.scalar(
        select(Notification)
        .where(Notification.status == N.SENDING, Notification.lease_until_at < at)
        .order_by(Notification.lease_until_at)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if row is None or row.lease_until_at is None:
        return False
    end_attempt(row.id, row.attempts, "lost", None, at)
    started_at = row.lease_until_at - LEASE
    if is_repeatable(row.kind, row.channel, started_at, at) and row.attempts < MOST_ATTEMPTS:
        again = {"next_attempt_at": at, "lease_until_at": None, "reason": "lease_expired"}
        shift(row.id, N.SENDING, N.CREATED, number=row.attempts, **again)
    elif row.kind == "doctor_reply" and row.channel in CHATS:
        on = {"tried_channels": [*row.tried_channels, row.channel], "next_attempt_at": at, "lease_until_at": None}
        shift(row.id, N.SENDING, N.CREATED, number=row.attempts, reason="lease_expired", **on)
    else:
        logger.warning("Nobody knows whether notification %s was sent", row.id)
        shift(row.id, N.SENDING, N.UNKNOWN, number=row.attempts, reason="lease_expired")
    return True


def _recover_receipt(at: datetime) -> bool:
    found = db.session.scalar(
        select(WechatCallback)
        .join(Notification, Notification.provider_ref == WechatCallback.receipt_ref)
        .where(WechatCallback.is_matched.is_(False), WechatCallback.kind.like("receipt_%"))
        .order_by(WechatCallback.received_at)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if found is None or found.receipt_ref is None:
        return False
    found.is_matched = _match(found.receipt_ref, found.receipt_code or 0, at)
    return True
