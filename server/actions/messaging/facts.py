"""What the bot may know about the person who asks; read inside the caller's transaction."""

from datetime import date, datetime

from sqlalchemy import select

from server import clock
from server.chatbot import Facts
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    Appointment,
    AppointmentStatus,
    Conversation,
    FollowUp,
    FollowUpStatus,
    Hospital,
    Message,
    Organisation,
    Resident,
    Slot,
    Team,
    WechatUser,
)
from server.models.conversation import Sender


def agreement_in_force(user: WechatUser) -> Agreement | None:
    """Return the person's active agreement, if any."""
    if user.resident_id is None:
        return None
    return db.session.scalar(select(Agreement).where(Agreement.active_key == user.resident_id))


def known(user: WechatUser, at: datetime) -> Facts:
    """Return the facts of somebody who has an open conversation, before the transaction of his message."""
    conversation = db.session.scalar(select(Conversation).where(Conversation.open_key == user.id))
    if conversation is None:
        return Facts(centre_phone=_centre_phone())
    return facts_of(user, agreement_in_force(user), conversation, at)


def facts_of(user: WechatUser, agreement: Agreement | None, conversation: Conversation, at: datetime) -> Facts:
    """Collect the facts of one person; only what his own identity allows."""
    resident, last = user.resident, _last_answer(conversation)
    if resident is None:
        return Facts(centre_phone=_centre_phone(), last_answer=last)
    shown = agreement or db.session.scalar(select(Agreement).where(Agreement.open_key == resident.id))
    if shown is None:
        ended = _ended(resident)
        return Facts(
            contract="ended" if ended else "none",
            team_name=ended.team.name if ended else "",
            end_on=ended.end_on if ended else None,
            next_appointment=_next_appointment(resident, at),
            next_followup_on=_next_followup_on(resident, at),
            centre_phone=_centre_phone(),
            last_answer=last,
        )
    team = shown.team
    return Facts(
        contract="active" if agreement else "pending",
        team_name=team.name,
        team_phone=team.phone,
        team_hours=team.hours,
        doctor_name=team.lead.name if team.lead else "",
        address=team.organisation.address,
        package=shown.package.name,
        end_on=shown.end_on,
        next_appointment=_next_appointment(resident, at),
        next_followup_on=_next_followup_on(resident, at),
        centre_phone=team.organisation.phone,
        last_answer=last,
    )


def _ended(resident: Resident) -> Agreement | None:
    """Return the agreement that ended last, of somebody who has none any more."""
    over = (AgreementStatus.EXPIRED, AgreementStatus.TERMINATED, AgreementStatus.CLOSED_MOVED)
    statement = select(Agreement).where(Agreement.resident_id == resident.id, Agreement.status.in_(over))
    return db.session.scalar(statement.order_by(Agreement.end_on.desc(), Agreement.id.desc()).limit(1))


def _last_answer(conversation: Conversation) -> str:
    statement = select(Message.text).where(Message.conversation_id == conversation.id, Message.sender == Sender.BOT)
    return db.session.scalar(statement.order_by(Message.id.desc()).limit(1)) or ""


def _centre_phone() -> str:
    """The centre of the first open team: somebody without an agreement has no team of his own to call."""
    statement = select(Organisation.phone).join(Team, Team.organisation_id == Organisation.id).where(Team.is_open)
    return db.session.scalar(statement.order_by(Organisation.id).limit(1)) or ""


def _next_appointment(resident: Resident, at: datetime) -> str:
    mine = (Appointment.resident_id == resident.id, Appointment.status == AppointmentStatus.BOOKED, Slot.starts_at > at)
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


def _next_followup_on(resident: Resident, at: datetime) -> date | None:
    statement = select(FollowUp.due_on).where(
        FollowUp.resident_id == resident.id,
        FollowUp.status == FollowUpStatus.PLANNED,
        FollowUp.due_on >= clock.local(at).date(),
    )
    return db.session.scalar(statement.order_by(FollowUp.due_on).limit(1))
