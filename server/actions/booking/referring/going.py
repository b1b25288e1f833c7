"""What happens at the hospital: he arrives, is seen or admitted; and ending a referral that comes to nothing."""

from typing import Any

from server import clock
from server.actions.booking.referring.answering import give_back, states_ok
from server.actions.booking.referring.refusals import TerminationReasonNeeded
from server.database import retried, transaction
from server.models import AppointmentStatus, Referral, ReferralStatus, audit, prescription, states
from server.models.actor import Actor
from server.models.referral import withdraw

A, S = AppointmentStatus, ReferralStatus


def arrive(referral: Referral, *, by: Actor) -> Referral:
    """He came; his number is checked in. Twice is once. Raises states.IllegalMove, states.StaleState."""
    return _step(referral, S.ARRIVED, by=by)


def see(referral: Referral, *, by: Actor) -> Referral:
    """The clinic is over, he goes home. Twice is once. Raises states.IllegalMove, states.StaleState."""
    return _step(referral, S.SEEN, by=by)


def admit(referral: Referral, *, by: Actor) -> Referral:
    """He stays in hospital. Twice is once. Raises states.IllegalMove, states.StaleState."""
    return _step(referral, S.ADMITTED, by=by)


@retried
def _step(referral: Referral, to: ReferralStatus, *, by: Actor) -> Referral:
    at = clock.now()
    columns: dict[str, Any] = {"due_at": None, "open_key": None}
    if to == S.ADMITTED:
        columns["admitted_at"] = at
    with transaction():
        if referral.status == to:
            return referral
        chosen = referral.appointment
        states.move(referral, to, by=by, at=at, **columns)
        if to == S.ARRIVED and chosen is not None and chosen.status == A.BOOKED:
            states.move(chosen, A.CHECKED_IN, by=by, at=at)
        if to == S.ADMITTED:
            prescription.stop_all(referral.resident_id, "admitted", by=by, at=at)
        audit.record(f"referral_{to}", referral, by=by, at=at)
    return referral


@retried
def terminate(referral: Referral, reason: str, *, by: Actor) -> Referral:
    """End it with a reason; a number he has goes back. Twice is once.

    Raises:
        TerminationReasonNeeded, states.IllegalMove, states.StaleState.
    """
    if not reason.strip():
        raise TerminationReasonNeeded()
    at = clock.now()
    with transaction() as session:
        if referral.status == S.TERMINATED:
            return referral
        states_ok(referral, S.TERMINATED)
        give_back(session, referral, by=by, at=at)
        withdraw(referral, reason.strip(), by=by, at=at)
    return referral
