"""Family-doctor teams and their members, and the code with which a member joins his own WeChat."""

import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from server import clock, sealing
from server.access import composition
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid, NotFound
from server.models import (
    CapUnit,
    Credential,
    MemberRemoval,
    Membership,
    Organisation,
    RemovalReason,
    Role,
    Staff,
    Team,
    place,
)
from server.models.actor import Actor
from server.models.audit import record
from server.models.desk_login import end_sessions
from server.policy.parts.contract import Teams

BIND_CODE_DIGITS = 8
BIND_CODE_DAYS = 7
BIND_CODE_PURPOSE = "staff.bind_code"
BIND_CODE_TRIES = 5


class TeamNameTaken(Conflict):
    """A team of this organisation has the name."""

    code, default_message = "team_name_taken", "本机构已有同名团队，请换一个名称"


class CapBelowPanel(Conflict):
    """The team already has more residents than the new cap."""

    code, default_message = "cap_below_panel", "签约人数上限不能低于已签约人数，请改大上限"


class CapTooHigh(Invalid):
    """More residents than the region's rules allow one team."""

    code, default_message = "cap_too_high", "签约人数上限超过本地区规定，请改小"


class AlreadyMember(Conflict):
    """The person is in the team."""

    code, default_message = "already_member", "这位医务人员已在团队中"


class OtherOrganisation(Invalid):
    """Team and person belong to different organisations."""

    code, default_message = "other_organisation", "只能添加本机构的医务人员"


class NotADoctor(Invalid):
    """The leader accepts signings, which only a doctor may do."""

    code, default_message = "leader_not_doctor", "团队长须为家庭医生或乡村医生，请先调整成员"


class RemovalNoteNeeded(Invalid):
    """The exit mechanism wants to know what happened."""

    code, default_message = "removal_note_needed", "按退出机制移出成员，请写明情况（例如投诉编号、处理决定）"


class LeaderFull(Conflict):
    """With this team he would have more residents than one doctor may have."""

    code, default_message = "leader_full", "这位医生名下各团队的签约居民合计将超过上限，请指定其他团队长"


class OutsideNotApproved(Conflict):
    """Somebody from outside serves after both approvals."""

    code, default_message = "outside_not_approved", "外来人员须先登记卫生部门审批和与本机构的协议，才能加入团队"


class SpecialistNotAllowed(Invalid):
    """The region's teams have no specialists."""

    code, default_message = "specialist_not_allowed", "按本地区规定，专科医生不能作为团队成员"


class LeaderLicence(Invalid):
    """Some licences let a doctor lead a team of his own, others let him join one."""

    code, default_message = "leader_licence", "按本地区规定，团队长须具备规定类别的执业医师资格"


class LeaderStays(Conflict):
    """A team that takes residents needs its leader."""

    code, default_message = "leader_stays", "不能移除团队长，请先指定另一位团队长"


@dataclass(frozen=True)
class TeamDetails:
    """What an administrator decides about a team; lengths were checked at the edge."""

    name: str
    intro: str
    hours: str
    phone: str
    panel_cap: int
    is_open: bool
    modes: str = ""
    """Codes of ``ServiceMode`` with spaces between them."""


@retried
def create(
    organisation: Organisation,
    details: TeamDetails,
    *,
    most: int,
    unit: CapUnit = CapUnit.PERSONS,
    rules: Teams | None = None,
    by: Actor,
) -> Team:
    """Set up a team.

    Args:
        most, unit: how many a team may have and of what, policy keys signing.cap_hard and signing.cap_unit.
        rules: who must be in it, policy part teams; until everybody is there nobody can sign with it.
    Raises:
        TeamNameTaken, CapTooHigh.
    """
    _check_cap(details, most, unit)
    try:
        with transaction() as session:
            team = Team(organisation_id=organisation.id, panel_count=0, cap_unit=unit, **asdict(details))
            session.add(team)
            session.flush()
            _look_again(team.id, rules)
            record("team_created", team, by=by, at=clock.now())
    except IntegrityError as cause:
        raise TeamNameTaken() from cause
    return team


@retried
def edit(team: Team, details: TeamDetails, *, most: int, unit: CapUnit = CapUnit.PERSONS, by: Actor) -> Team:
    """Change a team's description, hours, cap, or whether it takes new residents.

    One conditional UPDATE, because the panel may grow while the form is open.

    Raises:
        TeamNameTaken, CapTooHigh, CapBelowPanel.
    """
    _check_cap(details, most, unit)
    taken = Team.household_count if unit == CapUnit.HOUSEHOLDS else Team.panel_count
    try:
        with transaction() as session:
            changed = session.execute(
                update(Team)
                .where(Team.id == team.id, taken <= details.panel_cap)
                .values(cap_unit=unit, **asdict(details))
                .execution_options(synchronize_session=False)
            )
            if changed.rowcount != 1:  # type: ignore[attr-defined]
                raise CapBelowPanel()
            session.refresh(team)
            record("team_edited", team, by=by, at=clock.now())
    except IntegrityError as cause:
        raise TeamNameTaken() from cause
    return team


def _check_cap(details: TeamDetails, most: int, unit: CapUnit) -> None:
    if details.panel_cap > most:
        word = "户" if unit == CapUnit.HOUSEHOLDS else "人"
        raise CapTooHigh(f"签约上限不能超过 {most} {word}（本地区规定），请改小", most=most)


@retried
def add_staff(organisation: Organisation, *, name: str, title: str, by: Actor) -> Staff:
    """Register a member of staff. Two people may share a name, so nothing is refused."""
    with transaction() as session:
        staff = Staff(organisation_id=organisation.id, name=name, title=title)
        session.add(staff)
        session.flush()
        record("staff_created", staff, by=by, at=clock.now())
    return staff


@retried
def add_member(
    team: Team, staff: Staff, role: Role, *, duty: str = "", rules: Teams | None = None, by: Actor
) -> Membership:
    """Let somebody work in a team.

    Args:
        duty: what he does for residents, for the contact card.
        rules: who must be in it, policy part teams; what the team lacks is looked at again.
    Raises:
        AlreadyMember, OtherOrganisation, OutsideNotApproved, SpecialistNotAllowed.
    """
    if team.organisation_id != staff.organisation_id:
        raise OtherOrganisation()
    if role == Role.SPECIALIST and rules is not None and not rules.specialists_may_join:
        raise SpecialistNotAllowed()
    try:
        with transaction() as session:
            held = session.scalar(select(Credential).where(Credential.staff_id == staff.id))
            if held is not None and not held.may_serve:
                raise OutsideNotApproved()
            session.execute(select(Team.id).where(Team.id == team.id).with_for_update())
            membership = Membership(team_id=team.id, staff_id=staff.id, role=role, duty=duty)
            session.add(membership)
            session.flush()
            _look_again(team.id, rules)
            record("member_added", membership, by=by, at=clock.now())
    except IntegrityError as cause:
        raise AlreadyMember() from cause
    return membership


def _look_again(team_id: str, rules: Teams | None) -> None:
    """Keep what a team lacks; the caller has locked its row, so two changes at once see each other."""
    if rules is not None:
        db.session.get_one(Team, team_id).lacks = composition.missing(team_id, rules)
        db.session.flush()


@retried
def check_composition(team: Team, *, rules: Teams, by: Actor) -> None:
    """Look again at what a team lacks, after the region's rules changed."""
    with transaction() as session:
        session.execute(select(Team.id).where(Team.id == team.id).with_for_update())
        _look_again(team.id, rules)
        record("team_checked", team, by=by, at=clock.now())
    db.session.refresh(team)


@retried
def set_leader(membership: Membership, *, most: int | None = None, licences: Collection[str] = (), by: Actor) -> None:
    """Make a member the team's leader, in place of the one before; from now on its residents count for him.

    Args:
        most: persons one doctor may have over all his teams, policy key signing.cap_hard; None where it counts none.
        licences: with which somebody may lead, policy key signing.independent_team_licences; empty: with any. One that
            nobody recorded is taken on trust.
    Raises:
        NotADoctor, LeaderLicence, LeaderFull, NotFound when he just left.
    """
    if membership.role not in (Role.FAMILY_DOCTOR, Role.VILLAGE_DOCTOR):
        raise NotADoctor()
    with transaction() as session:
        held = session.scalar(select(Credential.licence).where(Credential.staff_id == membership.staff_id))
        if licences and held is not None and held not in licences:
            raise LeaderLicence()
        members = session.scalars(
            select(Membership).where(Membership.team_id == membership.team_id).order_by(Membership.id).with_for_update()
        )
        found = {member.id: member for member in members.unique()}
        if membership.id not in found:
            raise NotFound()
        before = next((member.staff_id for member in found.values() if member.is_lead), None)
        if not place.change_lead(membership.team_id, before, membership.staff_id, most=most):
            raise LeaderFull()
        for member in found.values():
            member.lead_key = None
        # the UNIQUE key must be free before it is taken again
        session.flush()
        found[membership.id].lead_key = membership.team_id
        record("leader_set", membership, by=by, at=clock.now())


@retried
def remove_member(
    membership: Membership, *, reason: RemovalReason, note: str = "", rules: Teams | None = None, by: Actor
) -> MemberRemoval:
    """Take somebody out of a team, with the reason on record; his doctor pages close with it.

    Where the reason is the exit mechanism's, a note says what happened.

    Raises:
        LeaderStays, NotFound, RemovalNoteNeeded.
    Source:
        domain.md TM-19.
    """
    if reason in (RemovalReason.COMPLAINTS, RemovalReason.VIOLATION) and not note.strip():
        raise RemovalNoteNeeded()
    at = clock.now()
    with transaction() as session:
        found = session.get(Membership, membership.id, with_for_update=True, populate_existing=True)
        if found is None:
            raise NotFound()
        if found.is_lead:
            raise LeaderStays()
        record("member_removed", found, by=by, at=at)
        removal = MemberRemoval(
            team_id=found.team_id,
            staff_id=found.staff_id,
            role=found.role,
            reason=reason,
            note=note.strip(),
            removed_at=at,
            removed_by=by.id,
        )
        session.add(removal)
        session.execute(select(Team.id).where(Team.id == found.team_id).with_for_update())
        session.delete(found)
        end_sessions(found.staff_id, at=at)
        session.flush()
        _look_again(found.team_id, rules)
    return removal


@retried
def lock_staff(staff: Staff, *, by: Actor) -> Staff:
    """Keep somebody from working here, on his phone and at a desk, from this moment on. Twice is once."""
    at = clock.now()
    with transaction() as session:
        row = session.get_one(Staff, staff.id, with_for_update=True, populate_existing=True)
        if row.locked_at is None:
            row.locked_at = at
            end_sessions(row.id, at=at)
            record("staff_locked", row, by=by, at=at)
    return row


@retried
def unlock_staff(staff: Staff, *, by: Actor) -> Staff:
    """Let somebody work here again. Twice is once."""
    with transaction() as session:
        row = session.get_one(Staff, staff.id, with_for_update=True, populate_existing=True)
        if row.locked_at is not None:
            row.locked_at = None
            record("staff_unlocked", row, by=by, at=clock.now())
    return row


def issue_bind_code(staff: Staff, *, by: Actor) -> str:
    """Return a new one-time code with which a member of staff joins his WeChat; the one before stops working.

    Returns:
        8 digits, valid 7 days. Only the keyed hash is stored, so it can be shown only now.
    """
    for _ in range(BIND_CODE_TRIES):
        code = "".join(secrets.choice("0123456789") for _ in range(BIND_CODE_DIGITS))
        try:
            _store_bind_code(staff, code, by)
        except IntegrityError:
            continue  # somebody else's open code: one in a million, draw again
        return code
    raise Conflict()


@retried
def _store_bind_code(staff: Staff, code: str, by: Actor) -> None:
    at = clock.now()
    with transaction():
        db.session.execute(
            update(Staff)
            .where(Staff.id == staff.id)
            .values(
                bind_code_hash=sealing.current().index(code, BIND_CODE_PURPOSE),
                bind_code_expires_at=at + timedelta(days=BIND_CODE_DAYS),
            )
            .execution_options(synchronize_session=False)
        )
        record("bind_code_issued", staff, by=by, at=at)
    db.session.refresh(staff)
