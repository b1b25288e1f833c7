"""Signing and renewal: what happens, what is refused, what twice does, what the calendar does."""

import base64
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import policy as policies
from server.actions import signing
from server.database import db
from server.models import Agreement, AgreementEvent, AgreementStatus, AuditEvent, Notification, Team
from server.models.actor import Actor, ActorKind
from server.models.states import IllegalMove
from tests import make

S = AgreementStatus
POLICY = policies.load("mianyang")
BY = Actor(ActorKind.RESIDENT, "someone", "127.0.0.1")
SIGNATURE = "data:image/png;base64," + base64.b64encode(signing.PNG_HEAD + b"drawn").decode()


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def request(resident: Any, team: Any, package: Any, **changes: Any) -> tuple[Agreement, bool]:
    values = {
        "text_sha256": signing.document(resident, team, package, POLICY).sha256,
        "consents": tuple(POLICY.signing.consents),
        "signature": SIGNATURE,
    }
    return signing.request(resident, signing.Wish(team, package, **(values | changes)), policy=POLICY, by=BY)


def everybody() -> tuple[Any, Any, Any]:
    return make.resident(), make.team(), make.package()


def panel(team_id: str) -> int | None:
    return db.session.scalar(select(Team.panel_count).where(Team.id == team_id))


def events_of(agreement: Agreement) -> list[tuple[str, str]]:
    rows = db.session.scalars(
        select(AgreementEvent).where(AgreementEvent.subject_id == agreement.id).order_by(AgreementEvent.id)
    )
    return [(row.old, row.new) for row in rows]


def test_request_freezes_text_consents_and_signature_and_tells_the_leader() -> None:
    resident, team, package = everybody()
    make.user(staff=team.lead)

    agreement, is_new = request(resident, team, package)

    assert is_new
    assert agreement.status == S.PENDING_TEAM
    assert resident.name in agreement.text_body
    assert resident.identity_number not in agreement.text_body
    assert agreement.signature == SIGNATURE
    assert agreement.consents == sorted(POLICY.signing.consents)
    assert (agreement.region, agreement.policy_version) == ("mianyang", POLICY.version)
    assert agreement.answer_by_on == date(2026, 3, 9)
    assert events_of(agreement) == [("", "pending_team")]
    assert db.session.scalar(select(Notification.kind)) == "agreement_requested"
    assert db.session.scalar(select(AuditEvent.action)) == "agreement_requested"


def test_request_twice_returns_the_first() -> None:
    resident, team, package = everybody()
    first, _ = request(resident, team, package)

    second, is_new = request(resident, team, package)

    assert (second.id, is_new) == (first.id, False)


def test_request_with_another_team_while_one_waits_is_refused() -> None:
    resident, team, package = everybody()
    request(resident, team, package)

    with pytest.raises(signing.AgreementOverlap):
        request(resident, make.team(), package)


def test_request_while_one_is_active_is_refused() -> None:
    resident, team, package = everybody()
    make.agreement(resident=resident, team=team, package=package)

    with pytest.raises(signing.AgreementOverlap):
        request(resident, team, package)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"text_sha256": "f" * 64}, signing.TextChanged),
        ({"consents": ["service_content"]}, signing.ConsentMissing),
        ({"signature": "data:image/png;base64,xxxx"}, signing.SignatureInvalid),
        ({"signature": ""}, signing.SignatureInvalid),
        ({"signature": "data:image/png;base64,签名"}, signing.SignatureInvalid),
        (
            {"signature": "data:image/png;base64," + base64.b64encode(signing.PNG_HEAD + b"0" * 200_001).decode()},
            signing.SignatureInvalid,
        ),
    ],
)
def test_request_with_something_missing_leaves_nothing(change: dict[str, Any], error: type[Exception]) -> None:
    resident, team, package = everybody()

    with pytest.raises(error):
        request(resident, team, package, **change)

    assert db.session.scalar(select(Agreement.id)) is None
    assert db.session.scalar(select(Notification.id)) is None


def test_request_to_a_closed_team_or_for_a_withdrawn_package_is_refused() -> None:
    resident, team, package = everybody()

    with pytest.raises(signing.TeamClosed):
        request(resident, make.team(is_open=False), package)
    with pytest.raises(signing.PackageNotOffered):
        request(resident, team, make.package(is_offered=False))


def test_accept_starts_today_for_the_regions_term_and_counts_the_resident() -> None:
    resident, team, package = everybody()
    agreement, _ = request(resident, team, package)

    signing.accept(agreement, policy=POLICY, by=BY, staff=team.lead)

    assert agreement.status == S.ACTIVE
    assert (agreement.start_on, agreement.end_on) == (date(2026, 3, 2), date(2027, 3, 1))
    assert agreement.active_key == resident.id
    assert agreement.open_key is None
    assert panel(team.id) == 1
    assert events_of(agreement) == [("", "pending_team"), ("pending_team", "active")]


def test_accept_twice_counts_once() -> None:
    resident, team, package = everybody()
    agreement, _ = request(resident, team, package)

    signing.accept(agreement, policy=POLICY, by=BY, staff=team.lead)
    signing.accept(agreement, policy=POLICY, by=BY, staff=team.lead)

    assert panel(team.id) == 1


def test_accept_beyond_the_cap_is_refused_and_changes_nothing() -> None:
    resident, package = make.resident(), make.package()
    team = make.team(panel_cap=1, panel_count=1)
    agreement, _ = request(resident, team, package)

    with pytest.raises(signing.CapExceeded):
        signing.accept(agreement, policy=POLICY, by=BY, staff=team.lead)

    assert agreement.status == S.PENDING_TEAM


def test_reject_gives_a_reason_and_frees_the_resident() -> None:
    resident, team, package = everybody()
    agreement, _ = request(resident, team, package)

    signing.reject(agreement, reason=signing.RejectReason.OUT_OF_AREA, note="请联系城南中心", by=BY, staff=team.lead)

    assert agreement.status == S.REJECTED
    assert (agreement.reject_code, agreement.open_key) == ("out_of_area", None)
    again, is_new = request(resident, make.team(), package)
    assert is_new and again.status == S.PENDING_TEAM


def test_withdraw_before_the_answer_and_not_after() -> None:
    resident, team, package = everybody()
    agreement, _ = request(resident, team, package)

    signing.withdraw(agreement, by=BY)

    assert agreement.status == S.WITHDRAWN
    with pytest.raises(IllegalMove):
        signing.accept(agreement, policy=POLICY, by=BY, staff=team.lead)


def test_withdraw_after_accept_is_refused() -> None:
    agreement = make.agreement()

    with pytest.raises(IllegalMove):
        signing.withdraw(agreement, by=BY)


def test_nobody_answering_withdraws_after_the_promise(clock: Any) -> None:
    resident, team, package = everybody()
    agreement, _ = request(resident, team, package)

    clock.set("2026-03-12 23:00")
    assert signing.withdraw_overdue_next(POLICY) is False
    clock.set("2026-03-13 00:30")
    assert signing.withdraw_overdue_next(POLICY) is True
    assert signing.withdraw_overdue_next(POLICY) is False

    assert agreement.status == S.WITHDRAWN


def ending(days: int, **fields: Any) -> Agreement:
    """An agreement in force whose last day is in so many days."""
    today = date(2026, 3, 2)
    return make.agreement(start_on=today - timedelta(days=200), end_on=today + timedelta(days=days), **fields)


def offers() -> list[str]:
    """Run the job to its end; the keys of what residents are told."""
    while signing.offer_next_renewal(POLICY):
        pass
    keys = select(Notification.dedupe_key).where(Notification.kind == "renewal_offer")
    return sorted(db.session.scalars(keys))


@pytest.mark.parametrize(("days", "told"), [(31, False), (30, True), (8, True), (7, True), (1, True), (0, True)])
def test_notice_before_the_end_needs_nobody_to_open_anything(days: int, told: bool) -> None:
    ending(days)

    assert bool(offers()) is told
    assert signing.offer_next_renewal(POLICY) == 0


def test_notices_go_out_at_30_7_and_1_days_each_once(clock: Any) -> None:
    agreement = ending(30)
    assert agreement.end_on is not None

    told, known = [], 0
    for before in range(30, -2, -1):
        day = agreement.end_on - timedelta(days=before)
        clock.set(f"{day} 09:00")
        if len(offers()) > known:
            told.append(before)
            known += 1

    assert told == [30, 7, 1]
    assert offers() == sorted(f"renewal_offer:{agreement.id}:{agreement.end_on}:{days}" for days in (30, 7, 1))


def test_a_late_run_tells_only_the_step_that_counts() -> None:
    agreement = ending(5)

    assert signing.offer_next_renewal(POLICY) == 1

    assert list(db.session.scalars(select(Notification.dedupe_key))) == [
        f"renewal_offer:{agreement.id}:{agreement.end_on}:7"
    ]


def test_whoever_has_renewed_is_not_told_again() -> None:
    agreement = ending(20)
    signing.renew(agreement, policy=POLICY, by=BY)

    while signing.offer_next_renewal(POLICY):
        pass

    assert db.session.scalar(select(Notification).where(Notification.kind == "renewal_offer")) is None


def test_whoever_was_turned_down_is_told_again() -> None:
    agreement = ending(20)
    successor, _ = signing.renew(agreement, policy=POLICY, by=BY)
    signing.reject(successor, reason=signing.RejectReason.DATA_WRONG, note="", by=BY, staff=agreement.team.lead)

    assert signing.offer_next_renewal(POLICY) == 1

    assert db.session.scalar(select(Notification).where(Notification.kind == "renewal_offer")) is not None


def test_renewal_continues_without_gap_or_overlap(clock: Any) -> None:
    agreement = ending(20, team=make.team(panel_count=1))

    successor, is_new = signing.renew(agreement, policy=POLICY, by=BY)
    signing.accept(successor, policy=POLICY, by=BY, staff=agreement.team.lead)

    assert is_new
    assert successor.status == S.SIGNED
    assert successor.start_on == agreement.end_on + timedelta(days=1)
    assert signing.expire_next(POLICY) is False
    clock.set(f"{successor.start_on} 00:05")
    assert signing.expire_next(POLICY) is True
    assert (agreement.status, successor.status) == (S.RENEWED, S.ACTIVE)
    assert panel(agreement.team_id) == 1


def test_renew_twice_returns_the_first_successor() -> None:
    agreement = ending(20)
    first, _ = signing.renew(agreement, policy=POLICY, by=BY)

    second, is_new = signing.renew(agreement, policy=POLICY, by=BY)

    assert (second.id, is_new) == (first.id, False)


def test_a_rejected_renewal_may_be_asked_for_again() -> None:
    agreement = ending(20)
    first, _ = signing.renew(agreement, policy=POLICY, by=BY)
    signing.reject(first, reason=signing.RejectReason.OTHER, note="", by=BY, staff=agreement.team.lead)

    second, is_new = signing.renew(agreement, policy=POLICY, by=BY)

    assert is_new and second.id != first.id


@pytest.mark.parametrize("days", [91, 150])
def test_renewal_too_early_is_refused(days: int) -> None:
    with pytest.raises(signing.NotRenewable):
        signing.renew(ending(days), policy=POLICY, by=BY)


def test_renewal_within_the_grace_days_starts_when_accepted(clock: Any) -> None:
    agreement = ending(0, team=make.team(panel_count=1))
    clock.set("2026-03-05 09:00")
    assert signing.expire_next(POLICY) is True
    assert panel(agreement.team_id) == 0

    clock.set("2026-04-01 09:00")
    successor, _ = signing.renew(agreement, policy=POLICY, by=BY)
    signing.accept(successor, policy=POLICY, by=BY, staff=agreement.team.lead)

    assert (successor.status, successor.start_on) == (S.ACTIVE, date(2026, 4, 1))
    assert panel(agreement.team_id) == 1


def test_renewal_after_the_grace_days_is_refused(clock: Any) -> None:
    agreement = ending(0)
    clock.set("2026-03-05 09:00")
    signing.expire_next(POLICY)
    clock.set("2026-04-02 09:00")

    with pytest.raises(signing.NotRenewable):
        signing.renew(agreement, policy=POLICY, by=BY)


def test_expiry_happens_on_the_day_after_the_last_one(clock: Any) -> None:
    agreement = ending(0)

    clock.set("2026-03-02 23:59")
    assert signing.expire_next(POLICY) is False
    clock.set("2026-03-03 00:05")
    assert signing.expire_next(POLICY) is True

    assert agreement.status == S.EXPIRED
    assert db.session.scalar(select(Notification.kind)) == "agreement_expired"


def test_a_signed_agreement_comes_into_force_on_its_first_day(clock: Any) -> None:
    agreement = make.agreement(status=S.SIGNED, start_on=date(2026, 3, 10))

    assert signing.activate_next(POLICY) is False
    clock.set("2026-03-10 00:02")
    assert signing.activate_next(POLICY) is True

    assert agreement.status == S.ACTIVE
