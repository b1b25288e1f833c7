"""The promised time of an answer: opened when somebody waits, settled by the answer, told on its way in three steps.

Counted in working time of the team, an emergency's in plain time. Steps and times are values of the region's policy.
"""

from datetime import datetime, timedelta

from sqlalchemy import select

from server import clock
from server.access import answering as access
from server.actions.messaging import steps
from server.database import db, retried, transaction
from server.models import AnswerPromise, Conversation, PromiseStep, audit, notification
from server.models.actor import CLOCK
from server.policy.schema import Policy

TELLING = ("answer_half", "answer_soon")
LATE = 3
"""The level of a promise whose whole time has passed: it stands on the administrators' list."""


def keep_up(conversation: Conversation, *, policy: Policy, at: datetime) -> AnswerPromise | None:
    """Promise an answer to somebody who waits for a team, in the caller's transaction. Returns a promise that is new.

    A promise that runs stays as it is; an emergency ends it and begins a short one.
    """
    since, team_id = conversation.waiting_since_at, conversation.team_id
    if since is None or team_id is None or conversation.status not in access.OPEN:
        return None
    found = db.session.scalar(select(AnswerPromise).where(AnswerPromise.open_key == conversation.id))
    if found is not None and (found.is_urgent or not conversation.is_urgent):
        return None
    if found is not None:
        settle(conversation, staff_id=None, outcome="urgent", at=at)
        since = at
    row = AnswerPromise(
        conversation=conversation,
        open_key=conversation.id,
        team_id=team_id,
        is_urgent=conversation.is_urgent,
        since_at=since,
        level=0,
    )
    row.due_at, row.next_at = _after(row, 100, since, policy), _next(row, policy, since=since)
    db.session.add(row)
    db.session.flush()
    return row


def settle(conversation: Conversation, *, staff_id: str | None, outcome: str, at: datetime) -> None:
    """Note that somebody answered, or that the conversation ended without; in the caller's transaction."""
    found = db.session.scalar(select(AnswerPromise).where(AnswerPromise.open_key == conversation.id))
    if found is None:
        return
    found.open_key, found.next_at = None, None
    found.ended_at, found.ended_by, found.outcome = at, staff_id, outcome
    notification.cancel(subject_id=conversation.id, kinds=TELLING)
    db.session.flush()


@retried
def escalate_next(policy: Policy) -> bool:
    """Take the next step of one promise that runs out. Returns whether there was one.

    Half: whoever is to answer. Then the team's leader. At the end the administrators' list.

    Source:
        policy key answering.escalate_percent.
    """
    at = clock.now()
    with transaction() as session:
        oldest = select(AnswerPromise.id).where(AnswerPromise.next_at <= at).order_by(AnswerPromise.next_at).limit(1)
        found = session.scalar(oldest.with_for_update())
        row = session.get(AnswerPromise, found, populate_existing=True) if found else None
        if row is None or row.next_at is None or row.next_at > at:
            return False
        user_id, outcome = _tell(row, at)
        percent = policy.answering.escalate_percent[row.level]
        session.add(PromiseStep(promise_id=row.id, percent=percent, outcome=outcome, user_id=user_id, at=at))
        row.level += 1
        row.next_at = _next(row, policy, since=row.since_at)
        audit.record("answer_escalated", row, by=CLOCK, at=at)
    return True


@retried
def promise_next(policy: Policy) -> bool:
    """Open the promise of one conversation that waits without one. Returns whether there was one."""
    at = clock.now()
    with transaction() as session:
        promised = select(AnswerPromise.id).where(AnswerPromise.open_key == Conversation.id)
        waits = (
            Conversation.status.in_(access.OPEN)
            & Conversation.waiting_since_at.is_not(None)
            & Conversation.team_id.is_not(None)
            & ~promised.exists()
        )
        oldest = select(Conversation.id).where(waits).order_by(Conversation.waiting_since_at).limit(1)
        row = steps.locked(Conversation.id == (session.scalar(oldest) or ""))
        return row is not None and keep_up(row, policy=policy, at=at) is not None


@retried
def count_next(policy: Policy) -> bool:
    """Write down how long one answer took, in working time. Returns whether there was one to count."""
    with transaction() as session:
        ended = (AnswerPromise.took_minutes.is_(None)) & (AnswerPromise.ended_at.is_not(None))
        row = session.scalar(select(AnswerPromise).where(ended).order_by(AnswerPromise.ended_at).limit(1))
        if row is None:
            return False
        row.took_minutes = took(row, policy)
    return True


def took(row: AnswerPromise, policy: Policy) -> int | None:
    """Return the minutes from the question to the answer: working time, plain time for an emergency; None while open."""
    if row.took_minutes is not None or row.ended_at is None:
        return row.took_minutes
    if row.is_urgent:
        return round((row.ended_at - row.since_at).total_seconds() / 60)
    return access.hours_of(row.team_id, policy).minutes(row.since_at, row.ended_at)


def _tell(row: AnswerPromise, at: datetime) -> tuple[str | None, str]:
    if row.level >= len(TELLING):
        return None, "listed"
    conversation = row.conversation
    user_id = steps.doctor_user(conversation) if row.level == 0 else steps.leader_user(conversation)
    if user_id is None:
        return None, "unreachable"
    kind = TELLING[row.level]
    notification.queue(
        kind,
        dedupe_key=f"{kind}:{row.id}",
        subject_id=conversation.id,
        user_id=user_id,
        team_id=conversation.team_id,
        facts={"short_no": conversation.short_no},
        is_urgent=row.is_urgent,
        at=at,
    )
    return user_id, "told"


def _next(row: AnswerPromise, policy: Policy, *, since: datetime) -> datetime | None:
    percents = policy.answering.escalate_percent
    return _after(row, percents[row.level], since, policy) if row.level < len(percents) else None


def _after(row: AnswerPromise, percent: int, since: datetime, policy: Policy) -> datetime:
    rules = policy.answering
    if row.is_urgent:
        return since + timedelta(minutes=rules.urgent_minutes * percent / 100)
    exact = access.hours_of(row.team_id, policy).after(since, rules.promise_minutes * percent / 100)
    return exact.replace(second=0, microsecond=0)  # as it is said
