"""What ends together with somebody's agreement: everything that was still to happen to this person.

One transaction for all of it. Rows are locked in the order in which booking locks them: agreement, slot, appointment.
"""

from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select, update

from server import clock
from server.actions.signing import places
from server.actions.signing.steps import tell_lead, withdraw_row
from server.actions.signing.supplements import overtake_supplements
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    AppointmentStatus,
    Conversation,
    ConversationStatus,
    EntryStatus,
    HouseholdMember,
    PhoneTask,
    TagStatus,
    WechatUser,
    appointment,
    audit,
    ending,
    entitlement,
    followup,
    health_card,
    measurement,
    payment,
    population,
    prescription,
    referral,
    refusal,
    states,
    waiting,
)
from server.models import authority as authorities
from server.models import household as households
from server.models import notification as notifications
from server.models import phone_check as phone_checks
from server.models.actor import Actor
from server.models.agreement import HOLDS_PLACE, IN_FORCE, OPEN
from server.models.notification import TASK_CLOSED
from server.policy import relations
from server.policy.notices import KINDS

T = TypeVar("T")

MOVED, FLOATING, EXPIRED = "moved", "FLOATING", "agreement_expired"
GONE = {
    AgreementStatus.CLOSED_DEATH: EntryStatus.CLOSED_DEATH,
    AgreementStatus.CLOSED_MOVED: EntryStatus.CLOSED_MOVED,
}
"""Nobody asks him to sign any more."""

FOR_STAFF = tuple(name for name, kind in KINDS.items() if kind.who == "staff")


def live(resident_id: str) -> list[Agreement]:
    """Lock and return a person's agreements that are in force or on their way."""
    return _locked(Agreement, Agreement.resident_id == resident_id, Agreement.status.in_((*OPEN, *IN_FORCE)))


def end_service(
    resident_id: str, to: AgreementStatus, last_on: date, *, by: Actor, at: datetime, reason: str, is_dead: bool = False
) -> None:
    """End what is in force, withdraw what is on its way, and release everything that hangs on it.

    Args:
        to: the state of what was in force; its last day becomes ``last_on``, never after its agreed end.
    """
    teams = set()
    for row in live(resident_id):
        if row.status in HOLDS_PLACE:
            teams.add(row.team_id)
        if row.status in IN_FORCE:
            _end(row, to, last_on, by=by, at=at, reason=reason)
        else:
            withdraw_row(row, by=by, at=at, reason=reason)
    for team_id in sorted(teams):
        places.give_back(team_id, resident_id)
    _release(resident_id, last_on, by=by, at=at, reason=reason, is_dead=is_dead)
    if to in GONE:
        refusal.settle(resident_id, GONE[to], by=by, at=at)


def release_expired(resident_id: str, *, by: Actor, at: datetime) -> None:
    """End what needs an agreement in force when one ended with its last day (L15), in the caller's transaction.

    Follow-ups go on, and what was promised stays: a number that is booked, a referral that a hospital has taken up. What
    is only held goes back, nobody without an agreement stands in line before others, and a referral that no hospital has
    answered cannot be answered any more.
    """
    appointment.give_all_back(resident_id, (AppointmentStatus.HELD,), by=by, at=at, reason=EXPIRED)
    waiting.remove_all(resident_id, by=by, at=at, reason=EXPIRED)
    referral.withdraw_all(resident_id, by=by, at=at, reason=EXPIRED, states=referral.UNANSWERED)


def _end(row: Agreement, to: AgreementStatus, last_on: date, *, by: Actor, at: datetime, reason: str) -> None:
    assert row.start_on is not None and row.end_on is not None
    end_on = max(row.start_on, min(last_on, row.end_on))
    agreed = row.end_on if end_on < row.end_on else None
    payment.owe_refund(row, by=by, at=at)
    states.move(row, to, by=by, at=at, reason=reason, end_on=end_on, agreed_end_on=agreed, **row.keys_for(to))
    ending.overtake(row.id, by=by, at=at)
    overtake_supplements(row, by=by, at=at)
    tell_lead(row, "agreement_ended_for_team", at)


def _release(resident_id: str, last_on: date, *, by: Actor, at: datetime, reason: str, is_dead: bool = False) -> None:
    """Cancel and close all that was still to come for a person. Reminders last: the steps before may have queued some."""
    appointment.give_all_back(resident_id, by=by, at=at, reason=reason)
    waiting.remove_all(resident_id, by=by, at=at, reason=reason)
    referral.withdraw_all(resident_id, by=by, at=at, reason=reason)
    followup.end_programmes(resident_id, reason, by=by, at=at)
    _end_groups(resident_id, last_on, by=by, at=at, reason=reason, is_dead=is_dead)
    _close_tasks(resident_id, by=by, at=at)
    phone_checks.drop(resident_id, by=by, at=at, reason=reason)
    measurement.drop(resident_id, by=by, at=at)
    prescription.stop_all(resident_id, "service_ended", by=by, at=at)
    if is_dead:
        _leave_family(resident_id, at=at)
    _close_conversation(resident_id, by=by, at=at, reason=reason)
    health_card.leave(resident_id, at=at)
    entitlement.drop_disputes(resident_id, at=at)
    notifications.cancel_for(resident_id, but=() if is_dead else FOR_STAFF)


def _leave_family(resident_id: str, *, at: datetime) -> None:
    """The household has its next head (L19), and nobody signs for him or by him any more."""
    authorities.end_all(resident_id, at=at)
    today = clock.local(at).date()
    for member in _locked(HouseholdMember, HouseholdMember.current_key == resident_id):
        households.leave(member, on=today, next_head=relations.next_head, seen_from=relations.seen_from)


def _end_groups(resident_id: str, last_on: date, *, by: Actor, at: datetime, reason: str, is_dead: bool) -> None:
    """A death ends every group; whoever moved away is not of the floating population here any more (domain.md §4)."""
    if is_dead:
        population.end_all(resident_id, last_on, reason, by=by, at=at)
        return
    for tag in population.open_tags([resident_id]).get(resident_id, []):
        if reason == MOVED and tag.group == FLOATING and tag.status == TagStatus.CERTIFIED:
            population.end(tag, last_on, reason, by=by, at=at)


def _close_tasks(resident_id: str, *, by: Actor, at: datetime) -> None:
    db.session.execute(
        update(PhoneTask)
        .where(PhoneTask.resident_id == resident_id, PhoneTask.status == "open")
        .values(status="done", done_at=at, done_by=by.id, outcome=TASK_CLOSED)
        .execution_options(synchronize_session=False)
    )


def _close_conversation(resident_id: str, *, by: Actor, at: datetime, reason: str) -> None:
    users = select(WechatUser.id).where(WechatUser.resident_id == resident_id)
    for row in _locked(Conversation, Conversation.open_key.in_(users)):
        closed = {"open_key": None, "is_urgent": False, "waiting_since_at": None}
        states.move(row, ConversationStatus.CLOSED, by=by, at=at, reason=reason, **closed)
        notifications.cancel(subject_id=row.id, kinds=("message_waiting", "emergency_alarm"))
        audit.record("conversation_closed", row, by=by, at=at)


def _locked(model: type[T], *which: ColumnElement[bool]) -> list[T]:
    """Lock rows one table at a time (a joined select would lock teams and people, too) and load what they are now."""
    columns: Any = model
    ids = db.session.scalars(select(columns.id).where(*which).order_by(columns.id).with_for_update()).all()
    return [db.session.get_one(model, row_id, populate_existing=True) for row_id in ids]
