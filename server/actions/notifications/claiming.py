"""Which notification is sent next, over which channel, in which words: decided in the caller's transaction."""

import logging
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from server import masking
from server.access import channels
from server.access.channels import Person, Way, first_open, recipient
from server.actions.notifications import chats, holding
from server.database import db, is_retryable
from server.models import Attempt, Notification, Resident, WechatUser, allowance
from server.models import NotificationStatus as N
from server.models.allowance import Taken
from server.models.delivery import leave_to_phone, put_off, shift
from server.models.notification import has_died
from server.models.states import StaleState
from server.policy.notices import CHATS, DIGEST, KINDS, Words, for_somebody_else, ladder, render
from server.policy.schema import Policy

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any call to WeChat may take; after it the sender counts as dead."""
BROKEN_AFTER = timedelta(minutes=10)
MOST_ATTEMPTS = 12
PICK_ROWS = 10


@dataclass(frozen=True)
class Claimed:
    """One notification that is ours to send now: attempt number, channel, address and words."""

    id: str
    kind: str
    user_id: str | None
    number: int
    way: Way
    words: Words = field(repr=False)
    is_urgent: bool
    expires_at: datetime | None
    started_at: datetime
    resident_id: str | None = None
    """Whose phone number an SMS goes to."""
    taken: Taken | None = None
    """What it takes of the chat's allowance."""


def pick(at: datetime, *, urgent_first: bool, spread: bool) -> list[str]:
    """Return ids of rows that are due, urgent ones or else the oldest; the conditional UPDATE of a claim decides.

    Args:
        spread: shuffle these few, so that parallel senders do not queue for the same row. Reading takes no locks: with
            SKIP LOCKED a sender that locked the last rows made the others believe that nothing was left.
    """
    due = (
        select(Notification.id)
        .where(Notification.status == N.CREATED, Notification.next_attempt_at <= at)
        .order_by(Notification.next_attempt_at, Notification.id)
        .limit(PICK_ROWS)
    )
    urgent = list(db.session.scalars(due.where(Notification.is_urgent.is_(True)))) if urgent_first else []
    found = urgent or list(db.session.scalars(due))
    if spread:
        random.shuffle(found)
    return found


def decide_safely(row_id: str, policy: Policy, at: datetime, *, sms_is_on: bool = False) -> tuple[Claimed | None, bool]:
    """Claim, put off or give up one due row; whatever is wrong with it stays with it (field_notes trap 1).

    Args:
        sms_is_on: whether there is anybody who sends SMS.
    Returns:
        The claim if the row is ours to send now, and whether anything changed.
    """
    try:
        with db.session.begin_nested():
            return _decide(row_id, policy, at, sms_is_on)
    except StaleState:
        return None, False  # another sender was faster with one that travels along
    except DBAPIError as error:
        if is_retryable(error):
            raise
        broken: Exception = error
    except Exception as error:
        broken = error
    logger.error("A notification cannot be prepared", exc_info=broken, extra={"notification_id": row_id})
    return None, _push_forward(row_id, at)


def _decide(row_id: str, policy: Policy, at: datetime, sms_is_on: bool) -> tuple[Claimed | None, bool]:
    row = db.session.get(Notification, row_id, populate_existing=True)
    if row is None or row.status != N.CREATED:
        return None, False
    if has_died(row.user_id, row.resident_id) or (row.about_id and has_died(None, row.about_id)):
        return None, shift(row.id, N.CREATED, N.CANCELLED)  # known since it was queued
    if row.expires_at is not None and row.expires_at <= at:
        return None, shift(row.id, N.CREATED, N.FAILED, reason="expired")
    kind = KINDS.get(row.kind)
    if kind is None:
        return None, _give_up(row, "unknown_kind", at)
    user = recipient(row)
    who = _resident(row, user) if kind.who == "resident" else None
    takes_sms = sms_is_on and who is not None and who.takes_sms
    if who is not None and _goes_elsewhere(row, user, who, policy, at, takes_sms):
        return None, True
    if chats.is_silenced(row):
        return None, shift(row.id, N.CREATED, N.CANCELLED, reason="doctor_has_it")
    way = first_open(user, chats.ways_of(row), tried=row.tried_channels, at=at, takes_sms=takes_sms)
    if way is None:
        return None, holding.pass_on(row, at) or _give_up(row, row.reason or _nobody(user), at)
    return _prepare(row, user, who, way, policy, at)


def _goes_elsewhere(
    row: Notification, user: WechatUser | None, who: Person, policy: Policy, at: datetime, takes_sms: bool
) -> bool:
    """Hand it over to whom it is for, keep it back, or let it travel with others; False: it may go out now."""
    about = channels.person(row.about_id) if row.about_id else who
    if holding.address(row, who, policy, at):
        return True
    if about is None:
        return False
    if holding.keep_back(row, who, about, policy, at):
        return True
    # what nothing reaches is not merged: each is a call of its own
    way = first_open(user, ladder(DIGEST), tried=(), at=at, takes_sms=takes_sms)
    return way is not None and holding.gather(row, who, about, at)


def _prepare(
    row: Notification, user: WechatUser | None, who: Person | None, way: Way, policy: Policy, at: datetime
) -> tuple[Claimed | None, bool]:
    try:
        words = _words(row, way, at)
    except (KeyError, ValueError, TypeError, AttributeError):
        return None, _give_up(row, "bad_facts", at)
    if who is not None and not holding.takes_place(row, who, policy, at):
        until = holding.till_tomorrow(row, who, policy, at)
        return None, put_off(row.id, until) if until else _give_up(row, "day_full", at)
    claimed = _claim(row, user, who, way, words, at)
    return claimed, claimed is not None


def _nobody(user: WechatUser | None) -> str:
    return "no_wechat" if user is None else "no_channel"


def _resident(row: Notification, user: WechatUser | None) -> Person | None:
    resident_id = row.resident_id or (user.resident_id if user else None)
    return channels.person(resident_id) if resident_id else None


def _claim(
    row: Notification, user: WechatUser | None, who: Person | None, way: Way, words: Words, at: datetime
) -> Claimed | None:
    number, taken = row.attempts + 1, None
    if way.channel in CHATS and user is not None:
        taken = allowance.take(user.id, CHATS[way.channel], at)
        if taken is None:
            raise StaleState()  # another sender took the last one: it is looked at again
    won = shift(
        row.id,
        N.CREATED,
        N.SENDING,
        number=row.attempts,
        attempts=number,
        lease_until_at=at + LEASE,
        channel=way.channel,
    )
    if not won:
        raise StaleState()
    db.session.add(Attempt(notification_id=row.id, number=number, channel=way.channel, started_at=at))
    return Claimed(
        id=row.id,
        kind=row.kind,
        user_id=user.id if user else None,
        number=number,
        way=way,
        words=words,
        is_urgent=row.is_urgent,
        expires_at=row.expires_at,
        started_at=at,
        resident_id=who.resident_id if who else None,
        taken=taken,
    )


def _words(row: Notification, way: Way, at: datetime) -> Words:
    words = chats.words(row, way.channel, render(row.kind, row.facts, at))
    if row.about_id is None:
        return words
    name = db.session.scalar(select(Resident.name).where(Resident.id == row.about_id))
    return for_somebody_else(words, masking.name(name)) if name else words


def _give_up(row: Notification, reason: str, at: datetime) -> bool:
    kind = KINDS.get(row.kind)
    if not shift(row.id, N.CREATED, N.FAILED, reason=reason):
        return False
    logger.warning("Notification %s failed: %s", row.id, reason)
    holding.leave_day(row.id)
    if kind is None or (kind.who == "resident" and kind.needs_call):
        leave_to_phone(row, reason, at)
    return True


def _push_forward(row_id: str, at: datetime) -> bool:
    attempts = db.session.scalar(select(Notification.attempts).where(Notification.id == row_id)) or 0
    if attempts >= MOST_ATTEMPTS:
        return shift(row_id, N.CREATED, N.FAILED, reason="internal_error")
    statement = (
        update(Notification)
        .where(Notification.id == row_id, Notification.status == N.CREATED)
        .values(attempts=attempts + 1, next_attempt_at=at + BROKEN_AFTER)
        .execution_options(synchronize_session=False)
    )
    return db.session.execute(statement).rowcount == 1  # type: ignore[attr-defined, no-any-return]
