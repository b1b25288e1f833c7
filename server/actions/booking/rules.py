"""When a slot can be booked, cancelled, or not at all: the profile's times on this slot's day."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from server import clock
from server.actions.booking.refusals import SlotClosed, SlotFull, SlotPast, SlotTooFar
from server.errors import Conflict
from server.models import Pool, Slot, SlotKind, SlotStatus
from server.policy import numbers
from server.policy.parts.hospital import Booking
from server.policy.schema import Policy


@dataclass(frozen=True)
class Glance:
    """What of a slot decides when it can be booked, read without making objects of it."""

    hospital: str
    kind: SlotKind
    starts_at: datetime


def of(slot: Slot | Glance, policy: Policy) -> Booking:
    """Return the booking rules of the slot's hospital and kind."""
    hospital = slot.hospital if isinstance(slot, Glance) else slot.shift.hospital.name
    return numbers.rules_for(policy.booking, hospital, slot.kind)


def day_before(at: datetime, local_time: time, days: int = 1) -> datetime:
    """Return an instant on a Shanghai day before ``at``."""
    return datetime.combine(clock.local(at).date() - timedelta(days=days), local_time, clock.SHANGHAI)


def books_from(slot: Slot | Glance, policy: Policy, pool: Pool = Pool.FAMILY_DOCTOR) -> datetime:
    """From when the slot can be booked. Source: policy keys public_horizon_days, release_lead_days, opens_at."""
    rules = of(slot, policy)
    days = rules.horizon_days if pool == Pool.FAMILY_DOCTOR else rules.public_horizon_days
    return day_before(slot.starts_at, rules.opens_at, days)


def books_until(slot: Slot | Glance, policy: Policy) -> datetime:
    """Until when the slot can be booked. Source: policy key booking.stop_day_before_at."""
    return day_before(slot.starts_at, of(slot, policy).stop_day_before_at)


def cancels_until(slot: Slot, policy: Policy) -> datetime:
    """Until when an appointment can be cancelled. Source: policy key booking.cancel_day_before_at."""
    return day_before(slot.starts_at, of(slot, policy).cancel_day_before_at)


def why_not(slot: Slot, policy: Policy, at: datetime, pool: Pool = Pool.FAMILY_DOCTOR) -> type[Conflict] | None:
    """Return the error that booking this slot would raise now, or None."""
    if slot.status != SlotStatus.OPEN or is_gone(slot, pool):
        return SlotClosed
    if refusal := why_not_now(slot, policy, at, pool):
        return refusal
    return SlotFull if slot.left(pool) <= 0 else None


def why_not_now(slot: Slot | Glance, policy: Policy, at: datetime, pool: Pool) -> type[Conflict] | None:
    """Return the error of booking too late or too early, or None."""
    if at >= books_until(slot, policy):
        return SlotPast
    return SlotTooFar if at < books_from(slot, policy, pool) else None


def is_gone(slot: Slot, pool: Pool) -> bool:
    """Whether the slot has no places for this pool, whoever cancels: they went to the public, or there never were any."""
    if pool == Pool.FAMILY_DOCTOR:
        return slot.released_at is not None or (slot.fd_capacity == 0 and slot.public_capacity > 0)
    return slot.public_capacity == 0
