"""Discharges: told twice kept once, the contact planned in the same commit, back to the team, closed with the contact."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from server import clock
from server.actions import planner
from server.actions.booking import referring
from server.actions.booking.referring import refusals
from server.database import db
from server.models import (
    AgreementConsent,
    AgreementStatus,
    Discharge,
    FollowUp,
    FollowUpStatus,
    Notification,
    NotificationStatus,
    Programme,
    Referral,
    ReferralStatus,
)
from tests import make
from tests.actions.referring import DESK, POLICY, Town, local

S = ReferralStatus
NOW = "2026-03-02 10:00"


@pytest.fixture(autouse=True)
def _app(app: Any) -> Any:
    """Every test here writes to a database, on a Monday morning."""
    with time_machine.travel(local(NOW), tick=False) as now:
        yield now


def push(**fields: Any) -> referring.Push:
    values = {
        "key": "m1",
        "body_sha256": "a" * 64,
        "discharged_on": date(2026, 3, 2),
        "diagnosis": "冠心病",
        "drugs": "阿司匹林 100mg 每日一次",
        "needs": "监测血压，低盐饮食",
        "next_clinic_on": date(2026, 3, 30),
    }
    return referring.Push(**(values | fields))


def receive(town: Town, policy: Any = POLICY, **fields: Any) -> tuple[Discharge, bool]:
    return referring.receive(town.hospital, town.resident, push(**fields), policy=policy, by=DESK)


def with_rules(**fields: Any) -> Any:
    return POLICY.model_copy(update={"referral": POLICY.referral.model_copy(update=fields)})


def waiting(kind: str) -> list[str]:
    rows = select(Notification).where(Notification.kind == kind, Notification.status == NotificationStatus.CREATED)
    return [
        clock.local(note.next_attempt_at).strftime("%m-%d %H:%M")
        for note in db.session.scalars(rows.order_by(Notification.next_attempt_at))
    ]


def contact(row: Discharge, town: Town) -> None:
    followup = db.session.get_one(FollowUp, row.followup_id)
    make.visited(followup, None, None, visited_on=clock.today(), method="phone", by=town.as_doctor, policy=POLICY)


def test_a_discharge_plans_the_contact_within_seven_days_and_tells_the_team_and_the_resident() -> None:
    town = Town()
    make.user(staff=town.doctor)

    row, is_new = receive(town)

    assert is_new
    planned = db.session.get_one(FollowUp, row.followup_id)
    assert (planned.programme, planned.due_on, planned.team_id) == (
        Programme.DISCHARGE,
        date(2026, 3, 9),
        town.team.id,
    )
    assert row.contact_by_on == date(2026, 3, 9)
    assert waiting("discharge_pushed") == ["03-02 10:00", "03-05 09:00", "03-08 09:00"]  # N-28
    assert waiting("discharge_followup") == ["03-08 09:00"]  # N-29
    assert planner.plan_reminders(POLICY, lambda: True) == 0  # and no other reminder of the same thing


def test_told_twice_it_is_kept_once_and_the_key_serves_for_nothing_else() -> None:
    town = Town()
    first, _ = receive(town)

    again, is_new = receive(town)
    with pytest.raises(refusals.MessageKeyReused):
        receive(town, body_sha256="b" * 64)

    assert (again.id, is_new) == (first.id, False)
    assert len(db.session.scalars(select(FollowUp)).all()) == 1


def test_two_discharges_of_one_day_are_two_contacts() -> None:
    town = Town()
    receive(town)

    second, _ = receive(town, key="m2", body_sha256="b" * 64)

    assert second.contact_by_on == date(2026, 3, 8)


def test_one_told_late_is_due_today() -> None:
    assert receive(Town(), discharged_on=date(2026, 1, 5))[0].contact_by_on == date(2026, 3, 2)


@pytest.mark.parametrize(
    "fields",
    [
        {"discharged_on": date(2026, 3, 3)},
        {"discharged_on": date(2025, 12, 1)},
        {"admitted_on": date(2026, 3, 3)},
    ],
)
def test_days_that_cannot_be_are_refused(fields: dict[str, date]) -> None:
    with pytest.raises(refusals.DischargeInvalid):
        receive(Town(), **fields)


def test_who_is_not_served_here_or_took_his_consent_back_gets_the_same_answer() -> None:
    ended, town = Town(status=AgreementStatus.EXPIRED), Town()
    at = clock.now()
    make.saved(
        AgreementConsent(
            agreement_id=town.agreement.id,
            key="health_data",
            wording="同意",
            version="1",
            is_withdrawable=True,
            given_at=at,
            given_by="r",
            withdrawn_at=at,
            withdrawn_by="r",
        )
    )

    for one in (ended, town):
        with pytest.raises(refusals.NotUnderContract):
            receive(one)
    with pytest.raises(refusals.NotUnderContract):
        referring.receive(town.hospital, None, push(), policy=POLICY, by=DESK)


def test_what_a_region_wants_of_a_discharge() -> None:
    town = Town()
    with pytest.raises(refusals.DischargeContentNeeded):
        receive(town, with_rules(discharge_push="required"), needs=" ")
    with pytest.raises(refusals.DischargeNotWanted):
        receive(town, with_rules(discharge_push="off"))

    assert receive(town, with_rules(discharge_push="if_interface"), needs="")[1]


def test_the_stay_of_a_referral_ends_and_he_is_sent_back_in_the_same_commit() -> None:
    town = Town()
    make.user(staff=town.doctor)
    referral = town.admitted()

    row, _ = receive(town, down_reason="recovery")

    found = db.session.get_one(Referral, referral.id, populate_existing=True)
    assert (found.status, row.referral_id, found.followup_id) == (S.DOWN_SENT, referral.id, row.followup_id)
    assert found.due_at == local("2026-03-05 10:00")
    assert waiting("down_to_accept") == ["03-02 10:00", "03-03 09:00", "03-05 09:00"]  # N-30


def test_a_hospital_may_send_back_whom_nobody_had_referred() -> None:
    town = Town()

    row, _ = receive(town, down_reason="long_term")

    found = db.session.get_one(Referral, row.referral_id)
    assert (found.direction, found.status, found.referred_by_team) == ("down", S.DOWN_SENT, False)


def test_an_unknown_reason_to_send_back_keeps_nothing() -> None:
    town = Town()
    with pytest.raises(refusals.ReferralReasonInvalid):
        receive(town, down_reason="bored")

    assert db.session.scalars(select(Discharge)).all() == []


def test_received_by_the_team_and_closed_with_the_first_contact() -> None:
    town = Town()
    make.user(staff=town.doctor)
    town.admitted()
    row, _ = receive(town, down_reason="recovery")
    referral = db.session.get_one(Referral, row.referral_id)

    for _ in range(2):
        referring.receive_down(referral, policy=POLICY, by=town.as_doctor)
    assert (referral.status, referral.due_at) == (S.DOWN_ACCEPTED, local("2026-03-10 00:00"))
    assert waiting("down_to_accept") == []
    contact(row, town)

    assert db.session.get_one(Referral, referral.id, populate_existing=True).status == S.CLOSED
    done = db.session.get_one(Discharge, row.id, populate_existing=True)
    assert (done.contacted_by, waiting("discharge_pushed"), waiting("discharge_followup")) == (town.doctor.id, [], [])
    assert db.session.get_one(FollowUp, row.followup_id).status == FollowUpStatus.DONE


def test_contacted_before_it_was_received_it_is_closed_on_receiving() -> None:
    town = Town()
    town.admitted()
    row, _ = receive(town, down_reason="recovery")
    contact(row, town)
    referral = db.session.get_one(Referral, row.referral_id)
    assert referral.status == S.DOWN_SENT

    assert referring.receive_down(referral, policy=POLICY, by=town.as_doctor).status == S.CLOSED


def test_after_an_outpatient_visit_he_is_sent_back_and_contacted_too() -> None:
    town = Town()
    referral = referring.see(referring.arrive(town.accepted(), by=DESK), by=DESK)

    for reason, summary, refusal in (
        ("bored", "x", refusals.ReferralReasonInvalid),
        ("stable", " ", refusals.SummaryNeeded),
    ):
        with pytest.raises(refusal):
            referring.send_down(referral, reason, summary, policy=POLICY, by=DESK)
    for _ in range(2):
        referring.send_down(referral, "stable", "按原方案服药", policy=POLICY, by=DESK)
    referring.receive_down(referral, policy=POLICY, by=town.as_doctor)

    planned = db.session.get_one(FollowUp, referral.followup_id)
    assert (referral.status, planned.due_on) == (S.DOWN_ACCEPTED, clock.today() + timedelta(days=7))
