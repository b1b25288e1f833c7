"""Who may sign for whom (监护、委托): asked for with a photo of the proof, in force once staff saw it.

A delegation may also be confirmed by the person himself. As with households, nothing answered here tells whether a typed
number is known.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.access import people
from server.access.people import Typed
from server.database import db, first, retried, transaction
from server.errors import Conflict, Invalid, NotFound
from server.models import Agreement, Authority, AuthorityKind, AuthorityState, Proof, Resident, WechatUser, audit
from server.models import authority as authorities
from server.models import household as households
from server.models import notification as notifications
from server.models.actor import CLOCK, Actor
from server.models.agreement import IN_FORCE
from server.policy import capacity, pictures, relations
from server.policy.identity import DocumentType
from server.policy.schema import Policy

DELEGATION_MOST = timedelta(days=3 * 366)
STRONG_PROOFS = (Proof.COURT_RULING, Proof.COMMITTEE_LETTER)

K, S = AuthorityKind, AuthorityState


class NotAMinor(Invalid):
    """Born too early."""

    code, default_message = "not_a_minor", "该家人已年满18周岁，不需要未成年人监护"


class NotAnAdult(Invalid):
    """Born too late: a minor has guardians anyway, and cannot authorise anybody."""

    code, default_message = "not_an_adult", "该家人未满18周岁，请选择未成年人监护"


class OrderNoteNeeded(Invalid):
    """Somebody comes first in the order of guardians."""

    code, default_message = "order_note_needed", "请说明为什么不由配偶等顺序在前的亲属担任监护人"


class StrongProofNeeded(Invalid):
    """Nobody loses his signature on a relative's word."""

    code, default_message = "strong_proof_needed", "成年人监护须提供法院判决书或居（村）委会证明"


class DelegationDaysInvalid(Invalid):
    """The days cannot be meant."""

    code, default_message = "delegation_days_invalid", "委托期限有误，截止日期不能早于今天，且最长三年"


class AgentMustBeAdult(Invalid):
    """A child signs for nobody."""

    code, default_message = "agent_must_be_adult", "代签人须年满18周岁"


class AuthorityStands(Conflict):
    """Decided already."""

    code, default_message = "authority_decided", "这份申请已经处理过，请刷新后再看"


@dataclass(frozen=True)
class Claim:
    """That one may sign for somebody, with what shows it."""

    kind: AuthorityKind
    person: Typed
    relation: str
    """What the agent is to the person, GB/T 4761."""
    proof_kind: Proof
    proof: str
    note: str = ""
    valid_from: date | None = None
    valid_to: date | None = None


def ask(me: Resident, claim: Claim, *, by: Actor) -> tuple[Authority, bool]:
    """Ask to be allowed to sign for somebody; it waits for staff, or for himself where it is a delegation.

    Returns:
        The authority, and whether it is new: asking again while it is open returns the first one.
    Raises:
        NotAMinor, NotAnAdult, OrderNoteNeeded, StrongProofNeeded, DelegationDaysInvalid, AgentMustBeAdult, PhotoInvalid.
    Source:
        domain.md §6.3; order of guardians 民法典 第二十七、二十八条; written authority 民法典 第一百六十五条.
    """
    _check(me, claim)
    try:
        return _ask(me, claim, by)
    except IntegrityError:  # two taps at once: the other one was first
        return _ask(me, claim, by)


def _check(me: Resident, claim: Claim) -> None:
    today, person = clock.today(), claim.person
    pictures.check_photo(claim.proof)
    if claim.relation not in relations.LABELS or me.identity_hash == person.identity_hash:
        raise Invalid(fields=["relation"])
    if capacity.is_minor(me.birth_on, today):
        raise AgentMustBeAdult()
    is_minor = capacity.is_minor(person.birth_on, today)
    if claim.kind == K.MINOR:
        if not is_minor:
            raise NotAMinor()
        return
    if is_minor:
        raise NotAnAdult()
    if claim.kind == K.INCAPACITY:
        _check_order(claim)
    else:
        _check_days(claim, today)


def _check_order(claim: Claim) -> None:
    if claim.proof_kind not in STRONG_PROOFS:
        raise StrongProofNeeded()
    if capacity.guardian_rank(claim.relation) > 1 and not claim.note.strip():
        raise OrderNoteNeeded()


def _check_days(claim: Claim, today: date) -> None:
    first, last = claim.valid_from or today, claim.valid_to
    if last is None or last < max(first, today) or last - first > DELEGATION_MOST:
        raise DelegationDaysInvalid()


@retried
def _ask(me: Resident, claim: Claim, by: Actor) -> tuple[Authority, bool]:
    at = clock.now()
    key = authorities.open_key(claim.kind, me.id, claim.person.identity_hash)
    with transaction() as session:
        standing = session.scalar(select(Authority).where(Authority.open_key == key))
        if standing is not None:
            if standing.valid_to is None or standing.valid_to >= clock.local(at).date():
                return standing, False
            _end(standing, S.REVOKED, at=at)  # a delegation that ran out makes room for the next one
        known = _asked_for_child(me, claim)
        if known is not None:
            return known, False
        row = Authority(
            kind=claim.kind,
            code=households.new_code(),
            state=S.WAITING,
            open_key=key,
            agent_id=me.id,
            **claim.person.columns(),
            relation=claim.relation,
            proof_kind=claim.proof_kind,
            proof=claim.proof,
            note=claim.note.strip(),
            valid_from=claim.valid_from or clock.local(at).date(),
            valid_to=capacity.last_minor_day(claim.person.birth_on) if claim.kind == K.MINOR else claim.valid_to,
            created_at=at,
        )
        session.add(row)
        session.flush()
        audit.record("authority_asked", row, by=by, at=at)
    return row, True


def _asked_for_child(me: Resident, claim: Claim) -> Authority | None:
    """What waits or holds for the same child without a document: each typing gives it another number of ours."""
    if claim.person.document_type != DocumentType.INTERNAL:
        return None
    mine = select(Authority).where(
        Authority.agent_id == me.id, Authority.kind == claim.kind, Authority.state.in_(authorities.OPEN)
    )
    child = (claim.person.name, claim.person.birth_on, claim.person.sex)
    rows = (row for row in db.session.scalars(mine) if row.document_type == DocumentType.INTERNAL)
    return next((row for row in rows if (row.name, row.birth_on, row.sex) == child), None)


@retried
def certify(row: Authority, *, by: Actor) -> Authority:
    """Say as staff that the proof was seen; certifying twice is certifying once.

    Raises:
        AuthorityStands: decided otherwise. PersonMismatch: the document is another name's.
    """
    at = clock.now()
    with transaction() as session:
        session.refresh(row, with_for_update=True)
        if row.state == S.CERTIFIED:
            return row
        if row.state != S.WAITING:
            raise AuthorityStands()
        row.principal_id = people.found_or_made(people.of_row(row), at=at).id
        row.state, row.decided_at, row.decided_by = S.CERTIFIED, at, by.id
        session.flush()
        audit.record("authority_certified", row, by=by, at=at)
    return row


@retried
def refuse(row: Authority, note: str, *, by: Actor) -> Authority:
    """Say as staff that the proof does not show it, with a reason to read. Raises AuthorityStands."""
    at = clock.now()
    with transaction() as session:
        session.refresh(row, with_for_update=True)
        if row.state == S.REFUSED:
            return row
        if row.state != S.WAITING:
            raise AuthorityStands()
        row.note, row.decided_at, row.decided_by = note.strip(), at, by.id
        _end(row, S.REFUSED, at=at)
        audit.record("authority_refused", row, by=by, at=at)
    return row


@retried
def grant(row: Authority, me: Resident, *, is_yes: bool, by: Actor) -> Authority:
    """Say oneself whether somebody may sign for one; only a delegation, and only before staff decided.

    Raises:
        NotFound: it is about somebody else, or no delegation. AuthorityStands.
    """
    at = clock.now()
    with transaction() as session:
        session.refresh(row, with_for_update=True)
        if row.kind != K.PROXY or not people.same_person(me, people.of_row(row)):
            raise NotFound()
        if row.state != S.WAITING:
            if row.state == (S.CERTIFIED if is_yes else S.REFUSED):
                return row
            raise AuthorityStands()
        row.decided_at, row.decided_by = at, by.id
        if is_yes:
            row.principal_id, row.state = me.id, S.CERTIFIED
        else:
            _end(row, S.REFUSED, at=at)
        session.flush()
        audit.record("authority_granted" if is_yes else "authority_refused", row, by=by, at=at)
    return row


@retried
def revoke(row: Authority, *, by: Actor) -> Authority:
    """End an authority: from now on nobody signs by it; what was signed stays. Revoking twice is revoking once."""
    at = clock.now()
    with transaction() as session:
        session.refresh(row, with_for_update=True)
        if row.state in authorities.OPEN:
            _end(row, S.REVOKED, at=at)
            audit.record("authority_revoked", row, by=by, at=at)
    return row


def may_revoke(row: Authority, me: Resident) -> bool:
    """Whether somebody may end an authority himself: the agent always, the principal where he could give it."""
    if row.agent_id == me.id:
        return True
    return row.kind == K.PROXY and row.principal_id == me.id


def _end(row: Authority, state: AuthorityState, *, at: datetime) -> None:
    row.state, row.open_key, row.ended_at = state, None, at
    db.session.flush()


@retried
def ask_next_to_sign(policy: Policy) -> bool:
    """Tell one ward, and his guardian, that he signs himself from his 18th birthday on.

    From then on the consent to the processing of his data is his own: it is asked from him with the notice.

    Source:
        policy key signing.adult_notice_days; domain.md §6.3, N-53.
    """
    at = clock.now()
    today = clock.local(at).date()
    with transaction() as session:
        soon = select(Authority.id).where(
            Authority.kind == K.MINOR,
            Authority.state == S.CERTIFIED,
            Authority.valid_to >= today,
            Authority.valid_to < today + timedelta(days=policy.signing.adult_notice_days),
            Authority.reminded_at.is_(None),
        )
        row = first(Authority, soon.order_by(Authority.valid_to, Authority.id))
        if row is None:
            return False
        row.reminded_at = at
        session.flush()
        agreement = session.scalar(
            select(Agreement).where(Agreement.resident_id == row.principal_id, Agreement.status.in_(IN_FORCE))
        )
        if agreement is not None:
            agreement.own_consent_due = agreement.own_consent_at is None
            _tell(row, agreement, at)
        audit.record("authority_ends_soon", row, by=CLOCK, at=at)
    return True


def _tell(row: Authority, agreement: Agreement, at: datetime) -> None:
    birthday = capacity.birthday(row.birth_on, capacity.ADULT_AGE)
    facts = {"team": agreement.team.name, "due_on": birthday.isoformat(), "agreement_id": agreement.id}
    for who in (row.principal_id, row.agent_id):
        notifications.queue(
            "coming_of_age",
            dedupe_key=f"coming_of_age:{row.principal_id}:{who}",
            subject_id=agreement.id,
            at=at,
            resident_id=who,
            team_id=agreement.team_id,
            facts=facts,
        )
    lead = agreement.team.lead
    doctor = db.session.scalar(select(WechatUser.id).where(WechatUser.staff_id == lead.id)) if lead else None
    if doctor:
        notifications.queue(
            "coming_of_age_for_team",
            dedupe_key=f"coming_of_age_for_team:{row.principal_id}",
            subject_id=agreement.id,
            at=at,
            user_id=doctor,
            team_id=agreement.team_id,
            facts=facts,
        )
