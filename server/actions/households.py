"""Households (家庭): made by one member, who names the others; each of them, or staff who saw the proof, says yes.

What is answered never depends on whether a number is known here: a named person waits in every case, and only he himself
or staff with the household register in hand lets him join.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access import people
from server.access.people import Typed
from server.database import db, retried, transaction
from server.errors import Conflict, Invalid, NotAllowed, NotFound, TooMany
from server.models import (
    AdminLogin,
    AuditEvent,
    Authority,
    AuthorityKind,
    AuthorityState,
    Household,
    HouseholdMember,
    MemberState,
    Proof,
    Resident,
    audit,
    place,
)
from server.models import authority as authorities
from server.models import household as households
from server.models.actor import Actor
from server.policy import capacity, pictures, relations
from server.policy.identity import DocumentType
from server.policy.schema import Policy

MEMBERS_MOST = 20
CODE_TRIES = 5
WRONG_CODES = 20


class AlreadyInHousehold(Conflict):
    """He belongs to a household."""

    code, default_message = "already_in_household", "已经是一个家庭的成员，请先退出原来的家庭"


class RelationUnknown(Invalid):
    """Not a code of GB/T 4761, or the head's own."""

    code, default_message = "relation_unknown", "请选择与户主的关系"


class ProofNeeded(Invalid):
    """Members come from the household register here, so its page is needed."""

    code, default_message = "proof_needed", "本地区家庭成员以户口簿为准，请拍下这位家人的户口簿页"


class TooManyMembers(Conflict):
    """More people than a household has."""

    code, default_message = "too_many_members", "家庭成员已达20人，请联系签约机构办理"


class HeadOnly(NotAllowed):
    """Only the head may do this."""

    code, default_message = "head_only", "只有户主可以办理，请联系户主"


class TooManyCodes(TooMany):
    """Somebody guesses codes of families."""

    code, default_message = "too_many_codes", "输错次数太多，请一小时后再试"


class HeadMustBeAdult(Invalid):
    """A child heads no household."""

    code, default_message = "head_must_be_adult", "户主须年满18周岁，请选择其他成员"


@dataclass(frozen=True)
class Named:
    """One more member as an existing one names him."""

    person: Typed
    relation: str
    proof_kind: Proof = Proof.DECLARED
    proof: str | None = None


def found(me: Resident, *, address: str, register_number: str | None, by: Actor) -> tuple[Household, bool]:
    """Make a household with oneself as its head.

    Returns:
        The household, and whether it is new: repeating it returns the first one.
    Raises:
        AlreadyInHousehold: as somebody else's member. HeadMustBeAdult.
    """
    if capacity.is_minor(me.birth_on, clock.today()):
        raise HeadMustBeAdult()
    for _ in range(CODE_TRIES):
        try:
            return _found(me, address, register_number, by)
        except IntegrityError:  # two taps at once, or a code that is taken
            continue
    raise Conflict()


@retried
def _found(me: Resident, address: str, register_number: str | None, by: Actor) -> tuple[Household, bool]:
    at = clock.now()
    with transaction() as session:
        known = households.household_of(me.id)
        if known is not None:
            if known.head is None or known.head.resident_id != me.id:
                raise AlreadyInHousehold()
            return known, False
        home = Household(code=households.new_code(), address=address, register_number=register_number, created_at=at)
        session.add(home)
        session.flush()
        session.add(
            HouseholdMember(
                household_id=home.id,
                resident_id=me.id,
                state=MemberState.JOINED,
                current_key=me.id,
                head_key=home.id,
                relation=relations.HEAD,
                **people.of_row(me).columns(),
                proof_kind=Proof.DECLARED,
                added_by=me.id,
                added_at=at,
                joined_on=clock.local(at).date(),
                confirmed_by=by.id,
            )
        )
        session.flush()
        place.rehouse(me.id)
        session.refresh(home)
        audit.record("household_made", home, by=by, at=at)
    return home, True


@retried
def edit(home: Household, me: Resident, *, address: str, register_number: str | None, by: Actor) -> Household:
    """Change address and register number. Raises HeadOnly."""
    with transaction():
        _check_head(home, me)
        home.address, home.register_number = address, register_number
        audit.record("household_edited", home, by=by, at=clock.now())
    return home


@retried
def name(home: Household, me: Resident, named: Named, *, policy: Policy, by: Actor) -> HouseholdMember:
    """Name one more member; he waits until he himself or staff who saw the proof says yes. Naming twice is naming once.

    Raises:
        RelationUnknown, ProofNeeded, PhotoInvalid, TooManyMembers, HeadOnly.
    Source:
        policy key signing.members_from; domain.md §3.5 (GB/T 4761), §6.3 (relation proof).
    """
    if named.relation not in relations.LABELS or named.relation in (relations.SELF, relations.HEAD):
        raise RelationUnknown()
    is_nameless = named.person.document_type == DocumentType.INTERNAL
    if is_nameless and not named.proof:
        raise ProofNeeded("孩子还没有身份证号，请拍下出生医学证明")
    if policy.signing.members_from == "hukou_book" and not named.proof:
        raise ProofNeeded()
    if named.proof:
        pictures.check_photo(named.proof)
    at = clock.now()
    with transaction() as session:
        session.get(Household, home.id, with_for_update=True, populate_existing=True)
        _check_head(home, me)
        standing = (MemberState.WAITING, MemberState.JOINED)
        of_home = (HouseholdMember.household_id == home.id) & HouseholdMember.state.in_(standing)
        again = _named_before(session.scalars(select(HouseholdMember).where(of_home)).all(), named.person)
        if again is not None:
            return again
        if (session.scalar(select(func.count(HouseholdMember.id)).where(of_home)) or 0) >= MEMBERS_MOST:
            raise TooManyMembers()
        member = HouseholdMember(
            household_id=home.id,
            state=MemberState.WAITING,
            relation=named.relation,
            **named.person.columns(),
            proof_kind=named.proof_kind if named.proof else Proof.DECLARED,
            proof=named.proof,
            added_by=me.id,
            added_at=at,
        )
        session.add(member)
        session.flush()
        session.refresh(home)
        audit.record("household_member_named", member, by=by, at=at)
    return member


def _named_before(rows: Sequence[HouseholdMember], person: Typed) -> HouseholdMember | None:
    """The row that names this person already: by document, or a child without one by name and birthday."""
    for row in rows:
        if row.identity_hash == person.identity_hash:
            return row
        nameless = row.document_type == person.document_type == DocumentType.INTERNAL
        if nameless and (row.name, row.birth_on, row.sex) == (person.name, person.birth_on, person.sex):
            return row
    return None


@retried
def answer(member: HouseholdMember, me: Resident, *, is_yes: bool, by: Actor) -> HouseholdMember:
    """Say oneself whether one belongs to the household that named one; answering twice is answering once.

    Raises:
        NotFound: it names somebody else. AlreadyInHousehold.
    """
    at = clock.now()
    with transaction() as session:
        session.refresh(member, with_for_update=True)
        if not people.same_person(me, people.of_row(member)):
            raise NotFound()
        if member.state != MemberState.WAITING:
            if (member.state == MemberState.JOINED) == is_yes:
                return member
            raise NotFound()
        if is_yes:
            _join(member, me, by=by)
        else:
            member.state, member.confirmed_by = MemberState.REFUSED, by.id
        audit.record("household_member_joined" if is_yes else "household_member_refused", member, by=by, at=at)
    return member


def _join(member: HouseholdMember, resident: Resident, *, by: Actor) -> None:
    if households.household_of(resident.id) is not None:
        raise AlreadyInHousehold()
    households.join(member, resident, by=by.id, on=clock.today())
    place.rehouse(resident.id)


@retried
def vouch(home: Household, member_ids: list[str], *, by: Actor) -> list[HouseholdMember]:
    """Let named members join whose proof staff has seen, all in one transaction; a child's parent becomes his guardian.

    Args:
        member_ids: waiting members of this household; others are left alone.
    Raises:
        AlreadyInHousehold, PersonMismatch: with ``details.name``, the member it is about.
    Source:
        domain.md §6.3: relation proof is the code and a page of the household register or a birth certificate.
    """
    at = clock.now()
    joined = []
    with transaction() as session:
        session.get(Household, home.id, with_for_update=True, populate_existing=True)
        rows = session.scalars(
            select(HouseholdMember)
            .where(HouseholdMember.household_id == home.id, HouseholdMember.id.in_(member_ids))
            .order_by(HouseholdMember.id)
        )
        for member in rows:
            if member.state != MemberState.WAITING:
                continue
            try:
                if _give_document(home, member, at=at):
                    joined.append(member)
                    continue
                _join(member, people.found_or_made(people.of_row(member), at=at), by=by)
            except Conflict as refused:
                raise type(refused)(f"{member.name}：{refused.message}", name=member.name) from refused
            audit.record("household_member_vouched", member, by=by, at=at)
            joined.append(member)
        home.book_seen_at = at
        session.refresh(home)
        for member in joined:
            _make_guardian(home, member, by=by)
    return joined


def _give_document(home: Household, member: HouseholdMember, *, at: datetime) -> bool:
    """Let a child of the household that was entered without a document have the one it is named with now.

    Its agreements and records stay: only the number of ours is replaced (domain.md §3.1 code 90). Returns whether it was
    such a child; the new line is closed, the old one goes on under the document.
    """
    if member.document_type == DocumentType.INTERNAL:
        return False
    person = people.of_row(member)
    for row in home.joined:
        child = row.resident
        same = (row.name, row.birth_on, row.sex) == (person.name, person.birth_on, person.sex)
        if row.document_type != DocumentType.INTERNAL or child is None or not same:
            continue
        if db.session.scalar(select(Resident.id).where(Resident.identity_hash == person.identity_hash)) is not None:
            return False  # known on its own: two records of one child are for staff to look at
        held = select(Authority).where(Authority.principal_id == child.id, Authority.state.in_(authorities.OPEN))
        for authority in db.session.scalars(held).all():
            authority.open_key = authorities.open_key(authority.kind, authority.agent_id, person.identity_hash)
            _rename(authority, person)
        _rename(child, person)
        _rename(row, person)
        child.verify_due_at, child.verify_tries = at, 0
        member.state = MemberState.REFUSED
        db.session.flush()
        return True
    return False


def _rename(row: Resident | HouseholdMember | Authority, person: Typed) -> None:
    for name in ("document_type", "identity_number", "identity_hash"):
        setattr(row, name, getattr(person, name))


def _make_guardian(home: Household, member: HouseholdMember, *, by: Actor) -> None:
    """Let the head sign for his own child: the page that shows the one shows the other."""
    at, today = clock.now(), clock.today()
    head = home.head
    if head is None or head.resident_id is None or not relations.is_child(member.relation):
        return
    if not capacity.is_minor(member.birth_on, today) or member.proof is None:
        return
    key = authorities.open_key(AuthorityKind.MINOR, head.resident_id, member.identity_hash)
    if db.session.scalar(select(Authority.id).where(Authority.open_key == key)) is not None:
        return
    parent = "51" if head.sex == relations.MALE else "52"
    row = Authority(
        kind=AuthorityKind.MINOR,
        code=households.new_code(),
        state=AuthorityState.CERTIFIED,
        open_key=key,
        agent_id=head.resident_id,
        principal_id=member.resident_id,
        **people.of_row(member).columns(),
        relation=parent,
        proof_kind=member.proof_kind,
        proof=member.proof,
        valid_from=today,
        valid_to=capacity.last_minor_day(member.birth_on),
        created_at=at,
        decided_at=at,
        decided_by=by.id,
    )
    db.session.add(row)
    db.session.flush()
    audit.record("authority_certified", row, by=by, at=at)


@retried
def turn_down(member: HouseholdMember, *, by: Actor) -> HouseholdMember:
    """Say as staff that the proof does not show it; only a waiting one, others are left as they are."""
    with transaction() as session:
        session.refresh(member, with_for_update=True)
        if member.state == MemberState.WAITING:
            member.state, member.confirmed_by = MemberState.REFUSED, by.id
            audit.record("household_member_refused", member, by=by, at=clock.now())
    return member


@retried
def remove(member: HouseholdMember, me: Resident, *, by: Actor) -> HouseholdMember:
    """Leave a household, or as its head take somebody out of it; who heads it next follows by itself.

    Raises:
        HeadOnly: neither himself nor the head.
    """
    at = clock.now()
    with transaction() as session:
        home = session.get_one(Household, member.household_id, with_for_update=True, populate_existing=True)
        session.refresh(member)
        if member.resident_id != me.id or member.state == MemberState.WAITING:
            _check_head(home, me)
        if member.state == MemberState.WAITING:
            member.state, member.confirmed_by = MemberState.REFUSED, by.id
        elif member.state == MemberState.JOINED:
            households.leave(member, on=clock.today(), next_head=relations.next_head, seen_from=relations.seen_from)
        else:
            return member
        audit.record("household_member_left", member, by=by, at=at)
    return member


@retried
def hand_over(home: Household, member: HouseholdMember, me: Resident, *, by: Actor) -> Household:
    """Let another adult member head the household. Raises HeadOnly, HeadMustBeAdult, NotFound."""
    at = clock.now()
    with transaction() as session:
        session.get(Household, home.id, with_for_update=True, populate_existing=True)
        _check_head(home, me)
        session.refresh(member)
        if member.household_id != home.id or member.state != MemberState.JOINED:
            raise NotFound()
        if capacity.is_minor(member.birth_on, clock.today()):
            raise HeadMustBeAdult()
        households.head_by(home, member, seen_from=relations.seen_from)
        session.refresh(home)
        audit.record("household_head_changed", home, by=by, at=at)
    return home


def open_by_code(code: str, administrator: AdminLogin, *, by: Actor) -> Household | Authority:
    """Return what a resident told staff the code of, and record that it was opened.

    Raises:
        NotFound: no such code, recorded too. TooManyCodes: after twenty wrong ones within an hour none is taken.
    """
    found = _open_by_code(code.strip(), administrator, by)
    if found is None:
        raise NotFound("没有这个家庭码或核对码，请核对8位数字")
    return found


@retried
def _open_by_code(code: str, administrator: AdminLogin, by: Actor) -> Household | Authority | None:
    at = clock.now()
    with transaction() as session:
        session.get(AdminLogin, administrator.id, with_for_update=True, populate_existing=True)
        wrong = select(func.count(AuditEvent.id)).where(
            AuditEvent.actor_id == by.id,
            AuditEvent.at > at - timedelta(hours=1),
            AuditEvent.action == "family_code_wrong",
        )
        if (session.scalar(wrong) or 0) >= WRONG_CODES:
            raise TooManyCodes()
        home = session.scalar(select(Household).where(Household.code == code))
        if home is not None:
            audit.record("household_opened", home, by=by, at=at)
            return home
        row = session.scalar(select(Authority).where(Authority.code == code))
        if row is not None:
            audit.record("authority_opened", row, by=by, at=at)
            return row
        audit.record("family_code_wrong", administrator, by=by, at=at)
    return None


@retried
def opened(row: Authority, *, by: Actor) -> None:
    """Record that staff opened an authority from its list."""
    with transaction():
        audit.record("authority_opened", row, by=by, at=clock.now())


def _check_head(home: Household, me: Resident) -> None:
    head = home.head
    if head is None or head.resident_id != me.id:
        raise HeadOnly()
