"""Offering places to whoever is next in line. One person and one place per transaction; all of it or nothing."""

import contextlib
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import claiming, rules
from server.actions.booking.cancelling import cancel
from server.actions.booking.refusals import NoActiveAgreement, SlotClosed, SlotFull, SlotPast, SlotTooFar
from server.actions.booking.waiting import lines
from server.actions.booking.waiting.accounting import LOOK_AGAIN, account
from server.actions.booking.waiting.refusals import NothingOffered
from server.actions.booking.waiting.telling import offer_key, tell_ended, tell_offer
from server.database import db, retried, transaction
from server.errors import AppError, Conflict, NotFound
from server.ids import new_id
from server.models import (
    Agreement,
    Appointment,
    Channel,
    FreedOutcome,
    FreedPlace,
    Pool,
    Slot,
    WaitingEntry,
    WaitingOffer,
    WaitingSkip,
    WaitingStatus,
    audit,
    states,
)
from server.models import appointment as appointments
from server.models import waiting as waits
from server.models.actor import CLOCK, Actor
from server.models.states import StaleState
from server.policy import waiting_times
from server.policy.schema import Policy

W = WaitingStatus
OF_THE_SLOT = (SlotFull, SlotClosed, SlotPast, SlotTooFar, NotFound)
"""Refusals that may be about the place; every other one is about the person."""
SKIPS_AT_ONCE = 50


class HasNumberThere(Conflict):
    """He has a number in that very slot."""

    code, default_message = "has_number_there", "您已约了这个时段"


def offer_next(*, policy: Policy) -> bool:
    """Take up one freed place that is due: offer it to the next in line, or account for it.

    Returns:
        Whether there was one.
    """
    due = select(FreedPlace).where(FreedPlace.settled_at.is_(None), FreedPlace.due_at <= clock.now())
    row = db.session.scalar(due.order_by(FreedPlace.due_at, FreedPlace.id).limit(1))
    if row is None:
        return False
    row_id, slot_id = row.id, row.slot_id
    if row.pool == Pool.PUBLIC or not offer_place(slot_id, policy=policy):
        account(row_id)
    return True


def offer_free_next(after: str, *, policy: Policy) -> str:
    """Offer places nobody gave back: new sessions, and days that have come near enough to be booked.

    Args:
        after: department up to which this was done, "" to begin.
    Returns:
        The department to go on after, "" at the end.
    """
    at = clock.now()
    departments = lines.departments_after(after)
    if not departments:
        return ""
    last = at + timedelta(days=policy.waiting.max_days + 1)
    for slot_id in lines.slots_with_places(departments, at, last):
        while offer_place(slot_id, policy=policy):
            pass
    return departments[-1]


def offer_place(slot_id: str, *, policy: Policy) -> bool:
    """Offer one place of a slot to the next in line who can take it. Whoever cannot keeps his place, with the reason.

    Returns:
        Whether somebody was offered it, or the line has to be looked at again.
    """
    at = clock.now()
    slot = db.session.get(Slot, slot_id, populate_existing=True)
    if slot is None or rules.why_not(slot, policy, at) is not None:
        return False
    for _ in range(SKIPS_AT_ONCE):
        entry = lines.first_for(slot, at)
        if entry is None:
            return False
        closes_at = rules.books_until(slot, policy)
        until = waiting_times.offer_until(
            clock.local(at),
            closes_at,
            offer_key(entry, slot_id),
            rules=policy.waiting,
            reminders=policy.reminders,
        )
        if until is None:
            return False
        done = _try(entry.id, slot, until, policy=policy, at=at)
        if done is not None:
            return done
    return True


def _try(entry_id: str, slot: Slot, until: datetime, *, policy: Policy, at: datetime) -> bool | None:
    """Offer a place to one person. Returns True when he has it, False when there is none, None: ask the next one."""
    try:
        return _offer(entry_id, slot.id, until, policy=policy) or None
    except OF_THE_SLOT as why:
        now = db.session.get(Slot, slot.id, populate_existing=True)
        if now is None or rules.why_not(now, policy, at) is not None:
            return False
        _skip(entry_id, slot.id, why.code)  # the place is free: his own void number stands in his way
    except NoActiveAgreement as why:
        if not _remove(entry_id):
            _skip(entry_id, slot.id, why.code)
    except (StaleState, IntegrityError):
        pass  # somebody else was at work on this person
    except AppError as why:
        _skip(entry_id, slot.id, why.code)
    return None


@retried
def _offer(entry_id: str, slot_id: str, until: datetime, *, policy: Policy) -> bool:
    """Hold a place for one person and tell him, in one transaction. Returns whether he still needed it."""
    at = clock.now()
    with transaction() as session:
        entry = session.get_one(WaitingEntry, entry_id)
        if entry.status != W.WAITING:
            raise StaleState()
        if _has_number(session, entry):
            states.move(entry, W.BOOKED, by=CLOCK, at=at, reason="booked_otherwise", open_key=None)
            return False
        origin = claiming.Origin(Channel.WAITING, waiting_id=entry.id)
        held, is_new = claiming.claim(
            session, slot_id, entry.resident, is_hold=True, hold_for=until - at, origin=origin, policy=policy, by=CLOCK, at=at
        )  # fmt: skip
        if held.waiting_id == entry.id and not is_new:
            raise StaleState()  # another worker has just offered it to him
        if not is_new:
            raise HasNumberThere()
        states.move(entry, W.OFFERED, by=CLOCK, at=at, offers=WaitingEntry.offers + 1)
        freed = _oldest_freed(session, slot_id)
        offer = WaitingOffer(
            id=new_id(),
            entry_id=entry.id,
            slot_id=slot_id,
            appointment_id=held.id,
            freed_place_id=freed.id if freed else None,
            open_key=entry.id,
            offered_at=at,
            expires_at=until,
        )
        session.add(offer)
        if freed is not None:
            freed.settle(FreedOutcome.OFFERED, at, "waiting_list")
        session.flush()
        audit.record("waiting_offered", entry, by=CLOCK, at=at)
        tell_offer(entry, offer, held, session.get_one(Agreement, held.agreement_id).team_id)
    return True


@retried
def _remove(entry_id: str) -> bool:
    """Take somebody off the lists who has no agreement any more, nor one on its way. Returns whether that is so."""
    with transaction() as session:
        who = session.get_one(WaitingEntry, entry_id).resident_id
        either = or_(Agreement.active_key == who, Agreement.open_key == who)
        if session.scalar(select(Agreement.id).where(either).limit(1)) is not None:
            return False
        waits.remove_all(who, by=CLOCK, at=clock.now(), reason="no_agreement")
    return True


def _has_number(session: Session, entry: WaitingEntry) -> bool:
    """Whether he found a number of this department in his days without us."""
    found = (
        select(Appointment.id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .where(
            Appointment.resident_id == entry.resident_id,
            Appointment.status.in_(appointments.OPEN),
            Appointment.booked_at >= entry.arrived_at,
            Slot.department_id == entry.department_id,
            Slot.starts_at >= entry.from_at,
            Slot.starts_at < entry.until_at,
        )
    )
    return session.scalar(found.limit(1)) is not None


def _oldest_freed(session: Session, slot_id: str) -> FreedPlace | None:
    """The slot's row is locked by the claim."""
    return session.scalar(
        select(FreedPlace)
        .where(
            FreedPlace.slot_id == slot_id,
            FreedPlace.pool == Pool.FAMILY_DOCTOR,
            FreedPlace.settled_at.is_(None),
        )
        .order_by(FreedPlace.freed_at, FreedPlace.id)
        .limit(1)
    )


def _skip(entry_id: str, slot_id: str, reason: str) -> None:
    with contextlib.suppress(IntegrityError):  # another worker wrote it down in the same moment
        _note_skip(entry_id, slot_id, reason)


@retried
def _note_skip(entry_id: str, slot_id: str, reason: str) -> None:
    at = clock.now()
    with transaction() as session:
        known = select(WaitingSkip).where(WaitingSkip.entry_id == entry_id, WaitingSkip.slot_id == slot_id)
        row = session.scalar(known) or WaitingSkip(entry_id=entry_id, slot_id=slot_id)
        row.reason, row.at, row.again_at = reason[:40], at, at + LOOK_AGAIN
        session.add(row)


# ---------------------------------------------------------------- answers


def held_for(entry: WaitingEntry) -> Appointment:
    """Return what is held for somebody. Raises NothingOffered."""
    offer = db.session.scalar(select(WaitingOffer).where(WaitingOffer.open_key == entry.id))
    if offer is None:
        raise NothingOffered()
    return db.session.get_one(Appointment, offer.appointment_id)


def accept(entry: WaitingEntry, *, policy: Policy, by: Actor) -> Appointment:
    """Take the place that is offered. Accepting twice is accepting once.

    Raises:
        NothingOffered, HoldExpired, NoActiveAgreement, SharingNotAllowed, states.IllegalMove, states.StaleState.
    """
    return claiming.confirm(_booked_from(entry) or held_for(entry), policy=policy, by=by)


def _booked_from(entry: WaitingEntry) -> Appointment | None:
    booked = select(Appointment).where(
        Appointment.waiting_id == entry.id,
        Appointment.status.in_((appointments.A.BOOKED, appointments.A.PENDING)),
    )
    return db.session.scalar(booked.limit(1))


def decline(entry: WaitingEntry, *, policy: Policy, by: Actor) -> WaitingEntry:
    """Say no to what is offered; it goes to the next one, and he stands where he stood. Raises NothingOffered."""
    cancel(held_for(entry), policy=policy, by=by)
    db.session.refresh(entry)
    return entry


@retried
def end_next(*, policy: Policy) -> bool:
    """End one wait that can come to nothing any more: its last day, or the last offer, is over.

    Returns:
        Whether there was one.
    """
    at = clock.now()
    with transaction() as session:
        waiting = select(WaitingEntry.id).where(WaitingEntry.status == W.WAITING)
        # a visit is booked by the day before: on the last day nothing can come any more
        late = waiting.where(WaitingEntry.until_at <= _midnight_after(at)).order_by(WaitingEntry.until_at).limit(1)
        tired = waiting.where(WaitingEntry.offers >= policy.waiting.max_offers).limit(1)
        found, reason = session.scalar(late), "last_day"
        if found is None:
            found, reason = session.scalar(tired), "offers_not_taken"
        if found is None:
            return False
        entry = session.get_one(WaitingEntry, found, populate_existing=True)
        states.move(entry, W.EXPIRED, by=CLOCK, at=at, reason=reason, open_key=None)
        audit.record("waiting_ended", entry, by=CLOCK, at=at)
        tell_ended(entry, at)
    return True


def _midnight_after(at: datetime) -> datetime:
    return clock.midnight(clock.local(at).date() + timedelta(days=1))
