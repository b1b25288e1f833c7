"""One signature for a household: who may, what each member can do about it (domain.md §6.3, SG-08…SG-12, C-05)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock
from server.actions import signing
from server.database import db
from server.models import Agreement, AgreementStatus, Authority, Notification, SignedBy, Team
from tests import make
from tests.actions.families import ALL, BY, ERQI, MIANYANG, family, part, sign
from tests.conftest import Clock

S = AgreementStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def counted(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def row_of(resident: Any) -> Agreement:
    found: Agreement = db.session.scalars(select(Agreement).where(Agreement.resident_id == resident.id)).one()
    return found


def test_a_family_of_six_signs_with_one_request_and_has_six_agreements() -> None:
    home, team = family(), make.team()

    made, is_new = sign(home.everybody, home.head, team)

    assert is_new and [row.resident_id for row in made] == [who.id for who in home.everybody]
    assert len({row.joint_id for row in made}) == 1 and {row.status for row in made} == {S.PENDING_TEAM}
    grounds = [row.signed_by for row in made]
    assert grounds == [SignedBy.SELF, SignedBy.HEAD, SignedBy.HEAD, SignedBy.HEAD, SignedBy.GUARDIAN, SignedBy.GUARDIAN]
    assert [row.signer_id for row in made] == [None, *[home.head.id] * 5]
    assert [row.authority_id is not None for row in made] == [False] * 4 + [True] * 2


def test_signing_again_returns_the_same_six() -> None:
    home, team, package = family(), make.team(), make.package()
    parts = [part(who, home.head, team, package) for who in home.everybody]
    first, _ = signing.request_jointly(home.head, parts, by=BY)

    again, is_new = signing.request_jointly(home.head, parts, by=BY)

    assert not is_new and [row.id for row in again] == [row.id for row in first]


def test_what_is_refused_for_one_is_signed_for_nobody() -> None:
    home, team = family(), make.team()
    make.agreement(resident=home.mother)

    with pytest.raises(signing.AgreementOverlap) as refused:
        sign(home.everybody, home.head, team)

    assert refused.value.details["resident_id"] == home.mother.id and "王*兰" in refused.value.message
    assert counted(Agreement) == 1


def test_an_adult_member_is_told_and_his_own_consent_stays_open() -> None:
    home, team = family(), make.team()
    make.user(resident=home.wife)

    sign(home.everybody, home.head, team)

    wife = row_of(home.wife)
    assert wife.own_consent_due and wife.consents == ["service_content"]
    assert wife.opt_out_until_on == clock.today() + timedelta(days=ERQI.signing.opt_out_days)
    told = db.session.scalars(select(Notification).where(Notification.kind == "signed_for_you")).all()
    assert {note.resident_id for note in told} == {home.wife.id, home.father.id, home.mother.id}
    assert not row_of(home.head).own_consent_due


def test_who_gives_his_consent_himself_is_no_longer_asked() -> None:
    home, team = family(), make.team()
    sign(home.everybody, home.head, team)
    wife = row_of(home.wife)

    with pytest.raises(signing.ConsentMissing):
        signing.give_own_consent(wife, ["health_data"], by=BY)
    signing.give_own_consent(wife, ["health_data", "share_with_hospitals"], by=BY)
    signing.give_own_consent(wife, [], by=BY)

    assert (wife.own_consent_due, wife.own_consent_at is not None) == (False, True)
    assert set(wife.consents) == {"service_content", "health_data", "share_with_hospitals"}


def test_opting_out_of_a_request_withdraws_ones_own_row_only() -> None:
    home, team = family(), make.team()
    sign(home.everybody, home.head, team)

    for _ in range(2):
        signing.opt_out(row_of(home.wife), by=BY)

    assert row_of(home.wife).status == S.WITHDRAWN
    assert {row_of(who).status for who in home.everybody if who is not home.wife} == {S.PENDING_TEAM}


def test_opting_out_of_an_agreement_in_force_ends_it_and_gives_the_place_back() -> None:
    home, team = family(), make.team()
    made, _ = sign(home.everybody, home.head, team)
    signing.accept_joint(str(made[0].joint_id), team.id, policy=ERQI, by=BY, staff=team.lead)

    signing.opt_out(row_of(home.wife), by=BY)

    wife = row_of(home.wife)
    assert (wife.status, wife.end_on) == (S.TERMINATED, clock.today())
    assert db.session.execute(select(Team.panel_count, Team.household_count)).one() == (5, 1)


@pytest.mark.parametrize(("days", "fits"), [(15, True), (16, False)])
def test_the_last_day_to_opt_out_is_the_fifteenth(clock: Clock, days: int, fits: bool) -> None:
    home, team = family(), make.team()
    made, _ = sign(home.everybody, home.head, team)
    signing.accept_joint(str(made[0].joint_id), team.id, policy=ERQI, by=BY, staff=team.lead)
    clock.advance(days=days)

    if fits:
        assert signing.opt_out(row_of(home.wife), by=BY).status == S.TERMINATED
    else:
        with pytest.raises(signing.OptOutOver):
            signing.opt_out(row_of(home.wife), by=BY)


def test_nobody_opts_out_of_what_he_or_his_guardian_signed() -> None:
    home, team = family(), make.team()
    sign(home.everybody, home.head, team)

    for who in (home.head, home.son):
        with pytest.raises(signing.OptOutOver):
            signing.opt_out(row_of(who), by=BY)


def test_where_each_adult_signs_himself_the_head_signs_for_his_children_only() -> None:
    home, team = family(), make.team()

    with pytest.raises(signing.SignerNotAllowed):
        sign([home.head, home.wife], home.head, team, MIANYANG)
    made, _ = sign([home.head, home.son, home.daughter], home.head, team, MIANYANG)

    assert [row.signed_by for row in made] == [SignedBy.SELF, SignedBy.GUARDIAN, SignedBy.GUARDIAN]


def test_a_child_needs_a_certified_guardian_even_in_his_own_household() -> None:
    home, team = family(guardian=False), make.team()

    with pytest.raises(signing.GuardianNeeded):
        sign(home.everybody, home.head, team)


def test_a_stranger_signs_for_nobody() -> None:
    home, team = family(), make.team()

    with pytest.raises(signing.SignerNotAllowed):
        sign([home.wife], make.resident(), team)


def test_a_representative_may_be_any_adult_of_the_household() -> None:
    home, team = family(), make.team()

    made, _ = sign([home.mother, home.head], home.mother, team)

    assert [row.signed_by for row in made] == [SignedBy.SELF, SignedBy.HEAD]


def test_the_guardian_of_a_child_under_14_consents_to_its_data_by_a_tick_of_its_own() -> None:
    home, team, package = family(), make.team(), make.package()
    without = tuple(key for key in ALL if key != "minor_data")

    with pytest.raises(signing.ConsentMissing) as refused:
        signing.request_jointly(home.head, [part(home.son, home.head, team, package, consents=without)], by=BY)
    made, _ = signing.request_jointly(home.head, [part(home.son, home.head, team, package)], by=BY)

    assert refused.value.details["missing"] == ["minor_data"]
    assert "minor_data" in made[0].consents


def test_from_14_on_there_is_no_such_tick() -> None:
    team, package, parent = make.team(), make.package(), make.resident(birth_on=date(1980, 1, 1))
    child = make.resident(birth_on=clock.today().replace(year=clock.today().year - 14))
    make.authority(parent, child, make.AuthorityKind.MINOR)
    without = tuple(key for key in ALL if key != "minor_data")

    made, _ = signing.request_jointly(parent, [part(child, parent, team, package, consents=without)], by=BY)

    assert "minor_data" not in made[0].consents


def test_the_text_names_who_signed() -> None:
    home, team = family(), make.team()
    made, _ = sign(home.everybody, home.head, team)

    said = [row.text_body for row in made]
    assert "张大山代甲方签署" not in said[0]
    assert "张大山代甲方签署" in said[1] and "15天内退出" in said[1]
    assert "甲方由监护人张大山代为签署" in said[4]


def test_the_leader_is_told_once_for_all_six() -> None:
    home, team = family(), make.team()
    make.user(staff=team.lead)

    sign(home.everybody, home.head, team)

    notes = db.session.scalars(select(Notification).where(Notification.kind == "agreement_requested")).all()
    assert len(notes) == 1


def test_the_doctor_accepts_all_of_it_at_once_or_one_by_one() -> None:
    home, team = family(), make.team()
    made, _ = sign(home.everybody, home.head, team)
    signing.accept(row_of(home.son), policy=ERQI, by=BY, staff=team.lead)

    done = signing.accept_joint(str(made[0].joint_id), team.id, policy=ERQI, by=BY, staff=team.lead)
    again = signing.accept_joint(str(made[0].joint_id), team.id, policy=ERQI, by=BY, staff=team.lead)

    assert {row.status for row in done} == {S.ACTIVE} and len(done) == len(again) == 6


def test_what_was_withdrawn_meanwhile_is_not_accepted() -> None:
    home, team = family(), make.team()
    made, _ = sign([home.head, home.wife], home.head, team)
    signing.opt_out(row_of(home.wife), by=BY)
    signing.withdraw(row_of(home.head), by=BY)

    with pytest.raises(signing.NotPending):
        signing.accept_joint(str(made[0].joint_id), team.id, policy=ERQI, by=BY, staff=team.lead)


def test_each_member_may_have_a_package_of_his_own_unless_the_region_wants_one() -> None:
    home, team = family(), make.team()
    one, other = make.package(), make.package()
    parts = [part(home.head, home.head, team, one), part(home.wife, home.head, team, other)]
    uniform = ERQI.model_copy(update={"signing": ERQI.signing.model_copy(update={"package_per_member": False})})

    with pytest.raises(signing.OnePackagePerHousehold):
        signing.request_jointly(home.head, [signing.Part(p.resident, p.wish, uniform) for p in parts], by=BY)
    made, _ = signing.request_jointly(home.head, parts, by=BY)

    assert [row.package_id for row in made] == [one.id, other.id]


def test_a_person_of_16_who_earns_his_living_signs_alone_and_one_of_15_does_not() -> None:
    team, package, today = make.team(), make.package(), clock.today()
    for age, fits in ((16, True), (15, False)):
        young = make.resident(birth_on=today.replace(year=today.year - age))
        text = signing.document(young, team, package, MIANYANG)
        wish = signing.Wish(team=team, package=package, text_sha256=text.sha256, consents=ALL, signature=SIGNATURE)
        with pytest.raises(signing.GuardianNeeded):
            signing.request(young, wish, policy=MIANYANG, by=BY)
        alone = signing.Wish(**{**wish.__dict__, "lives_on_own_earnings": True})
        if fits:
            assert signing.request(young, alone, policy=MIANYANG, by=BY)[0].signed_by == SignedBy.SELF
        else:
            with pytest.raises(signing.GuardianNeeded):
                signing.request(young, alone, policy=MIANYANG, by=BY)


SIGNATURE = "data:image/png;base64,iVBORw0KGgo="


def test_an_adult_under_guardianship_neither_signs_nor_is_signed_for_by_the_head() -> None:
    home, team = family(), make.team()
    guardian = make.authority(home.wife, home.father, make.AuthorityKind.INCAPACITY, valid_to=None)

    with pytest.raises(signing.GuardianNeeded):
        sign([home.father], home.father, team)
    with pytest.raises(signing.GuardianNeeded):
        sign([home.head, home.father], home.head, team)
    made, _ = sign([home.father], home.wife, team)

    assert (made[0].signed_by, made[0].authority_id) == (SignedBy.GUARDIAN, guardian.id)
    with pytest.raises(signing.SignerNotAllowed):
        sign([home.mother], home.father, team)


@pytest.mark.parametrize(
    ("change", "fits"),
    [({}, True), ({"state": "revoked", "open_key": None}, False), ({"state": "waiting"}, False)],
)
def test_only_a_delegation_in_force_lets_somebody_sign(change: dict[str, Any], fits: bool) -> None:
    neighbour, old = make.resident(birth_on=date(1980, 1, 1)), make.resident()
    held = make.authority(neighbour, old, **change)
    team = make.team()

    if not fits:
        with pytest.raises(signing.SignerNotAllowed):
            sign([old], neighbour, team, MIANYANG)
        return
    made, _ = sign([old], neighbour, team, MIANYANG)
    assert (made[0].signed_by, made[0].authority_id, made[0].own_consent_due) == (SignedBy.PROXY, held.id, False)


def test_an_expired_delegation_and_one_that_has_not_begun_are_refused(clock: Clock) -> None:
    from server import clock as clocks

    neighbour, old, team = make.resident(birth_on=date(1980, 1, 1)), make.resident(), make.team()
    today = clocks.today()
    make.authority(neighbour, old, valid_from=today + timedelta(days=1), valid_to=today + timedelta(days=2))

    with pytest.raises(signing.SignerNotAllowed):
        sign([old], neighbour, team, MIANYANG)
    clock.advance(days=3)
    with pytest.raises(signing.SignerNotAllowed):
        sign([old], neighbour, team, MIANYANG)


def test_a_mark_counts_with_two_witnesses() -> None:
    team, package, old = make.team(), make.package(), make.resident()
    text = signing.document(old, team, package, MIANYANG)
    wish = signing.Wish(
        team=team, package=package, text_sha256=text.sha256, consents=ALL, signature=SIGNATURE, is_mark=True
    )
    row, _ = signing.request(old, wish, policy=MIANYANG, by=BY)
    nurse = make.staff(organisation=team.organisation_id)

    signing.witness(row, by=BY, staff=team.lead)
    signing.witness(row, by=BY, staff=team.lead)
    with pytest.raises(signing.WitnessNeeded):
        signing.accept(row, policy=MIANYANG, by=BY, staff=team.lead)
    signing.witness(row, by=BY, staff=nurse)

    assert signing.accept(row, policy=MIANYANG, by=BY, staff=team.lead).status == S.ACTIVE
    assert {row.witness_id, row.second_witness_id} == {team.lead.id, nurse.id}
    with pytest.raises(signing.NotPending):
        signing.witness(row, by=BY, staff=make.staff())


def test_the_dead_signs_for_nobody() -> None:
    home, team = family(), make.team()
    with make.transaction():
        home.head.died_on = clock.today()

    with pytest.raises(signing.SignerNotAllowed):
        sign([home.wife], home.head, team)


def test_who_cannot_sign_does_not_renew_or_change_team_by_himself() -> None:
    """His guardian signs anew for him; the renewal of who signed for himself carries what is still to be consented to."""
    home = family()
    child = make.agreement(
        resident=home.daughter,
        start_on=clock.today() - timedelta(days=340),
        signed_by="guardian",
        signer_id=home.head.id,
        authority_id=db.session.scalars(select(Authority.id).where(Authority.principal_id == home.daughter.id)).one(),
    )
    wife = make.agreement(
        resident=home.wife,
        start_on=clock.today() - timedelta(days=340),
        signed_by="head",
        signer_id=home.head.id,
        own_consent_due=True,
    )

    with pytest.raises(signing.GuardianNeeded):
        signing.renew(child, policy=MIANYANG, by=BY)
    renewed, _ = signing.renew(wife, policy=MIANYANG, by=BY)

    assert (renewed.signed_by, renewed.own_consent_due) == (SignedBy.SELF, True)


def test_a_guardian_renews_for_his_ward_by_signing_again() -> None:
    home, team, package = family(), make.team(), make.package()
    before = make.agreement(
        resident=home.son,
        team=team,
        package=package,
        start_on=clock.today() - timedelta(days=340),
        signed_by="guardian",
        signer_id=home.head.id,
        authority_id=db.session.scalars(select(Authority.id).where(Authority.principal_id == home.son.id)).one(),
    )
    said = ("guardian", home.head.name, MIANYANG.signing.opt_out_days)
    text = signing.document(home.son, team, package, MIANYANG, predecessor=before, representative=said)
    wish = signing.Wish(team=team, package=package, text_sha256=text.sha256, consents=ALL, signature=SIGNATURE)

    made, is_new = signing.request_jointly(home.head, [signing.Part(home.son, wish, MIANYANG)], by=BY)

    assert is_new and (made[0].predecessor_id, made[0].signed_by) == (before.id, SignedBy.GUARDIAN)
