"""A child without a document: named by its parents, seen by staff, and given its number when there is one (domain.md §3.1)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock as clocks
from server.access import people
from server.actions import authorities, households
from server.actions.authorities import Claim
from server.actions.households import Named
from server.database import db
from server.models import Authority, AuthorityKind, Household, HouseholdMember, MemberState, Proof, Resident
from server.policy import identity
from tests import make
from tests.actions.families import BY, MIANYANG, PNG, STAFF

NUMBER = "500199202601010118"  # born 2026-01-01, male


@pytest.fixture(autouse=True)
def _app(app: Any, clock: Any) -> None:
    """Every test here writes to a database, in spring 2026."""


@pytest.fixture
def head() -> Resident:
    return make.resident(name="张大山", birth_on=date(1990, 5, 1))


@pytest.fixture
def home(head: Resident) -> Household:
    return households.found(head, address="北街1号", register_number="H-1", by=BY)[0]


def child(birth_on: date | None = date(2026, 1, 1), sex: int | None = 1) -> people.Typed:
    return people.newborn("张小宝", clocks.today(), birth_on=birth_on, sex=sex)


def named(person: people.Typed, proof: str | None = PNG) -> Named:
    return Named(person, "20", Proof.BIRTH_CERTIFICATE, proof)


def add(home: Household, head: Resident, what: Named) -> HouseholdMember:
    return households.name(home, head, what, policy=MIANYANG, by=BY)


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_it_is_named_once_and_joins_with_its_guardian(head: Resident, home: Household) -> None:
    row = add(home, head, named(child()))
    assert add(home, head, named(child())).id == row.id  # each typing has another number of ours

    households.vouch(home, [row.id], by=STAFF)

    db.session.refresh(row)
    assert (row.state, row.document_type) == (MemberState.JOINED, "90")
    assert row.resident is not None
    assert (row.resident.real_name_state, row.resident.verify_due_at) == ("staff_seen", None)
    guardian = db.session.scalars(select(Authority)).one()
    assert (guardian.kind, guardian.agent_id) == (AuthorityKind.MINOR, head.id)


def test_its_birth_certificate_is_needed_and_only_under_one_year(head: Resident, home: Household) -> None:
    with pytest.raises(households.ProofNeeded):
        add(home, head, named(child(), proof=None))
    with pytest.raises(identity.NoDocumentTooOld):
        child(date(2025, 3, 2))
    with pytest.raises(identity.IdentityIncomplete):
        child(sex=None)
    with pytest.raises(identity.IdentityIncomplete):
        child(birth_on=None)
    with pytest.raises(identity.IdentityBirthDate):
        child(date(2026, 3, 3))
    assert child(date(2025, 3, 3)).document_type == "90"


def test_it_gets_its_number_and_stays_the_same_child(head: Resident, home: Household) -> None:
    first = add(home, head, named(child()))
    households.vouch(home, [first.id], by=STAFF)
    db.session.refresh(first)
    assert first.resident is not None
    signed = make.agreement(resident=first.resident)

    second = add(home, head, named(people.typed("张小宝", NUMBER, clocks.today())))
    households.vouch(home, [second.id], by=STAFF)

    db.session.expire_all()
    resident = db.session.get_one(Resident, signed.resident_id)
    assert (resident.document_type, resident.identity_number) == ("01", NUMBER)
    assert resident.identity_hash == Resident.hash_of("01", NUMBER) and resident.verify_due_at is not None
    assert (first.identity_number, second.state, count(Resident)) == (NUMBER, MemberState.REFUSED, 2)
    guardian = db.session.scalars(select(Authority)).one()
    assert guardian.identity_hash == resident.identity_hash and guardian.holds_on(clocks.today())


def test_another_child_of_the_household_is_another_child(head: Resident, home: Household) -> None:
    first = add(home, head, named(child()))
    households.vouch(home, [first.id], by=STAFF)

    other = add(home, head, named(people.typed("张二宝", NUMBER, clocks.today())))
    households.vouch(home, [other.id], by=STAFF)

    assert count(Resident) == 3


def test_a_parent_without_a_household_asks_to_sign_for_it(head: Resident) -> None:
    def ask() -> tuple[Authority, bool]:
        claim = Claim(AuthorityKind.MINOR, child(), "51", Proof.BIRTH_CERTIFICATE, PNG)
        return authorities.ask(head, claim, by=BY)

    row, is_new = ask()
    again, is_again_new = ask()
    assert (is_new, is_again_new, again.id) == (True, False, row.id)

    authorities.certify(row, by=STAFF)
    db.session.refresh(row)
    assert row.principal is not None and row.principal.document_type == "90"
