"""A clinic is called off (停诊): nobody books it from that moment, and everybody who had a number is told, one by one."""

from datetime import timedelta

from sqlalchemy import select, update

from server import clock
from server.actions.booking import places
from server.actions.booking.refusals import ShiftOver
from server.actions.booking.telling import facts_of, hush
from server.database import db, retried, transaction
from server.models import Agreement, Appointment, AppointmentStatus, Shift, Slot, SlotStatus, WechatUser, audit
from server.models import appointment as appointments
from server.models import notification as notifications
from server.models.actor import CLOCK, Actor

A = AppointmentStatus


@retried
def suspend(shift: Shift, *, by: Actor) -> Shift:
    """Call off a session; calling it off twice is once. Those who had a number are told by ``suspend_next``.

    Raises:
        ShiftOver.
    """
    at = clock.now()
    with transaction() as session:
        if shift.status == SlotStatus.SUSPENDED:
            return shift
        if shift.ends_at <= at:
            raise ShiftOver()
        shift.status = SlotStatus.SUSPENDED
        session.execute(
            update(Slot)
            .where(Slot.shift_id == shift.id)
            .values(status=SlotStatus.SUSPENDED)
            .execution_options(synchronize_session=False)
        )
        audit.record("shift_suspended", shift, by=by, at=at)
    return shift


@retried
def suspend_next() -> bool:
    """Free one person from a session that was called off, and tell him and his team (N-22): he may choose another time.

    Returns:
        Whether there was one.
    """
    at = clock.now()
    with transaction() as session:
        found = session.scalar(
            select(Appointment)
            .join(Slot, Slot.id == Appointment.slot_id)
            .where(
                Slot.status == SlotStatus.SUSPENDED,
                Slot.ends_at > at - timedelta(days=1),
                Appointment.status.in_(appointments.AFFECTED),
            )
            .order_by(Appointment.id)
            .limit(1)
        )
        if found is None:
            return False
        places.lock_of(session, found)
        was_sure = found.status != A.HELD
        appointments.give_back(found, A.SUSPENDED, by=CLOCK, at=at)
        hush(found)
        audit.record("appointment_suspended", found, by=CLOCK, at=at)
        if was_sure:
            _tell(found, session.get_one(Agreement, found.agreement_id))
    return True


def _tell(appointment: Appointment, agreement: Agreement) -> None:
    at, facts = clock.now(), facts_of(appointment)
    key = f"{appointment.id}:{appointment.sequence}"
    notifications.queue(
        "appointment_suspended",
        dedupe_key=f"appointment_suspended:{key}",
        subject_id=appointment.id,
        at=at,
        resident_id=appointment.resident_id,
        team_id=agreement.team_id,
        facts=facts,
    )
    lead = agreement.team.lead
    user_id = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    if user_id is not None:
        notifications.queue(
            "appointment_suspended_for_team",
            dedupe_key=f"appointment_suspended_for_team:{key}",
            subject_id=appointment.id,
            at=at,
            user_id=user_id,
            team_id=agreement.team_id,
            facts=facts,
        )
