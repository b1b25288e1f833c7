"""What stands on an institution's list of critical follow-ups: looked at, taken over, late first visits, settled."""

from datetime import timedelta

from sqlalchemy import select, update

from server import clock
from server.database import retried, transaction
from server.errors import Conflict, Invalid
from server.models import FollowUp, FollowUpAlarm, FollowUpEvent, FollowUpStatus, Programme, audit, followup_alarm
from server.models.actor import CLOCK, Actor
from server.models.followup_alarm import SETTLED, AlarmReason
from server.policy import programmes

OPEN = (FollowUpStatus.PLANNED, FollowUpStatus.MISSED)
LOOKED_BACK = timedelta(days=30)
"""How long after its day a visit that goes by hours is still raised: nobody may have run the jobs for a while."""


class AlarmSettled(Conflict):
    """A colleague settled it."""

    code, default_message = "alarm_settled", "这条危急随访已经办结"


class AlarmNoteNeeded(Invalid):
    """What was done has to be said."""

    code, default_message = "alarm_note_needed", "请选择已上报或已处理，并写明办理情况（200字以内）"


@retried
def open_done(followup: FollowUp, *, by: Actor) -> None:
    """Note that a member of the team opened a follow-up: a colleague's look stops the call to the administrator."""
    at = clock.now()
    with transaction():
        audit.record("measurements_seen", followup.resident, by=by, at=at)
        followup_alarm.seen(followup, by=by, at=at)


@retried
def escalate_next() -> bool:
    """Hand one alarm that no colleague looked at to the administrators. Returns False when there is none.

    Source:
        domain.md N-09: the administrator if unread for 15 minutes.
    """
    at = clock.now()
    with transaction() as session:
        due = (FollowUpAlarm.escalate_at <= at) & (FollowUpAlarm.state == "open")
        oldest = select(FollowUpAlarm.id).where(due).order_by(FollowUpAlarm.escalate_at).limit(1)
        found = session.scalar(oldest.with_for_update())
        if found is None:
            return False
        row = session.get_one(FollowUpAlarm, found, populate_existing=True)
        row.escalate_at, row.escalated_at = None, at
        audit.record("followup_alarm_escalated", row, by=CLOCK, at=at)
    return True


@retried
def raise_late_visit_next() -> bool:
    """Raise one first visit that did not take place within its hours. Returns False when there is none.

    Source:
        domain.md N-42; the deadlines of the rule tables (72 hours).
    """
    at = clock.now()
    today = clock.local(at).date()
    limits = [(name, one) for name in Programme for one in programmes.load(name, today).deadlines]
    for name, limit in limits:
        planned = select(FollowUpEvent.id).where(
            FollowUpEvent.subject_id == FollowUp.id,
            FollowUpEvent.new == FollowUpStatus.PLANNED,
            FollowUpEvent.at <= at - timedelta(hours=limit.hours),
        )
        raised = select(FollowUpAlarm.id).where(
            FollowUpAlarm.followup_id == FollowUp.id, FollowUpAlarm.reason == AlarmReason.FIRST_VISIT
        )
        late = (
            select(FollowUp)
            .where(
                FollowUp.status.in_(OPEN),
                FollowUp.due_on.between(today - LOOKED_BACK, today + timedelta(days=1)),
                FollowUp.programme == name,
                FollowUp.kind_key == limit.key,
                planned.exists(),
                ~raised.exists(),
            )
            .order_by(FollowUp.due_on, FollowUp.id)
            .limit(1)
        )
        with transaction() as session:
            row = session.scalar(late)
            if row is not None:
                followup_alarm.raise_one(row, AlarmReason.FIRST_VISIT, escalate_at=None, by=CLOCK, at=at)
                return True
    return False


@retried
def settle(row: FollowUpAlarm, state: str, note: str, *, by: Actor) -> FollowUpAlarm:
    """Close an alarm: reported up, or seen to, with a word about it. Raises AlarmNoteNeeded, AlarmSettled."""
    if state not in SETTLED or not 1 <= len(note.strip()) <= 200:
        raise AlarmNoteNeeded()
    at = clock.now()
    with transaction() as session:
        statement = (
            update(FollowUpAlarm)
            .where(FollowUpAlarm.id == row.id, FollowUpAlarm.state == "open")
            .values(state=state, note=note.strip(), settled_at=at, settled_by=by.id, escalate_at=None)
            .execution_options(synchronize_session=False)
        )
        if session.execute(statement).rowcount != 1:  # type: ignore[attr-defined]
            raise AlarmSettled()
        session.refresh(row)
        audit.record("followup_alarm_settled", row, by=by, at=at)
    return row
