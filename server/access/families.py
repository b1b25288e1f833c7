"""What a resident may see of his household and of who signs for whom; what staff may see with a code they were told."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, select

from server import clock
from server.access import people
from server.access.paging import Page, page
from server.database import db
from server.errors import NotFound
from server.models import (
    AdminLogin,
    Agreement,
    AuditEvent,
    Authority,
    AuthorityKind,
    AuthorityState,
    Household,
    HouseholdMember,
    MemberState,
    Resident,
    Team,
)
from server.models import authority as authorities
from server.models import household as households
from server.models.agreement import IN_FORCE, OPEN
from server.policy import capacity, relations

MOST = 50
OPEN_FOR = timedelta(days=1)


def household(me: Resident) -> Household | None:
    """Return the household I belong to."""
    return households.household_of(me.id)


def own_household(me: Resident) -> Household:
    """Return the household I belong to. Raises NotFound."""
    found = household(me)
    if found is None:
        raise NotFound("您还没有建立家庭")
    return found


def member(member_id: str, me: Resident) -> HouseholdMember:
    """Return a member of my household, or the row that names me in another one. Raises NotFound."""
    found = db.session.get(HouseholdMember, member_id)
    home = household(me)
    if found is None or not (_names(found, me) or (home is not None and found.household_id == home.id)):
        raise NotFound()
    return found


def _names(row: HouseholdMember | Authority, me: Resident) -> bool:
    return row.identity_hash == me.identity_hash and people.same_person(me, people.of_row(row))


def invitations(me: Resident) -> list[HouseholdMember]:
    """Return where others named me as a member and nobody said yes or no."""
    rows = db.session.scalars(
        select(HouseholdMember)
        .where(HouseholdMember.identity_hash == me.identity_hash, HouseholdMember.state == MemberState.WAITING)
        .order_by(HouseholdMember.id)
        .limit(MOST)
    )
    return [row for row in rows if _names(row, me)]


def authorities_of(me: Resident) -> tuple[list[Authority], list[Authority]]:
    """Return what lets me sign for others, and what lets others sign for me or asks to; newest first."""
    shown = Authority.state.in_((AuthorityState.WAITING, AuthorityState.CERTIFIED, AuthorityState.REFUSED))
    mine = select(Authority).where(Authority.agent_id == me.id, shown).order_by(Authority.id.desc()).limit(MOST)
    about = select(Authority).where(Authority.identity_hash == me.identity_hash, Authority.state.in_(authorities.OPEN))
    others = db.session.scalars(about.order_by(Authority.id.desc()).limit(MOST))
    return list(db.session.scalars(mine)), [row for row in others if _names(row, me)]


def authority(authority_id: str, me: Resident) -> Authority:
    """Return an authority of mine, on either side. Raises NotFound."""
    found = db.session.get(Authority, authority_id)
    if found is None or not (found.agent_id == me.id or _names(found, me)):
        raise NotFound()
    return found


@dataclass(frozen=True)
class Signable:
    """Somebody I may be able to sign for. ``ground``: self, guardian, proxy, household; None: not now."""

    resident: Resident
    ground: str | None
    relation: str
    is_signed: bool
    """He has an agreement in force or on its way."""


def among(people: Callable[[Resident], list[Signable]], resident_id: str | None, me: Resident) -> Resident:
    """Return whom of my people somebody means: myself where nobody is named. Raises NotFound."""
    if resident_id is None or resident_id == me.id:
        return me
    found = next((one.resident for one in people(me) if one.resident.id == resident_id), None)
    if found is None:
        raise NotFound("没有找到这位家人")
    return found


def signable(me: Resident, today: date, *, head_signs: bool) -> list[Signable]:
    """Return whom I could sign for: myself, my wards, who authorised me, and the adults of my household.

    Args:
        head_signs: whether a member may sign for the adults of the household here (policy signing.household_signer).
    """
    grounds: dict[str, str | None] = {me.id: "self"}
    words: dict[str, str] = {me.id: relations.label(relations.SELF)}
    home = household(me)
    for row in home.joined if home else []:
        if row.resident_id is not None and row.resident_id != me.id:
            grounds[row.resident_id] = None
            words[row.resident_id] = relations.label(row.relation)
    for held in authorities_of(me)[0]:
        if held.principal_id is not None and held.holds_on(today):
            is_proxy = held.kind == AuthorityKind.PROXY
            grounds[held.principal_id] = grounds.get(held.principal_id) or ("proxy" if is_proxy else "guardian")
            words.setdefault(held.principal_id, "委托人" if is_proxy else "被监护人")
    people_of = {row.id: row for row in db.session.scalars(select(Resident).where(Resident.id.in_(grounds)))}
    wards = authorities.guardianships_of(list(grounds), today)
    signed = _signed(list(grounds))
    found = []
    for resident_id, ground in grounds.items():
        person = people_of[resident_id]
        unable = capacity.is_minor(person.birth_on, today) or resident_id in wards
        if ground is None and head_signs and not unable:
            ground = "household"
        if ground == "self" and unable and not capacity.may_declare_own_living(person.birth_on, today):
            ground = None
        found.append(Signable(person, ground, words[resident_id], resident_id in signed))
    return found


def _signed(resident_ids: Collection[str]) -> set[str]:
    rows = db.session.scalars(
        select(Agreement.resident_id).where(
            Agreement.resident_id.in_(resident_ids), Agreement.status.in_((*OPEN, *IN_FORCE))
        )
    )
    return set(rows)


def signed_for_others(me: Resident, cursor: str | None) -> Page[Agreement]:
    """Return what I signed for others, newest first."""
    mine = select(Agreement).where(Agreement.signer_id == me.id)
    return page(mine, (Agreement.requested_at, Agreement.id), cursor, newest_first=True)


def ward_agreement(agreement_id: str, me: Resident) -> Agreement:
    """Return an agreement of somebody whose certified guardian I am today. Raises NotFound."""
    found = db.session.get(Agreement, agreement_id)
    held = authorities.held_by(me.id, found.resident_id, clock.today()) if found is not None else None
    if found is None or held is None or held.kind == AuthorityKind.PROXY:
        raise NotFound("没有找到这份协议")
    return found


def ward_agreements(me: Resident, cursor: str | None) -> Page[Agreement]:
    """Return what is in force or on its way for the people whose guardian I am today, newest first."""
    wards = [
        held.principal_id
        for held in authorities_of(me)[0]
        if held.principal_id and held.kind != AuthorityKind.PROXY and held.holds_on(clock.today())
    ]
    live = select(Agreement).where(Agreement.resident_id.in_(wards), Agreement.status.in_((*OPEN, *IN_FORCE)))
    return page(live, (Agreement.requested_at, Agreement.id), cursor, newest_first=True)


def joint_sizes(joint_ids: Collection[str]) -> dict[str, int]:
    """Return how many people each of these joint requests is about. Args: joint_ids: at most a page of them."""
    found: dict[str, int] = {}
    for joint_id in db.session.scalars(select(Agreement.joint_id).where(Agreement.joint_id.in_(joint_ids))):
        found[str(joint_id)] = found.get(str(joint_id), 0) + 1
    return found


# ---------------------------------------------------------------- staff


def opened_household(household_id: str, *, by: AdminLogin) -> Household:
    """Return a household this administrator opened by its code within a day. Raises NotFound."""
    found = db.session.get(Household, household_id)
    if found is None or not _was_opened(household_id, by):
        raise NotFound()
    return found


def opened_authority(authority_id: str, *, by: AdminLogin) -> Authority:
    """Return an authority this administrator opened within a day, or that waits in his list. Raises NotFound."""
    found = db.session.get(Authority, authority_id)
    if found is None or not (_was_opened(authority_id, by) or _waits_here(authority_id, by)):
        raise NotFound()
    return found


def opened_member(member_id: str, *, by: AdminLogin) -> HouseholdMember:
    """Return a member of a household this administrator opened within a day. Raises NotFound."""
    found = db.session.get(HouseholdMember, member_id)
    if found is None or not _was_opened(found.household_id, by):
        raise NotFound()
    return found


def _was_opened(object_id: str, by: AdminLogin) -> bool:
    seen = select(AuditEvent.id).where(
        AuditEvent.object_id == object_id,
        AuditEvent.at > clock.now() - OPEN_FOR,
        AuditEvent.actor_id == by.id,
        AuditEvent.action.in_(("household_opened", "authority_opened")),
    )
    return db.session.scalar(seen.limit(1)) is not None


def _waits_here(authority_id: str, by: AdminLogin) -> bool:
    return db.session.scalar(_waiting(by).where(Authority.id == authority_id)) is not None


def waiting_authorities(cursor: str | None, *, by: AdminLogin) -> Page[Authority]:
    """Return what waits for a look at its proof, of agents whom a team of this organisation serves; oldest first."""
    return page(_waiting(by), (Authority.created_at, Authority.id), cursor)


def _waiting(by: AdminLogin) -> Select[Authority]:
    teams = select(Team.id).where(Team.organisation_id == by.organisation_id)
    served = select(Agreement.id).where(
        Agreement.resident_id == Authority.agent_id,
        Agreement.team_id.in_(teams),
        Agreement.status.in_((*OPEN, *IN_FORCE)),
    )
    return select(Authority).where(Authority.state == AuthorityState.WAITING, served.exists())


def under_review(home: Household) -> list[HouseholdMember]:
    """Return the members of a household who wait for somebody's yes."""
    return [row for row in home.members if row.state == MemberState.WAITING]
