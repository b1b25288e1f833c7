"""What becomes of referrals and of places in line when the agreement behind them ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy as policies
from server.access.waiting import positions
from server.actions import signing
from server.actions.booking import referring
from server.database import db
from server.models import (
    Agreement,
    AgreementStatus,
    Appointment,
    AppointmentStatus,
    EndingReason,
    Notification,
    ReferralStatus,
    WaitingEvent,
    states,
)
from tests import make
from tests.actions.leaving import ADMIN, DOCTOR, SECOND
from tests.actions.referring import DESK, POLICY, Town
from tests.actions.waiting import BY, cancelled, full, joined, offered, offers, skipped, states_of

S, A = ReferralStatus, AppointmentStatus
OPEN = (
    "draft",
    "submitted",
    "escalated",
    "accepted",
    "arrived",
    "seen",
    "admitted",
    "discharged",
    "down_sent",
    "down_accepted",
)


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def told(kind: str, resident_id: str) -> list[Notification]:
    rows = select(Notification).where(Notification.kind == kind, Notification.resident_id == resident_id)
    return list(db.session.scalars(rows.order_by(Notification.id)))


def now(row: Any) -> Any:
    return db.session.get_one(type(row), row.id, populate_existing=True)


def over(agreement: Agreement, clock: Any) -> None:
    """Let an agreement's last day pass."""
    clock.set(f"{agreement.end_on + timedelta(days=1)} 00:06")
    while signing.expire_next(POLICY):
        pass
    assert now(agreement).status == AgreementStatus.EXPIRED


@pytest.mark.parametrize("status", OPEN)
def test_a_death_ends_an_open_referral_in_every_state(status: str) -> None:
    agreement = make.agreement()
    more = {"down_reason_code": "recovery"} if status.startswith("down") else {}
    one, other = make.referral(agreement, status=status, **more), make.referral(make.agreement(), status=status, **more)

    for _ in range(2):
        signing.close(agreement, signing.Event.DEATH, clocks.today(), by=DOCTOR)

    ended = now(one)
    assert (ended.status, ended.open_key, ended.due_at, ended.end_note) == (S.TERMINATED, None, None, "居民已去世")
    at_hospital = status in ("submitted", "escalated", "accepted", "arrived", "admitted")
    assert (ended.withdrawn_at is not None) == at_hospital
    assert now(other).status == status


@pytest.mark.parametrize("status", ["rejected", "expired", "not_attended", "closed", "terminated"])
def test_what_is_over_stays_as_it_ended(status: str) -> None:
    agreement = make.agreement()
    more: dict[str, Any] = {"bed": "3床"}
    more |= {"reject_code": "no_place"} if status == "rejected" else {"down_reason_code": "recovery"}
    one = make.referral(agreement, status=status, **more)

    signing.close(agreement, signing.Event.DEATH, clocks.today(), by=DOCTOR)

    assert now(one).status == status


def test_a_death_gives_the_number_back_and_tells_nobody_but_the_desk() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(slot_id=slot.id)

    signing.close(town.agreement, signing.Event.DEATH, clocks.today(), by=DOCTOR)

    chosen = db.session.get_one(Appointment, referral.appointment_id, populate_existing=True)
    assert (chosen.status, now(slot).fd_taken) == (A.CANCELLED, 0)
    notes = db.session.scalars(select(Notification).where(Notification.resident_id == town.resident.id))
    assert {str(note.status) for note in notes} <= {"cancelled"}
    assert now(referral).withdrawn_at is not None


def test_an_agreement_that_is_ended_ends_the_way_to_the_hospital() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(slot_id=slot.id)

    proposal = signing.propose_void(town.agreement, reason=EndingReason.DUPLICATE, note="重复录入", by=ADMIN)
    signing.confirm_void(proposal, by=SECOND)

    assert (now(referral).status, now(referral).end_note) == (S.TERMINATED, "签约服务已终止")
    assert now(slot).fd_taken == 0


def test_with_its_last_day_an_agreement_ends_what_no_hospital_has_answered(clock: Any) -> None:
    town = Town(start_on=date(2026, 1, 1), end_on=date(2026, 3, 2))
    slot = make.slot(hospital=town.hospital)
    unanswered = town.refer(slot_id=slot.id)
    coming = make.referral(town.agreement, status="accepted")

    over(town.agreement, clock)

    assert (now(unanswered).status, now(unanswered).end_note) == (S.TERMINATED, "签约服务已到期")
    assert now(unanswered).withdrawn_at is not None
    assert now(coming).status == S.ACCEPTED, "the hospital took him up while he was under contract"
    assert now(slot).fd_taken == 1, "what he booked while he was under contract is his"
    assert [note.facts["result"] for note in told("referral_answered", town.resident.id)] == ["转诊已终止"]
    with pytest.raises(states.IllegalMove):
        referring.accept(now(unanswered), referring.Place(slot_id=slot.id), policy=POLICY, by=DESK)


def test_a_number_only_held_for_a_referral_goes_back_with_the_last_day(clock: Any) -> None:
    town = Town(start_on=date(2026, 1, 1), end_on=date(2026, 3, 2))
    slot = make.slot(hospital=town.hospital)
    clock.set("2026-03-02 23:58")
    draft = town.refer(slot_id=slot.id, signed=False)
    assert now(slot).fd_taken == 1

    over(town.agreement, clock)

    assert (now(draft).status, now(slot).fd_taken, now(draft).withdrawn_at) == (S.TERMINATED, 0, None)


def test_an_emergency_may_still_be_registered_after_a_death() -> None:
    town = Town()
    make.user(staff=town.doctor)
    policy = policies.load("changyinsha")
    at = clocks.now()
    said = referring.Emergency("c1", town.hospital.name, at - timedelta(hours=1))
    row, _ = referring.report(town.resident, said, policy=policy, by=town.as_doctor)

    signing.close(town.agreement, signing.Event.DEATH, clocks.today(), by=DOCTOR)
    running = select(Notification).where(
        Notification.kind == "retro_running_for_team", Notification.status == "created"
    )
    kept = list(db.session.scalars(running))
    referring.register(now(row), "急性心梗", "家属", "13800000000", by=town.as_doctor)

    assert kept, "the team still hears of the limit"
    assert (now(row).status, now(row).retro_in_time) == (S.TERMINATED, True)


# ---------------------------------------------------------------- the waiting list


def reasons(entry: Any) -> list[str]:
    rows = select(WaitingEvent.reason).where(WaitingEvent.subject_id == entry.id).order_by(WaitingEvent.id)
    return list(db.session.scalars(rows))


def test_who_has_no_agreement_any_more_stands_in_nobodys_way(clock: Any) -> None:
    slot, (_,) = full()
    ends = make.agreement(start_on=date(2026, 1, 1), end_on=date(2026, 3, 2))
    first, second = joined(slot, ends.resident), joined(slot)

    over(ends, clock)

    assert states_of(first, second) == ["removed", "waiting"]
    assert reasons(first)[-1] == "agreement_expired"
    assert len(told("waiting_ended", ends.resident_id)) == 1
    assert positions([now(second)]) == {second.id: 0}, "nobody stands before him"


def test_an_offer_goes_on_to_the_next_when_the_agreement_ends(clock: Any) -> None:
    slot, (one,) = full()
    ends = make.agreement(start_on=date(2026, 1, 1), end_on=date(2026, 3, 2))
    clock.set("2026-03-02 20:50")
    first, second = joined(slot, ends.resident), joined(slot)
    cancelled(one)
    offered()
    assert states_of(first, second) == ["offered", "waiting"]

    over(ends, clock)
    offered()

    assert states_of(first, second) == ["removed", "offered"]
    assert [str(offer.outcome) for offer in offers()] == ["declined", "None"]


def test_a_renewal_keeps_the_place_in_line(clock: Any) -> None:
    slot, (_,) = full()
    ends = make.agreement(start_on=date(2026, 1, 1), end_on=date(2026, 3, 4))
    entry = joined(slot, ends.resident)
    successor, _ = signing.renew(ends, policy=POLICY, by=BY)
    signing.accept(successor, policy=POLICY, by=BY, staff=ends.team.lead)

    clock.set("2026-03-05 00:06")
    assert signing.expire_next(POLICY)

    assert states_of(entry) == ["waiting"]


def test_who_slipped_back_into_the_line_without_an_agreement_ends_at_his_turn(clock: Any) -> None:
    slot, (one,) = full()
    entry = joined(slot)
    agreement = db.session.scalars(select(Agreement).where(Agreement.active_key == entry.resident_id)).one()
    make.saved_change(agreement, status=AgreementStatus.EXPIRED, active_key=None)
    second = joined(slot)

    cancelled(one)
    offered()

    assert states_of(entry, second) == ["removed", "offered"]
    assert (reasons(entry)[-1], skipped()) == ("no_agreement", [])


def test_who_has_an_agreement_on_its_way_is_only_passed_over() -> None:
    slot, (one,) = full()
    entry = joined(slot)
    agreement = db.session.scalars(select(Agreement).where(Agreement.active_key == entry.resident_id)).one()
    make.saved_change(agreement, status=AgreementStatus.EXPIRED, active_key=None)
    make.agreement(resident=entry.resident, team=agreement.team, status=AgreementStatus.SIGNED)

    cancelled(one)
    offered()

    assert (states_of(entry), skipped()) == (["waiting"], ["no_active_agreement"])
