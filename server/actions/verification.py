"""From UNVERIFIED to VERIFIED, FAILED or STAFF_SEEN: asking the register, and doctors who saw the original."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from server import clock
from server.database import db, retried, transaction
from server.models import RealNameState, Resident, audit
from server.models.actor import CLOCK, Actor
from server.verifying import Outcome, Verifier

FORGOTTEN_AFTER = timedelta(minutes=5)
"""Who asks and dies is forgotten: another one asks again."""
RETRY_AFTER = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
    timedelta(days=1),
)
"""After each try without an answer; the last one repeats every day."""


@dataclass(frozen=True)
class Question:
    """One person to ask about, claimed until ``due_at``."""

    resident_id: str
    name: str
    document_type: str
    number: str
    tries: int
    due_at: datetime


def verify_next(verifier: Verifier) -> bool:
    """Ask about the next person who is due; the register is asked outside any transaction.

    Returns:
        False when nobody is due.
    """
    found = db.session.execute(
        select(Resident.id, Resident.verify_due_at)
        .where(Resident.verify_due_at <= clock.now(), Resident.real_name_state == RealNameState.UNVERIFIED)
        .order_by(Resident.verify_due_at, Resident.id)
        .limit(1)
    ).first()
    if found is None:
        return False
    question = _claim(found.id, found.verify_due_at)
    if question is not None:  # otherwise somebody else was first
        _settle(question, verifier.verify(question.name, question.document_type, question.number))
    return True


@retried
def _claim(resident_id: str, due_at: datetime) -> Question | None:
    until = clock.now() + FORGOTTEN_AFTER
    with transaction() as session:
        mine = session.execute(
            update(Resident)
            .where(Resident.id == resident_id, Resident.verify_due_at == due_at)
            .values(verify_due_at=until, verify_tries=Resident.verify_tries + 1)
            .execution_options(synchronize_session=False)
        ).rowcount  # type: ignore[attr-defined]
        if not mine:
            return None
        found = session.get_one(Resident, resident_id, populate_existing=True)
        return Question(found.id, found.name, found.document_type, found.identity_number, found.verify_tries, until)


@retried
def _settle(question: Question, outcome: Outcome) -> None:
    """Write down what the register said, unless somebody else knew first."""
    at = clock.now()
    with transaction() as session:
        resident = session.get_one(Resident, question.resident_id, populate_existing=True, with_for_update=True)
        if resident.real_name_state != RealNameState.UNVERIFIED or resident.verify_due_at != question.due_at:
            return
        if outcome is Outcome.UNAVAILABLE:
            resident.verify_due_at = at + RETRY_AFTER[min(question.tries, len(RETRY_AFTER)) - 1]
        else:
            resident.real_name_state = RealNameState(outcome)
            resident.verify_due_at = None
        audit.record(f"identity_{outcome}", resident, by=CLOCK, at=at)


@retried
def staff_seen(resident: Resident, *, by: Actor) -> Resident:
    """Note that a member of staff compared the person with the original of his document, also after a FAILED.

    Nothing changes for somebody the register verified, or whose original was seen before.
    """
    at = clock.now()
    with transaction() as session:
        fresh = session.get_one(Resident, resident.id, populate_existing=True, with_for_update=True)
        if fresh.real_name_state in (RealNameState.UNVERIFIED, RealNameState.FAILED):
            fresh.real_name_state = RealNameState.STAFF_SEEN
            fresh.verify_due_at = None
            audit.record("identity_staff_seen", fresh, by=by, at=at)
    return fresh
