"""Finding and registering people by their document, in front of a member of staff (L3). Each look is recorded."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from server import clock
from server.database import db, retried, transaction
from server.errors import Conflict, NotFound, TooMany
from server.models import AuditEvent, RealNameState, Resident, Staff, audit
from server.models.actor import Actor
from server.policy import identity

LOOKED = "resident_looked_for"
REGISTERED = "resident_registered"
MOST_LOOKS = 60
WITHIN = timedelta(hours=1)


class LooksTooOften(TooMany):
    """Somebody tries numbers."""

    code, default_message = "looks_too_often", "查询次数太多，请一小时后再试"


class KnownByAnotherName(Conflict):
    """The number is registered with another name or birth date."""

    code, default_message = "known_by_another_name", "这个证件号已登记，但姓名或出生日期不一致，请核对原件"


@retried
def find(document_type: str, number: str, *, by: Actor, staff: Staff) -> Resident:
    """Return the person with exactly this document; the look is recorded, whether it finds somebody or not.

    Raises:
        LooksTooOften: 60 within an hour. NotFound. The errors of policy.identity.
    """
    at = clock.now()
    checked = identity.check(identity.DocumentType(document_type), number, clock.local(at).date())
    with transaction() as session:
        session.get(Staff, staff.id, with_for_update=True, populate_existing=True)
        if _looks(by, since=at - WITHIN) >= MOST_LOOKS:
            raise LooksTooOften()
        resident = session.scalar(select(Resident).where(Resident.identity_hash == Resident.hash_of(*checked.key)))
        audit.record(LOOKED, resident or staff, by=by, at=at)
    if resident is None:
        raise NotFound("没有找到这位居民，请核对证件号，或现场登记")
    return resident


def _looks(by: Actor, *, since: datetime) -> int:
    done = select(func.count(AuditEvent.id)).where(
        AuditEvent.actor_id == by.id, AuditEvent.at > since, AuditEvent.action.in_((LOOKED, REGISTERED))
    )
    return db.session.scalar(done) or 0


def register(
    *,
    name: str,
    document_type: str,
    number: str,
    phone: str | None,
    birth_on: date | None = None,
    sex: int | None = None,
    nationality: str | None = None,
    by: Actor,
    staff: Staff,
) -> Resident:
    """Register somebody whose document a member of staff has in his hand (STAFF_SEEN); who is known is seen now.

    Args:
        phone: a mobile number, None when he has none. birth_on, sex, nationality: where the number does not say them.
    Raises:
        LooksTooOften, KnownByAnotherName, and the errors of policy.identity.
    """
    at = clock.now()
    today = clock.local(at).date()
    checked = identity.check(identity.DocumentType(document_type), number, today)
    facts = identity.complete(checked, today, birth_on=birth_on, sex=sex, nationality=nationality)
    given = identity.check_mobile(phone) if phone else None
    words = identity.check_name(name)
    try:
        return _register(words, checked, facts, given, by=by, staff=staff)
    except IntegrityError:  # somebody registered him a moment ago
        return _register(words, checked, facts, given, by=by, staff=staff)


@retried
def _register(
    name: str, checked: identity.Identity, facts: identity.Facts, phone: str | None, *, by: Actor, staff: Staff
) -> Resident:
    at = clock.now()
    with transaction() as session:
        session.get(Staff, staff.id, with_for_update=True, populate_existing=True)
        if _looks(by, since=at - WITHIN) >= MOST_LOOKS:
            raise LooksTooOften()
        hashed = Resident.hash_of(*checked.key)
        resident = session.scalar(select(Resident).where(Resident.identity_hash == hashed).with_for_update())
        if resident is None:
            resident = Resident(
                name=name,
                document_type=str(checked.type),
                identity_number=checked.number,
                identity_hash=hashed,
                birth_on=facts.birth_on,
                sex=facts.sex,
                nationality=facts.nationality,
                phone=phone,
                real_name_state=RealNameState.STAFF_SEEN,
                created_at=at,
            )
            session.add(resident)
        elif (resident.name.casefold(), resident.birth_on) != (name.casefold(), facts.birth_on):
            raise KnownByAnotherName()
        elif resident.real_name_state in (RealNameState.UNVERIFIED, RealNameState.FAILED):
            resident.real_name_state, resident.verify_due_at = RealNameState.STAFF_SEEN, None
        resident.phone = resident.phone or phone
        session.flush()
        audit.record(REGISTERED, resident, by=by, at=at)
    return resident
