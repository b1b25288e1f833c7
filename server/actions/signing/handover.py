"""What goes with somebody to another team: all that is still to happen stays his, and the new team does it."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from server.database import db
from server.models import (
    Conversation,
    ConversationStatus,
    Enrolment,
    Entitlement,
    FollowUp,
    FollowUpStatus,
    Notification,
    NotificationStatus,
    PhoneTask,
    ReferralCheck,
    ServiceAnswer,
    WechatUser,
    states,
)
from server.models.actor import Actor


def hand_over(resident_id: str, to_team_id: str, *, by: Actor, at: datetime) -> None:
    """Give a person's programmes, planned contacts, calls, disputes, conversation and waiting notes to a team.

    Rows change hands, none is written twice; what was done stays with the team that did it. In the caller's transaction.
    """
    users = select(WechatUser.id).where(WechatUser.resident_id == resident_id)
    enrolled = (Enrolment.resident_id == resident_id) & Enrolment.open_key.is_not(None)
    _give(Enrolment, to_team_id, enrolled, staff_id=None)  # the new team says who looks after it
    _give(ReferralCheck, to_team_id, ReferralCheck.resident_id == resident_id, ReferralCheck.result.is_(None))
    planned = FollowUp.status == FollowUpStatus.PLANNED
    _give(FollowUp, to_team_id, FollowUp.resident_id == resident_id, planned)
    _give(PhoneTask, to_team_id, PhoneTask.resident_id == resident_id, PhoneTask.status == "open")
    undecided = ServiceAnswer.verdict == "disputed"
    _give(
        ServiceAnswer, to_team_id, ServiceAnswer.resident_id == resident_id, undecided, ServiceAnswer.outcome.is_(None)
    )
    waiting = Notification.status == NotificationStatus.CREATED
    _give(Notification, to_team_id, Notification.resident_id == resident_id, waiting)
    for row in db.session.scalars(
        select(Conversation).where(Conversation.open_key.in_(users)).with_for_update(of=Conversation)
    ):
        _hand_over_talk(row, to_team_id, by=by, at=at)


def carry_ledger(old_id: str, new_id: str) -> None:
    """Let the entitlements of an agreement go on under another one: what was used stays used."""
    moved = update(Entitlement).where(Entitlement.agreement_id == old_id).values(agreement_id=new_id)
    db.session.execute(moved.execution_options(synchronize_session=False))


def _hand_over_talk(row: Conversation, to_team_id: str, *, by: Actor, at: datetime) -> None:
    """Whoever of the old team was talking cannot answer any more: it waits for the new one."""
    if row.status == ConversationStatus.WITH_DOCTOR:
        since = {"waiting_since_at": at}
        waits = ConversationStatus.WAITING_DOCTOR
        states.move(row, waits, by=by, at=at, reason="team_changed", staff_id=None, team_id=to_team_id, **since)
    else:
        row.team_id = to_team_id
        db.session.flush()


def _give(model: Any, to_team_id: str, *which: Any, **changed: Any) -> None:
    statement = update(model).where(*which).values(team_id=to_team_id, **changed)
    db.session.execute(statement.execution_options(synchronize_session=False))
