"""Trainings of staff (TM-18): rotation, in-service, online, by a guiding hospital."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Invalid
from server.models import Staff, Training, audit
from server.models.actor import Actor


class TrainingInFuture(Invalid):
    """It has not been held yet."""

    code, default_message = "training_in_future", "培训日期不能晚于今天"


@dataclass(frozen=True)
class Details:
    """What is recorded: ``hours`` whole hours of instruction, 1 to 999."""

    held_on: date
    kind: str
    topic: str
    hours: int
    organiser: str = ""


def record(staff: Staff, details: Details, *, by: Actor) -> Training:
    """Keep that somebody was trained; the same topic on the same day is kept once.

    Raises:
        TrainingInFuture.
    """
    if details.held_on > clock.today():
        raise TrainingInFuture()
    try:
        return _record(staff, details, by=by)
    except IntegrityError:  # the same form twice
        same = select(Training).where(
            Training.staff_id == staff.id, Training.held_on == details.held_on, Training.topic == details.topic
        )
        return db.session.scalars(same).one()


@retried
def _record(staff: Staff, details: Details, *, by: Actor) -> Training:
    at = clock.now()
    with transaction() as session:
        row = Training(staff_id=staff.id, **asdict(details), entered_at=at, entered_by=by.id)
        session.add(row)
        session.flush()
        audit.record("training_recorded", row, by=by, at=at)
    return row
