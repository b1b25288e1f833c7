"""Sessions as hospitals' own systems send them: made once by the hospital's own name for it, changed afterwards.

A change never takes a number away from somebody who has it: a range keeps at least what is booked.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking import places, sessions, supply
from server.actions.booking.rules import day_before
from server.actions.booking.sessions import Part, Plan
from server.actions.booking.supply import MAX_DAYS_AHEAD, ShiftEndsEarly, ShiftInPast, ShiftTooFar
from server.database import retried, transaction
from server.errors import Conflict, Invalid
from server.models import Hospital, Shift, Slot, SlotKind
from server.models.actor import Actor
from server.models.audit import record
from server.policy import numbers
from server.policy.schema import Policy
from server.policy.sessions import spread


class CapacityBelowBooked(Conflict):
    """More of a range is booked than it should have from now on."""

    code, default_message = "capacity_below_booked", "已预约的人数多于新的号源数，请先停诊或保留已约的号源"


class RangesInvalid(Invalid):
    """Time ranges that overlap, are out of order, or none."""

    code, default_message = "ranges_invalid", "时段有误：须至少一个，不能重叠，都在同一天"


def key_of(identifier: str) -> str:
    """Return under which key a hospital's own name of a session is kept."""
    return f"machine:{identifier}"


def find(hospital: Hospital, identifier: str, session: Session) -> Shift | None:
    """Return the session a hospital calls by this name."""
    return session.scalar(select(Shift).where(Shift.hospital_id == hospital.id, Shift.origin_key == key_of(identifier)))


@retried
def put(
    hospital: Hospital,
    identifier: str,
    *,
    department: str,
    specialist: tuple[str, str] | None,
    kind: SlotKind,
    label: str,
    parts: tuple[Part, ...],
    policy: Policy,
    by: Actor,
) -> tuple[Shift, bool]:
    """Make a session, or give the known one other time ranges. Repeating it changes nothing.

    Args:
        specialist: name and title; department and doctor are made where they are new. None: an examination, a bed.
    Returns:
        The shift, and whether it is new.
    Raises:
        RangesInvalid, ShiftInPast, ShiftTooFar, ShiftEndsEarly, ShiftOverlaps, CapacityInvalid, OwnShareTooLarge,
        CapacityBelowBooked.
    """
    _check(parts)
    at = clock.now()
    try:
        with transaction() as session:
            known = find(hospital, identifier, session)
            if known is not None:
                _change(session, known, parts, policy)
                record("shift_changed", known, by=by, at=at)
                return known, False
            where = supply.department_of(session, hospital.id, department)
            who = supply.specialist_of(session, where, *specialist) if specialist else None
            plan = Plan(hospital, where.id, who.id if who else None, kind, label, parts, key_of(identifier))
            if plan.starts_at <= at:
                raise ShiftInPast()
            if who is not None:
                supply.check_free(session, who.id, plan.starts_at, plan.ends_at)
            [shift_id] = sessions.save(session, [plan], policy.booking)
            shift = session.get_one(Shift, shift_id)
            record("shift_created", shift, by=by, at=at)
            return shift, True
    except IntegrityError as cause:
        raise supply.ShiftOverlaps() from cause


@retried
def change(shift: Shift, parts: tuple[Part, ...], *, policy: Policy, by: Actor) -> Shift:
    """Give a session other time ranges or numbers.

    Raises:
        RangesInvalid, ShiftInPast, ShiftTooFar, ShiftEndsEarly, CapacityInvalid, OwnShareTooLarge, CapacityBelowBooked.
    """
    _check(parts)
    with transaction() as session:
        _change(session, shift, parts, policy)
        record("shift_changed", shift, by=by, at=clock.now())
    return shift


def _check(parts: tuple[Part, ...]) -> None:
    ordered = sorted(parts, key=lambda part: part.starts_at)
    if not ordered:
        raise RangesInvalid()
    if any(part.ends_at <= part.starts_at for part in ordered):
        raise ShiftEndsEarly()
    if any(not 0 <= part.other <= part.capacity for part in ordered):
        raise sessions.CapacityInvalid()
    overlaps = any(one.ends_at > next_one.starts_at for one, next_one in zip(ordered, ordered[1:], strict=False))
    days = {clock.local(part.starts_at).date() for part in ordered}
    if overlaps or len(days) > 1:
        raise RangesInvalid()
    if (days.pop() - clock.today()).days > MAX_DAYS_AHEAD:
        raise ShiftTooFar()


def _change(session: Session, shift: Shift, parts: tuple[Part, ...], policy: Policy) -> None:
    """Bring a session's ranges to what is asked; a range that is left out keeps what is booked in it, and no more."""
    ids = list(session.scalars(select(Slot.id).where(Slot.shift_id == shift.id)))
    places.lock(session, *ids)
    slots = {
        slot.starts_at: slot
        for slot in session.scalars(
            select(Slot).where(Slot.shift_id == shift.id).execution_options(populate_existing=True)
        )
    }
    asked = {part.starts_at: part for part in parts}
    if all(_is_same(slots.get(start), part) for start, part in asked.items()) and _none_else(slots, asked):
        return
    if shift.starts_at <= clock.now():
        raise ShiftInPast()
    for start, slot in slots.items():
        asked.setdefault(start, Part(start, slot.ends_at, 0, 0))
    _write(session, shift, slots, sorted(asked.values(), key=lambda part: part.starts_at), policy)


def _is_same(slot: Slot | None, part: Part) -> bool:
    return slot is not None and (slot.ends_at, slot.capacity, slot.other_capacity) == (
        part.ends_at,
        part.capacity,
        part.other,
    )


def _none_else(slots: dict[datetime, Slot], asked: dict[datetime, Part]) -> bool:
    return all(start in asked or slot.capacity == 0 for start, slot in slots.items())


def _write(session: Session, shift: Shift, slots: dict[datetime, Slot], parts: list[Part], policy: Policy) -> None:
    hospital, rules = shift.hospital, policy.booking
    total = sum(part.capacity for part in parts)
    if not 1 <= total <= sessions.MAX_CAPACITY:
        raise sessions.CapacityInvalid()
    pct = numbers.share_of(rules, hospital.name, hospital.level, shift.kind)
    room = [part.capacity - part.other for part in parts]
    kept = numbers.places_of(total, pct)
    if kept > sum(room):
        raise sessions.OwnShareTooLarge()
    release = numbers.rules_for(rules, hospital.name, shift.kind).release_day_before_at
    for part, share in zip(parts, spread(kept, room), strict=True):
        slot = slots.get(part.starts_at)
        if slot is None:
            row = {"id": shift.id, "hospital_id": shift.hospital_id, "department_id": shift.department_id}
            at = day_before(shift.starts_at, release)
            made = sessions.slot_row(row | {"kind": shift.kind}, part, share, at)
            session.add(Slot(**made))
            continue
        _resize(session, slot, part, share)
    begins = min(part.starts_at for part in parts if part.capacity)
    session.execute(
        update(Shift)
        .where(Shift.id == shift.id)
        .values(
            capacity=total,
            share_pct=pct,
            fd_places=kept,
            starts_at=begins,
            ends_at=max(part.ends_at for part in parts if part.capacity),
        )
        .execution_options(synchronize_session=False)
    )
    session.flush()
    session.refresh(shift)


def _resize(session: Session, slot: Slot, part: Part, share: int) -> None:
    """Give a range other numbers; what is booked in either pool stays, and what went to the public stays there."""
    room = part.capacity - part.other
    if slot.fd_taken + slot.public_taken > room:
        raise CapacityBelowBooked()
    kept = slot.fd_taken if slot.released_at else min(max(share, slot.fd_taken), room - slot.public_taken)
    session.execute(
        update(Slot)
        .where(Slot.id == slot.id)
        .values(
            capacity=part.capacity,
            other_capacity=part.other,
            fd_capacity=kept,
            public_capacity=room - kept,
            ends_at=part.ends_at,
        )
        .execution_options(synchronize_session=False)
    )
