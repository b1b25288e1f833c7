"""Getting in line, leaving it, and who goes before whom."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import persons, places, rules
from server.actions.booking.waiting.refusals import (
    PlacesFree,
    PriorityReasonNeeded,
    TooManyLists,
    WaitingDaysInvalid,
    WaitingOver,
)
from server.actions.booking.waiting.telling import tell_joined
from server.database import db, retried, transaction
from server.errors import NotFound
from server.ids import new_id
from server.models import (
    Appointment,
    AppointmentStatus,
    Channel,
    Department,
    Priority,
    Resident,
    Shift,
    Slot,
    SlotKind,
    SlotStatus,
    Specialist,
    WaitingEntry,
    WaitingOffer,
    WaitingStatus,
    audit,
    states,
)
from server.models import appointment as appointments
from server.models.actor import Actor
from server.models.waiting import CLINIC_CALLED_OFF, OPEN, key_of
from server.policy.schema import Policy

W = WaitingStatus
LOOKED_AT = 50


@dataclass(frozen=True)
class Wish:
    """What somebody waits for; days inclusive. None: any."""

    department_id: str
    from_on: date
    until_on: date
    specialist_id: str | None = None
    kind: SlotKind | None = None

    @property
    def from_at(self) -> datetime:
        """The first instant that suits him."""
        return clock.midnight(self.from_on)

    @property
    def until_at(self) -> datetime:
        """The first one that no longer does."""
        return clock.midnight(self.until_on + timedelta(days=1))


def join(
    resident: Resident, wish: Wish, *, policy: Policy, by: Actor, channel: Channel = Channel.SELF
) -> tuple[WaitingEntry, bool]:
    """Put somebody in line for a department. Caps and overlaps are looked at when a place is offered.

    Whose clinic was called off there goes before the others.

    Returns:
        The entry, and whether it is new: who waits there already gets that one, as it is.
    Raises:
        NoActiveAgreement, BookingNeedsRealName, SharingNotAllowed, BookingBlocked, PlacesFree, WaitingDaysInvalid,
        TooManyLists, NotFound.
    Source:
        policy keys waiting.max_days, waiting.max_lists; who may wait is who may book (domain.md §5.2).
    """
    try:
        return _join(resident, wish, policy=policy, by=by, channel=channel)
    except IntegrityError:
        own = _own(resident.id, wish.department_id)  # the other tap was first
        if own is None:
            raise
        return own, False


@retried
def _join(resident: Resident, wish: Wish, *, policy: Policy, by: Actor, channel: Channel) -> tuple[WaitingEntry, bool]:
    at = clock.now()
    with transaction() as session:
        agreement = persons.agreement_of(session, resident, policy)
        persons.check_consent(agreement)
        persons.check_block(resident.id, channel, policy)
        own = _own(resident.id, wish.department_id)
        if own is not None:
            return own, False
        _check_wish(session, wish, policy)
        mine = select(func.count()).where(WaitingEntry.resident_id == resident.id, WaitingEntry.status.in_(OPEN))
        if (session.scalar(mine) or 0) >= policy.waiting.max_lists:
            raise TooManyLists()
        if free_slot(wish, policy, at) is not None:
            raise PlacesFree()
        was_called_off = _was_called_off(session, resident.id, wish.department_id)
        entry = WaitingEntry(
            id=new_id(),
            resident_id=resident.id,
            department_id=wish.department_id,
            specialist_id=wish.specialist_id,
            kind=wish.kind,
            from_at=wish.from_at,
            until_at=wish.until_at,
            status=W.WAITING,
            open_key=key_of(resident.id, wish.department_id),
            priority=Priority.PREFERRED if was_called_off else Priority.NORMAL,
            priority_reason=CLINIC_CALLED_OFF if was_called_off else None,
            arrived_at=at,
            offers=0,
            booker_kind=by.kind,
            booker_id=by.id,
        )
        session.add(entry)
        session.flush()
        states.born(entry, by=by, at=at)
        audit.record("waiting_joined", entry, by=by, at=at)
        tell_joined(entry, agreement.team_id, at)
    return entry, True


def _own(resident_id: str, department_id: str) -> WaitingEntry | None:
    key = key_of(resident_id, department_id)
    return db.session.scalar(select(WaitingEntry).where(WaitingEntry.open_key == key))


def _check_wish(session: Session, wish: Wish, policy: Policy) -> None:
    today = clock.today()
    last = today + timedelta(days=policy.waiting.max_days)
    if wish.until_on < wish.from_on or wish.until_on <= today or wish.until_on > last:
        raise WaitingDaysInvalid()
    if session.get(Department, wish.department_id) is None:
        raise NotFound()
    if wish.specialist_id is not None:
        who = session.get(Specialist, wish.specialist_id)
        if who is None or who.department_id != wish.department_id:
            raise NotFound()


def free_slot(wish: Wish, policy: Policy, at: datetime) -> Slot | None:
    """Return a slot that could be booked now instead of waiting."""
    statement = (
        select(Slot)
        .join(Shift, Shift.id == Slot.shift_id)
        .where(
            Slot.department_id == wish.department_id,
            Slot.status == SlotStatus.OPEN,
            Slot.starts_at >= max(wish.from_at, at),
            Slot.starts_at < wish.until_at,
            Slot.released_at.is_(None),
            Slot.fd_taken < Slot.fd_capacity,
        )
    )
    if wish.specialist_id is not None:
        statement = statement.where(Shift.specialist_id == wish.specialist_id)
    if wish.kind is not None:
        statement = statement.where(Slot.kind == wish.kind)
    found = db.session.scalars(statement.order_by(Slot.starts_at, Slot.id).limit(LOOKED_AT)).unique()
    return next((slot for slot in found if rules.why_not(slot, policy, at) is None), None)


def _was_called_off(session: Session, resident_id: str, department_id: str) -> bool:
    found = (
        select(Appointment.id)
        .join(Slot, Slot.id == Appointment.slot_id)
        .where(
            Appointment.resident_id == resident_id,
            Appointment.status == AppointmentStatus.SUSPENDED,
            Slot.department_id == department_id,
        )
    )
    return session.scalar(found.limit(1)) is not None


@retried
def leave(entry: WaitingEntry, *, by: Actor) -> WaitingEntry:
    """Leave the line; what is held for him goes to the next one. Leaving twice is leaving once. Raises WaitingOver."""
    at = clock.now()
    with transaction() as session:
        if entry.status == W.GIVEN_UP:
            return entry
        if entry.status not in OPEN:
            raise WaitingOver()
        offer = session.scalar(select(WaitingOffer).where(WaitingOffer.open_key == entry.id))
        if offer is not None:
            held = session.get_one(Appointment, offer.appointment_id)
            places.lock_of(session, held)
            appointments.give_back(held, by=by, at=at, reason="left_the_list")
            session.refresh(entry)
        states.move(entry, W.GIVEN_UP, by=by, at=at, open_key=None)
        audit.record("waiting_left", entry, by=by, at=at)
    return entry


@retried
def set_priority(entry: WaitingEntry, priority: Priority, reason: str, *, by: Actor) -> WaitingEntry:
    """Say who goes before others, with a reason that is kept; within a priority arrival decides.

    Raises:
        PriorityReasonNeeded, WaitingOver.
    """
    at = clock.now()
    if priority != Priority.NORMAL and not reason.strip():
        raise PriorityReasonNeeded()
    with transaction() as session:
        session.refresh(entry, with_for_update={"of": WaitingEntry})
        if entry.status not in OPEN:
            raise WaitingOver()
        entry.priority, entry.priority_by = priority, by.id
        entry.priority_reason = reason.strip() or None
        session.flush()
        audit.record("waiting_priority_set", entry, by=by, at=at)
    return entry
