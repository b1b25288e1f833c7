"""Void (作废): an agreement that was entered wrongly. One administrator proposes, another one confirms (L21)."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from server import clock
from server.actions.signing import places
from server.actions.signing.cascade import end_service, live
from server.actions.signing.refusals import DecisionNoteNeeded, SecondPersonNeeded
from server.actions.signing.steps import S
from server.database import db, retried, transaction
from server.errors import Invalid
from server.models import Agreement, Ending, EndingKind, EndingOutcome, EndingReason, Resident, audit, payment, states
from server.models import ending as endings
from server.models import notification as notifications
from server.models.actor import Actor
from server.models.agreement import CLOSED, IN_FORCE
from server.policy.dates import workdays_after

V = EndingKind.VOID
CONFIRM_WITHIN_WORKDAYS = 5


def void_reasons(agreement: Agreement) -> list[EndingReason]:
    """Return why this agreement may be declared void; nothing when it already is."""
    if agreement.status == S.VOID:
        return []
    wrongly_closed = (
        [EndingReason.WRONGLY_CLOSED] if agreement.status in CLOSED and agreement.status != S.TRANSFERRED else []
    )
    return [EndingReason.DUPLICATE, EndingReason.WRONG_IDENTITY, *wrongly_closed]


@retried
def propose_void(agreement: Agreement, *, reason: EndingReason, note: str, by: Actor) -> Ending:
    """Propose that an agreement be declared void; nothing changes until another administrator confirms.

    Raises:
        Invalid: the reason does not fit. DecisionNoteNeeded, states.IllegalMove: it is void already.
    """
    at = clock.now()
    if not note.strip():
        raise DecisionNoteNeeded()
    with transaction() as session:
        if agreement.status == S.VOID:
            raise states.IllegalMove(old=str(agreement.status), new=str(S.VOID))
        if reason not in void_reasons(agreement):
            raise Invalid(fields=["reason"])
        known = session.scalar(select(Ending).where(Ending.open_key == endings.open_key(V, agreement.id)))
        if known is not None:
            return known
        proposal = Ending(
            agreement=agreement,
            kind=V,
            reason=reason,
            note=note.strip(),
            requested_at=at,
            requested_by=by.id,
            decide_by_on=workdays_after(clock.local(at).date(), CONFIRM_WITHIN_WORKDAYS),
            open_key=endings.open_key(V, agreement.id),
        )
        session.add(proposal)
        session.flush()
        audit.record("void_proposed", agreement, by=by, at=at)
    return proposal


@retried
def confirm_void(proposal: Ending, *, by: Actor) -> Ending:
    """Declare an agreement void; the original stays to be read. What is in force ends with all that hangs on it.

    Raises:
        SecondPersonNeeded: the proposer himself. states.StaleState: it was dropped meanwhile.
    """
    at = clock.now()
    with transaction() as session:
        agreement = proposal.agreement
        live(agreement.resident_id)
        session.refresh(proposal)
        if proposal.requested_by == by.id:
            raise SecondPersonNeeded()
        if (proposal.outcome, proposal.decided_by) == (EndingOutcome.APPROVED, by.id):
            return proposal
        if not endings.settle(proposal.id, EndingOutcome.APPROVED, by=by, at=at):
            raise states.StaleState()
        session.refresh(proposal)
        if agreement.status in IN_FORCE:
            yesterday = clock.local(at).date() - timedelta(days=1)
            end_service(agreement.resident_id, S.VOID, yesterday, by=by, at=at, reason=proposal.reason)
        else:
            _void_alone(agreement, proposal.reason, by=by, at=at)
        audit.record("agreement_voided", agreement, by=by, at=at)
    return proposal


def _void_alone(agreement: Agreement, reason: EndingReason, *, by: Actor, at: datetime) -> None:
    was_death = agreement.status == S.CLOSED_DEATH
    payment.owe_refund(agreement, by=by, at=at)
    # the predecessor may be renewed again: the link moves out of the way
    states.move(agreement, S.VOID, by=by, at=at, reason=reason, predecessor_id=None, **agreement.keys_for(S.VOID))
    places.give_back(agreement.team_id, agreement.resident_id)
    endings.overtake(agreement.id, by=by, at=at)
    notifications.cancel(
        subject_id=agreement.id, kinds=("agreement_requested", "agreement_decided", "renewal_offer", "agreement_ended")
    )
    if was_death:  # an agreement that never was cannot have ended by a death
        alive = update(Resident).where(Resident.id == agreement.resident_id).values(died_on=None)
        db.session.execute(alive.execution_options(synchronize_session=False))


@retried
def drop_void(proposal: Ending, *, by: Actor) -> Ending:
    """Leave the agreement as it is: the proposer takes it back, or another administrator refuses it.

    Raises:
        states.StaleState: it was confirmed meanwhile.
    """
    at = clock.now()
    with transaction() as session:
        session.refresh(proposal)
        outcome = EndingOutcome.TAKEN_BACK if proposal.requested_by == by.id else EndingOutcome.REFUSED
        if (proposal.outcome, proposal.decided_by) == (outcome, by.id):
            return proposal
        if not endings.settle(proposal.id, outcome, by=by, at=at):
            raise states.StaleState()
        session.refresh(proposal)
        audit.record("void_dropped", proposal.agreement, by=by, at=at)
    return proposal
