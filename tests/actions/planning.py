"""What the planner's tests share: running it, and what it left."""

from datetime import date
from typing import Any

from sqlalchemy import select

from server import clock as clocks
from server import policy
from server.actions import planner
from server.database import db
from server.models import FollowUp, Membership, Notification, Programme, Staff, Team
from server.policy.schema import Policy
from tests import make
from tests.conftest import Clock

MIANYANG, NATIONAL = policy.load("mianyang"), policy.load(policy.BASE)


def plan(rules: Policy = MIANYANG) -> int:
    """One run of the planner."""
    return planner.plan_reminders(rules, lambda: True)


def run_on(clock: Clock, *days: str, rules: Policy = MIANYANG) -> None:
    """Run it on each of these days at 09:00, twice: the second time nothing is left to do."""
    for day in days:
        clock.set(day if " " in day else f"{day} 09:00")
        plan(rules)
        assert plan(rules) == 0


def notes(*kinds: str) -> list[Notification]:
    """What was left, of some kinds or of all, in the order of their keys' days."""
    db.session.rollback()
    found = db.session.scalars(select(Notification).order_by(Notification.created_at, Notification.dedupe_key))
    return [note for note in found if not kinds or note.kind in kinds]


def told(*kinds: str) -> list[str]:
    """On which days something was left."""
    return [f"{clocks.local(note.created_at):%m-%d}" for note in notes(*kinds)]


def colleague(of: Team, role: str, **fields: Any) -> Staff:
    """One more member of a team, who uses WeChat."""
    somebody = make.staff(organisation_id=of.organisation_id)
    make.saved(Membership(team_id=of.id, staff_id=somebody.id, role=role, **fields))
    make.user(staff=somebody)
    return somebody


def team() -> Team:
    """A team whose leader and nurse use WeChat."""
    lead = make.staff()
    made = make.team(lead=lead)
    make.user(staff=lead)
    colleague(made, "nurse")
    return made


def window(programme: Programme, key: str, first: date, due: date, last: date, **fields: Any) -> FollowUp:
    """A window of a rule table, planned."""
    return make.followup(
        programme=programme, kind_key=key, window_start_on=first, due_on=due, window_end_on=last, **fields
    )
