"""What became of a referral that a follow-up advised (domain.md §2.0 Referral check)."""

from datetime import date, timedelta

from sqlalchemy import select, update

from server import clock
from server.actions.followups.following import move_to
from server.actions.followups.planning import free_day
from server.actions.followups.refusals import CheckAnswered
from server.database import db, retried, transaction
from server.models import CheckResult, Enrolment, FollowUp, FollowUpStatus, ReferralCheck, audit
from server.models.actor import Actor
from server.models.referral_check import COMPLETED
from server.policy.schema import Policy

OPEN_AGAIN = (CheckResult.UNKNOWN, CheckResult.NOT_ATTENDED)
"""Whoever did not go, or was not reached, may have gone later."""


@retried
def answer(check: ReferralCheck, result: CheckResult, *, note: str | None, by: Actor, policy: Policy) -> ReferralCheck:
    """Write down what became of a referral; the same answer twice is once.

    Attended or admitted: visits are counted anew, and the visit that waited for it comes 14 days later (T16).

    Raises:
        CheckAnswered: somebody wrote down something final, or the person is no longer served.
    """
    at = clock.now()
    with transaction() as session:
        changed = session.execute(
            update(ReferralCheck)
            .where(
                ReferralCheck.id == check.id,
                ReferralCheck.result.is_(None) | ReferralCheck.result.in_(OPEN_AGAIN),
            )
            .values(result=result, note=note, done_at=at, done_by=by.id)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        session.refresh(check)
        if changed != 1:
            if check.result == result and check.done_by == by.id:
                return check
            raise CheckAnswered()
        audit.record("referral_check_answered", check, by=by, at=at)
        if result in COMPLETED:
            _count_anew(check, clock.local(at).date(), policy)
    return check


def _count_anew(check: ReferralCheck, today: date, policy: Policy) -> None:
    visit = db.session.get_one(FollowUp, check.followup_id)
    planned = db.session.scalar(
        select(FollowUp)
        .where(
            FollowUp.enrolment_id == visit.enrolment_id,
            FollowUp.status == FollowUpStatus.PLANNED,
            FollowUp.kind_key == "",
            FollowUp.due_on <= today,
        )
        .limit(1)
    )
    if planned is not None:
        enrolment = db.session.get_one(Enrolment, visit.enrolment_id)
        days = policy.followups.uncontrolled_next_days
        move_to(planned, free_day(enrolment, today + timedelta(days=days), today, planned), 0)
        db.session.flush()
