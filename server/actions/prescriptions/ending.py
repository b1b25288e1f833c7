"""Ending prescriptions whose supply is used up."""

from sqlalchemy import select

from server import clock
from server.database import retried, transaction
from server.models import Prescription, PrescriptionStatus, audit, states
from server.models.actor import CLOCK

P = PrescriptionStatus


@retried
def end_next() -> bool:
    """End one prescription whose supply is used up. Returns False when there is none."""
    at = clock.now()
    with transaction() as session:
        is_open = Prescription.status.in_((P.ACTIVE, P.WAITING))
        over = is_open & (Prescription.end_on < clock.local(at).date())
        oldest = select(Prescription.id).where(over).order_by(Prescription.end_on).limit(1)
        found = session.scalar(oldest.with_for_update())
        if found is None:
            return False
        row = session.get_one(Prescription, found, populate_existing=True)
        if row.status == P.WAITING:
            states.move(row, P.STOPPED, by=CLOCK, at=at, reason="not_signed", stop_reason="other", open_key=None)
        else:
            states.move(row, P.ENDED, by=CLOCK, at=at, open_key=None)
        audit.record("prescription_ended", row, by=CLOCK, at=at)
    return True
