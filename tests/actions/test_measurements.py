"""Self-measured values: kept once, alarmed at once, looked at, taken over (domain.md §2.0, N-09, T40); chat and action."""

from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock as clocks
from server import policy as policies
from server.actions import measurements, messaging, signing
from server.actions.measurements import MeasuredTimeInvalid, MeasuringNotAllowed, ReviewDone
from server.database import db, transaction
from server.models import (
    AgreementConsent,
    AuditEvent,
    FollowUp,
    Measurement,
    MeasurementReview,
    Notification,
    Role,
    TagSource,
    TagStatus,
    measurement,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.policy.measuring import MeasurementUnusual, Moment, Unit, glucose, pressure
from tests import make
from tests.actions.conversing import Cast, as_resident, as_staff, cast, conversation_of, notices, reply, said_in
from tests.conftest import Clock

POLICY = policies.load("mianyang")


@pytest.fixture
def people(app: Any) -> Cast:
    return cast()


def record(people: Cast, reading: Any, client_id: str = "c1", **more: Any) -> measurements.Recorded:
    values = {"measured_at": None, "is_confirmed": False, "is_own": True, "source": "page"}
    who = people.lin_user.resident
    assert who is not None
    return measurements.record(
        who, reading, client_id, by=as_resident(people.lin_user), policy=POLICY, **(values | more)
    )


def count(model: Any) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def the_review() -> MeasurementReview:
    return db.session.scalars(select(MeasurementReview).execution_options(populate_existing=True)).one()


def test_t40_in_the_chat_advises_at_once_alarms_the_doctor_and_makes_no_class(people: Cast) -> None:
    answer = people.lin_says("血压 185/95")

    assert answer is not None and "立即拨打120" in answer and "已记下您的血压185/95" in answer
    row = db.session.scalars(select(Measurement)).one()
    assert (row.values["systolic"], row.values["diastolic"], row.verdict, row.source) == (185, 95, "emergency", "chat")
    assert [notice.user_id for notice in notices("emergency_alarm")] == [people.chen_user.id]
    assert notices("emergency_alarm")[0].is_urgent
    assert the_review().is_emergency
    assert count(FollowUp) == 0


def test_t40_on_the_page_alarms_leader_and_doctors_at_once(people: Cast, clock: Clock) -> None:
    doctor, nurse = make.staff(name="吴医生"), make.staff(name="何护士")
    for one, role in ((doctor, Role.FAMILY_DOCTOR), (nurse, Role.NURSE)):
        make.saved(make.Membership(team_id=people.team.id, staff_id=one.id, role=role))
    doctor_user, _ = make.user(staff=doctor), make.user(staff=nurse)
    db.session.expire_all()
    clock.set("2026-03-02 23:40")  # at night

    done = record(people, pressure(185, 95))

    assert (done.row.verdict, done.is_new) == ("emergency", True)
    alarms = notices("measurement_alarm")
    assert {one.user_id for one in alarms} == {people.chen_user.id, doctor_user.id}
    assert all(one.is_urgent and one.next_attempt_at <= clocks.now() for one in alarms)
    assert count(FollowUp) == 0


def test_the_same_tap_keeps_a_value_once(people: Cast) -> None:
    first, second = record(people, pressure(185, 95)), record(people, pressure(185, 95))

    assert (first.row.id, first.is_new, second.is_new) == (second.row.id, True, False)
    assert (count(Measurement), count(MeasurementReview), len(notices("measurement_alarm"))) == (1, 1, 1)


def test_an_uncontrolled_value_becomes_a_review_and_no_alarm(people: Cast) -> None:
    record(people, pressure(152, 88))

    assert (the_review().is_emergency, the_review().escalate_at) == (False, None)
    assert count(Notification) == 0


def test_a_value_within_its_reference_asks_for_nothing(people: Cast) -> None:
    record(people, pressure(128, 78))

    assert (count(Measurement), count(MeasurementReview), count(Notification)) == (1, 0, 0)


def test_a_worse_value_raises_the_open_review(people: Cast) -> None:
    for number, pair in enumerate(((152, 88), (190, 100), (150, 92))):
        record(people, pressure(*pair), f"c{number}")

    review = the_review()
    assert (review.is_emergency, review.values_count) == (True, 3)
    assert review.measurement.values["systolic"] == 190


def test_a_new_emergency_is_unseen_again(people: Cast, clock: Clock) -> None:
    record(people, pressure(190, 100))
    who = people.lin_user.resident
    assert who is not None
    measurements.look(who, by=as_staff(people.chen))
    assert the_review().seen_by == people.chen.id

    record(people, pressure(195, 105), "c2")

    assert the_review().seen_at is None
    assert the_review().escalate_at is not None


def test_an_emergency_nobody_looks_at_reaches_the_administrator_after_15_minutes(people: Cast, clock: Clock) -> None:
    record(people, pressure(185, 95))
    clock.advance(minutes=14)
    assert measurements.escalate_next() is False

    clock.advance(minutes=1)

    assert (measurements.escalate_next(), measurements.escalate_next()) == (True, False)
    assert the_review().escalated_at is not None


@pytest.mark.parametrize("way", ["page", "conversation"])
def test_a_doctor_who_looked_stops_the_call_to_the_administrator(people: Cast, clock: Clock, way: str) -> None:
    people.lin_says("血压 185/95")
    if way == "page":
        who = people.lin_user.resident
        assert who is not None
        measurements.look(who, by=as_staff(people.chen))
    else:
        messaging.open_for(conversation_of(people.lin_user), by=as_staff(people.chen))

    clock.advance(minutes=20)

    assert measurements.escalate_next() is False


def test_an_administrator_who_looks_does_not_stop_it(people: Cast, clock: Clock) -> None:
    record(people, pressure(185, 95))
    who = people.lin_user.resident
    assert who is not None

    measurements.look(who, by=Actor(ActorKind.ADMIN, "a"))

    assert the_review().seen_at is None
    seen = select(AuditEvent.actor_kind).where(AuditEvent.action == "measurements_seen")
    assert list(db.session.scalars(seen)) == ["admin"]


def test_where_nobody_can_be_reached_the_administrator_sees_it_at_once(app: Any) -> None:
    lin = make.resident()
    make.agreement(resident=lin, team=make.team())
    user = make.user(resident=lin)

    measurements.record(
        lin, pressure(185, 95), "c", measured_at=None, is_confirmed=False, is_own=True, source="page",
        by=as_resident(user), policy=POLICY,
    )  # fmt: skip

    assert measurements.escalate_next() is True


def test_a_review_is_closed_once(people: Cast) -> None:
    record(people, pressure(152, 88))
    review = the_review()

    measurements.finish(review, "contacted", "已电话", by=as_staff(people.chen))

    assert (review.status, review.open_key, review.outcome) == ("done", None, "contacted")
    with pytest.raises(ReviewDone):
        measurements.finish(review, "visit", "", by=as_staff(people.chen))
    record(people, pressure(153, 88), "c2")
    assert count(MeasurementReview) == 2


def test_a_rare_value_is_asked_again_and_then_kept(people: Cast) -> None:
    with pytest.raises(MeasurementUnusual, match="230/95.*120"):
        record(people, pressure(230, 95))
    assert count(Measurement) == 0

    record(people, pressure(230, 95), is_confirmed=True)

    assert count(Measurement) == 1


def test_milligrams_are_kept_with_what_was_typed(people: Cast) -> None:
    row = record(people, glucose("301", Unit.MG, Moment.RANDOM)).row

    assert (row.values["glucose"], row.values["entered"], row.unit, row.verdict) == (
        "16.7",
        "301",
        "mg/dL",
        "emergency",
    )


def test_times_that_cannot_be_meant_are_refused(people: Cast, clock: Clock) -> None:
    for days in (-8, 1):
        with pytest.raises(MeasuredTimeInvalid):
            record(people, pressure(128, 78), measured_at=clocks.now() + days * measurement.FRESH)


def test_an_emergency_of_days_ago_is_looked_at_but_calls_nobody(people: Cast) -> None:
    record(people, pressure(185, 95), measured_at=clocks.now() - 2 * measurement.FRESH)

    assert (count(Notification), the_review().is_emergency) == (0, False)


def test_without_the_consent_to_health_data_nothing_is_kept(people: Cast) -> None:
    agreement = db.session.scalars(select(make.Agreement)).first()
    assert agreement is not None
    make.saved(
        AgreementConsent(
            agreement_id=agreement.id, key="health_data", wording="同意", version="1",
            is_withdrawable=True, given_at=clocks.now(),
            given_by="x", withdrawn_at=clocks.now(), withdrawn_by="x",
        )
    )  # fmt: skip

    with pytest.raises(MeasuringNotAllowed):
        record(people, pressure(185, 95))
    answer = people.lin_says("血压 185/95")

    assert count(Measurement) == 0
    assert answer is not None and "120" in answer


def test_somebody_who_cares_for_another_one_lets_him_hear_of_it(people: Cast) -> None:
    record(people, pressure(185, 95), is_own=False)

    (advice,) = notices("measurement_advice")
    who = people.lin_user.resident
    assert who is not None
    assert (advice.resident_id, advice.is_urgent, advice.facts["phone"]) == (who.id, True, people.team.phone)


def test_pregnancy_lowers_the_threshold_in_the_chat_too(people: Cast) -> None:
    make.tag("MATERNAL", resident=people.lin_user.resident, status=TagStatus.CERTIFIED, source=TagSource.STAFF)

    answer = people.lin_says("血压 142/88")

    assert answer is not None and "立即拨打120" in answer
    assert len(notices("emergency_alarm")) == 1


def test_a_clear_value_alone_is_kept_without_troubling_a_doctor(people: Cast) -> None:
    answer = people.lin_says("血压 128/78")

    assert answer is not None and answer.startswith("【智能助手】已记下您的血压128/78")
    assert conversation_of(people.lin_user).status == "bot"


@pytest.mark.parametrize("text", ["128/78", "昨天血压128/78", "血压128/78正常吗", "空腹血糖2.5"])
def test_what_is_in_doubt_is_kept_only_after_yes(people: Cast, text: str) -> None:
    answer = people.lin_says(text)
    assert answer is not None and "刚测的数值吗" in answer
    assert count(Measurement) == 0

    again = people.lin_says("是")

    assert again is not None and ("已记下您的" in again or "120" in again)
    assert count(Measurement) == 1


def test_a_yes_to_the_doctor_is_no_yes_to_the_bot(people: Cast) -> None:
    people.lin_says("昨天血压128/78")
    reply(conversation_of(people.lin_user), "今天的药吃了吗", people.chen)

    people.lin_says("是")

    assert count(Measurement) == 0


def test_what_is_denied_is_not_kept(people: Cast) -> None:
    people.lin_says("128/78")
    people.lin_says("不是")

    assert count(Measurement) == 0


def test_somebody_elses_value_is_not_kept_as_ones_own(people: Cast) -> None:
    answer = people.lin_says("我爸血压 185/95")

    assert answer is not None and "选家人" in answer and "120" in answer
    assert count(Measurement) == 0
    assert len(notices("emergency_alarm")) == 1


def test_with_a_doctor_in_the_conversation_a_crisis_value_is_kept_and_gets_the_fixed_line(people: Cast) -> None:
    people.lin_says("找医生")
    reply(conversation_of(people.lin_user), "您好", people.chen)

    answer = people.lin_says("刚量血压185/95")

    assert answer is not None and answer.startswith("请立即拨打120")
    assert said_in(conversation_of(people.lin_user))[-1][0] == "system"
    assert count(Measurement) == 1


def test_who_is_not_known_by_name_is_advised_and_nothing_is_kept(app: Any) -> None:
    from tests.actions.conversing import receive

    answer = receive(make.user(), "血压 185/95")

    assert answer is not None and "120" in answer
    assert count(Measurement) == 0


def test_a_death_closes_what_was_to_be_looked_at(people: Cast) -> None:
    record(people, pressure(152, 88))
    who = people.lin_user.resident
    assert who is not None
    with transaction():
        signing.cascade.end_service(
            who.id, make.AgreementStatus.CLOSED_DEATH, clocks.today(), by=CLOCK, at=clocks.now(), reason="death",
            is_dead=True,
        )  # fmt: skip

    assert (the_review().status, the_review().outcome) == ("done", measurement.CLOSED)
