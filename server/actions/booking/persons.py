"""Who may book: somebody signed and known, not too often, not twice at one time."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking.refusals import (
    AppointmentsOverlap,
    BookingBlocked,
    BookingNeedsRealName,
    NoActiveAgreement,
    SameDepartment,
    SharingNotAllowed,
    TooManyAppointments,
)
from server.database import id_of, plain
from server.models import (
    Agreement,
    AgreementConsent,
    Appointment,
    AppointmentStatus,
    BookingBlock,
    Channel,
    RealNameState,
    Resident,
    Slot,
    block,
    evidence,
)
from server.models.appointment import OPEN
from server.policy import numbers
from server.policy.schema import Policy

SHARING = "share_with_hospitals"
KNOWN = (RealNameState.VERIFIED, RealNameState.STAFF_SEEN)
COUNTED = (*OPEN, AppointmentStatus.CHECKED_IN, AppointmentStatus.DONE)
"""Visits that are counted: coming ones, and those that took place."""


# Built once: booking is where many people come at the same moment (performance.md §1e).
_AGREEMENT, _RESIDENT, _CONSENT = plain(Agreement).c, plain(Resident).c, plain(AgreementConsent).c
_APPOINTMENT, _SLOT = plain(Appointment), plain(Slot)
_LOCK = select(_AGREEMENT.id, _AGREEMENT.team_id).where(_AGREEMENT.active_key == bindparam("person")).with_for_update()
_BLOCK = plain(BookingBlock)
_GIVEN = (_CONSENT.agreement_id == bindparam("agreement_id"), _CONSENT.key == SHARING)
_LOOK = (
    select(
        _RESIDENT.real_name_state,
        _RESIDENT.died_on,
        _BLOCK.c.until_on,
        _APPOINTMENT.c.id,
        _APPOINTMENT.c.status,
        select(func.count()).where(*_GIVEN).scalar_subquery().label("ever"),
        select(func.count(_CONSENT.live_key)).where(*_GIVEN).scalar_subquery().label("live"),
    )
    .select_from(
        plain(Resident)
        .outerjoin(
            _APPOINTMENT,
            and_(_APPOINTMENT.c.resident_id == _RESIDENT.id, _APPOINTMENT.c.active_key == bindparam("key")),
        )
        .outerjoin(_BLOCK, and_(_BLOCK.c.live_key == _RESIDENT.id, _BLOCK.c.until_on > bindparam("today")))
    )
    .where(_RESIDENT.id == bindparam("person"))
)
_VISITS = (
    select(_SLOT.c.starts_at, _SLOT.c.ends_at, _SLOT.c.department_id)
    .select_from(_APPOINTMENT.join(_SLOT, _APPOINTMENT.c.slot_id == _SLOT.c.id))
    .where(
        _APPOINTMENT.c.resident_id == bindparam("person"),
        _APPOINTMENT.c.status.in_([str(status) for status in COUNTED]),
        _APPOINTMENT.c.id != bindparam("but"),
        _SLOT.c.starts_at >= bindparam("first"),
        _SLOT.c.starts_at < bindparam("end"),
    )
)


@dataclass(frozen=True)
class Standing:
    """How a person stands to a slot, his agreement locked."""

    agreement_id: str
    team_id: str
    is_alive: bool
    shares: bool
    """Whether the hospital may be told who comes."""
    own_id: str | None
    """His appointment in the slot that has a place, if there is one."""
    own_status: str | None
    blocked_until: date | None
    """Until before which day he may not book online."""

    def check_block(self, channel: Channel, policy: Policy) -> None:
        """Refuse who may not book through this channel for a while. Raises BookingBlocked."""
        if self.blocked_until is not None and channel in policy.booking.blocked_channels:
            raise BookingBlocked(until=self.blocked_until.isoformat())


def standing(session: Session, person: str, slot_id: str, policy: Policy) -> Standing:
    """Lock a person's agreement and look how he stands, in two statements and without making objects.

    Only the agreement's own row is locked: with the team's beside it, all its people would wait for each other.

    Raises:
        NoActiveAgreement, BookingNeedsRealName.
    """
    connection = session.connection()
    agreement = connection.execute(_LOCK, {"person": person}).one_or_none()
    if agreement is None:
        raise NoActiveAgreement()
    # only now: what was read before the lock was given may be old
    named = {"person": person, "agreement_id": agreement.id, "key": f"{slot_id}:{person}", "today": clock.today()}
    found = connection.execute(_LOOK, named).one()
    if policy.booking.real_name_needed and found.real_name_state not in KNOWN:
        raise BookingNeedsRealName()
    return Standing(
        agreement_id=agreement.id,
        team_id=agreement.team_id,
        is_alive=found.died_on is None,
        shares=not found.ever or found.live > 0,
        own_id=found.id,
        own_status=found.status,
        blocked_until=found.until_on,
    )


def agreement_of(session: Session, resident: Resident, policy: Policy) -> Agreement:
    """Return the agreement in force, locked: it puts one person's bookings in line, so that the caps per person hold.

    Raises:
        NoActiveAgreement, BookingNeedsRealName.
    """
    locked = session.connection().execute(_LOCK, {"person": id_of(resident)}).one_or_none()
    if locked is None:
        raise NoActiveAgreement()
    found = session.get_one(Agreement, locked.id, populate_existing=True)
    if policy.booking.real_name_needed and resident.real_name_state not in KNOWN:
        raise BookingNeedsRealName()
    return found


def check_consent(agreement: Agreement) -> None:
    """Refuse to tell a hospital of somebody who took that consent back. Raises SharingNotAllowed."""
    if not evidence.stands(agreement.id, SHARING):
        raise SharingNotAllowed()


def check_block(person: str, channel: Channel, policy: Policy) -> None:
    """Refuse whoever's booking is paused on this channel. Raises BookingBlocked."""
    blocked = block.active(person, clock.today()) if channel in policy.booking.blocked_channels else None
    if blocked is not None:
        raise BookingBlocked(until=blocked.until_on.isoformat())


def check(
    session: Session, resident: Resident, slot: Slot, channel: Channel, *, policy: Policy, but: str | None = None
) -> None:
    """Refuse a booking beyond the caps per person, or at the time of another one (domain.md §5.3).

    Args:
        slot: where a place was taken in this transaction. but: id of the appointment that moves there.
    Raises:
        AppointmentsOverlap, SameDepartment, TooManyAppointments.
    """
    day = clock.local(slot.starts_at).date()
    first, end = numbers.months_after(day, -3), numbers.months_after(day, 3) + timedelta(days=1)
    asked = {"person": id_of(resident), "but": but or "", "first": clock.midnight(first), "end": clock.midnight(end)}
    rows = session.connection().execute(_VISITS, asked).all()
    if any(starts < slot.ends_at and ends > slot.starts_at for starts, ends, _ in rows):
        raise AppointmentsOverlap()
    rules = policy.booking
    if channel in rules.caps_not_for:
        return
    days = [clock.local(starts).date() for starts, _, _ in rows]
    here = sum(visit == day and row.department_id == slot.department_id for visit, row in zip(days, rows, strict=True))
    if here >= rules.max_same_department:
        raise SameDepartment()
    if numbers.is_too_many(day, days, rules):
        raise TooManyAppointments()
