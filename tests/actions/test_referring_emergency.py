"""Emergencies admitted directly: the 24 hours to the second, late ones kept, and who is reminded when (CYS annex 2)."""

from typing import Any

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from server import clock
from server import policy as policies
from server.actions import booking
from server.actions.booking import referring
from server.actions.booking.referring import refusals
from server.database import db, transaction
from server.models import Notification, NotificationStatus, Referral, ReferralStatus
from server.policy import referring as rules
from tests import make
from tests.actions.referring import POLICY, Town, local

PARK = policies.load("changyinsha")
ADMITTED = "2026-03-02 23:30:00"
COMPLETE = {"diagnosis": "急性阑尾炎", "caller": "李某（女儿）", "caller_phone": "13900000000"}


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def emergency(**fields: str) -> referring.Emergency:
    values = {"client_id": "e1", "hospital_name": "张家港市第一人民医院"}
    return referring.Emergency(**(values | fields), admitted_at=local(ADMITTED))


def flags(referral: Referral) -> rules.Compliance:
    return rules.Compliance(referral.referred_by_team, referral.meets_standard, referral.retro_in_time)


@pytest.mark.parametrize(
    ("registered", "in_time"),
    [
        ("2026-03-02 23:30:00", True),
        ("2026-03-03 23:29:59", True),
        ("2026-03-03 23:30:00", True),
        ("2026-03-03 23:30:00.999", True),  # the second counts, not its parts
        ("2026-03-03 23:30:01", False),
        ("2026-03-09 08:00:00", False),
    ],
)
def test_registered_within_24_hours_to_the_second_or_kept_without_the_benefit(registered: str, in_time: bool) -> None:
    town = Town()
    with time_machine.travel(local(registered), tick=False):
        referral, is_new = referring.report(town.resident, emergency(**COMPLETE), policy=PARK, by=town.as_doctor)

    assert (is_new, referral.status, referral.referred_by_team) == (True, ReferralStatus.ADMITTED, False)
    assert referral.retro_due_at == local("2026-03-03 23:30:00")
    assert referral.retro_in_time is in_time
    assert rules.counts(flags(referral), PARK.referral) is in_time
    assert bool(rules.benefits(flags(referral), PARK, down=False)) is in_time
    assert (referral.retro_diagnosis, referral.retro_caller) == ("急性阑尾炎", "李某（女儿） 13900000000")


def test_where_nothing_is_asked_nothing_is_judged() -> None:
    town = Town()
    with time_machine.travel(local("2026-03-03 08:00"), tick=False):
        referral, _ = referring.report(town.resident, emergency(**COMPLETE), policy=POLICY, by=town.as_doctor)

    assert (referral.retro_due_at, referral.retro_in_time) == (None, None)
    assert not rules.counts(flags(referral), POLICY.referral)


@pytest.mark.parametrize("second", ["23:30:00", "23:30:01"])
def test_an_announced_emergency_is_registered_when_its_evidence_is_complete(second: str) -> None:
    town = Town()
    with time_machine.travel(local("2026-03-03 07:00"), tick=False) as now:
        referral, _ = referring.report(town.resident, emergency(), policy=PARK, by=town.as_doctor)
        assert (referral.retro_registered_at, referral.due_at) == (None, referral.retro_due_at)
        with pytest.raises(refusals.EmergencyInvalid):
            referring.register(referral, "阑尾炎", "李某", "", by=town.as_doctor)

        now.move_to(local(f"2026-03-03 {second}"))
        referring.register(referral, "阑尾炎", "李某", "139", by=town.as_doctor)
        now.shift(3600)
        referring.register(referral, "肠炎", "王某", "138", by=town.as_doctor)  # twice is once

    assert referral.retro_registered_at == local(f"2026-03-03 {second}")
    assert referral.retro_in_time is (second == "23:30:00")
    assert (referral.retro_diagnosis, referral.due_at) == ("阑尾炎", None)


def test_the_limit_is_called_to_mind_at_once_after_12_hours_and_2_hours_before() -> None:
    town = Town()
    make.user(staff=town.doctor)
    with time_machine.travel(local("2026-03-03 07:00"), tick=False) as now:
        referral, _ = referring.report(town.resident, emergency(), policy=PARK, by=town.as_doctor)
        for kind in ("retro_running", "retro_running_for_team"):
            found = db.session.scalars(
                select(Notification).where(Notification.kind == kind).order_by(Notification.next_attempt_at)
            ).all()
            assert [clock.local(note.next_attempt_at).strftime("%d %H:%M") for note in found] == [
                "03 07:00",
                "03 11:30",
                "03 21:30",
            ]
            assert {note.expires_at for note in found} == {local("2026-03-03 23:30")}
        now.move_to(local("2026-03-03 12:00"))

        referring.register(referral, "阑尾炎", "李某", "139", by=town.as_doctor)

    waiting = select(Notification).where(
        Notification.kind.like("retro_running%"), Notification.status == NotificationStatus.CREATED
    )
    assert db.session.scalars(waiting).all() == []


def test_reported_twice_is_one_referral_and_needs_an_agreement() -> None:
    town = Town()
    with time_machine.travel(local("2026-03-03 07:00"), tick=False):
        first, _ = referring.report(town.resident, emergency(**COMPLETE), policy=PARK, by=town.as_resident)
        again, is_new = referring.report(town.resident, emergency(**COMPLETE), policy=PARK, by=town.as_doctor)
        with pytest.raises(booking.NoActiveAgreement):
            referring.report(make.resident(), emergency(**COMPLETE), policy=PARK, by=town.as_doctor)

    assert (first.id, is_new) == (again.id, False)


@pytest.mark.parametrize("now", ["2026-03-02 23:29:59", "2026-04-02 00:00"])
def test_an_admission_lies_neither_ahead_nor_far_back(now: str) -> None:
    town = Town()
    with time_machine.travel(local(now), tick=False), pytest.raises(refusals.EmergencyInvalid):
        referring.report(town.resident, emergency(**COMPLETE), policy=PARK, by=town.as_doctor)


def test_the_database_itself_does_not_call_a_late_one_in_time() -> None:
    town = Town()
    with time_machine.travel(local("2026-03-03 23:30:01"), tick=False):
        referral, _ = referring.report(town.resident, emergency(**COMPLETE), policy=PARK, by=town.as_doctor)

    with pytest.raises(DBAPIError), transaction() as session:
        session.get_one(Referral, referral.id).retro_in_time = True
