"""Referral up: consent and evidence, the number in the same transaction, the hospital's answer, what the clock does."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError

from server import clock
from server.actions import booking
from server.actions.booking import referring
from server.actions.booking.referring import refusals
from server.database import db, transaction
from server.models import (
    AgreementConsent,
    Appointment,
    AppointmentStatus,
    EvidenceEntry,
    Notification,
    Referral,
    ReferralEvent,
    ReferralStatus,
    Slot,
    states,
)
from server.policy.notices import render
from tests import make
from tests.actions.referring import DESK, POLICY, Town, local

S = ReferralStatus


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def told(kind: str) -> list[Notification]:
    return list(db.session.scalars(select(Notification).where(Notification.kind == kind).order_by(Notification.id)))


def steps(referral: Referral) -> list[str]:
    rows = select(ReferralEvent.new).where(ReferralEvent.subject_id == referral.id).order_by(ReferralEvent.id)
    return list(db.session.scalars(rows))


def taken(slot: Slot) -> int:
    found = db.session.get(Slot, slot.id, populate_existing=True)
    assert found is not None
    return found.fd_taken


# ---------------------------------------------------------------- writing and sending


def test_a_referral_with_a_signature_is_sent_with_its_number_at_once() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)

    referral = town.refer(slot_id=slot.id)

    assert (referral.status, steps(referral)) == (S.SUBMITTED, ["draft", "submitted"])
    chosen = db.session.get_one(Appointment, referral.appointment_id)
    assert (chosen.status, chosen.channel, chosen.referral_id) == (AppointmentStatus.BOOKED, "referral", referral.id)
    assert taken(slot) == 1
    assert (referral.in_combination, referral.referred_by_team, referral.meets_standard) == (True, True, True)


def test_consent_stands_in_the_chain_of_evidence_of_the_agreement() -> None:
    town = Town()

    referral = town.refer()

    kept = db.session.scalars(select(EvidenceEntry).where(EvidenceEntry.kind == "referral")).one()
    assert kept.agreement_id == town.agreement.id
    assert kept.facts["referral"] == referral.id
    assert kept.facts["text"] == referral.consent_text_sha256
    assert (referral.consent_method, referral.consent_at is not None) == ("signature", True)


def test_what_the_doctor_taps_twice_is_one_referral() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)

    first, again = town.refer(slot_id=slot.id), town.refer(slot_id=slot.id)

    assert first.id == again.id
    assert taken(slot) == 1


def test_nobody_is_on_his_way_to_one_hospital_twice() -> None:
    town = Town()
    town.refer()

    with pytest.raises(refusals.ReferralOpen):
        town.refer(client_id="c2")


def test_without_the_patients_consent_it_waits_and_the_number_is_kept_for_him() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)

    referral = town.refer(signed=False, slot_id=slot.id)

    assert referral.status == S.DRAFT
    held = db.session.get_one(Appointment, referral.appointment_id)
    assert (held.status, taken(slot)) == (AppointmentStatus.HELD, 1)
    assert held.expires_at == referral.created_at + timedelta(minutes=POLICY.referral.consent_hold_minutes)
    assert [note.resident_id for note in told("referral_consent")] == [town.resident.id]


def test_the_patient_agrees_and_has_his_number() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(signed=False, slot_id=slot.id)
    text = referring.words_for(town.hospital.name, town.team.name)[1]

    for _ in range(2):  # twice is once
        referring.agree(referral, text, policy=POLICY, by=town.as_resident)

    assert (referral.status, referral.consent_method) == (S.SUBMITTED, "app")
    assert referral.consent_by == town.as_resident.id
    assert db.session.get_one(Appointment, referral.appointment_id).status == AppointmentStatus.BOOKED
    assert taken(slot) == 1


def test_who_agrees_late_is_referred_without_the_number_that_went_back() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(signed=False, slot_id=slot.id)
    with time_machine.travel(clock.now() + timedelta(minutes=POLICY.referral.consent_hold_minutes + 1), tick=False):
        assert booking.expire_holds_next()

        text = referring.words_for(town.hospital.name, town.team.name)[1]
        referring.agree(referral, text, policy=POLICY, by=town.as_resident)

    assert (referral.status, taken(slot)) == (S.SUBMITTED, 0)


def test_what_he_did_not_read_he_did_not_agree_to() -> None:
    town = Town()
    referral = town.refer(signed=False)

    with pytest.raises(refusals.ReferralTextChanged):
        referring.agree(referral, "0" * 64, policy=POLICY, by=town.as_resident)


@pytest.mark.parametrize(("is_urgent", "allowed"), [(True, "urgent"), (False, "always"), (True, "always")])
def test_spoken_consent_is_taken_where_the_region_takes_it(is_urgent: bool, allowed: str) -> None:
    town = Town()
    policy = POLICY.model_copy(update={"referral": POLICY.referral.model_copy(update={"verbal_consent": allowed})})
    consent = town.consent("verbal", "陈医生当面听到")

    referral, _ = referring.refer(
        town.resident, town.plan(is_urgent=is_urgent), consent, staff=town.doctor, policy=policy, by=town.as_doctor
    )

    assert referral.consent_evidence == "陈医生当面听到"


@pytest.mark.parametrize(("is_urgent", "allowed"), [(False, "urgent"), (True, "never")])
def test_spoken_consent_is_refused_elsewhere(is_urgent: bool, allowed: str) -> None:
    town = Town()
    policy = POLICY.model_copy(update={"referral": POLICY.referral.model_copy(update={"verbal_consent": allowed})})

    with pytest.raises(refusals.VerbalConsentNotAllowed):
        referring.refer(
            town.resident,
            town.plan(is_urgent=is_urgent),
            town.consent("verbal", "听到"),
            staff=town.doctor,
            policy=policy,
            by=town.as_doctor,
        )


@pytest.mark.parametrize("proof", ["", "data:text/plain,x"])
def test_a_signature_is_a_drawn_one(proof: str) -> None:
    town = Town()

    with pytest.raises(refusals.PatientConsentMissing):
        referring.refer(
            town.resident, town.plan(), town.consent(proof=proof), staff=town.doctor, policy=POLICY, by=town.as_doctor
        )


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"reason_code": "holiday"}, refusals.ReferralReasonInvalid),
        ({"summary": " "}, refusals.SummaryNeeded),
    ],
)
def test_an_incomplete_referral_is_refused(fields: dict[str, str], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        Town().refer(**fields)


def test_a_hospital_outside_the_combination_needs_a_reason_why() -> None:
    town = Town(alone=True)

    with pytest.raises(refusals.OutsideReasonNeeded):
        town.refer()
    referral = town.refer(outside_reason="本地只有这家医院有这个专科")

    assert (referral.in_combination, referral.meets_standard) == (False, True)


def test_a_guidance_hospital_of_the_region_is_in_everybodys_combination() -> None:
    town = Town(alone=True)
    rules = POLICY.combination.model_copy(update={"guidance_hospitals": [town.hospital.name]})

    assert town.refer(policy=POLICY.model_copy(update={"combination": rules})).in_combination


def test_only_the_patients_wish_does_not_meet_the_requirements() -> None:
    assert not Town().refer(reason_code="wish").meets_standard


def test_a_number_of_another_hospital_is_refused_and_nothing_is_kept() -> None:
    town = Town()
    slot = make.slot()

    with pytest.raises(refusals.OtherHospitalsSlot):
        town.refer(slot_id=slot.id)

    assert db.session.scalars(select(Referral)).all() == []


def test_when_the_number_is_gone_the_referral_is_not_there_either() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital, capacity=1, taken=1)

    with pytest.raises(booking.SlotFull):
        town.refer(slot_id=slot.id)

    assert db.session.scalars(select(Referral)).all() == []


def test_only_somebody_under_contract_is_referred() -> None:
    town = Town()
    stranger = make.resident()

    with pytest.raises(booking.NoActiveAgreement):
        referring.refer(stranger, town.plan(), town.consent(), staff=town.doctor, policy=POLICY, by=town.as_doctor)


def test_who_took_the_sharing_back_is_not_told_to_a_hospital() -> None:
    town = Town()
    at = clock.now()
    make.saved(
        AgreementConsent(
            agreement_id=town.agreement.id,
            key="share_with_hospitals",
            wording="同意",
            version="1",
            is_withdrawable=True,
            given_at=at,
            given_by="r",
            withdrawn_at=at,
            withdrawn_by="r",
        )
    )

    with pytest.raises(booking.SharingNotAllowed):
        town.refer()


# ---------------------------------------------------------------- the answer


def test_the_hospital_gives_a_number_in_the_transaction_of_its_answer() -> None:
    town = Town()
    referral = town.refer()
    slot = make.slot(hospital=town.hospital)

    referring.accept(referral, referring.Place(slot_id=slot.id), policy=POLICY, by=DESK)

    assert (referral.status, taken(slot)) == (S.ACCEPTED, 1)
    day = clock.local(slot.starts_at).date()
    assert referral.due_at == local(f"{day + timedelta(days=4)} 00:00")
    assert [note.facts["result"] for note in told("referral_answered")] == ["医院已接收"]


def test_another_number_than_the_doctor_chose_gives_the_first_one_back() -> None:
    town = Town()
    first, second = make.slot(hospital=town.hospital), make.slot(hospital=town.hospital, hours=2)
    referral = town.refer(slot_id=first.id)

    referring.accept(referral, referring.Place(slot_id=second.id), policy=POLICY, by=DESK)

    assert (taken(first), taken(second)) == (0, 1)


def test_where_the_hospital_must_acknowledge_its_acceptance_does() -> None:
    town = Town(hospital={"must_confirm": True})
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(slot_id=slot.id)
    chosen = db.session.get_one(Appointment, referral.appointment_id)
    assert chosen.status == AppointmentStatus.PENDING

    referring.accept(referral, referring.Place(), policy=POLICY, by=DESK)

    assert db.session.get_one(Appointment, chosen.id, populate_existing=True).status == AppointmentStatus.BOOKED


def test_a_bed_is_for_a_day_and_accepting_needs_a_place() -> None:
    town = Town()
    referral = town.refer()

    with pytest.raises(refusals.PlaceNeeded):
        referring.accept(referral, referring.Place(), policy=POLICY, by=DESK)
    with pytest.raises(refusals.BedDayInvalid):
        referring.accept(referral, referring.Place(bed="3床", bed_on=date(2020, 1, 1)), policy=POLICY, by=DESK)
    for _ in range(2):  # twice is once
        referring.accept(referral, referring.Place(bed="3床", bed_on=clock.today()), policy=POLICY, by=DESK)

    assert (referral.status, referral.bed) == (S.ACCEPTED, "3床")


def test_a_refusal_has_a_reason_and_gives_the_number_back() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(slot_id=slot.id)

    for code, note in (("later", ""), ("other", " ")):
        with pytest.raises(refusals.RejectReasonInvalid):
            referring.reject(referral, code, note, by=DESK)
    for _ in range(2):
        referring.reject(referral, "no_place", "", by=DESK)

    assert (referral.status, referral.open_key, taken(slot)) == (S.REJECTED, None, 0)
    assert town.refer(client_id="c2").status == S.SUBMITTED  # the way there is free again


def test_an_answered_referral_cannot_be_answered_otherwise() -> None:
    referral = Town().accepted()

    with pytest.raises(states.IllegalMove):
        referring.reject(referral, "no_place", "", by=DESK)


# ---------------------------------------------------------------- at the hospital


def test_he_arrives_is_checked_in_and_seen() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(slot_id=slot.id)
    referring.accept(referral, referring.Place(), policy=POLICY, by=DESK)

    referring.see(referring.arrive(referral, by=DESK), by=DESK)

    assert steps(referral) == ["draft", "submitted", "accepted", "arrived", "seen"]
    chosen = db.session.get_one(Appointment, referral.appointment_id, populate_existing=True)
    assert chosen.status == AppointmentStatus.CHECKED_IN
    with pytest.raises(states.IllegalMove):
        referring.admit(referral, by=DESK)


def test_ending_one_needs_a_reason_and_gives_the_number_back() -> None:
    town = Town()
    slot = make.slot(hospital=town.hospital)
    referral = town.refer(slot_id=slot.id)

    with pytest.raises(refusals.TerminationReasonNeeded):
        referring.terminate(referral, " ", by=town.as_doctor)
    for _ in range(2):
        referring.terminate(referral, "病情好转", by=town.as_doctor)

    assert (referral.status, taken(slot)) == (S.TERMINATED, 0)
    assert [note.facts["result"] for note in told("referral_answered")] == ["转诊已终止"]


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(("is_urgent", "wait"), [(False, timedelta(hours=24)), (True, timedelta(minutes=30))])
def test_without_an_answer_in_time_it_is_called_late(is_urgent: bool, wait: timedelta) -> None:
    with time_machine.travel(local("2026-03-02 10:00"), tick=False) as now:
        town = Town()
        make.user(staff=town.doctor)
        referral = town.refer(is_urgent=is_urgent)
        now.shift(wait - timedelta(seconds=1))
        assert not referring.escalate_next()
        now.shift(1)

        assert referring.escalate_next()
        assert not referring.escalate_next()

        assert db.session.get_one(Referral, referral.id, populate_existing=True).status == S.ESCALATED
        assert [note.is_urgent for note in told("referral_unanswered")] == [is_urgent]
        referring.accept(referral, referring.Place(bed="3床", bed_on=clock.today()), policy=POLICY, by=DESK)


def test_nobody_answers_for_three_days_and_it_ends() -> None:
    with time_machine.travel(local("2026-03-02 10:00"), tick=False) as now:
        town = Town()
        slot = make.slot(hospital=town.hospital, starts=local("2026-03-10 09:00"))
        referral = town.refer(slot_id=slot.id)
        now.shift(timedelta(hours=72, seconds=-1))
        assert referring.escalate_next()
        assert not referring.expire_next()
        now.shift(1)

        assert referring.expire_next()

        found = db.session.get_one(Referral, referral.id, populate_existing=True)
        assert (found.status, found.open_key) == (S.EXPIRED, None)
        assert taken(slot) == 1  # the number was the family doctor's own to give: the patient keeps it
        assert not referring.expire_next()


def test_who_does_not_come_for_three_days_is_called_by_his_team() -> None:
    with time_machine.travel(local("2026-03-02 10:00"), tick=False) as now:
        town = Town()
        make.user(staff=town.doctor)
        referral = town.accepted()
        now.move_to(local("2026-03-05 23:59:59"))
        assert not referring.miss_next()
        now.shift(1)

        assert referring.miss_next()
        assert not referring.miss_next()

        assert db.session.get_one(Referral, referral.id, populate_existing=True).status == S.NOT_ATTENDED
        assert len(told("referral_missed")) == 1


def test_with_nothing_due_the_clock_asks_once_along_an_index_and_writes_nothing() -> None:
    Town().refer()
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        done = [step() for step in (referring.escalate_next, referring.expire_next, referring.miss_next)]
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert done == [False] * 3
    assert [statement.split()[0] for statement in asked if "referral" in statement] == ["SELECT"] * 3
    indices = {tuple(column.name for column in index.columns) for index in Referral.__table__.indexes}
    assert {("status", "due_at"), ("status", "expires_at")} <= indices


# ---------------------------------------------------------------- the database


@pytest.mark.parametrize(
    "broken",
    [
        {"consent_method": None, "consent_at": None},
        {"open_key": None},
        {"status": "accepted"},
        {"status": "lost"},
        {"due_at": None},
        {"direction": "sideways"},
        {"status": "rejected", "open_key": None},
        {"status": "closed", "open_key": None},
    ],
)
def test_the_database_keeps_what_must_never_be(broken: dict[str, Any]) -> None:
    referral = Town().refer()

    with pytest.raises(DBAPIError), transaction() as session:
        row = session.get_one(Referral, referral.id)
        for name, value in broken.items():
            setattr(row, name, value)


def test_the_message_to_the_patient_says_nothing_of_what_he_has() -> None:
    town = Town(hospital={"name": "市精神病医院"})
    referral = town.refer(outside_reason="只有这家")
    referring.reject(referral, "no_place", "抑郁症", by=DESK)

    (note,) = told("referral_answered")
    assert "精神" not in render(note.kind, note.facts, clock.now()).text
