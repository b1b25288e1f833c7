"""Demo data of long prescriptions: the member has one of four weeks which, where the region has it, is brought home."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.actions import prescriptions
from server.actions.prescriptions import Draft
from server.database import db
from server.models import Resident, Team
from server.models.actor import Actor, ActorKind
from server.policy.prescribing import Row
from server.policy.schema import Policy


def seed(number: str | None, team: Team, policy: Policy) -> None:
    """Issue one by the team's leader, once."""
    known = Resident.identity_hash == Resident.hash_of("01", number or "")
    member = db.session.scalars(select(Resident).where(known)).one()
    assert team.lead is not None
    by = Actor(ActorKind.STAFF, team.lead.id)
    rows = (Row("amlodipine_5", 1, "1片"), Row("metformin_500", 2, "1片"))
    days = max(policy.prescriptions.long_min_days, 28)
    draft = Draft("demo", rows, days, clock.today(), "血压、血糖平稳，无不良反应，肝肾功能正常")
    row, _ = prescriptions.issue(member, draft, policy=policy, by=by)
    if policy.prescriptions.home_delivery:
        prescriptions.plan(row, clock.today() + timedelta(days=1), "何护士", "", policy=policy, by=by)
