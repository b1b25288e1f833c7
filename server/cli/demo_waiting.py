"""Made-up waits: a number that is offered to the member right now, and a full clinic with somebody in line."""

from datetime import date, time, timedelta

from sqlalchemy import select

from server import clock
from server.actions import booking
from server.actions.booking import supply, waiting
from server.database import db
from server.models import Agreement, Channel, Hospital, Resident, Slot, Team
from server.models.actor import CLOCK
from server.policy.schema import Policy

EYES, EARS = "眼科", "耳鼻喉科"
FULL = ("范丽", "沈毅")
"""Whose clinics have a line."""


def seed(name: str, team: Team, number: str | None, policy: Policy) -> None:
    """Bring the lines of two departments of a hospital into being, once.

    Args:
        number: of whom a place is offered to.
    """
    if not policy.booking.share_pct:
        return  # no numbers are kept for residents here, so there is nothing to wait for
    hospital = db.session.scalars(select(Hospital).where(Hospital.name == name)).one()
    known = Resident.identity_hash == Resident.hash_of("01", number or "")
    member = db.session.scalars(select(Resident).where(known)).one()
    first, second = [row for row in _panel(team) if row.id != member.id][:2]
    eyes, ears = _clinic(hospital, EYES, FULL[0], 5, policy), _clinic(hospital, EARS, FULL[1], 6, policy)
    # by the team: one of the demo's people has just been paused from booking himself
    by_team = booking.Origin(channel=Channel.DOCTOR)
    given_back, _ = booking.reserve(eyes.id, first, policy=policy, by=CLOCK, origin=by_team)
    booking.reserve(ears.id, second, policy=policy, by=CLOCK, origin=by_team)
    _waits(member, eyes, policy)
    _waits(second, eyes, policy)
    _waits(first, ears, policy)
    booking.cancel(given_back, policy=policy, by=CLOCK)
    while waiting.offer_next(policy=policy):
        pass


def _clinic(hospital: Hospital, department: str, name: str, ahead: int, policy: Policy) -> Slot:
    """A clinic with one number for family doctors."""
    who = supply.create_specialist(hospital, department=department, name=name, title="副主任医师", by=CLOCK)
    day: date = clock.today() + timedelta(days=ahead)
    plan = supply.plan_shift(day, time(12), time(13, 30), 2, rules=policy.booking)  # over noon, when no other sits
    shift = supply.create_shift(who, plan, by=CLOCK)
    return db.session.scalars(select(Slot).where(Slot.shift_id == shift.id)).one()


def _waits(resident: Resident, slot: Slot, policy: Policy) -> None:
    today = clock.today()
    wish = waiting.Wish(slot.department_id, today, today + timedelta(days=14))
    waiting.join(resident, wish, policy=policy, by=CLOCK, channel=Channel.DOCTOR)


def _panel(team: Team) -> list[Resident]:
    rows = select(Agreement).where(Agreement.team_id == team.id, Agreement.active_key.is_not(None))
    return [row.resident for row in db.session.scalars(rows.order_by(Agreement.id).limit(20))]
