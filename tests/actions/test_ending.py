"""Termination: who may ask, who decides, what ends with it. Death, moves, void: one event, one transaction."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock
from server.actions import booking, signing
from server.actions.followups.enrolling import enrol
from server.actions.followups.refusals import NoAgreement
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    AuditEvent,
    EndingReason,
    FollowUp,
    FollowUpStatus,
    Notification,
    NotificationStatus,
    Programme,
    Resident,
    Team,
)
from server.models import notification as notifications
from server.models.agreement import HOLDS_PLACE
from server.models.states import IllegalMove, StaleState
from server.policy.dates import workdays_after
from tests import make
from tests.actions.leaving import ADMIN, DOCTOR, NOTHING, POLICY, RESIDENT, SECOND, ask, left_over, life, panel
from tests.actions.test_signing import SIGNATURE, request
from tests.conftest import Clock

S = AgreementStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def waiting(kind: str) -> list[Notification]:
    db.session.rollback()
    found = select(Notification).where(Notification.kind == kind, Notification.status == NotificationStatus.CREATED)
    return list(db.session.scalars(found))


def audited() -> set[str]:
    return set(db.session.scalars(select(AuditEvent.action)))


# ---------------------------------------------------------------- asking


def test_asking_keeps_the_service_and_promises_a_day() -> None:
    one = life()

    wish = ask(one.agreement, note="想换一家")

    assert one.agreement.status == S.TERMINATION_REQUESTED
    assert one.agreement.active_key == one.resident.id
    assert wish.decide_by_on == date(2026, 3, 9)  # five working days after Monday 2026-03-02
    assert (wish.reason_label, wish.note, wish.signature) == ("对服务不满意", "想换一家", SIGNATURE)
    slot = make.slot(starts=one.slot.starts_at + timedelta(days=1))
    booking.reserve(slot.id, one.resident, policy=POLICY, by=RESIDENT)
    assert left_over(one)["bookings"] == 2
    assert "termination_requested" in audited()


@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        (date(2026, 3, 2), 5, date(2026, 3, 9)),
        (date(2026, 3, 6), 1, date(2026, 3, 9)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),
        (date(2026, 3, 8), 5, date(2026, 3, 13)),
    ],
)
def test_working_days_leave_weekends_out(start: date, number: int, end: date) -> None:
    assert workdays_after(start, number) == end


def test_asking_twice_is_asking_once() -> None:
    agreement = make.agreement()

    first = ask(agreement)

    assert ask(agreement).id == first.id


def test_asking_needs_a_signature_and_a_resident_s_reason() -> None:
    agreement = make.agreement()

    with pytest.raises(signing.SignatureInvalid):
        signing.request_termination(
            agreement, reason=EndingReason.OTHER, note="", signature="data:image/png;base64,xx", by=RESIDENT
        )
    with pytest.raises(Exception, match="invalid"):
        ask(agreement, "duplicate")
    assert agreement.status == S.ACTIVE


@pytest.mark.parametrize(
    "status",
    [status for status in S if status not in (S.ACTIVE, S.TERMINATION_REQUESTED)],
)
def test_only_what_is_in_force_can_be_ended(status: AgreementStatus) -> None:
    agreement = make.agreement(status=status)

    with pytest.raises(IllegalMove):
        ask(agreement, "moved")


@pytest.mark.parametrize(
    ("region", "reason", "allowed"),
    [
        ("changyinsha", "dissatisfied", False),
        ("changyinsha", "other", False),
        ("changyinsha", "moved", True),
        ("changyinsha", "breach", True),
        ("changyinsha_special", "dissatisfied", True),
        ("erqi", "dissatisfied", True),
        ("mianyang", "dissatisfied", True),
        ("national", "other", True),
    ],
)
def test_each_region_decides_who_may_leave_within_the_term(region: str, reason: str, allowed: bool) -> None:
    """C-03; §6.5: asked in month 4, dissatisfied → refused with the complaint route; moved away → allowed."""
    agreement = make.agreement(region=region)

    if allowed:
        assert ask(agreement, reason).outcome is None
        return
    with pytest.raises(signing.TermNotAllowedInTerm) as refused:
        ask(agreement, reason)
    assert refused.value.details["complaint_phone"] in refused.value.message
    assert refused.value.details["allowed_reasons"] == ["moved", "breach"]
    assert agreement.status == S.ACTIVE


def test_asking_withdraws_a_renewal_that_waits() -> None:
    agreement = make.agreement(start_on=date(2025, 3, 10))
    successor, _ = signing.renew(agreement, policy=POLICY, by=RESIDENT)

    ask(agreement)

    db.session.refresh(successor)
    assert (successor.status, successor.predecessor_id) == (S.WITHDRAWN, None)


# ---------------------------------------------------------------- deciding


def test_approving_ends_everything_today() -> None:
    one = life()
    wish = ask(one.agreement)
    agreed = one.agreement.end_on

    signing.decide_termination(wish, approve=True, note="", by=ADMIN)

    assert one.agreement.status == S.TERMINATED
    assert (one.agreement.end_on, one.agreement.agreed_end_on) == (date(2026, 3, 2), agreed)
    assert left_over(one) == {**NOTHING, "reminders": 1}
    (told,) = waiting("agreement_ended")
    assert (told.resident_id, told.facts["result"]) == (one.resident.id, "已同意")
    assert panel(one.team) == 6
    assert "termination_approved" in audited()


def test_refusing_goes_on_with_a_reason() -> None:
    one = life()
    before = left_over(one)
    wish = ask(one.agreement)

    with pytest.raises(signing.DecisionNoteNeeded):
        signing.decide_termination(wish, approve=False, note=" ", by=ADMIN)
    signing.decide_termination(wish, approve=False, note="请先与团队沟通", by=ADMIN)

    assert one.agreement.status == S.ACTIVE
    assert wish.decision_note == "请先与团队沟通"
    assert {**left_over(one), "reminders": before["reminders"]} == before
    assert waiting("agreement_ended")[0].facts["result"] == "未同意"
    ask(one.agreement)  # and he may ask again
    assert one.agreement.status == S.TERMINATION_REQUESTED


def test_deciding_twice_is_deciding_once() -> None:
    wish = ask(make.agreement())

    for _ in range(2):
        signing.decide_termination(wish, approve=True, note="", by=ADMIN)

    assert len(waiting("agreement_ended")) == 1
    with pytest.raises(StaleState):
        signing.decide_termination(wish, approve=False, note="晚了", by=SECOND)


def test_where_everybody_may_leave_nobody_can_refuse() -> None:
    wish = ask(make.agreement(region="erqi"))

    with pytest.raises(signing.RefusalNotAllowed):
        signing.decide_termination(wish, approve=False, note="不同意", by=ADMIN)


def test_taking_back_goes_on_as_before() -> None:
    one = life()
    wish = ask(one.agreement)

    for _ in range(2):
        signing.take_back_termination(one.agreement, by=RESIDENT)

    assert one.agreement.status == S.ACTIVE
    assert left_over(one)["bookings"] == 1
    with pytest.raises(StaleState):
        signing.decide_termination(wish, approve=True, note="", by=ADMIN)


def test_nothing_to_take_back() -> None:
    with pytest.raises(IllegalMove):
        signing.take_back_termination(make.agreement(), by=RESIDENT)


def test_the_last_day_passes_before_anybody_decided(clock: Clock) -> None:
    agreement = make.agreement(start_on=date(2025, 3, 10))
    successor, _ = signing.renew(agreement, policy=POLICY, by=RESIDENT)
    signing.accept(successor, policy=POLICY, by=DOCTOR, staff=agreement.team.lead)
    wish = ask(agreement)
    clock.set("2026-03-10 01:00")

    assert signing.expire_next(POLICY)

    for row in (agreement, successor, wish):
        db.session.refresh(row)
    assert (agreement.status, successor.status, wish.outcome) == (S.EXPIRED, S.WITHDRAWN, "overtaken")
    assert not signing.activate_next(POLICY)


def test_approving_withdraws_the_next_term_of_another_team() -> None:
    """Both teams get their place back."""
    agreement = make.agreement(start_on=date(2025, 3, 10), team=make.team(panel_count=5))
    next_team = make.team(panel_count=3)
    successor = make.agreement(status=S.SIGNED, resident=agreement.resident, team=next_team, start_on=date(2026, 3, 10))

    signing.decide_termination(ask(agreement), approve=True, note="", by=ADMIN)

    db.session.refresh(successor)
    assert (successor.status, successor.start_on) == (S.WITHDRAWN, None)
    assert (panel(agreement.team), panel(next_team)) == (4, 2)


def test_who_left_today_starts_anew_tomorrow_without_an_overlap(clock: Clock) -> None:
    agreement = make.agreement(start_on=date(2026, 1, 5))
    signing.decide_termination(ask(agreement), approve=True, note="", by=ADMIN)
    team, package = make.team(), make.package()

    again, _ = request(agreement.resident, team, package)
    signing.accept(again, policy=POLICY, by=DOCTOR, staff=team.lead)

    assert (again.status, again.start_on) == (S.SIGNED, date(2026, 3, 3))
    clock.set("2026-03-03 01:00")
    assert signing.activate_next(POLICY)
    db.session.refresh(again)
    assert again.status == S.ACTIVE


# ---------------------------------------------------------------- death and moves


def test_death_ends_everything_and_tells_nobody() -> None:
    one = life()

    for _ in range(2):
        signing.close(one.agreement, signing.Event.DEATH, date(2026, 3, 1), by=DOCTOR)

    assert one.agreement.status == S.CLOSED_DEATH
    assert one.agreement.end_on == one.agreement.start_on  # signed today, died yesterday: never before its first day
    assert left_over(one) == NOTHING
    assert panel(one.team) == 6
    assert db.session.get(Resident, one.resident.id, populate_existing=True).died_on == date(2026, 3, 1)
    assert "death_registered" in audited()


def test_moving_ends_everything_and_says_so() -> None:
    one = life(start_on=date(2026, 1, 5))

    signing.close(one.agreement, signing.Event.MOVED, date(2026, 2, 20), by=DOCTOR)

    assert (one.agreement.status, one.agreement.end_on) == (S.CLOSED_MOVED, date(2026, 2, 20))
    assert left_over(one) == {**NOTHING, "reminders": 1}
    assert waiting("agreement_ended")[0].facts["result"] == "已终止"
    assert db.session.get(Resident, one.resident.id, populate_existing=True).died_on is None


def test_a_wish_to_leave_is_overtaken_by_death() -> None:
    one = life()
    wish = ask(one.agreement)

    signing.close(one.agreement, signing.Event.DEATH, date(2026, 3, 2), by=DOCTOR)

    db.session.refresh(wish)
    assert wish.outcome == "overtaken"
    with pytest.raises(StaleState):
        signing.decide_termination(wish, approve=True, note="", by=ADMIN)


@pytest.mark.parametrize("on", [date(2026, 3, 3), date(1950, 3, 14)])
def test_a_day_that_cannot_be_meant_is_refused(on: date) -> None:
    one = life()

    with pytest.raises(signing.ClosingDateInvalid):
        signing.close(one.agreement, signing.Event.DEATH, on, by=DOCTOR)

    assert left_over(one)["bookings"] == 1


@pytest.mark.parametrize("status", [S.PENDING_TEAM, S.SIGNED, S.REJECTED, S.WITHDRAWN, S.RENEWED, S.TERMINATED, S.VOID])
@pytest.mark.parametrize("event", list(signing.Event))
def test_only_what_is_in_force_can_be_closed(event: signing.Event, status: AgreementStatus) -> None:
    agreement = make.agreement(status=status)

    with pytest.raises(IllegalMove):
        signing.close(agreement, event, clock.today(), by=DOCTOR)


def test_death_after_the_agreement_expired_stops_the_follow_ups() -> None:
    agreement = make.agreement(status=S.EXPIRED, start_on=date(2025, 2, 20))
    followup = make.followup(resident=agreement.resident, team=agreement.team)

    signing.close(agreement, signing.Event.DEATH, clock.today(), by=DOCTOR)

    db.session.refresh(followup)
    assert (agreement.status, followup.status) == (S.EXPIRED, FollowUpStatus.CANCELLED)
    with pytest.raises(signing.NotRenewable):
        signing.renew(agreement, policy=POLICY, by=RESIDENT)


def test_an_old_team_cannot_close_what_another_team_serves() -> None:
    old = make.agreement(status=S.EXPIRED)
    now = make.agreement(resident=old.resident)

    with pytest.raises(IllegalMove):
        signing.close(old, signing.Event.DEATH, clock.today(), by=DOCTOR)

    assert now.status == S.ACTIVE


def test_nobody_signs_books_or_enrols_the_dead() -> None:
    one = life()
    signing.close(one.agreement, signing.Event.DEATH, clock.today(), by=DOCTOR)

    with pytest.raises(signing.ResidentDeceased):
        request(one.resident, one.team, make.package())
    with pytest.raises(booking.NoActiveAgreement):
        booking.reserve(one.slot.id, one.resident, policy=POLICY, by=RESIDENT)
    with pytest.raises(NoAgreement):
        enrol(one.resident, Programme.HOME_VISIT, clock.today(), by=DOCTOR, policy=POLICY)
    assert db.session.scalar(select(Agreement.id).where(Agreement.open_key == one.resident.id)) is None


def test_nothing_is_queued_to_the_dead() -> None:
    one = life()
    signing.close(one.agreement, signing.Event.DEATH, clock.today(), by=DOCTOR)

    with make.transaction():
        for who in ({"resident_id": one.resident.id}, {"user_id": one.user.id}):
            key = f"late:{who}"
            assert not notifications.queue(
                "doctor_reply", dedupe_key=key, subject_id="x", at=clock.now(), facts={}, **who
            )

    assert left_over(one) == NOTHING


def test_who_moved_may_sign_elsewhere() -> None:
    one = life(start_on=date(2026, 1, 5))
    signing.close(one.agreement, signing.Event.MOVED, date(2026, 2, 20), by=DOCTOR)

    again, _ = request(one.resident, make.team(), make.package())

    assert again.status == S.PENDING_TEAM


def test_a_doctor_who_leaves_as_a_resident_still_hears_of_his_patients() -> None:
    team = make.team()
    agreement = make.agreement()
    user = make.user(resident=agreement.resident, staff=team.lead)
    with make.transaction():
        notifications.queue(
            "message_waiting", dedupe_key="w", subject_id="x", at=clock.now(), facts={}, user_id=user.id
        )

    signing.close(agreement, signing.Event.MOVED, clock.today(), by=DOCTOR)

    assert len(waiting("message_waiting")) == 1


# ---------------------------------------------------------------- void


def void(agreement: Agreement, reason: str = "duplicate") -> Any:
    return signing.propose_void(agreement, reason=EndingReason(reason), note="重复录入", by=ADMIN)


def test_void_needs_two_administrators() -> None:
    one = life()

    proposal = void(one.agreement)
    with pytest.raises(signing.SecondPersonNeeded):
        signing.confirm_void(proposal, by=ADMIN)
    assert one.agreement.status == S.ACTIVE
    for _ in range(2):
        signing.confirm_void(proposal, by=SECOND)

    assert one.agreement.status == S.VOID
    assert left_over(one) == NOTHING
    assert panel(one.team) == 6
    assert {"void_proposed", "agreement_voided"} <= audited()


def test_void_needs_an_explanation_and_happens_once() -> None:
    agreement = make.agreement()
    with pytest.raises(signing.DecisionNoteNeeded):
        signing.propose_void(agreement, reason=EndingReason.DUPLICATE, note=" ", by=ADMIN)
    signing.confirm_void(void(agreement), by=SECOND)

    with pytest.raises(IllegalMove):
        void(agreement)
    assert signing.void_reasons(agreement) == []


@pytest.mark.parametrize("status", [status for status in S if status != S.VOID])
def test_any_agreement_can_be_declared_void(status: AgreementStatus) -> None:
    agreement = make.agreement(status=status, team=make.team(panel_count=2))

    signing.confirm_void(void(agreement), by=SECOND)

    db.session.refresh(agreement)
    assert agreement.status == S.VOID
    assert (agreement.open_key, agreement.active_key) == (None, None)
    counted = status in HOLDS_PLACE
    assert panel(agreement.team) == (1 if counted else 2)


def test_a_void_renewal_may_be_asked_for_again() -> None:
    agreement = make.agreement(start_on=date(2025, 3, 10), team=make.team(panel_count=2))
    successor, _ = signing.renew(agreement, policy=POLICY, by=RESIDENT)
    signing.accept(successor, policy=POLICY, by=DOCTOR, staff=agreement.team.lead)
    assert successor.status == S.SIGNED

    signing.confirm_void(void(successor, "wrong_identity"), by=SECOND)

    assert panel(agreement.team) == 2  # the running one still counts
    assert signing.renew(agreement, policy=POLICY, by=RESIDENT)[1]


def test_a_dropped_proposal_changes_nothing() -> None:
    agreement = make.agreement()
    taken_back = void(agreement)
    signing.drop_void(taken_back, by=ADMIN)
    refused = void(agreement)
    for _ in range(2):
        signing.drop_void(refused, by=SECOND)

    assert (taken_back.outcome, refused.outcome, agreement.status) == ("taken_back", "refused", S.ACTIVE)
    with pytest.raises(StaleState):
        signing.confirm_void(refused, by=SECOND)


def test_a_death_entered_wrongly_is_undone_by_two() -> None:
    one = life()
    signing.close(one.agreement, signing.Event.DEATH, clock.today(), by=DOCTOR)

    with pytest.raises(Exception, match="invalid"):
        void(make.agreement(), "wrongly_closed")
    signing.confirm_void(void(one.agreement, "wrongly_closed"), by=SECOND)

    again, _ = request(one.resident, make.team(), make.package())
    assert again.status == S.PENDING_TEAM


def test_followups_of_a_closed_person_cannot_be_recorded() -> None:
    one = life()
    signing.close(one.agreement, signing.Event.MOVED, clock.today(), by=DOCTOR)
    followup = db.session.scalar(select(FollowUp).where(FollowUp.resident_id == one.resident.id))

    assert followup.status == FollowUpStatus.CANCELLED
    assert db.session.scalar(select(Team.panel_count).where(Team.id == one.team.id)) == 6
