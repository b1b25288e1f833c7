"""What the bot may know about the person who asks; read inside the caller's transaction."""

from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select

from server import chatbot, clock
from server.access import speaking
from server.access.speaking import Speaker
from server.chatbot import Facts, Intent
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    Appointment,
    AppointmentStatus,
    FollowUp,
    FollowUpStatus,
    Hospital,
    Organisation,
    Slot,
    Team,
    WechatUser,
)


def agreement_in_force(user: WechatUser) -> Agreement | None:
    """Return the person's active agreement, if any."""
    if user.resident_id is None:
        return None
    return db.session.scalar(select(Agreement).where(Agreement.active_key == user.resident_id))


def known(user_id: str, about: Intent, at: datetime) -> Facts:
    """Return the facts of somebody before the transaction of his message."""
    return facts_of(speaking.heard(user_id), about, at)


def facts_of(who: Speaker, about: Intent | None, at: datetime) -> Facts:
    """Collect the facts of one person; only what his own identity allows.

    Args:
        about: what he asks. What is planned for him is looked up only for those who ask for it.
    """
    known = who.known
    coming = who.resident_id if about in chatbot.ABOUT_PLANS else None
    facts = Facts(
        next_appointment=_next_appointment(coming, at) if coming else "",
        next_followup_on=_next_followup_on(coming, at) if coming else None,
        last_answer=known.last_answer or "",
    )
    if known.team_id is None:
        ended = _ended(who.resident_id) if who.resident_id else None
        return replace(
            facts,
            contract="ended" if ended else "none",
            team_name=ended.team.name if ended else "",
            end_on=ended.end_on if ended else None,
            centre_phone=_centre_phone(),
        )
    return replace(
        facts,
        contract="active" if who.agreement_id else "pending",
        team_name=known.team_name,
        team_phone=known.team_phone,
        team_hours=known.team_hours,
        doctor_name=known.doctor_name or "",
        address=known.address,
        package=known.package,
        end_on=who.ends_on,
        centre_phone=known.centre_phone,
    )


def _ended(resident_id: str) -> Agreement | None:
    """Return the agreement that ended last, of somebody who has none any more."""
    over = (AgreementStatus.EXPIRED, AgreementStatus.TERMINATED, AgreementStatus.CLOSED_MOVED)
    statement = select(Agreement).where(Agreement.resident_id == resident_id, Agreement.status.in_(over))
    return db.session.scalar(statement.order_by(Agreement.end_on.desc(), Agreement.id.desc()).limit(1))


def _centre_phone() -> str:
    """The centre of the first open team: somebody without an agreement has no team of his own to call."""
    statement = select(Organisation.phone).join(Team, Team.organisation_id == Organisation.id).where(Team.is_open)
    return db.session.scalar(statement.order_by(Organisation.id).limit(1)) or ""


def _next_appointment(resident_id: str, at: datetime) -> str:
    mine = (Appointment.resident_id == resident_id, Appointment.status == AppointmentStatus.BOOKED, Slot.starts_at > at)
    statement = (
        select(Slot.starts_at, Hospital.name)
        .join(Appointment, Appointment.slot_id == Slot.id)
        .join(Hospital, Hospital.id == Slot.hospital_id)
        .where(*mine)
    )
    found = db.session.execute(statement.order_by(Slot.starts_at).limit(1)).first()
    if found is None:
        return ""
    starts = clock.local(found.starts_at)
    # no department: some of them name an illness
    return f"{starts.month}月{starts.day}日 {starts:%H:%M} {found.name}"


def _next_followup_on(resident_id: str, at: datetime) -> date | None:
    statement = select(FollowUp.due_on).where(
        FollowUp.resident_id == resident_id,
        FollowUp.status == FollowUpStatus.PLANNED,
        FollowUp.due_on >= clock.local(at).date(),
    )
    return db.session.scalar(statement.order_by(FollowUp.due_on).limit(1))
