"""One row of a file, read and checked as far as it goes without the database."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from server.errors import AppError
from server.policy import identity
from server.policy.backfill import values
from server.policy.backfill.campaign import campaign_problem
from server.policy.backfill.values import Wrong
from server.policy.identity import DocumentType, Facts, Identity, Warned
from server.policy.schema import Policy
from server.policy.terms import last_day, term_problem
from server.sheets import Cell

T = TypeVar("T")
EXAMPLE_MARK = "示例"
TYPES = {label: kind for kind, label in identity.LABELS.items()} | {str(kind): kind for kind in DocumentType}
OLD_CARD_DIGITS = 15
WARNED = {
    Warned.REGION_UNKNOWN: "id_region_unknown",
    Warned.AGE: "id_age",
    Warned.FORMAT: "id_unusual",
}
IMPORTABLE = tuple(kind for kind in DocumentType if kind is not DocumentType.INTERNAL)


@dataclass(frozen=True)
class PersonRow:
    """Who a row is about."""

    name: str
    document: Identity
    facts: Facts
    phone: str | None


@dataclass(frozen=True)
class SignedRow:
    """One signing on paper. ``end_on``: by the region's rules, whatever the row says."""

    person: PersonRow
    address: str
    team: str
    package: str
    signed_on: date
    start_on: date
    end_on: date
    months: int
    paper: str


@dataclass(frozen=True)
class LedgerRow:
    """One line of a township's book; everything but the document may be missing."""

    document: Identity
    name: str
    phone: str
    team: str
    signed_on: date | None
    end_on: date | None
    place: str


class Reader:
    """Takes cells one by one and remembers what was wrong, so that a report names everything at once."""

    def __init__(self, cells: Mapping[str, Cell]) -> None:
        self.cells = cells
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def take(self, step: Callable[[], T]) -> T | None:
        """Return what a step finds, None when it was wrong."""
        try:
            return step()
        except Wrong as wrong:
            self.refuse(wrong.code)
        except AppError as error:
            self.refuse(error.code)
        return None

    def refuse(self, code: str) -> None:
        """Note a reason to refuse the row, once."""
        if code not in self.problems:
            self.problems.append(code)

    def warn(self, code: str) -> None:
        """Note something odd, once."""
        if code not in self.warnings:
            self.warnings.append(code)


def _document(reader: Reader, today: date) -> Identity | None:
    def find() -> Identity:
        number = values.number(reader.cells, "number")
        named = values.text(reader.cells, "document_type") or identity.LABELS[DocumentType.ID_CARD]
        kind = TYPES.get(named)
        if kind not in IMPORTABLE:
            raise Wrong("document_type_unknown")
        if kind is DocumentType.ID_CARD and len(identity.normalise(number)) == OLD_CARD_DIGITS:
            kind = DocumentType.ID_CARD_15
        return identity.check(kind, number, today)

    found = reader.take(find)
    if found is not None:
        if found.type is DocumentType.ID_CARD_15:
            reader.warn("id_converted")
        for warned in found.warnings:
            reader.warn(WARNED[warned])
    return found


def _phone(reader: Reader) -> str | None:
    phone = reader.take(lambda: values.text(reader.cells, "phone"))
    if not phone:
        return None
    return reader.take(lambda: identity.check_contact_phone(phone))


def _person(reader: Reader, today: date) -> PersonRow | None:
    name = reader.take(lambda: identity.check_name(values.needed(reader.cells, "name")))
    document = _document(reader, today)
    phone = _phone(reader)
    birth_on = reader.take(lambda: values.day(reader.cells, "birth_on"))
    sex = reader.take(lambda: values.sex(reader.cells))
    nationality = reader.take(lambda: values.text(reader.cells, "nationality").upper())
    if document is None or reader.problems:
        return None
    facts = reader.take(
        lambda: identity.complete(document, today, birth_on=birth_on, sex=sex, nationality=nationality or None)
    )
    if facts is None or name is None:
        return None
    return PersonRow(name, document, facts, phone)


def read_signed(cells: Mapping[str, Cell], policy: Policy, today: date) -> tuple[SignedRow | None, Reader]:
    """Return a signing on paper, None when something is wrong with it; the reader says what.

    Source: domain.md §6.2 L22 (original day ≤ today), §1.9 row 32 (campaign), policy keys signing.* for the end.
    """
    reader = Reader(cells)
    person = _person(reader, today)
    team = reader.take(lambda: values.needed(cells, "team"))
    package = reader.take(lambda: values.needed(cells, "package"))
    paper = reader.take(lambda: values.needed(cells, "paper"))
    address = reader.take(lambda: values.text(cells, "address"))
    dates = _dates(reader, policy, today)
    if person is None or not (team and package and paper) or address is None or dates is None or reader.problems:
        return None, reader
    if person.phone is None:
        reader.warn("phone_missing")
    address, paper = address[: values.MOST_ADDRESS], paper[: values.MOST_PAPER]
    return SignedRow(person, address, team, package, *dates, paper), reader


def _dates(reader: Reader, policy: Policy, today: date) -> tuple[date, date, date, int] | None:
    """Return the day of signing, the first and the last day, and the months between them."""
    cells = reader.cells
    signed_on = reader.take(lambda: values.day(cells, "signed_on") if values.needed(cells, "signed_on") else None)
    start_on = reader.take(lambda: values.day(cells, "start_on"))
    said_end_on = reader.take(lambda: values.day(cells, "end_on"))
    months = reader.take(lambda: values.months(cells))
    if signed_on is None:
        return None
    start_on = start_on or signed_on
    months = months or policy.signing.term_months
    if signed_on > today:
        reader.refuse("signed_in_future")
    if start_on < signed_on:
        reader.refuse("starts_before_signing")
    if (problem := campaign_problem(policy.records, signed_on, today)) is not None:
        reader.warn(problem) if problem == "late_entry" else reader.refuse(problem)
    end_on = last_day(policy.signing, start_on, months)
    if term_problem(policy.signing, months) is not None or end_on < start_on:
        reader.refuse("term_invalid")
    if said_end_on is not None and said_end_on != end_on:
        reader.warn("end_differs")
    return signed_on, start_on, end_on, months


def read_ledger(cells: Mapping[str, Cell], today: date) -> tuple[LedgerRow | None, Reader]:
    """Return a line of a township's book, None when nobody can be found by it; the reader says why."""
    reader = Reader(cells)
    document = _document(reader, today)
    if document is None:
        return None, reader
    texts = {key: reader.take(lambda key=key: values.text(cells, key)) or "" for key in ("name", "team", "place")}  # type: ignore[misc]
    phone = _phone(reader) or ""
    signed_on = reader.take(lambda: values.day(cells, "signed_on"))
    end_on = reader.take(lambda: values.day(cells, "end_on"))
    if reader.problems:
        return None, reader
    row = LedgerRow(document, texts["name"], phone, texts["team"], signed_on, end_on, texts["place"][:64])
    return row, reader
