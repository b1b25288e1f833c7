"""What becomes of one waiting notification now: sent, and how, or put off, handed over, merged, given up.

Nothing here writes: what is to be written comes back as acts (``holding.Act``).
"""

import logging
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import select

from server import masking
from server.access.channels import Person, User, Way
from server.access.known import Known, first_open
from server.actions.notifications import chats, holding
from server.actions.notifications.holding import Act
from server.database import db
from server.models import Notification, Resident
from server.models import NotificationStatus as N
from server.models.allowance import Taken
from server.models.delivery import leave_to_phone, put_off, shift
from server.policy.notices import CHATS, DIGEST, KINDS, Words, for_somebody_else, ladder, render
from server.policy.schema import Policy

logger = logging.getLogger(__name__)

RESERVED_FOR = timedelta(seconds=10)
"""How long a decision may rest before it is carried out. After it the row is due again, and decided anew."""


@dataclass(frozen=True)
class Claimed:
    """One notification that is ours to send: attempt number, channel, address and words."""

    id: str
    kind: str
    user_id: str | None
    number: int
    way: Way
    words: Words = field(repr=False)
    is_urgent: bool
    expires_at: datetime | None
    started_at: datetime
    """When it was decided, and from ``start`` on when the call began."""
    due_at: datetime
    reserved_until_at: datetime
    resident_id: str | None = None
    """Whose phone number an SMS goes to."""
    medium_of: str | None = None
    """The message whose photo or recording goes into the chat instead of the words."""
    taken: Taken | None = None
    """What it takes of the chat's allowance, from ``start`` on."""


@dataclass
class Decision:
    """A claim, or what is to be written instead; besides a claim, what is to be written first."""

    claimed: Claimed | None = None
    acts: list[Act] = field(default_factory=list)
    travels: list[str] = field(default_factory=list)
    """Rows that go out in one message with this one, or not at all any more."""
    counts: str | None = None
    """The resident against whose limit of a day it is counted."""


def decide(row: Notification, known: Known, policy: Policy, sms_is_on: bool) -> Decision:
    """Decide about one row by what is known. Raises whatever a broken row raises."""
    at = known.at
    if known.has_died(row):
        return Decision(acts=[lambda: shift(row.id, N.CREATED, N.CANCELLED)])  # known since it was queued
    if row.expires_at is not None and row.expires_at <= at:
        return Decision(acts=[lambda: shift(row.id, N.CREATED, N.FAILED, reason="expired")])
    kind = KINDS.get(row.kind)
    if kind is None:
        return _given_up(row, "unknown_kind", at)
    user = known.recipient(row)
    who = _resident(row, known) if kind.who == "resident" else None
    takes_sms = sms_is_on and who is not None and who.takes_sms
    copies: list[Act] = []
    if who is not None:
        copies = holding.copies(row, who, policy, known)
        elsewhere = _elsewhere(row, user, who, policy, known, takes_sms)
        if elsewhere is not None:
            return replace(elsewhere, acts=[*copies, *elsewhere.acts])
    if chats.is_silenced(row):
        return Decision(acts=[*copies, lambda: shift(row.id, N.CREATED, N.CANCELLED, reason="doctor_has_it")])
    held = chats.held(row, at)
    if held is not None:
        return Decision(acts=[*copies, lambda: _hold(row, held)])
    way = first_open(user, chats.ways_of(row), tried=row.tried_channels, known=known, takes_sms=takes_sms)
    if way is None:
        passed_on = holding.pass_on(row, known)
        nobody = "no_wechat" if user is None else "no_channel"
        found = Decision(acts=[passed_on]) if passed_on else _given_up(row, row.reason or nobody, at)
    else:
        found = _prepare(row, user, who, way, policy, known)
    return replace(found, acts=[*copies, *found.acts]) if copies else found


def _elsewhere(
    row: Notification, user: User | None, who: Person, policy: Policy, known: Known, takes_sms: bool
) -> Decision | None:
    """Hand it over to whom it is for, keep it back, or let it travel with others; None: it may go out now."""
    handed = holding.address(row, who, policy, known)
    if handed:
        return Decision(acts=[handed])
    about = known.person(row.about_id) if row.about_id else who
    if about is None:
        return None
    kept = holding.keep_back(row, who, about, policy, known.at)
    if kept:
        return Decision(acts=[kept])
    # what nothing reaches is not merged: each is a call of its own
    if first_open(user, ladder(DIGEST), tried=(), known=known, takes_sms=takes_sms) is None:
        return None
    together = holding.gather(row, who, about, known)
    return Decision(acts=[together[1]], travels=together[0]) if together else None


def _prepare(
    row: Notification, user: User | None, who: Person | None, way: Way, policy: Policy, known: Known
) -> Decision:
    at = known.at
    try:
        words = _words(row, way, at)
    except (KeyError, ValueError, TypeError, AttributeError):
        return _given_up(row, "bad_facts", at)
    counts = who is not None and holding.is_counted(row, at)
    if who is not None and counts and not known.has_room(who, policy.reminders.max_a_day):
        return Decision(acts=[lambda: day_is_full(row, who, policy, at)])
    if way.channel in CHATS and user is not None and not known.may_chat(user):
        return Decision()  # the next batch speaks after this one
    known.spend(user, way)
    known.gone.add(row.id)
    claimed = Claimed(
        id=row.id,
        kind=row.kind,
        user_id=user.id if user else None,
        number=row.attempts + 1,
        way=way,
        words=words,
        is_urgent=row.is_urgent,
        expires_at=row.expires_at,
        started_at=at,
        due_at=row.next_attempt_at,
        reserved_until_at=at + RESERVED_FOR,
        resident_id=who.resident_id if who else None,
        medium_of=chats.medium_of(row, way.channel),
    )
    return Decision(claimed, counts=who.resident_id if who is not None and counts else None)


def day_is_full(row: Notification, who: Person, policy: Policy, at: datetime) -> bool:
    """Put a reminder beyond the day's limit off till tomorrow, or give it up when it would be over by then."""
    until = holding.till_tomorrow(row, who, policy, at)
    return put_off(row.id, until) if until else _give_up(row, "day_full", at)


def _resident(row: Notification, known: Known) -> Person | None:
    resident_id = known.person_id(row)
    return known.person(resident_id) if resident_id else None


def _words(row: Notification, way: Way, at: datetime) -> Words:
    words = chats.words(row, way.channel, render(row.kind, row.facts, at))
    if row.about_id is None:
        return words
    name = db.session.scalar(select(Resident.name).where(Resident.id == row.about_id))
    return for_somebody_else(words, masking.name(name)) if name else words


def _hold(row: Notification, held: chats.Held) -> bool:
    return put_off(row.id, held.until) if held.until else shift(row.id, N.CREATED, N.CANCELLED, reason="not_sent")


def _given_up(row: Notification, reason: str, at: datetime) -> Decision:
    return Decision(acts=[lambda: _give_up(row, reason, at)])


def _give_up(row: Notification, reason: str, at: datetime) -> bool:
    kind = KINDS.get(row.kind)
    if not shift(row.id, N.CREATED, N.FAILED, reason=reason):
        return False
    logger.warning("Notification %s failed: %s", row.id, reason)
    holding.leave_day(row.id)
    if kind is None or (kind.who == "resident" and kind.needs_call):
        leave_to_phone(row, reason, at)
    return True
