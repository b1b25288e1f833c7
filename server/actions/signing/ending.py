"""Termination (解约): the resident asks, an administrator decides in time, or the resident changes his mind."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.actions.signing.cascade import end_service, live
from server.actions.signing.refusals import DecisionNoteNeeded, RefusalNotAllowed, TermNotAllowedInTerm
from server.actions.signing.rules import rules_of
from server.actions.signing.steps import S, check_signature, tell_resident, withdraw_row
from server.database import db, retried, transaction
from server.errors import Invalid
from server.models import Agreement, Ending, EndingKind, EndingOutcome, EndingReason, audit, states
from server.models import ending as endings
from server.models.actor import Actor
from server.models.agreement import HOLDS_PLACE
from server.policy.dates import workdays_after

T = EndingKind.TERMINATION


def may_end(agreement: Agreement, reason: EndingReason) -> bool:
    """Tell whether a resident may ask to end this agreement within its term for this reason (C-03)."""
    rules = rules_of(agreement).termination
    return rules.in_term != "not_allowed" or reason in rules.exceptions


def request_termination(
    agreement: Agreement, *, reason: EndingReason, note: str, signature: str, by: Actor
) -> tuple[Ending, bool]:
    """Ask to end an agreement within its term (L9); it is served until somebody decides.

    Args:
        signature: PNG as a data URL, at most 200 kB.
    Returns:
        The wish, and whether it is new: asking again while it is open returns the first one.
    Raises:
        TermNotAllowedInTerm, SignatureInvalid, states.IllegalMove, states.StaleState.
    Source:
        policy keys termination.in_term, termination.exceptions, termination.decide_within_workdays.
    """
    if reason not in endings.REASONS[T]:
        raise Invalid(fields=["reason_code"])
    check_signature(signature)
    try:
        return _request(agreement, reason=reason, note=note, signature=signature, by=by)
    except (IntegrityError, states.StaleState):  # two taps at once: the other one was first
        found = open_wish(agreement.id)
        if found is None:
            raise
        return found, False


@retried
def _request(
    agreement: Agreement, *, reason: EndingReason, note: str, signature: str, by: Actor
) -> tuple[Ending, bool]:
    at = clock.now()
    with transaction() as session:
        others = live(agreement.resident_id)
        known = open_wish(agreement.id)
        if known is not None:
            return known, False
        policy = rules_of(agreement)
        if agreement.status == S.ACTIVE and not may_end(agreement, reason):
            phone = policy.wording.complaint_phone
            raise TermNotAllowedInTerm(
                f"签约期内原则上不能解约，如对服务有意见请拨打投诉电话 {phone}",
                complaint_phone=phone,
                allowed_reasons=[code for code in endings.REASONS[T] if code in policy.termination.exceptions],
            )
        states.move(agreement, S.TERMINATION_REQUESTED, by=by, at=at, reason=reason)
        for row in others:
            if row.status not in HOLDS_PLACE:  # who leaves does not renew
                withdraw_row(row, by=by, at=at, reason="asked_to_end")
        wish = Ending(
            agreement=agreement,
            kind=T,
            reason=reason,
            note=note,
            signature=signature,
            requested_at=at,
            requested_by=by.id,
            decide_by_on=workdays_after(clock.local(at).date(), policy.termination.decide_within_workdays),
            open_key=endings.open_key(T, agreement.id),
        )
        session.add(wish)
        session.flush()
        audit.record("termination_requested", agreement, by=by, at=at)
    return wish, True


def open_wish(agreement_id: str) -> Ending | None:
    """Return the open wish to end an agreement."""
    return db.session.scalar(select(Ending).where(Ending.open_key == endings.open_key(T, agreement_id)))


@retried
def take_back_termination(agreement: Agreement, *, by: Actor) -> Agreement:
    """Let the agreement go on as before (L11), until somebody decided; taking back twice is taking back once.

    Raises:
        states.IllegalMove: there is nothing to take back any more.
    """
    at = clock.now()
    with transaction():
        live(agreement.resident_id)
        wish = open_wish(agreement.id)
        if wish is None and agreement.status == S.ACTIVE and _last_outcome(agreement) == EndingOutcome.TAKEN_BACK:
            return agreement
        states.move(agreement, S.ACTIVE, by=by, at=at, reason="taken_back")
        if wish is not None:
            endings.settle(wish.id, EndingOutcome.TAKEN_BACK, by=by, at=at)
        audit.record("termination_taken_back", agreement, by=by, at=at)
    return agreement


def _last_outcome(agreement: Agreement) -> str | None:
    last = select(Ending.outcome).where(Ending.agreement_id == agreement.id, Ending.kind == T)
    return db.session.scalar(last.order_by(Ending.requested_at.desc(), Ending.id.desc()).limit(1))


@retried
def decide_termination(wish: Ending, *, approve: bool, note: str, by: Actor) -> Ending:
    """End the agreement today with everything that hangs on it (L10), or let it go on (L11), with a reason to read.

    Raises:
        DecisionNoteNeeded, RefusalNotAllowed, states.StaleState: it was decided otherwise or taken back meanwhile.
    Source:
        policy key termination.in_term: "allowed" leaves the institution no choice.
    """
    at = clock.now()
    outcome = EndingOutcome.APPROVED if approve else EndingOutcome.REFUSED
    if not approve and not note.strip():
        raise DecisionNoteNeeded()
    with transaction() as session:
        agreement = wish.agreement
        live(agreement.resident_id)
        session.refresh(wish)
        if (wish.outcome, wish.decided_by) == (outcome, by.id):
            return wish
        if not approve and rules_of(agreement).termination.in_term == "allowed":
            raise RefusalNotAllowed()
        if not endings.settle(wish.id, outcome, by=by, at=at, note=note.strip() or None):
            raise states.StaleState()
        session.refresh(wish)
        if approve:
            today = clock.local(at).date()
            end_service(agreement.resident_id, S.TERMINATED, today, by=by, at=at, reason=wish.reason)
            audit.record("termination_approved", agreement, by=by, at=at)
        else:
            states.move(agreement, S.ACTIVE, by=by, at=at, reason="refused")
            audit.record("termination_refused", agreement, by=by, at=at)
        key = f"agreement_ended:{wish.id}"
        tell_resident(agreement, "agreement_ended", key, at, item="解约申请", result=endings.OUTCOME_LABELS[outcome])
    return wish
