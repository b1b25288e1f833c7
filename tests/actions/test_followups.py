"""Enrolling, planning, visiting, missing. Test days are Shanghai days; today is Monday 2026-03-02."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import policy
from server.access import followups as access
from server.actions import followups, planner
from server.actions.followups.refusals import (
    AlreadyEnrolled,
    DateInvalid,
    MeasurementInvalid,
    NoAgreement,
    TooYoung,
)
from server.database import db, transaction
from server.errors import NotFound
from server.models import (
    AuditEvent,
    FollowUp,
    FollowUpEvent,
    FollowUpStatus,
    Notification,
    NotificationStatus,
    Programme,
    ServiceRecord,
    Staff,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.models.states import IllegalMove
from tests import make
from tests.actions.pushing import fresh
from tests.conftest import Clock

MIANYANG, NATIONAL = policy.load("mianyang"), policy.load("national")
TODAY = date(2026, 3, 2)

pytestmark = pytest.mark.usefixtures("app")


def as_staff(staff: Staff) -> Actor:
    return Actor(ActorKind.STAFF, staff.id)


def visit(row: FollowUp, systolic: int | None = 130, diastolic: int | None = 80, **fields: Any) -> followups.Completed:
    return make.visited(row, systolic, diastolic, **({"visited_on": TODAY, "policy": MIANYANG} | fields))


def all_rows() -> list[FollowUp]:
    db.session.rollback()
    return list(db.session.scalars(select(FollowUp).order_by(FollowUp.due_on)))


def notes() -> list[Notification]:
    db.session.rollback()
    return list(db.session.scalars(select(Notification).order_by(Notification.created_at, Notification.id)))


# ---------------------------------------------------------------- enrolling


def test_enrolling_plans_the_first_follow_up_on_the_day_asked_for() -> None:
    agreement = make.agreement()

    first = followups.enrol(agreement.resident, Programme.HTN, date(2026, 3, 9), by=CLOCK, policy=MIANYANG)

    assert (first.due_on, first.window_end_on) == (date(2026, 3, 9), date(2026, 3, 23))
    assert first.team_id == agreement.team_id
    assert db.session.scalars(select(FollowUpEvent.new)).all() == ["planned"]
    assert db.session.scalars(select(AuditEvent.action)).all() == ["followup_enrolled", "group_added"]


def test_a_monthly_home_visit_is_due_on_the_last_day_of_the_month() -> None:
    agreement = make.agreement()

    first = followups.enrol(agreement.resident, Programme.HOME_VISIT, TODAY, by=CLOCK, policy=MIANYANG)

    assert first.due_on == first.window_end_on == date(2026, 3, 31)


def test_a_home_visit_on_need_is_due_when_asked_for() -> None:
    agreement = make.agreement()

    first = followups.enrol(agreement.resident, Programme.HOME_VISIT, TODAY, by=CLOCK, policy=NATIONAL)

    assert first.due_on == TODAY


def test_enrolling_twice_gives_the_same_follow_up() -> None:
    agreement = make.agreement()
    first = followups.enrol(agreement.resident, Programme.HTN, TODAY, by=CLOCK, policy=MIANYANG)

    again = followups.enrol(agreement.resident, Programme.HTN, TODAY, by=CLOCK, policy=MIANYANG)

    assert again.id == first.id
    assert len(all_rows()) == 1
    with pytest.raises(AlreadyEnrolled):
        followups.enrol(agreement.resident, Programme.HTN, TODAY + timedelta(days=3), by=CLOCK, policy=MIANYANG)


def test_enrolling_needs_an_agreement_an_age_and_a_possible_day() -> None:
    agreement = make.agreement(resident=make.resident(birth_on=date(2000, 1, 1)))

    with pytest.raises(NoAgreement):
        followups.enrol(make.resident(), Programme.HTN, TODAY, by=CLOCK, policy=MIANYANG)
    with pytest.raises(TooYoung):
        followups.enrol(agreement.resident, Programme.HTN, TODAY, by=CLOCK, policy=MIANYANG)
    with pytest.raises(DateInvalid):
        followups.enrol(make.agreement().resident, Programme.HTN, TODAY - timedelta(days=1), by=CLOCK, policy=MIANYANG)
    assert all_rows() == []


# ---------------------------------------------------------------- monthly visits


def plan_all() -> list[date]:
    while followups.plan_visits_next(MIANYANG):
        pass
    return [row.due_on for row in all_rows()]


def test_this_and_next_months_visits_are_planned_once(clock: Clock) -> None:
    agreement = make.agreement()
    followups.enrol(agreement.resident, Programme.HOME_VISIT, TODAY, by=CLOCK, policy=MIANYANG)

    assert plan_all() == [date(2026, 3, 31), date(2026, 4, 30)]
    assert followups.plan_visits_next(MIANYANG) is False
    clock.set("2026-06-15 00:20")  # nobody ran it for two months
    assert plan_all()[-2:] == [date(2026, 6, 30), date(2026, 7, 31)]


def test_no_visit_is_planned_beyond_the_agreement_or_without_one() -> None:
    ending = make.agreement(end_on=date(2026, 3, 20))
    followups.enrol(ending.resident, Programme.HOME_VISIT, TODAY, by=CLOCK, policy=MIANYANG)
    make.followup(programme=Programme.HOME_VISIT, due_on=date(2026, 3, 31))

    assert plan_all() == [date(2026, 3, 31), date(2026, 3, 31)]


def test_no_visit_is_planned_where_the_region_asks_for_none() -> None:
    make.agreement(resident=make.followup(programme=Programme.HOME_VISIT).resident)

    assert followups.plan_visits_next(NATIONAL) is False


# ---------------------------------------------------------------- visits


def test_a_controlled_visit_is_recorded_and_the_next_one_planned_in_three_months() -> None:
    row = make.followup()
    make.agreement(resident=row.resident, team=row.team)

    done = visit(row, 139, 89, note="规律服药")

    assert (done.class_label, done.is_emergency) == ("控制满意", False)
    assert done.next is not None
    assert (done.next.due_on, done.next.window_end_on) == (date(2026, 6, 2), date(2026, 6, 16))
    row = fresh(row)
    assert (row.status, row.visited_on, row.outcome_class, row.method) == (FollowUpStatus.DONE, TODAY, 1, "clinic")
    assert json.loads(row.result or "")["note"] == "规律服药"
    record = db.session.scalars(select(ServiceRecord)).one()
    assert (record.source_key, record.staff_id) == (f"followup:{row.id}", row.team.lead.id)
    assert record.agreement_id is not None
    assert "followup_completed" in db.session.scalars(select(AuditEvent.action)).all()


def test_the_result_is_not_readable_in_the_database() -> None:
    from sqlalchemy import text

    row = make.followup()
    visit(row, 139, 89, note="秘密")

    stored = db.session.execute(text("SELECT result FROM followup WHERE id = :id"), {"id": row.id}).scalar()
    assert "139" not in stored
    assert "秘密" not in stored


def test_uncontrolled_twice_advises_referral_even_with_a_missed_visit_between(clock: Clock) -> None:
    """T8 and T17."""
    first = visit(make.followup(), 152, 96)
    assert first.next is not None
    assert (first.next.due_on, first.next.window_end_on) == (date(2026, 3, 16), date(2026, 3, 16))
    clock.set("2026-03-17 00:10")
    assert followups.mark_missed_next(MIANYANG) is True
    (planned,) = [row for row in all_rows() if row.status == FollowUpStatus.PLANNED]

    second = visit(planned, 155, 92, visited_on=date(2026, 3, 17))

    assert "转诊" in second.advice
    assert json.loads(fresh(planned).result)["rule"] == "H4"


def test_an_emergency_alarms_the_team_leader_at_once() -> None:
    row = make.followup()
    leader = make.user(staff=row.team.lead)

    done = visit(row, 180, 80)

    assert done.is_emergency
    assert "120" in done.advice
    (alarm,) = notes()
    assert (alarm.kind, alarm.user_id, alarm.is_urgent) == ("followup_alarm", leader.id, True)
    assert "180" not in str(alarm.facts)


@pytest.mark.parametrize(
    ("systolic", "diastolic"), [(120, 130), (120, 120), (301, 80), (120, 29), (None, 80), (None, None)]
)
def test_impossible_or_missing_pressures_are_refused(systolic: int | None, diastolic: int | None) -> None:
    row = make.followup()

    with pytest.raises(MeasurementInvalid):
        visit(row, systolic, diastolic)

    assert fresh(row).status == FollowUpStatus.PLANNED


@pytest.mark.parametrize("days", [1, -400])
def test_a_visit_in_the_future_or_long_ago_is_refused(days: int) -> None:
    row = make.followup()

    with pytest.raises(DateInvalid):
        visit(row, visited_on=TODAY + timedelta(days=days))


def test_a_visit_is_recorded_once() -> None:
    row = make.followup()
    visit(row)

    with pytest.raises(IllegalMove):
        visit(fresh(row))

    assert len(all_rows()) == 2


def test_an_early_visit_whose_next_day_is_its_own_due_day_is_planned_the_day_before() -> None:
    row = make.followup(due_on=date(2026, 3, 16))

    done = visit(row, 150, 95)

    assert done.next is not None
    assert done.next.due_on == date(2026, 3, 15)


def test_a_home_visit_needs_no_measurement_and_plans_the_next_month() -> None:
    agreement = make.agreement()
    row = followups.enrol(agreement.resident, Programme.HOME_VISIT, TODAY, by=CLOCK, policy=MIANYANG)

    done = visit(row, None, None, method="home")

    assert (done.class_label, done.is_emergency) == ("已记录", False)
    assert done.next is not None
    assert done.next.due_on == date(2026, 4, 30)


def test_completing_cancels_the_reminder_that_still_waits() -> None:
    row = make.followup(due_on=TODAY + timedelta(days=1))
    planner.plan_reminders(MIANYANG, lambda: True)

    visit(row)

    assert [note.status for note in notes()] == [NotificationStatus.CANCELLED]


# ---------------------------------------------------------------- missed


def test_a_passed_window_is_missed_and_the_patient_gets_a_new_day(clock: Clock) -> None:
    row = make.followup(due_on=TODAY)
    clock.set("2026-03-16 00:10")
    assert followups.mark_missed_next(MIANYANG) is False
    clock.set("2026-03-17 00:10")

    assert followups.mark_missed_next(MIANYANG) is True
    assert followups.mark_missed_next(MIANYANG) is False

    assert fresh(row).status == FollowUpStatus.MISSED
    assert [(one.status, one.due_on) for one in all_rows()][1:] == [(FollowUpStatus.PLANNED, date(2026, 3, 31))]


def test_a_late_entry_moves_the_new_day_by_the_true_visit(clock: Clock) -> None:
    row = make.followup(due_on=TODAY)
    clock.set("2026-03-17 10:00")
    followups.mark_missed_next(MIANYANG)

    done = visit(fresh(row), 130, 80, visited_on=date(2026, 3, 10))

    assert done.next is not None
    assert done.next.due_on == date(2026, 6, 10)
    assert len(all_rows()) == 2


def test_a_late_entry_does_not_overrule_a_newer_visit(clock: Clock) -> None:
    row = make.followup(due_on=TODAY)
    clock.set("2026-03-17 10:00")
    followups.mark_missed_next(MIANYANG)
    (planned,) = [one for one in all_rows() if one.status == FollowUpStatus.PLANNED]
    newer = visit(planned, 130, 80, visited_on=date(2026, 3, 17))
    assert newer.next is not None

    late = visit(fresh(row), 170, 100, visited_on=date(2026, 3, 3))

    assert late.next is not None
    assert (late.next.id, late.next.due_on) == (newer.next.id, date(2026, 6, 17))


def test_a_home_visit_that_was_missed_is_not_repeated_in_the_same_month(clock: Clock) -> None:
    make.followup(programme=Programme.HOME_VISIT, due_on=date(2026, 3, 31), window_end_on=date(2026, 3, 31))
    clock.set("2026-04-01 00:10")

    followups.mark_missed_next(MIANYANG)

    assert [one.status for one in all_rows()] == [FollowUpStatus.MISSED]


# ---------------------------------------------------------------- who may see


def test_only_the_team_sees_a_follow_up() -> None:
    chen, zhou = make.staff(), make.staff()
    row = make.followup(team=make.team(lead=chen))
    make.team(lead=zhou)
    with transaction() as session:
        chen, zhou = session.get_one(Staff, chen.id), session.get_one(Staff, zhou.id)
        assert chen.memberships and zhou.memberships

    assert access.one(row.id, chen).id == row.id
    assert [one.id for one in access.of_team(chen, TODAY, None).items] == [row.id]
    assert access.of_team(zhou, TODAY, None).items == []
    with pytest.raises(NotFound):
        access.one(row.id, zhou)


def test_only_ones_own_panel_can_be_enrolled() -> None:
    agreement = make.agreement()
    other = make.team()

    assert access.panel_resident(agreement.resident_id, agreement.team.lead).id == agreement.resident_id
    with pytest.raises(NotFound):
        access.panel_resident(agreement.resident_id, other.lead)


def test_a_resident_sees_his_own_planned_ones_first(app: APIFlask) -> None:
    row = make.followup()
    make.followup()
    visit(row)

    mine = access.mine(row.resident, None).items

    assert [one.status for one in mine] == [FollowUpStatus.PLANNED, FollowUpStatus.DONE]
