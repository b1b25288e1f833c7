"""The end of a wish for another team that not both teams have answered in time: the resident stays where he is (L17, L11)."""

from datetime import datetime, timedelta

from sqlalchemy import select

from server import clock
from server.actions.signing.cascade import live
from server.actions.signing.steps import S, tell_resident
from server.database import retried, transaction
from server.models import Agreement, ChangeState, TeamChange, audit, states
from server.models import transfer as transfers
from server.models.actor import CLOCK
from server.policy.schema import Policy


@retried
def lapse_change_next(policy: Policy) -> bool:
    """Close one wish for another team that waited longer than was promised; he hears of it and may ask again.

    Like a request to sign it stays some days longer than the promise, in which both teams still see it as late.

    Returns:
        Whether there was one.
    Source:
        policy keys signing.answer_within_days (kept with the wish), signing.overdue_grace_days.
    """
    at = clock.now()
    last_on = clock.local(at).date() - timedelta(days=policy.signing.overdue_grace_days)
    late = select(TeamChange).where(TeamChange.state == ChangeState.WAITING, TeamChange.answer_by_on < last_on)
    with transaction() as session:
        change = session.scalar(late.order_by(TeamChange.answer_by_on, TeamChange.id).limit(1))
        if change is None:
            return False
        agreement = change.agreement
        live(agreement.resident_id)
        session.refresh(agreement)
        close_unanswered(change, agreement, at)
    return True


def close_unanswered(change: TeamChange, agreement: Agreement, at: datetime) -> None:
    """Let an agreement go on as before, because its resident's wish got no answer, in the caller's transaction."""
    if transfers.settle_change(change.id, ChangeState.LAPSED, at=at):
        if agreement.status == S.CHANGE_REQUESTED:
            states.move(agreement, S.ACTIVE, by=CLOCK, at=at, reason="change_lapsed")
        audit.record("team_change_lapsed", agreement, by=CLOCK, at=at)
        key = f"change_decided:{change.id}"
        tell_resident(agreement, "agreement_ended", key, at, item="变更团队申请", result="未答复")
