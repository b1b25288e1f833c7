"""Places: how many people or households a responsible doctor or a team may have (domain.md TM-07, TM-08, C-04)."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from sqlalchemy import select

from server.actions.signing.refusals import CapExceeded
from server.database import db
from server.models import Agreement, CapUnit, Team, place
from server.models.agreement import HOLDS_PLACE
from server.policy.schema import Policy


class Pressure(StrEnum):
    """How full a team is."""

    ROOM = "room"
    NEAR = "near"  # at the soft cap: the team and the institution are warned
    FULL = "full"


def take(team_id: str, resident_id: str, policy: Policy) -> None:
    """Give somebody his place in a team, in the caller's transaction; who has one keeps it.

    Raises:
        CapExceeded: the responsible doctor's persons over all his teams, or the team's households, are at the hard cap,
            or the team is at the ceiling its institution set.
    Source:
        policy keys signing.cap_unit, signing.cap_hard (domain.md TM-07, TM-08, §6.5).
    """
    rules = policy.signing
    if not place.take(team_id, resident_id, unit=CapUnit(rules.cap_unit), hard=rules.cap_hard):
        raise CapExceeded()


def take_all(people: Mapping[str, Collection[str]], policy: Policy) -> None:
    """Give several people (team → residents) their places, all or none, in the caller's transaction. Raises CapExceeded."""
    rules = policy.signing
    if not place.take_all(people, unit=CapUnit(rules.cap_unit), hard=rules.cap_hard):
        raise CapExceeded()


def give_back(team_id: str, resident_id: str) -> None:
    """Take somebody's place in a team from him once none of his agreements holds it, in the caller's transaction."""
    held = select(Agreement.id).where(
        Agreement.resident_id == resident_id, Agreement.team_id == team_id, Agreement.status.in_(HOLDS_PLACE)
    )
    if db.session.scalar(held.limit(1)) is None:
        place.give_back(team_id, resident_id)


def pressure(team: Team, policy: Policy) -> Pressure:
    """Return how full a team is, in what the region's cap counts. Source: policy keys signing.cap_soft, cap_hard."""
    rules = policy.signing
    if CapUnit(rules.cap_unit) == CapUnit.HOUSEHOLDS:
        count, own = team.household_count, team.household_count
    else:
        count, own = (team.lead.panel_count if team.lead else team.panel_count), team.panel_count
    if count >= rules.cap_hard or own >= team.panel_cap:
        return Pressure.FULL
    return Pressure.NEAR if count >= rules.cap_soft else Pressure.ROOM
