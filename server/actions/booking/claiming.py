"""Claiming a number: held for some minutes, confirmed, or both in one step."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from server import clock
from server.actions.booking import persons, places, rules
from server.actions.booking.refusals import HoldExpired, SharingNotAllowed, SlotClosed, SlotFull
from server.actions.booking.telling import notes_of_booked, tell_booked
from server.database import as_loaded, db, id_of, insert_at_once, plain, read, retried, transaction
from server.ids import new_id
from server.models import (
    Agreement,
    Appointment,
    AppointmentStatus,
    Channel,
    Hospital,
    Pool,
    Resident,
    Slot,
    SlotStatus,
    audit,
    states,
)
from server.models import notification as notifications
from server.models import waiting as waiting_list
from server.models.actor import Actor
from server.models.appointment import OPEN
from server.policy.schema import Policy

A = AppointmentStatus


@dataclass(frozen=True)
class Origin:
    """Where a booking comes from."""

    channel: Channel = Channel.SELF
    pool: Pool = Pool.FAMILY_DOCTOR
    referral_id: str | None = None
    waiting_id: str | None = None


SELF = Origin()


def reserve(
    slot_id: str, resident: Resident, *, policy: Policy, by: Actor, origin: Origin = SELF
) -> tuple[Appointment, bool]:
    """Book one place in a slot for a resident, in one step.

    Decided by one conditional UPDATE on the slot's row, so it is safe under any number of simultaneous calls.

    Args:
        slot_id: ULID of a slot; it may have changed since it was shown. A place he holds there is confirmed.
    Returns:
        The appointment, its confirmation queued, and whether it is new: repeating the call returns the same booking.
    Raises:
        NoActiveAgreement, SlotFull, SlotClosed, SlotPast, SlotTooFar, TooManyAppointments, AppointmentsOverlap,
        SameDepartment, BookingNeedsRealName, SharingNotAllowed, NotFound.
    Source:
        policy part booking (domain.md §5.3; a region's share by its own document).
    """
    found, is_new = _once(slot_id, resident, False, policy=policy, by=by, origin=origin)
    return (confirm(found, policy=policy, by=by), True) if found.status == A.HELD else (found, is_new)


def hold(
    slot_id: str, resident: Resident, *, policy: Policy, by: Actor, origin: Origin = SELF
) -> tuple[Appointment, bool]:
    """Keep one place for some minutes (``expires_at``) while somebody makes up his mind; nothing is told yet.

    Returns:
        The appointment, and whether it is new: who holds or has booked a place there gets that one.
    Raises:
        as ``reserve``.
    Source:
        policy key booking.hold_minutes.
    """
    return _once(slot_id, resident, True, policy=policy, by=by, origin=origin)


@retried
def confirm(appointment: Appointment, *, policy: Policy, by: Actor) -> Appointment:
    """Book the place that is held; confirming twice is confirming once.

    Raises:
        HoldExpired, NoActiveAgreement, SharingNotAllowed, states.IllegalMove, states.StaleState.
    """
    at = clock.now()
    with transaction() as session:
        if appointment.status in (A.BOOKED, A.PENDING):
            return appointment
        agreement = persons.agreement_of(session, appointment.resident, policy)
        persons.check_consent(agreement)
        if appointment.status == A.EXPIRED or (appointment.expires_at and appointment.expires_at <= at):
            raise HoldExpired()
        settle(appointment, agreement, by=by, at=at)
    return appointment


def claim(
    session: Session,
    slot_id: str,
    resident: Resident,
    *,
    is_hold: bool = False,
    hold_for: timedelta | None = None,
    origin: Origin = SELF,
    policy: Policy,
    by: Actor,
    at: datetime,
) -> tuple[Appointment, bool]:
    """Claim a number in the caller's transaction: held, waiting for the hospital's word, or booked.

    Args:
        is_hold: keep it only for ``hold_for``, by default the region's minutes.
    Returns:
        The appointment and whether it is new: an open one of this person in this slot is returned as it is.
    Raises:
        as ``reserve``; IntegrityError when the same person's other tap was first.
    """
    person = id_of(resident)
    standing = persons.standing(session, person, slot_id, policy)
    if standing.own_id is not None:
        return _own(session, standing), False
    if not standing.shares:
        raise SharingNotAllowed()
    slot = places.look(session, slot_id, origin.pool, at, policy=policy)
    standing.check_block(origin.channel, policy)
    persons.check(session, resident, slot, origin.channel, policy=policy)
    status = A.HELD if is_hold else first_status(slot)
    values = {
        "id": new_id(),
        "slot_id": slot_id,
        "resident_id": person,
        "agreement_id": standing.agreement_id,
        "status": status,
        "pool": origin.pool,
        "channel": origin.channel,
        "booker_kind": by.kind,
        "booker_id": by.id,
        "referral_id": origin.referral_id,
        "waiting_id": origin.waiting_id,
        "active_key": f"{slot_id}:{person}",
        "sequence": 0,
        "booked_at": at,
        "expires_at": at + (hold_for or timedelta(minutes=policy.booking.hold_minutes)) if is_hold else None,
        "cancelled_at": None,
    }
    appointment = Appointment(**values)
    for name, related in (("slot", slot), ("resident", resident)):
        set_committed_value(appointment, name, related)
    session.flush()
    # what needs no place first: everybody who wants this slot waits from the UPDATE to the commit
    audit.record_at_once("appointment_held" if is_hold else "appointment_booked", appointment, by=by, at=at)
    if status == A.BOOKED and standing.is_alive:
        notifications.queue_at_once(notes_of_booked(appointment, standing.team_id, at))
    places.take_seen(session, slot, origin.pool, at, policy=policy)
    appointment.number = places.free_number(session, slot)
    appointment.number_key = f"{slot_id}:{appointment.number}"
    insert_at_once(Appointment, values | {"number": appointment.number, "number_key": appointment.number_key})
    states.born_at_once(as_loaded(appointment), by=by, at=at)
    return appointment, True


def _own(session: Session, standing: persons.Standing) -> Appointment:
    """Return the person's appointment in the slot. Raises SlotClosed when he cannot have that slot any more."""
    if standing.own_status not in OPEN:
        raise SlotClosed()  # he gave it back too late, or did not come: the number is void
    return session.get_one(Appointment, standing.own_id)


def settle(appointment: Appointment, agreement: Agreement, *, by: Actor, at: datetime) -> None:
    """Book a held place in the caller's transaction, or let it wait for the hospital's word."""
    states.move(appointment, first_status(appointment.slot), by=by, at=at, expires_at=None, booked_at=at)
    audit.record("appointment_booked", appointment, by=by, at=at)
    if appointment.waiting_id:
        waiting_list.taken(appointment.id, by=by, at=at)
    if appointment.status == A.BOOKED:
        tell_booked(appointment, agreement.team_id, at)


def first_status(slot: Slot) -> AppointmentStatus:
    """Return what a booking is at first: true only after the hospital's word, where it must give it."""
    return A.PENDING if slot.shift.hospital.must_confirm else A.BOOKED


def own_in(slot_id: str, resident: Resident) -> Appointment | None:
    """Return a person's open appointment in a slot."""
    key = f"{slot_id}:{resident.id}"
    return db.session.scalar(select(Appointment).where(Appointment.active_key == key, Appointment.status.in_(OPEN)))


def _once(
    slot_id: str, resident: Resident, is_hold: bool, *, policy: Policy, by: Actor, origin: Origin
) -> tuple[Appointment, bool]:
    _refuse_early(slot_id, resident, policy, origin)
    try:
        return _claim(slot_id, resident, is_hold, policy=policy, by=by, origin=origin)
    except IntegrityError:
        # the same person's other tap was first: the UPDATE above was rolled back with this transaction
        own = own_in(slot_id, resident)
        if own is None:
            raise
        return own, False


_SLOT, _HOSPITAL, _APPOINTMENT = plain(Slot), plain(Hospital), plain(Appointment)
_MINE = select(_APPOINTMENT.c.id).where(_APPOINTMENT.c.active_key == bindparam("key"))


def _is_full(taken: Any, capacity: Any, *also: Any) -> Any:
    """A slot that takes place but has no place left, where the person has none either."""
    return (
        select(_HOSPITAL.c.name.label("hospital"), _SLOT.c.kind, _SLOT.c.starts_at)
        .select_from(_SLOT.join(_HOSPITAL, _HOSPITAL.c.id == _SLOT.c.hospital_id))
        .where(
            _SLOT.c.id == bindparam("slot_id"),
            _SLOT.c.status == SlotStatus.OPEN,
            capacity > 0,
            taken >= capacity,
            *also,
            ~_MINE.exists(),
        )
    )


_FULL = {
    Pool.FAMILY_DOCTOR: _is_full(_SLOT.c.fd_taken, _SLOT.c.fd_capacity, _SLOT.c.released_at.is_(None)),
    Pool.PUBLIC: _is_full(_SLOT.c.public_taken, _SLOT.c.public_capacity),
}


def _refuse_early(slot_id: str, resident: Resident, policy: Policy, origin: Origin) -> None:
    """Tell "full" without waiting in line for a lock, to whoever has no place there. Raises SlotFull."""
    named = {"slot_id": slot_id, "key": f"{slot_id}:{id_of(resident)}"}
    found = read(_FULL[Pool(origin.pool)], named)
    for row in found:
        seen = rules.Glance(row.hospital, row.kind, row.starts_at)
        if rules.why_not_now(seen, policy, clock.now(), origin.pool) is None:
            raise SlotFull()


@retried
def _claim(
    slot_id: str, resident: Resident, is_hold: bool, *, policy: Policy, by: Actor, origin: Origin
) -> tuple[Appointment, bool]:
    at = clock.now()
    with transaction() as session:
        return claim(session, slot_id, resident, is_hold=is_hold, origin=origin, policy=policy, by=by, at=at)
