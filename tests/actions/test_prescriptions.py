"""A long prescription's life: issued, signed, renewed, stopped, ended; brought home; spoken of in time (§7.3, N-31…N-33)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock as clocks
from server import policy as policies
from server.actions import ahead, prescriptions, signing
from server.actions.booking import referring
from server.actions.prescriptions import Draft, issuing
from server.actions.prescriptions.delivering import DeliveryInvalid, DeliveryNotHere, DeliveryOver
from server.database import db, transaction
from server.models import (
    Agreement,
    AgreementStatus,
    MedicineDelivery,
    Notification,
    Prescription,
    Resident,
    WechatUser,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.models.states import IllegalMove
from server.policy.pictures import DrawingInvalid
from server.policy.prescribing import EvaluationNeeded, ExtendedNotAllowed, MedicineNotAllowed, Row, SupplyInvalid
from tests import make
from tests.conftest import Clock

MIANYANG, FUJIAN = policies.load("mianyang"), policies.load("fujian")
D = date(2026, 3, 2)
DRAWN = "data:image/png;base64,iVBORw0KGgo="
FOUR_WEEKS = Draft("p1", (Row("amlodipine_5", 1, "1片"),), 28, D, "血压稳定，无不良反应")
EIGHT_WEEKS = replace(FOUR_WEEKS, client_id="p8", days=56)


class Town:
    """Resident Lin under contract with doctor Chen's team."""

    def __init__(self) -> None:
        self.chen = make.staff(name="陈静")
        self.team = make.team(lead=self.chen)
        self.lin: Resident = make.resident(name="林秀英")
        self.agreement: Agreement = make.agreement(resident=self.lin, team=self.team)
        self.chen_user: WechatUser = make.user(staff=self.chen)
        self.lin_user: WechatUser = make.user(resident=self.lin)
        self.by = Actor(ActorKind.STAFF, self.chen.id)
        self.me = Actor(ActorKind.RESIDENT, self.lin_user.id)

    def issue(self, draft: Draft = FOUR_WEEKS, policy: Any = MIANYANG) -> Prescription:
        return prescriptions.issue(self.lin, draft, policy=policy, by=self.by)[0]

    def sign(self, row: Prescription, signature: str | None = DRAWN) -> Prescription:
        return prescriptions.sign(row, prescriptions.words_for(self.team, row.supply_days)[1], signature, by=self.me)


@pytest.fixture
def town(app: Any) -> Town:
    return Town()


def told(kind: str) -> list[str]:
    rows = db.session.scalars(select(Notification).where(Notification.kind == kind).order_by(Notification.id))
    return [str(clocks.local(row.created_at).date()) for row in rows if row.status != "cancelled"]


def every_day(clock: Clock, first: date, days: int) -> None:
    for day in range(days):
        clock.set(f"{first + timedelta(days=day)} 09:00")
        for _ in range(2):
            ahead.tell_supplies(lambda: True)


def test_four_weeks_begin_at_once_and_the_names_of_medicines_are_sealed(town: Town) -> None:
    row = town.issue()

    assert (row.status, row.end_on, row.needs_signature) == ("active", date(2026, 3, 29), False)
    assert row.rows == [{"code": "amlodipine_5", "times": 1, "dose": "1片", "name": "苯磺酸氨氯地平片 5mg"}]
    with db.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT medicines FROM prescription").scalar_one()
    assert "amlodipine" not in stored


def test_the_same_tap_issues_once(town: Town) -> None:
    first, second = town.issue(), town.issue()

    assert first.id == second.id
    assert db.session.scalar(select(func.count()).select_from(Prescription)) == 1


def test_the_reminders_of_the_worked_example_come_on_their_days_once(town: Town, clock: Clock) -> None:
    """N-31, N-32: a supply of four weeks from 2026-03-02."""
    town.issue()

    every_day(clock, D, 30)

    days = ["2026-03-22", "2026-03-26", "2026-03-29"]
    assert (told("refill_due"), told("refill_due_for_team"), told("evaluation_due")) == (days, days, ["2026-03-15"])


def test_a_missed_morning_is_caught_up_once(town: Town, clock: Clock) -> None:
    town.issue()

    every_day(clock, date(2026, 3, 24), 3)

    assert told("refill_due") == ["2026-03-24", "2026-03-26"]


def test_what_is_pushed_names_no_medicine(town: Town, clock: Clock) -> None:
    town.issue()
    every_day(clock, date(2026, 3, 22), 1)

    facts = db.session.scalars(select(Notification.facts).where(Notification.kind == "refill_due")).one()

    assert "地平" not in str(facts) and set(facts) == {"team", "phone", "due_on"}


def test_more_than_the_usual_days_wait_for_the_residents_signature(town: Town, clock: Clock) -> None:
    row = town.issue(EIGHT_WEEKS)
    assert (row.status, told("prescription_to_sign")) == ("waiting", ["2026-03-02"])
    every_day(clock, D, 1)
    assert told("evaluation_due") == []  # nothing is supplied yet
    clock.set("2026-03-04 10:00")

    signed = town.sign(row)

    assert (signed.status, signed.start_on, signed.end_on) == ("active", date(2026, 3, 4), date(2026, 4, 28))
    assert town.sign(row).signed_at == signed.signed_at


def test_who_does_not_want_it_says_no_and_nothing_is_supplied(town: Town) -> None:
    row = town.sign(town.issue(EIGHT_WEEKS), None)

    assert (row.status, row.stop_reason, row.open_key) == ("stopped", "declined", None)


def test_what_was_read_must_be_what_is_signed(town: Town) -> None:
    row = town.issue(EIGHT_WEEKS)

    with pytest.raises(issuing.TextChanged):
        prescriptions.sign(row, "0" * 64, DRAWN, by=town.me)
    with pytest.raises(DrawingInvalid):
        town.sign(row, "data:image/png;base64,xxxx")


@pytest.mark.parametrize(
    ("draft", "policy", "error"),
    [
        (replace(FOUR_WEEKS, days=27), MIANYANG, SupplyInvalid),
        (replace(FOUR_WEEKS, days=63), MIANYANG, SupplyInvalid),
        (replace(FOUR_WEEKS, days=85), FUJIAN, SupplyInvalid),
        (replace(FOUR_WEEKS, evaluation=" "), MIANYANG, EvaluationNeeded),
        (replace(FOUR_WEEKS, rows=(Row("estazolam_1", 1, "1片"),)), MIANYANG, MedicineNotAllowed),
        (replace(FOUR_WEEKS, start_on=D - timedelta(days=1)), MIANYANG, issuing.StartInvalid),
        (replace(FOUR_WEEKS, start_on=D + timedelta(days=15)), MIANYANG, issuing.StartInvalid),
        (replace(FOUR_WEEKS, is_extended=True), MIANYANG, ExtendedNotAllowed),
        (replace(FOUR_WEEKS, is_extended=True), FUJIAN, ExtendedNotAllowed),  # nobody sent him back
    ],
)
def test_what_may_not_be_is_refused(town: Town, draft: Draft, policy: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        town.issue(draft, policy)

    assert db.session.scalar(select(func.count()).select_from(Prescription)) == 0


def test_only_a_physician_of_the_team_prescribes(town: Town) -> None:
    nurse = make.staff(name="何护士")
    make.saved(make.Membership(team_id=town.team.id, staff_id=nurse.id, role="nurse"))
    db.session.expire_all()
    for who in (nurse, make.staff()):
        with pytest.raises(prescriptions.PrescriberNotQualified):
            prescriptions.issue(town.lin, FOUR_WEEKS, policy=MIANYANG, by=Actor(ActorKind.STAFF, who.id))
    make.saved(make.Credential(staff_id=town.chen.id, licence="clinical", valid_to=D - timedelta(days=1)))
    with pytest.raises(prescriptions.PrescriberNotQualified):
        town.issue()


def test_nobody_without_an_agreement_gets_one(town: Town) -> None:
    with pytest.raises(issuing.NoContract):
        prescriptions.issue(make.resident(), FOUR_WEEKS, policy=MIANYANG, by=town.by)


def test_a_second_one_is_refused_while_one_runs(town: Town) -> None:
    town.issue()

    with pytest.raises(prescriptions.PrescriptionOpen):
        town.issue(replace(FOUR_WEEKS, client_id="p2"))


def test_a_renewal_follows_without_a_gap_and_needs_no_new_evaluation_within_four_weeks(
    town: Town, clock: Clock
) -> None:
    first = town.issue()
    clock.set("2026-03-23 10:00")
    draft = replace(FOUR_WEEKS, client_id="p2", start_on=date(2026, 3, 23), evaluation="")

    second, is_new = prescriptions.renew(first, draft, policy=MIANYANG, by=town.by)

    assert (first.status, is_new, second.start_on, second.end_on) == (
        "renewed", True, date(2026, 3, 30), date(2026, 4, 26),
    )  # fmt: skip
    every_day(clock, date(2026, 3, 24), 7)
    assert told("refill_due") == []  # the first one's are over
    with pytest.raises(EvaluationNeeded):
        prescriptions.renew(second, replace(draft, client_id="p3", days=56), policy=MIANYANG, by=town.by)


def renewed(town: Town, clock: Clock, days: int = 56) -> tuple[Prescription, Prescription]:
    """A supply of four weeks until 29 March, followed on the 16th by a longer one that has to be signed."""
    first = town.issue()
    clock.set("2026-03-16 10:00")
    draft = replace(FOUR_WEEKS, client_id="p2", start_on=date(2026, 3, 16), days=days)
    return first, prescriptions.renew(first, draft, policy=MIANYANG, by=town.by)[0]


def test_a_declined_renewal_is_told_to_the_doctor_at_once(town: Town, clock: Clock) -> None:
    first, second = renewed(town, clock)

    town.sign(second, None)
    town.sign(second, None)

    assert (first.status, second.status, told("renewal_unsigned")) == ("renewed", "stopped", ["2026-03-16"])
    user = db.session.scalars(select(Notification.user_id).where(Notification.kind == "renewal_unsigned")).one()
    assert user == town.chen_user.id


def test_a_declined_first_prescription_leaves_nothing_running_to_speak_of(town: Town) -> None:
    town.sign(town.issue(EIGHT_WEEKS), None)

    assert told("renewal_unsigned") == []


def test_an_unsigned_renewal_is_told_before_the_running_supply_ends_until_it_is_signed(
    town: Town, clock: Clock
) -> None:
    _, second = renewed(town, clock)

    every_day(clock, date(2026, 3, 20), 8)  # until the 27th
    assert told("renewal_unsigned") == ["2026-03-22", "2026-03-26"]
    town.sign(second)
    every_day(clock, date(2026, 3, 28), 2)

    assert told("renewal_unsigned") == [], "what waited is called off, nothing new is said"


def test_renewing_early_keeps_what_is_to_be_brought_and_its_notice(town: Town, clock: Clock) -> None:
    first = town.issue()
    clock.set("2026-03-20 08:00")
    delivery = prescriptions.plan(first, date(2026, 3, 21), "王平", "", policy=MIANYANG, by=town.by)
    every_day(clock, date(2026, 3, 20), 1)

    draft = replace(FOUR_WEEKS, client_id="p2", start_on=date(2026, 3, 20), evaluation="")
    prescriptions.renew(first, draft, policy=MIANYANG, by=town.by)
    every_day(clock, date(2026, 3, 21), 1)

    db.session.refresh(delivery)
    assert (first.status, delivery.state, told("delivery_planned")) == ("renewed", "planned", ["2026-03-20"])
    later = prescriptions.plan(first, date(2026, 3, 23), "王平", "", policy=MIANYANG, by=town.by)
    assert (later.id, later.planned_on) == (delivery.id, date(2026, 3, 23)), "its day can still be changed"


def test_a_stop_has_a_reason_and_silences_what_was_to_be_told(town: Town, clock: Clock) -> None:
    row = town.issue()
    delivery = prescriptions.plan(row, D + timedelta(days=1), "王平", "", policy=MIANYANG, by=town.by)
    with pytest.raises(issuing.StopReasonUnknown):
        prescriptions.stop(row, "service_ended", "", by=town.by)

    prescriptions.stop(row, "goal_not_met", "换药", by=town.by)

    db.session.refresh(delivery)
    assert (row.status, row.stop_reason, delivery.state) == ("stopped", "goal_not_met", "cancelled")
    every_day(clock, date(2026, 3, 22), 1)
    assert told("refill_due") == []
    with pytest.raises(IllegalMove):
        prescriptions.renew(row, replace(FOUR_WEEKS, client_id="p2"), policy=MIANYANG, by=town.by)


@pytest.mark.parametrize("way", ["referral", "emergency"])
def test_an_admission_stops_it(town: Town, way: str) -> None:
    row = town.issue()
    if way == "referral":
        referral = make.referral(town.agreement, status="arrived")
        referring.admit(referral, by=CLOCK)
    else:
        known = referring.Emergency("e1", "市中心医院", clocks.now() - timedelta(hours=2))
        referring.report(town.lin, known, policy=MIANYANG, by=town.me)

    db.session.refresh(row)
    assert (row.status, row.stop_reason) == ("stopped", "admitted")


def test_the_end_of_the_agreement_stops_it(town: Town) -> None:
    row = town.issue()
    with transaction():
        signing.cascade.end_service(
            town.lin.id, AgreementStatus.CLOSED_MOVED, D, by=CLOCK, at=clocks.now(), reason="moved"
        )

    db.session.refresh(row)
    assert (row.status, row.stop_reason) == ("stopped", "service_ended")


def test_a_used_up_supply_ends_the_night_after_and_an_unsigned_one_lapses(town: Town, clock: Clock) -> None:
    row = town.issue()
    clock.set("2026-03-29 23:59")
    assert prescriptions.end_next() is False

    clock.set("2026-03-30 00:25")

    assert (prescriptions.end_next(), prescriptions.end_next()) == (True, False)
    db.session.refresh(row)
    assert (row.status, row.open_key) == ("ended", None)
    unsigned = town.issue(replace(EIGHT_WEEKS, start_on=date(2026, 3, 30)))
    clock.set("2026-06-01 00:25")
    assert prescriptions.end_next() is True
    db.session.refresh(unsigned)
    assert unsigned.status == "stopped"


def test_where_the_region_extends_a_hospitals_prescription_goes_on_after_it_sent_him_back(town: Town) -> None:
    referral = make.referral(town.agreement, status="down_accepted", down_reason_code="stable")

    row = town.issue(replace(FOUR_WEEKS, is_extended=True), FUJIAN)

    assert (row.is_extended, row.referral_id) == (True, referral.id)


def test_medicine_is_brought_the_resident_hears_the_day_before_and_when_it_is_there(town: Town, clock: Clock) -> None:
    row = town.issue()
    delivery = prescriptions.plan(row, date(2026, 3, 6), "王平", "", policy=MIANYANG, by=town.by)

    every_day(clock, D, 5)
    assert told("delivery_planned") == ["2026-03-05"]
    prescriptions.deliver(delivery, by=CLOCK)
    prescriptions.deliver(delivery, by=CLOCK)

    assert (delivery.state, told("delivery_done")) == ("delivered", ["2026-03-06"])
    with pytest.raises(DeliveryOver):
        prescriptions.call_off(delivery, by=CLOCK)


def test_a_changed_plan_is_told_anew(town: Town, clock: Clock) -> None:
    row = town.issue()
    prescriptions.plan(row, date(2026, 3, 3), "王平", "", policy=MIANYANG, by=town.by)
    every_day(clock, D, 1)
    delivery = prescriptions.plan(row, date(2026, 3, 4), "李强", "", policy=MIANYANG, by=town.by)

    every_day(clock, date(2026, 3, 3), 1)

    assert told("delivery_planned") == ["2026-03-03"]  # the first one was taken back
    assert db.session.scalar(select(func.count()).select_from(MedicineDelivery)) == 1
    prescriptions.call_off(delivery, by=CLOCK)
    assert told("delivery_planned") == []


def test_nothing_is_brought_where_the_region_does_not_or_before_the_signature(town: Town) -> None:
    row = town.issue(policy=FUJIAN)
    for region in ("fujian", "erqi", "qianjiang", "changyinsha"):
        with pytest.raises(DeliveryNotHere):
            prescriptions.plan(row, D, "王平", "", policy=policies.load(region), by=town.by)
    for day, courier in ((D - timedelta(days=1), "王平"), (D + timedelta(days=32), "王平"), (D, " ")):
        with pytest.raises(DeliveryInvalid):
            prescriptions.plan(row, day, courier, "", policy=MIANYANG, by=town.by)
    prescriptions.stop(row, "other", "", by=town.by)
    with pytest.raises(DeliveryNotHere):
        prescriptions.plan(row, D, "王平", "", policy=MIANYANG, by=town.by)
