"""What a person adds to his document, held against what the number says."""

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from server.policy.identity import countries
from server.policy.identity.documents import Identity
from server.policy.identity.errors import (
    IdentityBirthDate,
    IdentityIncomplete,
    IdentityMismatch,
    NationalityUnknown,
)
from server.policy.identity.kinds import DocumentType
from server.policy.identity.numbers import is_possible_birth

Fact = TypeVar("Fact")
FOREIGN_HOLDERS = (
    DocumentType.FOREIGN_PASSPORT,
    DocumentType.HK_MACAO_PERMIT_FOREIGN,
    DocumentType.PERMANENT_RESIDENCE,
    DocumentType.PERMANENT_RESIDENCE_15,
)


@dataclass(frozen=True)
class Facts:
    """Who a document's holder is. ``sex`` 1 male, 2 female; ``nationality`` ISO 3166-1 alpha-3."""

    birth_on: date
    sex: int
    nationality: str


def complete(
    found: Identity,
    today: date,
    *,
    birth_on: date | None = None,
    sex: int | None = None,
    nationality: str | None = None,
) -> Facts:
    """Join what a number says with what was stated.

    Raises:
        IdentityBirthDate, NationalityUnknown: what was stated cannot be.
        IdentityMismatch: it contradicts the number or the document.
        IdentityIncomplete: neither says it; ``details.fields`` names what is missing.
    """
    if birth_on is not None and not is_possible_birth(birth_on, today):
        raise IdentityBirthDate()
    if nationality is not None and nationality not in countries.every():
        raise NationalityUnknown()
    birth_on = _agreed(found.birth_on, birth_on)
    sex = _agreed(found.sex, sex)
    nationality = _agreed(found.nationality, nationality)
    if birth_on is None or sex is None or nationality is None:
        facts = {"birth_on": birth_on, "sex": sex, "nationality": nationality}
        raise IdentityIncomplete(fields=[name for name, value in facts.items() if value is None])
    if found.type in FOREIGN_HOLDERS and nationality in countries.NOT_FOREIGN:
        raise IdentityMismatch("这种证件只发给外国籍人士，请核对证件类型和国籍")
    return Facts(birth_on, sex, nationality)


def _agreed(derived: Fact | None, stated: Fact | None) -> Fact | None:
    if derived is not None and stated is not None and derived != stated:
        raise IdentityMismatch()
    return stated if derived is None else derived
