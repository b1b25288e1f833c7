"""Residents with everything that can hang on a person, for tests of what ends with an agreement."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from server import clock
from server import policy as policies
from server.actions import booking, signing
from server.database import db
from server.models import (
    Agreement,
    Appointment,
    AppointmentStatus,
    Conversation,
    ConversationStatus,
    EndingReason,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    Notification,
    NotificationStatus,
    PhoneTask,
    Referral,
    Resident,
    Slot,
    Team,
    WaitingEntry,
    WechatUser,
)
from server.models.actor import Actor, ActorKind
from server.models.referral import OVER
from tests import make
from tests.actions.conversing import receive
from tests.actions.pushing import queued
from tests.actions.test_signing import SIGNATURE

POLICY = policies.load("mianyang")
RESIDENT = Actor(ActorKind.RESIDENT, "resident")
DOCTOR = Actor(ActorKind.STAFF, "doctor")
ADMIN, SECOND = Actor(ActorKind.ADMIN, "first"), Actor(ActorKind.ADMIN, "second")


@dataclass
class Life:
    """A signed resident and what awaits him."""

    resident: Resident
    user: WechatUser
    team: Team
    agreement: Agreement
    slot: Slot


def life(**fields: Any) -> Life:
    """One booking, one programme with a planned visit, one phone task, one open conversation, one wait, one
    referral, reminders."""
    resident, team = make.resident(), make.team(panel_count=7)
    user = make.user(resident=resident)
    agreement = make.agreement(resident=resident, team=team, **fields)
    slot = make.slot(capacity=3)
    booking.reserve(slot.id, resident, policy=POLICY, by=RESIDENT)
    make.followup(resident=resident, team=team)
    note = queued(resident_id=resident.id, team_id=team.id)
    queued(user_id=user.id)
    make.saved(
        PhoneTask(
            notification_id=note.id,
            team_id=team.id,
            resident_id=resident.id,
            reason="no_wechat",
            about="followup_due",
            created_at=clock.now(),
        )
    )
    receive(user, "找医生")
    make.waiting(resident, make.specialist().department)
    make.referral(agreement, status="accepted")
    return Life(resident, user, team, agreement, slot)


def count(model: Any, *which: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*which)) or 0


def left_over(one: Life) -> dict[str, int]:
    """How much is still to happen to a person."""
    db.session.rollback()
    db.session.expire_all()
    is_his = (Notification.resident_id == one.resident.id) | (Notification.user_id == one.user.id)
    return {
        "bookings": count(
            Appointment, Appointment.resident_id == one.resident.id, Appointment.status == AppointmentStatus.BOOKED
        ),
        "places": count(Slot, Slot.id == one.slot.id, Slot.fd_taken > 0),
        "enrolments": count(Enrolment, Enrolment.resident_id == one.resident.id, Enrolment.open_key.is_not(None)),
        "followups": count(
            FollowUp, FollowUp.resident_id == one.resident.id, FollowUp.status == FollowUpStatus.PLANNED
        ),
        "tasks": count(PhoneTask, PhoneTask.resident_id == one.resident.id, PhoneTask.status == "open"),
        "conversations": count(
            Conversation, Conversation.user_id == one.user.id, Conversation.status != ConversationStatus.CLOSED
        ),
        "reminders": count(Notification, is_his, Notification.status == NotificationStatus.CREATED),
        "in_force": count(Agreement, Agreement.active_key == one.resident.id),
        "waits": count(WaitingEntry, WaitingEntry.resident_id == one.resident.id, WaitingEntry.open_key.is_not(None)),
        "referrals": count(Referral, Referral.resident_id == one.resident.id, Referral.status.not_in(OVER)),
        "on_the_way": count(Agreement, Agreement.open_key == one.resident.id),
    }


NOTHING = dict.fromkeys(
    (
        "bookings",
        "places",
        "enrolments",
        "followups",
        "tasks",
        "conversations",
        "reminders",
        "in_force",
        "waits",
        "referrals",
        "on_the_way",
    ),
    0,
)


def ask(agreement: Agreement, reason: str = "dissatisfied", note: str = "") -> Any:
    """Ask to end an agreement."""
    wish, _ = signing.request_termination(
        agreement, reason=EndingReason(reason), note=note, signature=SIGNATURE, by=RESIDENT
    )
    return wish


def panel(team: Team) -> int | None:
    return db.session.scalar(select(Team.panel_count).where(Team.id == team.id))
