"""One number of one document: its shape, and what it says (domain.md §3.1, checked in the order of §3.3)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from server.policy.dates import add_months
from server.policy.identity import countries, regions
from server.policy.identity.errors import IdentityBirthDate, IdentityFormat, IdentityRegion, Warned
from server.policy.identity.kinds import FORMAT_HINTS, DocumentType, eighteen_hint
from server.policy.identity.numbers import (
    OLDEST_YEARS,
    age_on,
    birth_date,
    check_character,
    check_sum,
    normalise,
    sex_of,
)

EIGHTEEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
RESIDENCE_REGIONS = frozenset({"810000", "820000", "830000"})
FOREIGN = "9"
USUAL_PASSPORT = re.compile(r"E[0-9]{8}|E[A-HJ-NP-Z][0-9]{7}|[DSP][0-9]{8}|[DSP]E[0-9]{7}|[GKM][0-9]{8}")
SHAPES = {
    DocumentType.ID_CARD_15: re.compile(r"[1-6][0-9]{14}"),
    DocumentType.PASSPORT: re.compile(r"[A-Z0-9]{8,9}"),
    DocumentType.FOREIGN_PASSPORT: re.compile(r"[A-Z0-9]{5,15}"),
    DocumentType.HK_MACAO_PERMIT: re.compile(r"[HM][0-9]{8}(?:[0-9]{2})?"),
    DocumentType.HK_MACAO_PERMIT_FOREIGN: re.compile(r"[HM]A[A-Z0-9]{7}"),
    DocumentType.TAIWAN_PERMIT: re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]?"),
    DocumentType.PERMANENT_RESIDENCE_15: re.compile(r"[A-Z]{3}[0-9]{12}"),
    DocumentType.DISABILITY_CERTIFICATE: re.compile(r"[1-9][0-9]{16}[0-9X][1-7][1-4](?:B[0-9])?"),
    # ours: a ULID
    DocumentType.INTERNAL: re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}"),
}
# Fifteen-digit numbers of people who were a hundred: their birth year cannot be told from one a century later.
CENTENARIAN = re.compile(r"99[6-9]")
INTERNAL_MONTHS = 12


@dataclass(frozen=True)
class Identity:
    """What a checked number says; None where it says nothing. ``sex`` per GB/T 2261.1: 1 male, 2 female.

    ``nationality`` is ISO 3166-1 alpha-3, ``region`` the address code (of an 09 the two digits of the province).
    """

    type: DocumentType
    number: str
    birth_on: date | None = None
    sex: int | None = None
    nationality: str | None = None
    region: str | None = None
    warnings: tuple[Warned, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Type and number one person has once: an old card, a register's line and a disability certificate are kept
        under the identity-card number they hold.
        """
        if self.type in (DocumentType.ID_CARD_15, DocumentType.HOUSEHOLD_REGISTER, DocumentType.DISABILITY_CERTIFICATE):
            return str(DocumentType.ID_CARD), self.number[:18]
        return str(self.type), self.number


def check(kind: DocumentType, text: str, today: date) -> Identity:
    """Check a number as somebody typed it.

    Raises:
        IdentityFormat, IdentityRegion, IdentityBirthDate, IdentityChecksum, in this order.
    """
    number = normalise(text)
    found = _READERS.get(kind, _plain)(kind, number, today)
    if found.birth_on is not None and age_on(found.birth_on, today) > OLDEST_YEARS:
        return replace(found, warnings=(*found.warnings, Warned.AGE))
    return found


def check_identity_card(text: str, today: date) -> Identity:
    """Check a resident identity card's number (GB 11643). Raises as ``check``."""
    return check(DocumentType.ID_CARD, text, today)


def replace_by(issued_on: date) -> date:
    """Return the day until which an internal number (90) must have been replaced by a document: 12 months on."""
    return add_months(issued_on, INTERNAL_MONTHS)


def _shaped(kind: DocumentType, number: str) -> None:
    if not SHAPES[kind].fullmatch(number):
        raise IdentityFormat(FORMAT_HINTS.get(kind))


def _eighteen(kind: DocumentType, number: str, today: date) -> Identity:
    """Read the parts that identity card, residence permit and permanent residence card share; the region is checked."""
    birth_on = birth_date(number[6:14], today)
    check_sum(number)
    return Identity(kind, number, birth_on, sex_of(number[16]), countries.CHINA, number[:6])


def _look_eighteen(kind: DocumentType, number: str) -> None:
    if not EIGHTEEN.fullmatch(number):
        raise IdentityFormat(eighteen_hint(kind, len(number)))


def _card(kind: DocumentType, number: str, today: date) -> Identity:
    _look_eighteen(kind, number)
    if number[:6] in RESIDENCE_REGIONS:
        raise IdentityRegion("这是港澳台居民居住证的号码，请改选证件类型")
    if number[0] == FOREIGN:
        raise IdentityRegion("这是外国人永久居留身份证的号码，请改选证件类型")
    if number[:2] not in regions.PROVINCES:
        raise IdentityRegion()
    return _with_region(_eighteen(kind, number, today))


def _with_region(found: Identity) -> Identity:
    if found.region is None or regions.is_known(found.region):
        return found
    return replace(found, warnings=(Warned.REGION_UNKNOWN,))


def _old_card(kind: DocumentType, number: str, today: date) -> Identity:
    """Fifteen digits become the eighteen of today (domain.md §3.2)."""
    _shaped(kind, number)
    if number[:2] not in regions.PROVINCES:
        raise IdentityRegion()
    if CENTENARIAN.fullmatch(number[12:]):
        raise IdentityFormat("这个旧号码不能换算，请提供现在的18位身份证")
    longer = f"{number[:6]}19{number[6:]}"
    return _with_region(_eighteen(kind, longer + check_character(longer), today))


def _disability(kind: DocumentType, number: str, today: date) -> Identity:
    _shaped(kind, number)
    card = _card(DocumentType.ID_CARD, number[:18], today)
    return replace(card, type=kind, number=number)


def _residence(kind: DocumentType, number: str, today: date) -> Identity:
    _look_eighteen(kind, number)
    if number[:6] not in RESIDENCE_REGIONS:
        raise IdentityRegion()
    return _eighteen(kind, number, today)


def _permanent(kind: DocumentType, number: str, today: date) -> Identity:
    """9, province of application, nationality in three digits, birth date, sequence, check."""
    _look_eighteen(kind, number)
    if number[0] != FOREIGN or number[1:3] not in regions.PROVINCES:
        raise IdentityRegion()
    found = _eighteen(kind, number, today)
    return replace(found, nationality=countries.by_numeric(number[3:6]), region=number[1:3])


def _old_permanent(kind: DocumentType, number: str, today: date) -> Identity:
    """Two digits of the year: known only where the later century lies in the future."""
    _shaped(kind, number)
    possible = [day for century in ("19", "20") if (day := _day(century + number[7:13])) and day <= today]
    if not possible:
        raise IdentityBirthDate()
    nationality = number[:3] if number[:3] in countries.every() else None
    return Identity(kind, number, possible[0] if len(possible) == 1 else None, nationality=nationality)


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None


def _passport(kind: DocumentType, number: str, today: date) -> Identity:
    _shaped(kind, number)
    usual = USUAL_PASSPORT.fullmatch(number)
    return Identity(kind, number, nationality=countries.CHINA, warnings=() if usual else (Warned.FORMAT,))


def _hk_macao(kind: DocumentType, number: str, today: date) -> Identity:
    """The first nine characters stay for life; older cards add two for each renewal."""
    _shaped(kind, number)
    return Identity(kind, number[:9], nationality=countries.CHINA)


def _taiwan(kind: DocumentType, number: str, today: date) -> Identity:
    _shaped(kind, number)
    return Identity(kind, number, nationality=countries.CHINA)


def _plain(kind: DocumentType, number: str, today: date) -> Identity:
    """A number that says nothing about its holder."""
    _shaped(kind, number)
    return Identity(kind, number)


_READERS: dict[DocumentType, Callable[[DocumentType, str, date], Identity]] = {
    DocumentType.ID_CARD: _card,
    DocumentType.ID_CARD_15: _old_card,
    DocumentType.HOUSEHOLD_REGISTER: _card,
    DocumentType.PASSPORT: _passport,
    DocumentType.HK_MACAO_PERMIT: _hk_macao,
    DocumentType.TAIWAN_PERMIT: _taiwan,
    DocumentType.RESIDENCE_PERMIT: _residence,
    DocumentType.PERMANENT_RESIDENCE: _permanent,
    DocumentType.PERMANENT_RESIDENCE_15: _old_permanent,
    DocumentType.DISABILITY_CERTIFICATE: _disability,
}
