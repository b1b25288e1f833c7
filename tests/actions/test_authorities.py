"""Guardians and delegations: what is asked for, what staff certifies, how it ends (domain.md §6.3, N-53)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server.access import people
from server.actions import authorities
from server.actions.authorities import Claim
from server.database import db
from server.models import AuditEvent, Authority, AuthorityKind, AuthorityState, Notification, Proof, Resident
from server.models import authority as rows
from tests import make
from tests.actions.families import BY, MIANYANG, PNG, STAFF
from tests.conftest import Clock

K, S = AuthorityKind, AuthorityState
OLD, CHILD = ("陈老", "510799196103030139"), ("陈小宝", "500199202601010118")


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


@pytest.fixture
def me() -> Resident:
    return make.resident(name="陈大", birth_on=date(1985, 1, 1))


def claim(kind: AuthorityKind = K.PROXY, who: tuple[str, str] = OLD, **changes: Any) -> Claim:
    today = clocks.today()
    values: dict[str, Any] = {
        "kind": kind,
        "person": people.typed(*who, today),
        "relation": "20",
        "proof_kind": Proof.WRITTEN_AUTHORITY,
        "proof": PNG,
        "valid_to": today + timedelta(days=100) if kind == K.PROXY else None,
    }
    return Claim(**(values | changes))


def ask(me: Resident, what: Claim) -> Authority:
    return authorities.ask(me, what, by=BY)[0]


def test_a_delegation_waits_and_lets_nobody_sign_before_staff_saw_it(me: Resident) -> None:
    row = ask(me, claim())

    assert (row.state, row.principal_id, len(row.code)) == (S.WAITING, None, 8)
    assert not row.holds_on(clocks.today())

    authorities.certify(row, by=STAFF)
    authorities.certify(row, by=STAFF)

    assert row.principal is not None and row.principal.name == "陈老"
    assert rows.held_by(me.id, row.principal.id, clocks.today()) == row


def test_asking_twice_is_asking_once(me: Resident) -> None:
    first, is_new = authorities.ask(me, claim(), by=BY)
    again, is_new_again = authorities.ask(me, claim(), by=BY)

    assert (is_new, is_new_again, again.id) == (True, False, first.id)


def test_a_delegation_that_ran_out_makes_room_for_the_next(me: Resident, clock: Clock) -> None:
    first = authorities.certify(ask(me, claim()), by=STAFF)
    clock.advance(days=101)

    second, is_new = authorities.ask(me, claim(), by=BY)

    assert is_new and second.id != first.id and first.state == S.REVOKED


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ({"valid_to": None}, authorities.DelegationDaysInvalid),
        ({"valid_to": date(2026, 1, 1)}, authorities.DelegationDaysInvalid),
        ({"valid_to": date(2036, 1, 1)}, authorities.DelegationDaysInvalid),
        ({"who": CHILD}, authorities.NotAnAdult),
        ({"kind": K.INCAPACITY, "who": CHILD}, authorities.NotAnAdult),
        ({"kind": K.MINOR}, authorities.NotAMinor),
        ({"kind": K.INCAPACITY, "relation": "11"}, authorities.StrongProofNeeded),
        ({"kind": K.INCAPACITY, "proof_kind": Proof.COURT_RULING}, authorities.OrderNoteNeeded),
        ({"proof": "data:image/png;base64,AAAA"}, authorities.pictures.PhotoInvalid),
        ({"relation": "48"}, authorities.Invalid),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_nothing(
    me: Resident, clock: Clock, what: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        ask(me, claim(**what))

    assert db.session.scalars(select(Authority)).all() == []


def test_a_child_signs_for_nobody() -> None:
    with pytest.raises(authorities.AgentMustBeAdult):
        ask(make.resident(birth_on=date(2012, 1, 1)), claim())


def test_the_order_of_guardians_is_kept_or_explained(me: Resident) -> None:
    spouse = ask(me, claim(K.INCAPACITY, relation="12", proof_kind=Proof.COMMITTEE_LETTER))
    son = ask(
        make.resident(birth_on=date(1990, 1, 1)),
        claim(K.INCAPACITY, proof_kind=Proof.COURT_RULING, note="配偶已去世"),
    )

    assert (spouse.valid_to, son.note) == (None, "配偶已去世")


def test_a_guardian_of_a_minor_signs_to_the_day_before_the_18th_birthday(me: Resident) -> None:
    row = authorities.certify(ask(me, claim(K.MINOR, CHILD, relation="51")), by=STAFF)

    assert row.valid_to == date(2043, 12, 31)
    assert row.holds_on(date(2043, 12, 31)) and not row.holds_on(date(2044, 1, 1))


def test_staff_refuses_with_a_reason(me: Resident) -> None:
    row = ask(me, claim())

    for _ in range(2):
        authorities.refuse(row, "委托书没有签名", by=STAFF)

    assert (row.state, row.note) == (S.REFUSED, "委托书没有签名")
    with pytest.raises(authorities.AuthorityStands):
        authorities.certify(row, by=STAFF)
    assert ask(me, claim()).id != row.id


def test_the_principal_grants_a_delegation_himself_and_nothing_else(me: Resident) -> None:
    old = make.resident(
        name=OLD[0],
        identity_number=OLD[1],
        identity_hash=Resident.hash_of("01", OLD[1]),
        birth_on=date(1961, 3, 3),
    )
    row = ask(me, claim())
    guardianship = ask(
        make.resident(birth_on=date(1990, 1, 1)),
        claim(K.INCAPACITY, relation="12", proof_kind=Proof.COURT_RULING),
    )

    with pytest.raises(authorities.NotFound):
        authorities.grant(row, make.resident(), is_yes=True, by=BY)
    with pytest.raises(authorities.NotFound):
        authorities.grant(guardianship, old, is_yes=True, by=BY)
    authorities.grant(row, old, is_yes=True, by=BY)

    assert (row.state, row.principal_id) == (S.CERTIFIED, old.id)


def test_the_principal_says_no(me: Resident) -> None:
    old = make.resident(
        name=OLD[0],
        identity_number=OLD[1],
        identity_hash=Resident.hash_of("01", OLD[1]),
        birth_on=date(1961, 3, 3),
    )
    row = authorities.grant(ask(me, claim()), old, is_yes=False, by=BY)

    assert row.state == S.REFUSED
    with pytest.raises(authorities.AuthorityStands):
        authorities.grant(row, old, is_yes=True, by=BY)


def test_who_may_revoke(me: Resident) -> None:
    old = make.resident()
    delegation, guardianship = make.authority(me, old), make.authority(me, old, K.INCAPACITY, valid_to=None)

    assert authorities.may_revoke(delegation, me) and authorities.may_revoke(delegation, old)
    assert authorities.may_revoke(guardianship, me) and not authorities.may_revoke(guardianship, old)
    authorities.revoke(delegation, by=BY)
    authorities.revoke(delegation, by=BY)

    assert delegation.state == S.REVOKED
    assert rows.held_by(me.id, old.id, clocks.today()) == guardianship


def ward(days_to_birthday: int) -> Resident:
    birthday = clocks.today() + timedelta(days=days_to_birthday)
    return make.resident(name="陈小", birth_on=birthday.replace(year=birthday.year - 18))


def held(me: Resident, young: Resident) -> Authority:
    last = young.birth_on.replace(year=young.birth_on.year + 18) - timedelta(days=1)
    return make.authority(me, young, K.MINOR, valid_from=last - timedelta(days=90), valid_to=last)


@pytest.mark.parametrize(("days", "asked"), [(31, False), (30, True), (1, True), (0, False)])
def test_a_ward_is_asked_30_days_before_his_18th_birthday(me: Resident, days: int, asked: bool) -> None:
    young = ward(days)
    row = held(me, young)
    agreement = make.agreement(resident=young, signed_by="guardian", signer_id=me.id, authority_id=row.id)
    make.user(staff=agreement.team.lead)

    assert authorities.ask_next_to_sign(MIANYANG) is asked
    assert not authorities.ask_next_to_sign(MIANYANG)

    notes = db.session.scalars(select(Notification)).all()
    told = {(note.kind, note.resident_id) for note in notes}
    expected = {("coming_of_age", young.id), ("coming_of_age", me.id), ("coming_of_age_for_team", None)}
    assert told == (expected if asked else set())
    db.session.refresh(agreement)
    assert agreement.own_consent_due is asked


def test_each_step_is_recorded(me: Resident) -> None:
    row = authorities.certify(ask(me, claim()), by=STAFF)
    authorities.revoke(row, by=BY)

    actions = set(db.session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == row.id)))
    assert actions == {"authority_asked", "authority_certified", "authority_revoked"}
