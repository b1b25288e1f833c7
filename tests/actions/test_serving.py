"""Services under an agreement: promised, recorded, confirmed or disputed, answered, taken back."""

import base64
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from server import clock as clocks
from server import policy as policies
from server.actions import serving, signing
from server.database import db, transaction
from server.models import (
    Agreement,
    AgreementStatus,
    Entitlement,
    Notification,
    PackageItem,
    Programme,
    ServiceAnswer,
    ServiceRecord,
    entitlement,
)
from server.models.actor import Actor, ActorKind
from server.models.states import StaleState
from server.policy import freezing
from tests import make
from tests.conftest import Clock

BY = Actor(ActorKind.STAFF, "doctor")
RESIDENT = Actor(ActorKind.RESIDENT, "lin")
JPEG = "data:image/jpeg;base64," + base64.b64encode(b"\xff\xd8\xff" + b"x" * 40).decode()


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def act(**fields: Any) -> serving.Act:
    return serving.Act(**({"client_id": "c1", "served_on": clocks.today(), "place": "clinic"} | fields))


def give(row: Entitlement, **fields: Any) -> tuple[ServiceRecord, bool]:
    staff = db.session.get_one(Agreement, row.agreement_id).team.lead
    return serving.record(row, act(**fields), staff=staff, by=BY)


def used(row: Entitlement) -> int | None:
    return db.session.scalar(select(Entitlement.used).where(Entitlement.id == row.id))


# ---------------------------------------------------------------- the ledger


def items_of(package_id: str, *rows: dict[str, Any]) -> None:
    for position, row in enumerate(rows, start=1):
        make.saved(PackageItem(**({"package_id": package_id, "position": position, "times_per_year": 0} | row)))
    db.session.expire_all()


def accepted(region: str, *rows: dict[str, Any], months: int = 12) -> Agreement:
    """An agreement under a region's rules that a team has just accepted."""
    rules = policies.load(region)
    package, team = make.package(), make.team()
    items_of(package.id, *rows)
    waiting = make.agreement(
        package=package, team=team, status=AgreementStatus.PENDING_TEAM, region=region, term_months=months
    )
    return signing.accept(waiting, policy=rules, by=BY, staff=team.lead)


def ledger(agreement: Agreement) -> list[Entitlement]:
    mine = select(Entitlement).where(Entitlement.agreement_id == agreement.id)
    return list(db.session.scalars(mine.order_by(Entitlement.position, Entitlement.year)))


def test_acceptance_writes_down_every_item_for_every_year() -> None:
    rows = ledger(accepted("mianyang", {"name": "随访", "times_per_year": 4}, {"name": "咨询"}, months=36))

    assert [(row.name, row.year, row.promised) for row in rows] == [
        ("随访", 1, 4),
        ("随访", 2, 4),
        ("随访", 3, 4),
        ("咨询", 1, None),
        ("咨询", 2, None),
        ("咨询", 3, None),
    ]
    assert [row.from_on for row in rows[:3]] == [date(2026, 3, 2), date(2027, 3, 2), date(2028, 3, 2)]
    assert [row.until_on for row in rows[:3]] == [date(2027, 3, 1), date(2028, 3, 1), date(2029, 3, 1)]


def test_a_short_last_year_promises_its_part_rounded_up() -> None:
    rows = ledger(accepted("mianyang", {"name": "访视", "times_per_year": 12}, months=18))

    assert [(row.year, row.promised) for row in rows] == [(1, 12), (2, 6)]


def test_pk18_pk19_the_limits_of_the_frozen_rules_go_before_the_package(clock: Clock) -> None:
    clock.set("2017-04-20 10:00")  # within the papers' own cycle
    exam, visit = ledger(
        accepted(
            "changyinsha_special",
            {"name": "常规检查", "times_per_year": 9, "kind": "exam"},
            {"name": "专科", "times_per_year": 1, "kind": "specialist_visit", "is_minimum": True},
        )
    )

    assert (exam.year, exam.promised, len(exam.choices)) == (0, 4, 4)
    assert (visit.year, visit.promised, visit.is_minimum) == (0, 2, True)


def test_what_came_into_force_some_other_way_is_written_down_by_the_clock_once() -> None:
    package = make.package()
    items_of(package.id, {"name": "随访", "times_per_year": 4})
    agreement = make.agreement(package=package)

    assert signing.open_next_ledger() and not signing.open_next_ledger()
    assert len(ledger(agreement)) == 1
    with transaction() as session:
        session.get_one(Agreement, agreement.id).ledger_until_on = None
    assert signing.open_next_ledger()
    assert len(ledger(agreement)) == 1


def test_an_agreement_that_goes_on_silently_promises_the_next_term_anew() -> None:
    agreement = accepted("mianyang", {"name": "随访", "times_per_year": 4}, {"name": "检查", "per": "term"})
    with transaction() as session:
        row = session.get_one(Agreement, agreement.id)
        row.start_on, row.end_on, row.ledger_until_on = date(2027, 3, 2), date(2028, 3, 1), None

    assert signing.open_next_ledger()

    spans = {(row.name, row.from_on): row.used for row in ledger(agreement)}
    assert sorted(spans) == [(name, date(year, 3, 2)) for name in ("检查", "随访") for year in (2026, 2027)]


# ---------------------------------------------------------------- recording


def test_a_service_is_used_once_whatever_is_tapped() -> None:
    row = make.entitlement(promised=2)

    first, is_new = give(row, note="量血压")
    again, is_again = give(row, note="量血压")

    assert (is_new, is_again, first.id) == (True, False, again.id)
    assert (used(row), first.entitlement_id, first.note, first.place) == (1, row.id, "量血压", "clinic")


def test_over_use_is_refused_and_nothing_recorded() -> None:
    row = make.entitlement(promised=1)
    give(row)

    with pytest.raises(serving.EntitlementUsedUp):
        give(row, client_id="c2")

    assert db.session.scalar(select(func.count()).select_from(ServiceRecord)) == 1


def test_a_minimum_and_what_is_as_needed_may_be_exceeded() -> None:
    least, needed = make.entitlement(promised=1, is_minimum=True), make.entitlement(promised=None)

    for number in range(3):
        give(least, client_id=f"a{number}")
        give(needed, client_id=f"b{number}")

    assert (used(least), used(needed)) == (3, 3)


def test_pk18_five_examinations_are_one_too_many_and_only_the_named_ones_count() -> None:
    row = make.entitlement(kind="exam", promised=4, choices=["blood_routine", "urine_routine"])

    with pytest.raises(serving.ExamKindInvalid):
        give(row, detail="mri")
    with pytest.raises(serving.ExamKindInvalid):
        give(row)
    for number in range(4):
        give(row, client_id=f"e{number}", detail="blood_routine")
    with pytest.raises(serving.EntitlementUsedUp):
        give(row, client_id="e5", detail="urine_routine")


@pytest.mark.parametrize("days", [1, -61, -400])
def test_a_day_that_cannot_be(days: int) -> None:
    start = clocks.today() - timedelta(days=100)
    row = make.entitlement(agreement=make.agreement(start_on=start))

    with pytest.raises(serving.ServiceDateInvalid):
        give(row, served_on=clocks.today() + timedelta(days=days))


def test_after_its_agreement_ended_nothing_can_be_entered() -> None:
    agreement = make.agreement(start_on=clocks.today() - timedelta(days=20))
    row = make.entitlement(agreement=agreement)
    with transaction() as session:
        session.get_one(Agreement, agreement.id).end_on = clocks.today() - timedelta(days=5)

    with pytest.raises(serving.ServiceDateInvalid):
        give(row)
    assert give(row, client_id="c2", served_on=clocks.today() - timedelta(days=5))[1]


def test_pk20_a_health_prescription_is_its_text_by_the_hospitals_doctor() -> None:
    row = make.entitlement(kind="health_prescription", promised=1, is_minimum=True)

    with pytest.raises(serving.ServiceNoteNeeded):
        give(row, performer="何主任")
    with pytest.raises(serving.PerformerNeeded):
        give(row, note="每天步行三十分钟")
    record, _ = give(row, note="每天步行三十分钟", performer="何主任")
    assert (record.note, record.performer) == ("每天步行三十分钟", "何主任")


def test_the_specialist_of_the_team_needs_no_other_name() -> None:
    agreement = make.agreement()
    row = make.entitlement(agreement=agreement, kind="specialist_visit", promised=2, is_minimum=True)
    specialist = make.staff(organisation=agreement.team.organisation_id)
    make.saved(make.Membership(team_id=agreement.team_id, staff_id=specialist.id, role="specialist"))

    record, _ = serving.record(row, act(), staff=specialist, by=BY)

    assert record.staff_id == specialist.id


def test_pk21_a_training_counts_its_participants() -> None:
    row = make.entitlement(kind="nursing_training", promised=1, is_minimum=True)

    record, _ = give(row, performer="护理部", participants=7)

    assert (record.participants, used(row)) == (7, 1)


@pytest.mark.parametrize(
    "photo", ["x", "data:image/jpeg;base64,eA==", JPEG.replace("jpeg", "gif"), "data:image/jpeg;base64,é"]
)
def test_a_picture_that_is_none(photo: str) -> None:
    with pytest.raises(serving.PhotoInvalid):
        give(make.entitlement(), photo=photo)


def test_a_picture_is_kept_as_proof() -> None:
    record, _ = give(make.entitlement(), photo=JPEG)

    db.session.expire_all()
    assert db.session.get_one(ServiceRecord, record.id).photo == JPEG


def test_a_follow_up_books_itself_and_beyond_the_promise_is_still_recorded() -> None:
    agreement = make.agreement()
    row = make.entitlement(agreement=agreement, kind="followup", promised=1)
    policy = policies.load("mianyang")
    by, team = Actor(ActorKind.STAFF, agreement.team.lead.id), agreement.team
    visit: Any = make.followup(resident=agreement.resident, team=team, programme=Programme.HTN)
    for _ in range(2):
        done = make.visited(visit, visited_on=clocks.today(), by=by, policy=policy)
        visit = done.next

    booked = list(db.session.scalars(select(ServiceRecord.entitlement_id).order_by(ServiceRecord.id)))
    assert (used(row), booked) == (1, [row.id, None])


# ---------------------------------------------------------------- what residents say


def test_confirming_twice_is_confirming_once_and_then_it_stands() -> None:
    record = make.service()

    first, second = serving.confirm(record, by=RESIDENT), serving.confirm(record, by=RESIDENT)

    assert first.id == second.id
    with pytest.raises(serving.ServiceAnswered):
        serving.dispute(record, "没有来过", within_workdays=7, by=RESIDENT)
    with pytest.raises(serving.ServiceAnswered):
        serving.take_back(record, by=BY)


def test_a_dispute_has_a_day_and_reaches_who_recorded_it() -> None:
    record = make.service()
    make.user(staff=record.staff)

    said = serving.dispute(record, "那天没有人来过", within_workdays=7, by=RESIDENT)

    assert said.answer_by_on == date(2026, 3, 11)
    assert [note.kind for note in db.session.scalars(select(Notification))] == ["service_disputed"]


def test_an_upheld_dispute_takes_the_record_back_and_the_use_with_it() -> None:
    row = make.entitlement(promised=1)
    record, _ = give(row)
    said = serving.dispute(record, "没有来过", within_workdays=7, by=RESIDENT)

    serving.answer(said, upheld=True, reply="登记有误", by=BY)
    serving.answer(said, upheld=True, reply="登记有误", by=BY)

    assert (used(row), said.outcome, said.reply) == (0, "upheld", "登记有误")
    assert serving.is_taken_back(record.id)
    assert give(row, client_id="c2")[1]
    assert db.session.scalar(select(Notification.kind)) == "dispute_answered"


def test_a_kept_record_stays_and_nobody_decides_again() -> None:
    row = make.entitlement(promised=1)
    record, _ = give(row)
    said = serving.dispute(record, "没有来过", within_workdays=7, by=RESIDENT)

    with pytest.raises(serving.ReplyNeeded):
        serving.answer(said, upheld=False, reply=" ", by=BY)
    serving.answer(said, upheld=False, reply="当天有签到", by=BY)

    assert used(row) == 1
    with pytest.raises(StaleState):
        serving.answer(said, upheld=True, reply="改了", by=Actor(ActorKind.ADMIN, "other"))


def test_a_mistake_is_taken_back_once_and_cannot_be_confirmed_any_more() -> None:
    row = make.entitlement(promised=1)
    record, _ = give(row)

    first, second = serving.take_back(record, by=BY), serving.take_back(record, by=BY)

    assert (first.id, used(row)) == (second.id, 0)
    with pytest.raises(serving.ServiceTakenBack):
        serving.confirm(record, by=RESIDENT)


def test_death_closes_what_was_disputed() -> None:
    agreement = make.agreement()
    said = make.dispute(make.service(agreement=agreement))

    signing.close(agreement, signing.Event("death"), clocks.today(), by=BY)

    db.session.expire_all()
    assert db.session.get_one(ServiceAnswer, said.id).outcome == "withdrawn"


def test_a_frozen_profile_of_before_still_has_a_promised_answer() -> None:
    body, _ = freezing.freeze(policies.load("changyinsha"))
    old = body.replace('"answer_within_workdays":7,', "")

    assert old != body
    assert freezing.thaw(old).complaints.answer_within_workdays == 7


def test_booking_takes_this_years_item_before_the_terms() -> None:
    agreement = make.agreement()
    term = make.entitlement(agreement=agreement, year=0, kind="home_visit", promised=1)
    year = make.entitlement(agreement=agreement, year=1, kind="home_visit", promised=1)

    with transaction():
        booked = [entitlement.book(agreement.id, "home_visit", clocks.today()) for _ in range(3)]

    assert booked == [year.id, term.id, None]
