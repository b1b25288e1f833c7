"""The numbers a doctor's residents may have: what is left by hospital, what goes to the public soon, what was booked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from server import clock
from server.access.followups import team_ids
from server.access.resident import reserved
from server.database import db
from server.models import Agreement, Appointment, Hospital, Slot, Staff
from server.models.appointment import OPEN

SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Quota:
    """One hospital: numbers left, how many of them go to the public within a day, and when the first of those go."""

    hospital: Hospital
    left: int
    soon: int
    first_at: datetime | None


def quota(horizon_days: int) -> list[Quota]:
    """Return the hospitals that have numbers left, those first whose numbers go soonest."""
    left = Slot.fd_capacity - Slot.fd_taken
    is_soon = Slot.release_at <= clock.now() + SOON
    rows = db.session.execute(
        select(
            Hospital,
            func.sum(left),
            func.sum(case((is_soon, left), else_=0)),
            func.min(case((is_soon & (left > 0), Slot.release_at))),
        )
        .join(Slot, Slot.hospital_id == Hospital.id)
        .where(*reserved(horizon_days))
        .group_by(Hospital.id)
        .order_by(func.sum(case((is_soon, left), else_=0)).desc(), Hospital.name)
        .limit(50)
    )
    return [Quota(hospital, int(count), int(soon), first) for hospital, count, soon, first in rows if count]


def booked(staff: Staff) -> int:
    """Return how many coming numbers residents of the doctor's teams hold."""
    mine = Agreement.team_id.in_(team_ids(staff))
    coming = (
        select(func.count(Appointment.id))
        .join(Slot, Slot.id == Appointment.slot_id)
        .join(Agreement, Agreement.id == Appointment.agreement_id)
        .where(mine, Appointment.status.in_(OPEN), Slot.starts_at > clock.now())
    )
    return db.session.scalar(coming) or 0
