"""Licences of staff, the two approvals of people from outside, and who stands behind a team."""

from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access import composition
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid
from server.models import Credential, Licence, Membership, Origin, Staff, Team, TeamSupport, audit
from server.models.actor import Actor
from server.policy.parts.contract import Combination, Teams


class ApprovalSecondPerson(Conflict):
    """The two approvals are noted by two people."""

    code, default_message = "approval_second_person", "两项审批须由两位管理员分别登记"


class ApprovalNotNeeded(Conflict):
    """Own staff needs no approval."""

    code, default_message = "approval_not_needed", "本机构人员不需要审批"


class HospitalLevelNeeded(Invalid):
    """A doctor from a hospital, or nobody from one."""

    code, default_message = "hospital_level_needed", "请填写所在单位；来自医院的请选择医院等级"


class CombinationFull(Conflict):
    """The region's combination has no place for another institution of this level."""

    code, default_message = "combination_full", "按本地区规定，该级别的协作机构已满"


@dataclass(frozen=True)
class CredentialDetails:
    """What is recorded of a licence."""

    licence: Licence
    licence_number: str = ""
    scope: str = ""
    is_gp: bool = False
    gives_tcm: bool = False
    valid_to: date | None = None
    origin: Origin = Origin.OWN
    employer: str = ""
    hospital_level: int | None = None


def keep(staff: Staff, details: CredentialDetails, *, rules: Teams, by: Actor) -> Credential:
    """Record a licence; what his teams lack is looked at again. Another origin or employer needs new approvals.

    Raises:
        HospitalLevelNeeded.
    """
    from_hospital = details.origin == Origin.HOSPITAL
    named = bool(details.employer) or details.origin in (Origin.OWN, Origin.RETIRED)
    if not named or from_hospital != (details.hospital_level is not None):
        raise HospitalLevelNeeded()
    try:
        return _keep(staff, details, rules=rules, by=by)
    except IntegrityError:  # two forms at once: the other one made the row
        return _keep(staff, details, rules=rules, by=by)


@retried
def _keep(staff: Staff, details: CredentialDetails, *, rules: Teams, by: Actor) -> Credential:
    with transaction() as session:
        row = session.scalar(select(Credential).where(Credential.staff_id == staff.id).with_for_update())
        if row is None:
            row = Credential(staff_id=staff.id, **asdict(details))
            session.add(row)
        else:
            if (row.origin, row.employer) != (details.origin, details.employer):
                row.authority_at = row.authority_by = row.contract_at = row.contract_by = None
            for name, value in asdict(details).items():
                setattr(row, name, value)
        session.flush()
        _look_again(staff.id, rules)
        audit.record("credential_kept", row, by=by, at=clock.now())
    return row


def _look_again(staff_id: str, rules: Teams) -> None:
    teams = select(Membership.team_id).where(Membership.staff_id == staff_id).order_by(Membership.team_id)
    for team_id in db.session.scalars(teams).all():
        team = db.session.get_one(Team, team_id, with_for_update=True, populate_existing=True)
        team.lacks = composition.missing(team_id, rules)
    db.session.flush()


@retried
def approve(credential: Credential, which: str, document: str, *, by: Actor) -> Credential:
    """Note one of the two approvals of somebody from outside: ``authority`` or ``contract`` (SG-06).

    Args:
        document: number of the authority's approval, or of the agreement with the institution.
    Raises:
        ApprovalNotNeeded, ApprovalSecondPerson.
    """
    at = clock.now()
    with transaction() as session:
        row = session.get_one(Credential, credential.id, with_for_update=True, populate_existing=True)
        if row.origin == Origin.OWN:
            raise ApprovalNotNeeded()
        other = row.contract_by if which == "authority" else row.authority_by
        if other == by.id:
            raise ApprovalSecondPerson()
        if which == "authority":
            row.authority_document, row.authority_at, row.authority_by = document, at, by.id
        else:
            row.contract_document, row.contract_at, row.contract_by = document, at, by.id
        session.flush()
        audit.record(
            "outside_approved_authority" if which == "authority" else "outside_approved_contract", row, by=by, at=at
        )
    return row


@dataclass(frozen=True)
class SupportDetails:
    """Who stands behind a team."""

    institution: str
    level: int
    office: str = ""
    specialist: str = ""
    phone: str = ""


@retried
def add_support(team: Team, details: SupportDetails, *, rules: Combination, by: Actor) -> TeamSupport:
    """Name an institution behind a team (SG-22, SG-24, TM-16).

    Raises:
        CombinationFull.
    Source:
        policy keys combination.level2_max, combination.level3_max, combination.others.
    """
    most = {2: rules.level2_max, 3: rules.level3_max}.get(details.level, 99 if rules.others else 0)
    with transaction() as session:
        # one form at a time: the team's row is the lock
        session.execute(select(Team.id).where(Team.id == team.id).with_for_update())
        held = select(TeamSupport.id).where(TeamSupport.team_id == team.id, TeamSupport.level == details.level)
        if len(session.scalars(held).all()) >= most:
            raise CombinationFull()
        row = TeamSupport(team_id=team.id, **asdict(details))
        session.add(row)
        session.flush()
        audit.record("support_added", row, by=by, at=clock.now())
    return row


@retried
def remove_support(support: TeamSupport, *, by: Actor) -> None:
    """Take an institution from a team; twice is once."""
    with transaction() as session:
        found = session.get(TeamSupport, support.id, with_for_update=True, populate_existing=True)
        if found is not None:
            audit.record("support_removed", found, by=by, at=clock.now())
            session.delete(found)
