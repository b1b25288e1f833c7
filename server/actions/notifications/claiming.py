"""Which notifications are sent next, over which channels, in which words: decided in the caller's transaction.

A batch is decided together: what is known about its people is read once for all of them. What may go out now is
reserved, which means only that nobody else looks at it for some seconds; it still waits, and a sender that dies leaves
it waiting. Only what is handed to WeChat this moment is ``sending`` (``start``).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from server import clock
from server.access.known import Known
from server.actions.notifications import chats
from server.actions.notifications.deciding import RESERVED_FOR, Claimed, Decision, day_is_full, decide
from server.database import db, is_retryable
from server.models import Notification, allowance, dispatch, notice_setting
from server.models import NotificationStatus as N
from server.models.delivery import shift
from server.models.states import StaleState
from server.policy.notices import CHATS
from server.policy.schema import Policy

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""Longer than any call to WeChat may take; after it the sender counts as dead."""
BROKEN_AFTER = timedelta(minutes=10)
MOST_ATTEMPTS = 12


@dataclass
class Reserved:
    """What came of a batch: those to send now, and how many rows were put off, merged or given up."""

    claims: list[Claimed] = field(default_factory=list)
    passed_over: int = 0


def pick(at: datetime, *, size: int, urgent_first: bool) -> list[str]:
    """Return ids of rows that are due, urgent ones first, then the oldest; reading takes no locks."""
    due = (
        select(Notification.id)
        .where(Notification.status == N.CREATED, Notification.next_attempt_at <= at)
        .order_by(Notification.next_attempt_at, Notification.id)
        .limit(size)
    )
    urgent = list(db.session.scalars(due.where(Notification.is_urgent.is_(True)))) if urgent_first else []
    return urgent or list(db.session.scalars(due))


def decide_safely(row_id: str, policy: Policy, at: datetime, *, sms_is_on: bool = False) -> tuple[Claimed | None, bool]:
    """Decide about one due row and, when it may go out, note that it is being sent from now on.

    Returns:
        The claim if the row is ours to send now, and whether anything changed.
    """
    reserved = reserve([row_id], policy, at, sms_is_on=sms_is_on)
    started = start(reserved.claims, at)
    return (started[0] if started else None), bool(started) or reserved.passed_over > 0


def reserve(
    ids: Sequence[str], policy: Policy, at: datetime, *, sms_is_on: bool = False, most: int | None = None
) -> Reserved:
    """Reserve, put off or give up due rows; whatever is wrong with one stays with it (field_notes trap 1).

    Args:
        sms_is_on: whether there is anybody who sends SMS. most: stop when so many are to be sent.
    """
    done, counted = Reserved(), []
    for row, known in _loaded(list(ids), at):
        if most is not None and len(done.claims) == most:
            break
        if row.id in known.gone:
            continue
        decision, changed = _carried_out(row, known, policy, sms_is_on)
        done.passed_over += changed
        if decision.claimed is None:
            continue
        done.claims.append(decision.claimed)
        if decision.counts:
            counted.append((row, decision.counts, known))
    today = clock.local(at).date()
    done.passed_over += _count(counted, done.claims, policy, at, today)
    ids, with_place = [claimed.id for claimed in done.claims], {row.id for row, _, _ in counted}
    dispatch.reserve([one for one in ids if one in with_place], at + RESERVED_FOR, counted_on=today)
    dispatch.reserve([one for one in ids if one not in with_place], at + RESERVED_FOR)
    return done


def start(claims: Sequence[Claimed], at: datetime) -> list[Claimed]:
    """Note that these go to WeChat now, with a lease and a record of the try each. Raises dispatch.NotAll.

    Returns:
        Them; without those whose reservation ran out: they are decided anew.
    """
    going = [replace(claimed, started_at=at) for claimed in claims if at < claimed.reserved_until_at]
    going = [ready for claimed in going if (ready := _with_allowance(claimed, at)) is not None]
    if going:
        tries = [
            {
                "row_id": one.id,
                "tried": one.number - 1,
                "reserved_until": one.reserved_until_at,
                "channel": one.way.channel,
            }
            for one in going
        ]
        dispatch.begin(tries, at, at + LEASE)
    return going


def _with_allowance(claimed: Claimed, at: datetime) -> Claimed | None:
    """Take one message of a chat's allowance; None when there is none, or a doctor took the bot's word from it.

    The doctor's step and this one lock the same row, so the bot never speaks after him.
    """
    if claimed.way.channel not in CHATS or claimed.user_id is None:
        return claimed
    if claimed.kind == "bot_answer":
        row = db.session.get(Notification, claimed.id, populate_existing=True)
        if row is None or chats.is_silenced(row):
            shift(claimed.id, N.CREATED, N.CANCELLED, reason="doctor_has_it")
            return None
    taken = allowance.take(claimed.user_id, CHATS[claimed.way.channel], at)
    if taken is None:  # another sender took the last one: it is looked at again
        dispatch.release([(claimed.id, claimed.reserved_until_at, at)])
        return None
    return replace(claimed, taken=taken)


def _loaded(ids: list[str], at: datetime) -> list[tuple[Notification, Known]]:
    """Lock and read rows that still wait, each with what is known about its people; one that cannot be read is put off.

    Rows that another sender has locked are his.
    """
    if not ids:
        return []
    picked = (  # by nothing but their ids: SQLite would rather walk through all that wait
        select(Notification)
        .where(Notification.id.in_(ids))
        .order_by(Notification.is_urgent.desc(), Notification.next_attempt_at, Notification.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    try:
        found = db.session.scalars(picked)
        rows = [row for row in found if row.status == N.CREATED and row.next_attempt_at <= at]
        known = Known(rows, at)
    except DBAPIError as error:
        if is_retryable(error) or len(ids) > 1:
            raise
        broken: Exception = error
    except Exception as error:
        broken = error
    else:
        return [(row, known) for row in rows]
    if len(ids) == 1:
        _note_broken(ids[0], broken, at)
        return []
    return [pair for one in ids for pair in _loaded([one], at)]


def _carried_out(row: Notification, known: Known, policy: Policy, sms_is_on: bool) -> tuple[Decision, bool]:
    """Decide about one row and write what follows. Returns the decision, and whether the row was passed over."""
    try:
        decision = decide(row, known, policy, sms_is_on)
        changed = False
        if decision.acts:
            with db.session.begin_nested():
                for act in decision.acts:
                    changed = act() or changed
        known.gone.update(decision.travels)
        return decision, changed and decision.claimed is None
    except StaleState:
        return Decision(), False  # another sender was faster with one that travels along
    except DBAPIError as error:
        if is_retryable(error):
            raise
        broken: Exception = error
    except Exception as error:
        broken = error
    return Decision(), _note_broken(row.id, broken, known.at)


def _note_broken(row_id: str, broken: Exception, at: datetime) -> bool:
    logger.error("A notification cannot be prepared", exc_info=broken, extra={"notification_id": row_id})
    return _push_forward(row_id, at)


def _count(
    counted: list[tuple[Notification, str, Known]], claims: list[Claimed], policy: Policy, at: datetime, today: date
) -> int:
    """Count reminders against the day's limit; whoever has no room any more keeps his for tomorrow. Returns how many."""
    people = [who for _, who, _ in counted]
    without = {who for _, who, known in counted if (one := known.person(who)) is not None and one.setting is None}
    notice_setting.own_rows(sorted(without), at)
    rooms = notice_setting.take_places(people, today, policy.reminders.max_a_day, at)
    full = {
        row.id: (row, known.person(who)) for (row, who, known), room in zip(counted, rooms, strict=True) if not room
    }
    claims[:] = [claimed for claimed in claims if claimed.id not in full]
    return sum(day_is_full(row, who, policy, at) for row, who in full.values() if who is not None)


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
