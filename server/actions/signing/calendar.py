"""What the calendar does to agreements."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

from server import clock
from server.actions.signing import places
from server.actions.signing.cascade import release_expired
from server.actions.signing.change_deadline import close_unanswered
from server.actions.signing.entitling import open_ledger
from server.actions.signing.following import GIVEN_UP, successor_of
from server.actions.signing.reconfirming import go_on, goes_on, renews_itself
from server.actions.signing.reminding import tell_about_end
from server.actions.signing.steps import S, tell_lead, withdraw_row
from server.actions.signing.supplements import overtake_supplements
from server.database import first, retried, transaction
from server.models import Agreement, ending, states
from server.models import transfer as transfers
from server.models.actor import CLOCK
from server.models.agreement import IN_FORCE
from server.policy.schema import Policy

OTHER = aliased(Agreement)


@retried
def expire_next(policy: Policy) -> bool:
    """End one agreement whose last day has passed (L15); an accepted successor takes its place in the same step.

    Where the region renews silently, and only there, it goes on and waits to be confirmed (L13, C-02).
    Whoever has asked to end it does not get a next term against his will, even when nobody decided in time; who asked
    for another team and got no answer does.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        over = select(Agreement.id).where(Agreement.status.in_(IN_FORCE), Agreement.end_on < today)
        agreement = first(Agreement, over.order_by(Agreement.end_on))
        if agreement is None:
            return False
        successor = successor_of(agreement)
        _drop_unanswered_change(agreement, successor, at)
        if goes_on(agreement) and (successor is None or successor.status in GIVEN_UP):
            go_on(agreement, at)
            return True
        if successor is not None and successor.status != S.SIGNED:
            successor = None  # the team has not answered yet
        if successor is not None and agreement.status == S.TERMINATION_REQUESTED:
            withdraw_row(successor, by=CLOCK, at=at, reason="asked_to_end")
            places.give_back(successor.team_id, successor.resident_id)
            successor = None
        to = S.RENEWED if successor else S.EXPIRED
        states.move(agreement, to, by=CLOCK, at=at, next_notice_on=None, **agreement.keys_for(to))
        ending.overtake(agreement.id, by=CLOCK, at=at)
        overtake_supplements(agreement, by=CLOCK, at=at)
        if successor:
            states.move(successor, S.ACTIVE, by=CLOCK, at=at, **successor.keys_for(S.ACTIVE))
            open_ledger(successor)
            if successor.team_id != agreement.team_id:
                tell_lead(agreement, "agreement_ended_for_team", at)
        else:
            release_expired(agreement.resident_id, by=CLOCK, at=at)
            tell_about_end(agreement, at)
        places.give_back(agreement.team_id, agreement.resident_id)
    return True


def _drop_unanswered_change(agreement: Agreement, successor: Agreement | None, at: datetime) -> None:
    """Whoever only asked for another team keeps the next term, signed or silent (L12, L13): no other move is drawn."""
    has_next = renews_itself(agreement) or (successor is not None and successor.status == S.SIGNED)
    change = transfers.open_change(agreement.id) if has_next else None
    if change is not None:
        close_unanswered(change, agreement, at)


@retried
def activate_next(policy: Policy) -> bool:
    """Put one signed agreement into force on its first day (L8), when nothing before it is still in force."""
    at = clock.now()
    today = clock.local(at).date()
    with transaction():
        in_force = select(OTHER.id).where(OTHER.active_key == Agreement.resident_id).exists()
        begins = select(Agreement.id).where(Agreement.status == S.SIGNED, Agreement.start_on <= today, ~in_force)
        agreement = first(Agreement, begins.order_by(Agreement.start_on))
        if agreement is None:
            return False
        states.move(agreement, S.ACTIVE, by=CLOCK, at=at, **agreement.keys_for(S.ACTIVE))
        open_ledger(agreement)
    return True
