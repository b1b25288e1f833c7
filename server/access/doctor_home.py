"""What awaits a doctor today: counts over the teams he works in."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from server.access import changes
from server.access.answering import reachable_by
from server.access.followups import team_ids
from server.access.referrals import to_receive
from server.access.unsigned import todo_count
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    Conversation,
    ConversationStatus,
    FollowUp,
    FollowUpStatus,
    MeasurementReview,
    PhoneTask,
    ServiceAnswer,
    Staff,
)
from server.models.agreement import IN_FORCE

DUE_WITHIN_DAYS = 7
ENDING_WITHIN_DAYS = 30
WAITING = Conversation.status == ConversationStatus.WAITING_DOCTOR


@dataclass(frozen=True)
class Home:
    """Counts of rows; ``due_followups`` holds the overdue ones too."""

    pending_agreements: int
    waiting_conversations: int
    urgent_conversations: int
    due_followups: int
    overdue_followups: int
    open_tasks: int
    panel_size: int
    ending_soon: int
    disputes: int
    """Services that residents dispute and nobody has answered."""
    team_changes: int
    unsigned: int
    measurements: int
    """Residents whose self-measured values the team has to look at."""
    urgent_measurements: int
    referrals: int
    """People of the month's list whom somebody should still ask."""


def home(staff: Staff, today: date) -> Home:
    """Return what awaits a member of staff."""
    teams = team_ids(staff)

    def count(model: Any, *conditions: Any) -> int:
        return db.session.scalar(select(func.count(model.id)).where(model.team_id.in_(teams), *conditions)) or 0

    def talks(*conditions: Any) -> int:
        # of his teams, given to him, or of somebody he stands in for
        mine = Conversation.team_id.in_(teams) | reachable_by(staff)
        return db.session.scalar(select(func.count(Conversation.id)).where(mine, *conditions)) or 0

    planned = FollowUp.status == FollowUpStatus.PLANNED
    active = Agreement.status.in_(IN_FORCE)
    return Home(
        pending_agreements=count(Agreement, Agreement.status == AgreementStatus.PENDING_TEAM),
        waiting_conversations=talks(WAITING),
        urgent_conversations=talks(Conversation.status != ConversationStatus.CLOSED, Conversation.is_urgent.is_(True)),
        due_followups=count(FollowUp, planned, FollowUp.due_on <= today + timedelta(days=DUE_WITHIN_DAYS)),
        overdue_followups=count(FollowUp, planned, FollowUp.due_on < today),
        open_tasks=count(PhoneTask, PhoneTask.status == "open"),
        panel_size=count(Agreement, active),
        team_changes=changes.count_waiting(staff),
        ending_soon=count(Agreement, active, Agreement.end_on <= today + timedelta(days=ENDING_WITHIN_DAYS)),
        disputes=count(ServiceAnswer, ServiceAnswer.verdict == "disputed", ServiceAnswer.outcome.is_(None)),
        unsigned=todo_count(staff),
        measurements=count(MeasurementReview, MeasurementReview.status == "open"),
        urgent_measurements=count(
            MeasurementReview, MeasurementReview.status == "open", MeasurementReview.urgency == 0
        ),
        referrals=to_receive(staff),
    )
