"""Missed visits, the pause that follows from several, and objecting to it (domain.md §5.3 no_show_rule, appeal)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server import clock
from server.actions.booking.refusals import AppealDecided, AppealOver, AppealReasonNeeded
from server.actions.booking.telling import facts_of
from server.database import retried, transaction
from server.models import (
    Appointment,
    AppointmentStatus,
    BlockStatus,
    BookingBlock,
    MarkKind,
    NoShowMark,
    Resident,
    audit,
    states,
)
from server.models import notification as notifications
from server.models.actor import CLOCK, Actor
from server.policy import numbers
from server.policy.parts.hospital import Booking
from server.policy.schema import Policy

B = BlockStatus


def mark(session: Session, appointment: Appointment, kind: MarkKind, *, policy: Policy, at: datetime) -> None:
    """Count a visit against somebody, in the caller's transaction, and pause his booking when it is one too many."""
    who = appointment.resident_id
    session.scalar(select(Resident.id).where(Resident.id == who).with_for_update())  # one person's marks in line
    visit_on = clock.local(appointment.slot.starts_at).date()
    session.add(
        NoShowMark(resident_id=who, appointment_id=appointment.id, kind=kind, visit_on=visit_on, at=at, void_reason="")
    )
    session.flush()
    day = max(clock.local(at).date(), visit_on)
    visits = _visits(session, who, day)
    until = numbers.blocked_until(day, visits, policy.booking)
    facts = facts_of(appointment) | {"count": str(len(visits))}
    key = f"no_show_recorded:{appointment.id}"
    if until is None:
        notifications.queue(
            "no_show_recorded", dedupe_key=key, subject_id=appointment.id, at=at, resident_id=who, facts=facts
        )
        return
    found = session.scalar(select(BookingBlock).where(BookingBlock.live_key == who).with_for_update(of=BookingBlock))
    if found is None:
        found = BookingBlock(
            resident_id=who, live_key=who, status=B.ACTIVE, from_on=day, until_on=until, count=len(visits),
            policy_version=policy.version,
        )  # fmt: skip
        session.add(found)
        session.flush()
        states.born(found, by=CLOCK, at=at)
    else:
        found.until_on, found.count = max(found.until_on, until), len(visits)
    audit.record("booking_blocked", found, by=CLOCK, at=at)
    facts |= {"until": found.until_on.isoformat()}
    key = f"booking_blocked:{found.id}:{len(visits)}"
    notifications.queue("booking_blocked", dedupe_key=key, subject_id=found.id, at=at, resident_id=who, facts=facts)


def _visits(session: Session, resident_id: str, day: date) -> list[date]:
    after = numbers.months_after(day, -12)
    rows = select(NoShowMark.visit_on).where(
        NoShowMark.resident_id == resident_id, NoShowMark.voided_at.is_(None), NoShowMark.visit_on > after
    )
    return list(session.scalars(rows))


def note_late_cancel(session: Session, appointment: Appointment, *, policy: Policy, at: datetime) -> None:
    """Count late cancels in the caller's transaction: so many within some days are one missed visit.

    Source:
        domain.md §5.3 late_cancel_rule; policy keys booking.late_cancel_limit, late_cancel_days.
    """
    last = session.scalar(
        select(NoShowMark.at)
        .where(NoShowMark.resident_id == appointment.resident_id, NoShowMark.kind == MarkKind.LATE_CANCELS)
        .order_by(NoShowMark.at.desc())
        .limit(1)
    )
    since = max(at - timedelta(days=policy.booking.late_cancel_days), last or at - timedelta(days=366))
    late = session.scalars(
        select(Appointment.id).where(
            Appointment.resident_id == appointment.resident_id,
            Appointment.status == AppointmentStatus.LATE_CANCELLED,
            Appointment.cancelled_at > since,
        )
    ).all()
    if len(late) >= policy.booking.late_cancel_limit:
        mark(session, appointment, MarkKind.LATE_CANCELS, policy=policy, at=at)


def void(session: Session, appointment_id: str, reason: str, *, rules: Booking, by: Actor, at: datetime) -> None:
    """Take a mark back in the caller's transaction; a pause that rests on it no longer holds."""
    found = session.scalar(select(NoShowMark).where(NoShowMark.appointment_id == appointment_id).with_for_update())
    if found is None or found.voided_at is not None:
        return
    found.voided_at, found.void_reason = at, reason[:128]
    session.flush()
    block = session.scalar(select(BookingBlock).where(BookingBlock.live_key == found.resident_id).with_for_update())
    if block is None:
        return
    if numbers.blocked_until(block.from_on, _visits(session, found.resident_id, block.from_on), rules) is None:
        _lift(block, B.LIFTED, reason, by=by, at=at)


def _lift(block: BookingBlock, to: BlockStatus, reason: str, *, by: Actor, at: datetime) -> None:
    states.move(block, to, by=by, at=at, reason=reason[:255], live_key=None)
    audit.record("booking_unblocked", block, by=by, at=at)
    notifications.queue(
        "booking_unblocked",
        dedupe_key=f"booking_unblocked:{block.id}",
        subject_id=block.id,
        at=at,
        resident_id=block.resident_id,
        facts={},
    )


def appeal_until(block: BookingBlock, rules: Booking) -> date:
    """Until which day, inclusive, somebody may object. Source: policy key booking.appeal_days."""
    return block.from_on + timedelta(days=rules.appeal_days)


def may_appeal(block: BookingBlock, rules: Booking) -> bool:
    """Whether somebody may still object to his pause: once, and within the days."""
    return block.status == B.ACTIVE and block.appealed_at is None and clock.today() <= appeal_until(block, rules)


@retried
def appeal(block: BookingBlock, text: str, *, policy: Policy, by: Actor) -> BookingBlock:
    """Object to a pause; staff answers it. Raises AppealOver, AppealReasonNeeded."""
    if not text.strip():
        raise AppealReasonNeeded()
    at = clock.now()
    with transaction() as session:
        session.refresh(block, with_for_update={"of": BookingBlock})
        if not may_appeal(block, policy.booking):
            raise AppealOver()
        block.appeal_text, block.appealed_at = text.strip(), at
        audit.record("block_appealed", block, by=by, at=at)
    return block


@retried
def decide_appeal(block: BookingBlock, granted: bool, reason: str, *, by: Actor) -> BookingBlock:
    """Answer an objection, with a reason that is kept; granted, the pause is lifted and its last mark does not count.

    Raises:
        AppealDecided, AppealReasonNeeded.
    """
    if not reason.strip():
        raise AppealReasonNeeded()
    at = clock.now()
    with transaction() as session:
        session.refresh(block, with_for_update={"of": BookingBlock})
        if block.appealed_at is None or block.decided_at is not None or block.status != B.ACTIVE:
            raise AppealDecided()
        block.decided_at, block.decided_by, block.decision_reason = at, by.id, reason.strip()
        session.flush()
        audit.record("block_appeal_decided", block, by=by, at=at)
        if granted:
            _forget_last(session, block, at)
            _lift(block, B.LIFTED, "", by=by, at=at)
        else:
            notifications.queue(
                "block_appeal_refused",
                dedupe_key=f"block_appeal_refused:{block.id}",
                subject_id=block.id,
                at=at,
                resident_id=block.resident_id,
                facts={"until": block.until_on.isoformat()},
            )
    return block


def _forget_last(session: Session, block: BookingBlock, at: datetime) -> None:
    last = (
        select(NoShowMark.id)
        .where(NoShowMark.resident_id == block.resident_id, NoShowMark.voided_at.is_(None))
        .order_by(NoShowMark.visit_on.desc(), NoShowMark.id.desc())
        .limit(1)
    )
    gone = update(NoShowMark).where(NoShowMark.id == session.scalar(last)).values(voided_at=at, void_reason="appeal")
    session.execute(gone.execution_options(synchronize_session=False))


@retried
def end_block_next() -> bool:
    """End one pause whose time is over. Returns whether there was one."""
    at = clock.now()
    with transaction() as session:
        found = session.scalar(
            select(BookingBlock)
            .where(BookingBlock.status == B.ACTIVE, BookingBlock.until_on <= clock.today())
            .order_by(BookingBlock.until_on)
            .limit(1)
            .with_for_update(of=BookingBlock)
        )
        if found is None:
            return False
        _lift(found, B.ENDED, "", by=CLOCK, at=at)
    return True
