"""Demo data of programmes: a second disease to be seen in the same encounter, restricted and windowed programmes."""

from datetime import timedelta

from sqlalchemy import select

from server import clock
from server.actions import followups
from server.database import db, transaction
from server.models import Agreement, Programme, Resident, TagSource, Team, population
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy.parts.kinds import Group
from server.policy.schema import Policy

BOTH, LUNGS = "李建国", "郑海波"
"""Who also has diabetes; who has a lung disease and, known to the leader only, a restricted programme."""
IMPORTER, CERTIFIER = (Actor(ActorKind.SYSTEM, f"demo-{part}") for part in ("importer", "certifier"))


def seed(team: Team, policy: Policy) -> None:
    """Enrol the first team's residents: by their groups, as the night's jobs would, and by their doctor."""
    people = {row.resident.name: row.resident for row in _served(team)}
    today = clock.today()
    _enrol(people.get(BOTH), Programme.DM, 9, policy)
    _enrol(people.get(LUNGS), Programme.COPD, 20, policy)
    if LUNGS in people:
        with transaction():
            population.add(
                people[LUNGS].id, Group.SMI, TagSource.LIST, today,
                evidence="专科医院通知（演示）", certified_by=CERTIFIER.id, by=IMPORTER, at=clock.now(),
            )  # fmt: skip
    place: str | None = ""
    while place is not None:
        place = followups.enrol_tagged_next(policy, place)


def _served(team: Team) -> list[Agreement]:
    return list(db.session.scalars(select(Agreement).where(Agreement.team_id == team.id, Agreement.active_key != "")))


def _enrol(who: Resident | None, programme: Programme, days: int, policy: Policy) -> None:
    if who is not None:
        followups.enrol(who, programme, clock.today() + timedelta(days=days), by=CLOCK, policy=policy)
