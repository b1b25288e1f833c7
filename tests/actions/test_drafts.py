"""Drafts and what staff begin for a resident: L1, L3, L6, L7."""

from typing import Any

import pytest
from sqlalchemy import select

from server import policy as policies
from server.actions import signing
from server.database import db
from server.models import Agreement, AgreementStatus, Notification, RealNameState
from server.models.actor import Actor, ActorKind
from server.models.states import IllegalMove
from tests import make
from tests.actions.test_signing import BY, POLICY, SIGNATURE, events_of, everybody, panel, request

S = AgreementStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def save(resident: Any, team: Any, package: Any, **fields: Any) -> tuple[Agreement, bool]:
    return signing.save_draft(resident, signing.Draft(team, package, **fields), policy=POLICY, by=BY)


def staff_actor(team: Any) -> Actor:
    return Actor(ActorKind.STAFF, team.lead.id)


def begin(resident: Any, team: Any, package: Any, **fields: Any) -> tuple[Agreement, bool]:
    draft = signing.Draft(team, package, **fields)
    return signing.begin_for(resident, draft, policy=POLICY, by=staff_actor(team), staff=team.lead)


def test_a_draft_remembers_everything_but_the_signature() -> None:
    resident, team, package = everybody()

    draft, is_new = save(resident, team, package, term_months=12, consents=("health_data",), step="consent")

    assert is_new
    assert (draft.status, draft.draft_step, draft.term_months) == (S.DRAFT, "consent", 12)
    assert (draft.team_id, draft.package_id, draft.consents) == (team.id, package.id, ["health_data"])
    assert (draft.signature, draft.text_body) == (None, "")
    assert draft.answer_by_on.isoformat() == "2026-03-09"


def test_there_is_one_draft_per_person_and_the_newest_choice_counts() -> None:
    resident, team, package = everybody()
    first, _ = save(resident, team, package)
    other = make.team()

    second, is_new = save(resident, other, package, step="sign")

    assert (second.id, is_new, second.team_id) == (first.id, False, other.id)
    assert db.session.scalars(select(Agreement)).all() == [second]


def test_signing_turns_the_draft_into_the_request() -> None:
    resident, team, package = everybody()
    draft, _ = save(resident, team, package, step="sign")

    agreement, is_new = request(resident, team, package)

    assert (agreement.id, is_new, agreement.status) == (draft.id, True, S.PENDING_TEAM)
    assert agreement.signature == SIGNATURE
    assert agreement.text_body != ""
    assert events_of(agreement) == [("", "draft"), ("draft", "pending_team")]


def test_signing_for_another_team_takes_the_draft_along() -> None:
    resident, team, package = everybody()
    draft, _ = save(resident, team, package)
    other = make.team()

    agreement, _ = request(resident, other, package)

    assert (agreement.id, agreement.team_id) == (draft.id, other.id)


@pytest.mark.parametrize("status", [S.ACTIVE, S.PENDING_TEAM, S.SIGNED, S.TERMINATION_REQUESTED])
def test_nothing_is_drafted_beside_an_agreement(status: AgreementStatus) -> None:
    resident, team, package = everybody()
    make.agreement(resident=resident, team=team, status=status)

    with pytest.raises(signing.AgreementOverlap):
        save(resident, team, package)


def test_a_draft_needs_an_open_team_and_an_offered_package() -> None:
    resident = make.resident()

    with pytest.raises(signing.TeamClosed):
        save(resident, make.team(is_open=False), make.package())
    with pytest.raises(signing.PackageNotOffered):
        save(resident, make.team(), make.package(is_offered=False))


def test_a_draft_is_discarded_and_another_one_begun() -> None:
    resident, team, package = everybody()
    draft, _ = save(resident, team, package)

    signing.withdraw(draft, by=BY)
    again, is_new = save(resident, team, package)

    assert draft.status == S.WITHDRAWN
    assert (is_new, again.id == draft.id) == (True, False)


def test_an_old_draft_goes_without_a_word(clock: Any) -> None:
    resident, team, package = everybody()
    draft, _ = save(resident, team, package)
    clock.set("2026-03-09 10:00")
    assert not signing.withdraw_overdue_next(POLICY)

    clock.set("2026-03-10 00:30")

    assert signing.withdraw_overdue_next(POLICY)
    assert not signing.withdraw_overdue_next(POLICY)
    db.session.refresh(draft)
    assert draft.status == S.WITHDRAWN
    assert db.session.scalar(select(Notification.id)) is None


# ---------------------------------------------------------------- who somebody is (L1)


def test_unverified_may_ask_but_is_accepted_only_once_his_document_was_seen() -> None:
    team, package = make.team(), make.package()
    resident = make.resident(real_name_state=RealNameState.UNVERIFIED)
    agreement, _ = request(resident, team, package)

    with pytest.raises(signing.RealNameNeeded):
        signing.accept(agreement, policy=POLICY, by=staff_actor(team), staff=team.lead)

    assert (agreement.status, panel(team.id)) == (S.PENDING_TEAM, 0)
    make.saved_change(resident, real_name_state=RealNameState.STAFF_SEEN)
    signing.accept(agreement, policy=POLICY, by=staff_actor(team), staff=team.lead)
    assert agreement.status == S.ACTIVE


@pytest.mark.parametrize(("needed", "may_ask"), [("never", True), ("acceptance", True), ("request", False)])
def test_the_region_says_when_the_real_name_is_needed(needed: str, may_ask: bool) -> None:
    rules = POLICY.model_copy(update={"signing": POLICY.signing.model_copy(update={"real_name_needed": needed})})
    resident, team, package = make.resident(real_name_state=RealNameState.FAILED), make.team(), make.package()
    draft = signing.Draft(team, package)

    if may_ask:
        assert signing.save_draft(resident, draft, policy=rules, by=BY)[1]
    else:
        with pytest.raises(signing.RealNameNeeded):
            signing.save_draft(resident, draft, policy=rules, by=BY)


# ---------------------------------------------------------------- begun by staff (L3)


def test_staff_begin_and_the_resident_signs_himself() -> None:
    resident, team, package = everybody()

    begun, is_new = begin(resident, team, package)

    assert (is_new, begun.status, begun.begun_by, begun.signature) == (True, S.PENDING_RESIDENT, team.lead.id, None)
    note = db.session.scalar(select(Notification).where(Notification.kind == "signature_waiting"))
    assert note is not None and note.resident_id == resident.id
    agreement, _ = request(resident, team, package, channel="doctor_phone")
    assert (agreement.id, agreement.status, agreement.channel) == (begun.id, S.PENDING_TEAM, "doctor_phone")
    assert events_of(agreement) == [
        ("", "draft"),
        ("draft", "pending_resident"),
        ("pending_resident", "pending_team"),
    ]
    db.session.refresh(note)
    assert note.status == "cancelled"


def test_staff_begin_only_for_somebody_whose_document_was_seen() -> None:
    team, package = make.team(), make.package()

    with pytest.raises(signing.RealNameNeeded):
        begin(make.resident(real_name_state=RealNameState.UNVERIFIED), team, package)


def test_what_staff_began_is_not_accepted_before_the_resident_signed() -> None:
    resident, team, package = everybody()
    begun, _ = begin(resident, team, package)

    with pytest.raises(IllegalMove):
        signing.accept(begun, policy=POLICY, by=staff_actor(team), staff=team.lead)

    assert (begun.status, panel(team.id)) == (S.PENDING_RESIDENT, 0)


def test_beginning_twice_is_beginning_once_and_another_team_is_refused() -> None:
    resident, team, package = everybody()
    first, _ = begin(resident, team, package)

    assert begin(resident, team, package) == (first, False)
    with pytest.raises(signing.AgreementOverlap):
        begin(resident, make.team(), package)
    with pytest.raises(signing.AgreementOverlap):
        request(resident, make.team(), package)


def test_a_residents_own_draft_gives_way_to_what_he_agreed_on_with_staff() -> None:
    resident, team, package = everybody()
    draft, _ = save(resident, make.team(), package)

    begun, is_new = begin(resident, team, package)

    assert (begun.id, is_new, begun.team_id) == (draft.id, True, team.id)
    assert begun.status == S.PENDING_RESIDENT


def test_the_resident_may_decline_what_staff_began() -> None:
    resident, team, package = everybody()
    begun, _ = begin(resident, team, package)

    signing.withdraw(begun, by=BY)

    assert begun.status == S.WITHDRAWN


def test_what_nobody_signs_is_reminded_three_times_and_then_withdrawn(clock: Any) -> None:
    resident, team, package = everybody()
    begun, _ = begin(resident, team, package)
    told = []
    for day in range(2, 12):
        clock.set(f"2026-03-{day:02} 09:00")
        while signing.remind_next(POLICY):
            told.append(day)
        if signing.withdraw_overdue_next(POLICY):
            told.append(-day)

    db.session.refresh(begun)
    assert (told, begun.status) == ([3, 5, 8, -10], S.WITHDRAWN)


def test_other_regions_share_the_states() -> None:
    assert all(policies.load(region).signing.draft_days == 7 for region in policies.regions())
