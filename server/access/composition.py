"""Who is in a team, as the rules about its composition look at it."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from server.access.admin import CHOICES
from server.database import db
from server.models import AdminLogin, Credential, Membership, Staff, Team, TeamSupport
from server.policy import composition
from server.policy.composition import Member
from server.policy.parts.contract import Teams


def members(team_ids: Collection[str]) -> dict[str, list[Member]]:
    """Return the members of some teams with what is known of their licences, in one query."""
    found: dict[str, list[Member]] = {team_id: [] for team_id in team_ids}
    rows = (
        select(Membership.team_id, Membership.role, Credential)
        .outerjoin(Credential, Credential.staff_id == Membership.staff_id)
        .where(Membership.team_id.in_(list(team_ids)))
        .order_by(Membership.id)
    )
    for team_id, role, held in db.session.execute(rows):
        known = (held.licence, held.gives_tcm, held.hospital_level) if held else (None, False, None)
        found[team_id].append(Member(role, *known))
    return found


def missing(team_id: str, rules: Teams) -> str:
    """Return what a team lacks, as ``Team.lacks`` keeps it."""
    return " ".join(composition.missing(members([team_id])[team_id], rules))


def credentials(staff_ids: Collection[str]) -> dict[str, Credential]:
    """Return the recorded licences of some staff, by staff id."""
    rows = select(Credential).where(Credential.staff_id.in_(list(staff_ids)))
    return {row.staff_id: row for row in db.session.scalars(rows)}


@dataclass(frozen=True)
class Shares:
    """How many of the organisation's open teams have a hospital's doctor (TM-06), and who is nowhere yet (TM-04)."""

    teams: int
    with_hospital_doctor: int
    tcm_unplaced: list[Staff]
    """Doctors of traditional medicine who are in no team."""


def shares(*, by: AdminLogin) -> Shares:
    """Return the numbers for the teams page."""
    ours = select(Team.id).where(Team.organisation_id == by.organisation_id, Team.is_open).limit(CHOICES)
    found = members(list(db.session.scalars(ours)))
    unplaced = (
        select(Staff)
        .join(Credential, Credential.staff_id == Staff.id)
        .outerjoin(Membership, Membership.staff_id == Staff.id)
        .where(Staff.organisation_id == by.organisation_id, Credential.licence == "tcm", Membership.id.is_(None))
    )
    return Shares(
        len(found),
        sum(composition.has_hospital_doctor(team) for team in found.values()),
        list(db.session.scalars(unplaced.order_by(Staff.name).limit(CHOICES))),
    )


def supports(team_id: str) -> list[TeamSupport]:
    """Return who stands behind a team, the highest level first."""
    mine = select(TeamSupport).where(TeamSupport.team_id == team_id)
    return list(db.session.scalars(mine.order_by(TeamSupport.level.desc(), TeamSupport.id).limit(CHOICES)))


def support(support_id: str, team: Team) -> TeamSupport | None:
    """Return one line of a team."""
    mine = select(TeamSupport).where(TeamSupport.id == support_id, TeamSupport.team_id == team.id)
    return db.session.scalar(mine)
