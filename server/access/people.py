"""A person as somebody typed him, checked; and the resident he turns out to be."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy import select

from server.database import db
from server.errors import Conflict
from server.ids import new_id
from server.models import RealNameState, Resident
from server.policy import identity


class PersonMismatch(Conflict):
    """The document is known under another name or birth date. Told to staff only."""

    code, default_message = "person_mismatch", "证件号码已登记，但姓名或出生日期不一致，请核对原件"


@dataclass(frozen=True)
class Typed:
    """Somebody's name and document after the checks of domain.md §3.3; nothing here says whether we know him."""

    name: str
    document_type: str
    identity_number: str
    identity_hash: str
    birth_on: date
    sex: int
    nationality: str

    def columns(self) -> dict[str, object]:
        """The same as columns."""
        return asdict(self)


def typed(
    name: str,
    number: str,
    today: date,
    *,
    document_type: str = identity.DocumentType.ID_CARD,
    birth_on: date | None = None,
    sex: int | None = None,
    nationality: str | None = None,
) -> Typed:
    """Check what somebody typed about another person. Raises the errors of policy.identity."""
    checked = identity.check(identity.DocumentType(document_type), number, today)
    facts = identity.complete(checked, today, birth_on=birth_on, sex=sex, nationality=nationality)
    return Typed(
        name=identity.check_name(name),
        document_type=str(checked.type),
        identity_number=checked.number,
        identity_hash=Resident.hash_of(*checked.key),
        **asdict(facts),
    )


def newborn(name: str, today: date, *, birth_on: date | None, sex: int | None) -> Typed:
    """Check a child that has no document yet; a number of ours stands for it until there is one.

    Raises:
        identity.NoDocumentTooOld: after its first birthday there is a document. Those of ``typed``.
    Source:
        domain.md §3.1 code 90: to be replaced within 12 months.
    """
    if birth_on is not None and birth_on <= today and today >= identity.replace_by(birth_on):
        raise identity.NoDocumentTooOld()
    return typed(
        name,
        new_id(),
        today,
        document_type=identity.DocumentType.INTERNAL,
        birth_on=birth_on,
        sex=sex,
        nationality="CHN",
    )


def same_person(resident: Resident, person: Typed) -> bool:
    """Whether a known resident is the person that was typed."""
    known = (resident.identity_hash, resident.name.casefold(), resident.birth_on)
    return known == (person.identity_hash, person.name.casefold(), person.birth_on)


def found_or_made(person: Typed, *, at: datetime) -> Resident:
    """Return the resident of a document that staff has seen, made when new, in the caller's transaction.

    Raises:
        PersonMismatch: the document is another name's.
    """
    found = db.session.scalar(select(Resident).where(Resident.identity_hash == person.identity_hash))
    if found is None:
        # no register knows a number of ours: staff has seen the child's birth certificate
        is_ours = person.document_type == identity.DocumentType.INTERNAL
        found = Resident(
            **person.columns(),
            real_name_state=RealNameState.STAFF_SEEN if is_ours else RealNameState.UNVERIFIED,
            verify_due_at=None if is_ours else at,
            created_at=at,
        )
        db.session.add(found)
        db.session.flush()
    elif not same_person(found, person):
        raise PersonMismatch()
    return found


def of_row(row: object) -> Typed:
    """Return the person a row was made for (``HouseholdMember`` or ``Authority``)."""
    return Typed(**{name: getattr(row, name) for name in Typed.__dataclass_fields__})
