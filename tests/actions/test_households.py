"""Households: made, named, confirmed, left; nothing tells whether a number is known (domain.md §6.3, SG-09, SG-11)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from server import clock, policy
from server.access import families, people
from server.actions import households, signing
from server.actions.households import Named
from server.database import db
from server.models import Authority, AuthorityKind, Household, HouseholdMember, MemberState, Proof, Resident
from server.policy.pictures import PhotoInvalid
from tests import make
from tests.actions.families import BY, MIANYANG, PNG, STAFF, family
from tests.conftest import Clock

CYS = policy.load("changyinsha")
WIFE, SON = "410199198802290143", "500199202601010118"


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


@pytest.fixture
def head() -> Resident:
    return make.resident(name="张大山", birth_on=date(1980, 5, 1))


@pytest.fixture
def home(head: Resident) -> Household:
    made, _ = households.found(head, address="北街1号", register_number="H-1", by=BY)
    return made


def named(number: str = WIFE, name: str = "李小红", relation: str = "12", **more: Any) -> Named:
    return Named(people.typed(name, number, clock.today()), relation, **more)


def add(home: Household, head: Resident, what: Named | None = None, rules: Any = MIANYANG) -> HouseholdMember:
    return households.name(home, head, what or named(), policy=rules, by=BY)


def test_who_makes_a_household_heads_it_and_making_it_twice_is_once(head: Resident, home: Household) -> None:
    again, is_new = households.found(head, address="别处", register_number=None, by=BY)

    assert not is_new and again.id == home.id and home.head is not None
    assert (home.head.resident_id, home.head.relation, home.address) == (head.id, "02", "北街1号")
    assert len(home.code) == 8


def test_a_child_heads_no_household() -> None:
    with pytest.raises(households.HeadMustBeAdult):
        households.found(make.resident(birth_on=date(2015, 1, 1)), address="", register_number=None, by=BY)


def test_a_member_makes_no_second_household(head: Resident, home: Household) -> None:
    other = make.resident()
    make.member(home, other, "51")

    with pytest.raises(households.AlreadyInHousehold):
        households.found(other, address="", register_number=None, by=BY)


def test_naming_a_known_number_and_an_unknown_one_look_the_same(head: Resident, home: Household) -> None:
    unknown = add(home, head)
    number = "350199196509309962"
    known = make.resident(
        name="林秀英", identity_number=number, identity_hash=Resident.hash_of("01", number), birth_on=date(1965, 9, 30)
    )
    make.agreement(resident=known)
    seen = add(home, head, named(number, "林秀英", "52"))
    wrong_name = add(home, head, named("41019919720510016" + "7", "周大", "51"))

    states = {(row.state, row.resident_id, row.joined_on) for row in (unknown, seen, wrong_name)}
    assert states == {(MemberState.WAITING, None, None)}


def test_naming_twice_is_naming_once(head: Resident, home: Household) -> None:
    assert add(home, head).id == add(home, head).id


@pytest.mark.parametrize("relation", ["01", "02", "48", "00"])
def test_a_relation_is_a_code_of_the_standard(head: Resident, home: Household, relation: str) -> None:
    with pytest.raises(households.RelationUnknown):
        add(home, head, named(relation=relation))


def test_where_members_come_from_the_register_its_page_is_needed(head: Resident, home: Household) -> None:
    with pytest.raises(households.ProofNeeded):
        add(home, head, rules=CYS)
    with pytest.raises(PhotoInvalid):
        add(home, head, named(proof="data:text/plain;base64,QUJD"), rules=CYS)

    row = add(home, head, named(proof=PNG, proof_kind=Proof.HOUSEHOLD_BOOK), rules=CYS)
    assert (row.proof_kind, row.proof) == (Proof.HOUSEHOLD_BOOK, PNG)


def test_only_the_head_names_members(head: Resident, home: Household) -> None:
    other = make.resident()
    make.member(home, other, "51")

    with pytest.raises(households.HeadOnly):
        add(home, other)


def test_a_household_has_at_most_twenty(head: Resident, home: Household) -> None:
    for _ in range(19):
        make.member(home, make.resident(), "99")

    with pytest.raises(households.TooManyMembers):
        add(home, head)


def registered(number: str = WIFE, name: str = "李小红", birth_on: date = date(1988, 2, 29)) -> Resident:
    return make.resident(
        name=name, identity_number=number, identity_hash=Resident.hash_of("01", number), birth_on=birth_on, sex=2
    )


def test_the_named_person_says_yes_himself(head: Resident, home: Household) -> None:
    row = add(home, head)
    wife = registered()
    assert [found.id for found in families.invitations(wife)] == [row.id]

    for _ in range(2):
        households.answer(row, wife, is_yes=True, by=BY)

    assert (row.state, row.resident_id, row.joined_on) == (MemberState.JOINED, wife.id, clock.today())
    assert families.invitations(wife) == []


def test_nobody_else_says_yes_for_him(head: Resident, home: Household) -> None:
    row = add(home, head)

    with pytest.raises(households.NotFound):
        households.answer(row, make.resident(), is_yes=True, by=BY)
    with pytest.raises(households.NotFound):
        households.answer(row, registered(name="李小兰"), is_yes=True, by=BY)


def test_who_says_no_stays_out(head: Resident, home: Household) -> None:
    row = add(home, head)

    households.answer(row, registered(), is_yes=False, by=BY)

    assert row.state == MemberState.REFUSED


def test_who_belongs_to_another_household_leaves_it_first(head: Resident, home: Household) -> None:
    row, wife = add(home, head), registered()
    make.household(wife)

    with pytest.raises(households.AlreadyInHousehold):
        households.answer(row, wife, is_yes=True, by=BY)


def test_staff_who_saw_the_register_lets_all_join_at_once_and_parents_become_guardians(
    head: Resident, home: Household, clock: Clock
) -> None:
    rows = [
        add(home, head, named(proof=PNG)),
        add(home, head, named(SON, "张小宝", "20", proof=PNG)),
    ]

    households.vouch(home, [row.id for row in rows], by=STAFF)

    assert {row.state for row in rows} == {MemberState.JOINED}
    son = db.session.get(Resident, rows[1].resident_id)
    held = db.session.scalars(select(Authority)).one()
    assert son is not None and son.birth_on == date(2026, 1, 1)
    assert (held.kind, held.agent_id, held.principal_id) == (AuthorityKind.MINOR, head.id, son.id)
    assert held.valid_to == date(2043, 12, 31)


def test_what_staff_cannot_confirm_leaves_all_as_they_were(head: Resident, home: Household) -> None:
    registered(name="别人")
    rows = [add(home, head, named(SON, "张小宝", "20", proof=PNG)), add(home, head)]

    with pytest.raises(people.PersonMismatch) as refused:
        households.vouch(home, [row.id for row in rows], by=STAFF)

    assert refused.value.details == {"name": "李小红"}
    db.session.expire_all()
    assert {row.state for row in rows} == {MemberState.WAITING}


def test_a_head_who_leaves_is_followed_by_his_spouse_and_relations_turn() -> None:
    home = family()
    row = next(row for row in home.home.joined if row.resident_id == home.head.id)

    households.remove(row, home.head, by=BY)

    found = families.own_household(home.wife)
    assert found.head is not None and found.head.resident_id == home.wife.id
    relation = {member.resident_id: member.relation for member in found.joined}
    assert (relation[home.wife.id], relation[home.son.id], relation[home.father.id]) == ("02", "20", "53")
    assert families.household(home.head) is None


def test_after_a_death_the_next_one_heads_the_household_and_nobody_signs_by_the_dead() -> None:
    home = family()
    agreement = make.agreement(resident=home.head)

    signing.close(agreement, signing.Event.DEATH, clock.today(), by=STAFF)

    found = families.own_household(home.wife)
    assert found.head is not None and found.head.resident_id == home.wife.id
    assert set(db.session.scalars(select(Authority.state))) == {"revoked"}


def test_children_alone_have_no_head() -> None:
    home = family()
    for who in (home.wife, home.father, home.mother, home.head):
        row = next(row for row in families.own_household(who).joined if row.resident_id == who.id)
        households.remove(row, who, by=BY)

    found = families.own_household(home.son)
    assert found.head is None and len(found.joined) == 2


def test_the_head_hands_over_to_an_adult_only() -> None:
    home = family()
    rows = {row.resident_id: row for row in home.home.joined}

    with pytest.raises(households.HeadMustBeAdult):
        households.hand_over(home.home, rows[home.son.id], home.head, by=BY)
    households.hand_over(home.home, rows[home.mother.id], home.head, by=BY)

    assert home.home.head is not None and home.home.head.resident_id == home.mother.id
    assert rows[home.head.id].relation == "20"
    with pytest.raises(households.HeadOnly):
        households.hand_over(home.home, rows[home.wife.id], home.head, by=BY)


def test_a_member_leaves_himself_and_takes_nobody_with_him() -> None:
    home = family()
    rows = {row.resident_id: row for row in home.home.joined}

    with pytest.raises(households.HeadOnly):
        households.remove(rows[home.son.id], home.mother, by=BY)
    households.remove(rows[home.mother.id], home.mother, by=BY)

    assert rows[home.mother.id].left_on == clock.today()
    assert len(families.own_household(home.head).joined) == 5


def test_staff_turns_down_what_the_proof_does_not_show(head: Resident, home: Household) -> None:
    row = add(home, head)

    households.turn_down(row, by=STAFF)

    assert row.state == MemberState.REFUSED
    assert add(home, head).id != row.id


def test_whom_i_may_sign_for() -> None:
    home = family()
    neighbour = make.resident(name="赵邻居")
    make.authority(home.head, neighbour)
    make.agreement(resident=home.mother)

    here = {row.resident.id: row for row in families.signable(home.head, clock.today(), head_signs=True)}
    there = {row.resident.id: row.ground for row in families.signable(home.head, clock.today(), head_signs=False)}

    grounds = {who: row.ground for who, row in here.items()}
    assert grounds[home.head.id] == "self" and grounds[home.son.id] == "guardian"
    assert grounds[neighbour.id] == "proxy" and grounds[home.wife.id] == "household"
    assert here[home.mother.id].is_signed and not here[home.wife.id].is_signed
    assert there[home.wife.id] is None and there[home.son.id] == "guardian"
    assert families.signable(home.son, clock.today(), head_signs=True)[0].ground is None
