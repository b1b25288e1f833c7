"""What the clock does to referrals: called late, ended without an answer, not attended."""

from typing import Any

from sqlalchemy import select

from server import clock
from server.actions.booking.referring import telling
from server.database import retried, transaction
from server.models import Referral, ReferralStatus, audit, states
from server.models.actor import CLOCK
from server.models.referral import WAITING

S = ReferralStatus


@retried
def escalate_next() -> bool:
    """Call one referral late that the hospital did not answer in time; its team is told whom to telephone (N-26)."""
    at = clock.now()
    with transaction() as session:
        found = session.scalar(_due(S.SUBMITTED, at))
        if found is None:
            return False
        states.move(found, S.ESCALATED, by=CLOCK, at=at, due_at=found.expires_at)
        audit.record("referral_escalated", found, by=CLOCK, at=at)
        telling.tell_team("referral_unanswered", found, at, key=":late")
    return True


@retried
def expire_next() -> bool:
    """End one referral that nobody answered; a number the doctor had chosen stays the patient's own (§5.4)."""
    at = clock.now()
    with transaction() as session:
        found = session.scalar(
            select(Referral)
            .where(Referral.status.in_(WAITING), Referral.expires_at <= at)
            .order_by(Referral.expires_at)
            .limit(1)
            .with_for_update(of=Referral)
        )
        if found is None:
            return False
        states.move(found, S.EXPIRED, by=CLOCK, at=at, due_at=None, open_key=None)
        audit.record("referral_expired", found, by=CLOCK, at=at)
        telling.tell_resident("referral_answered", found, at, key=":expired", result="医院未答复")
        telling.tell_team("referral_answered_for_team", found, at, key=":expired", result="医院未答复")
    return True


@retried
def miss_next() -> bool:
    """Note one patient who did not come within the region's days; his team calls him."""
    at = clock.now()
    with transaction() as session:
        found = session.scalar(_due(S.ACCEPTED, at))
        if found is None:
            return False
        states.move(found, S.NOT_ATTENDED, by=CLOCK, at=at, due_at=None, open_key=None)
        audit.record("referral_not_attended", found, by=CLOCK, at=at)
        telling.tell_team("referral_missed", found, at)
    return True


def _due(status: ReferralStatus, at: Any) -> Any:
    late = (Referral.status == status) & (Referral.due_at <= at)
    return select(Referral).where(late).order_by(Referral.due_at).limit(1).with_for_update(of=Referral)
