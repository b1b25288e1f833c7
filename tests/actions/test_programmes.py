"""Programmes as rows: an encounter and all that follows from it, several programmes at once, other days, checks (§2.0, §2.11)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import policy
from server.access import followups as access
from server.actions import followups
from server.actions.followups.refusals import (
    CheckAnswered,
    ConfirmationNeeded,
    DateInvalid,
    EncounterInvalid,
    MeasurementInvalid,
    ReasonNeeded,
)
from server.actions.signing.handover import hand_over
from server.database import db, transaction
from server.errors import NotFound
from server.models import (
    AuditEvent,
    CheckResult,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    Notification,
    Programme,
    ReferralCheck,
    Role,
    ServiceRecord,
    Staff,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.models.followup import end_programmes
from server.models.states import IllegalMove
from tests import make
from tests.actions.pushing import fresh
from tests.conftest import Clock

MIANYANG = policy.load("mianyang")
TODAY = date(2026, 3, 2)
S = FollowUpStatus

pytestmark = pytest.mark.usefixtures("app")


def visit(row: FollowUp, systolic: int | None = 130, diastolic: int | None = 80, **fields: Any) -> followups.Completed:
    return make.visited(row, systolic, diastolic, policy=MIANYANG, **fields)


def doctor(row: FollowUp) -> Actor:
    return Actor(ActorKind.STAFF, row.team.lead.id)


def answer(check: ReferralCheck, result: str, by: Actor = CLOCK) -> ReferralCheck:
    return followups.answer(check, CheckResult(result), note=None, by=by, policy=MIANYANG)


def checks() -> list[ReferralCheck]:
    db.session.rollback()
    return list(db.session.scalars(select(ReferralCheck).order_by(ReferralCheck.due_on)))


def planned(programme: Programme) -> FollowUp:
    db.session.rollback()
    rows = select(FollowUp).where(FollowUp.programme == programme, FollowUp.status == S.PLANNED)
    return db.session.scalars(rows).one()


# ---------------------------------------------------------------- one encounter


def test_one_entry_keeps_every_value_with_the_version_of_its_rules() -> None:
    row = make.followup()

    visit(row, 139, 89, values={"heart_rate": 72, "weight": "65.5", "height": 170}, note="规律服药")

    row = fresh(row)
    assert row.rules_version == "htn/2017.1"
    assert row.values | {"bmi": None} == {
        "systolic": 139, "diastolic": 89, "symptoms": ["1"], "adr": "1", "complication": "1",
        "heart_rate": 72, "weight": "65.5", "height": "170", "bmi": None,
    }  # fmt: skip
    assert (row.values["bmi"], row.judgement["findings"]["bmi"], row.judgement["note"]) == ("22.7", "正常", "规律服药")


def test_what_was_found_is_not_readable_in_the_database() -> None:
    from sqlalchemy import text

    row = make.followup()
    visit(row, 139, 89)

    stored = db.session.execute(text("SELECT found FROM followup WHERE id = :id"), {"id": row.id}).scalar()
    assert "139" not in stored


def test_t16_a_referral_that_was_attended_begins_the_count_anew(clock: Clock) -> None:
    first = visit(make.followup(), 152, 96)
    clock.set("2026-03-16 10:00")
    assert first.next is not None
    second = visit(first.next, 148, 92)
    (check,) = checks()
    assert (second.judged.rule, check.reason_code, check.due_on) == ("H4", "1", date(2026, 3, 30))

    clock.set("2026-03-30 10:00")
    answer(check, "attended")
    third = planned(Programme.HTN)
    assert third.due_on == date(2026, 4, 13)
    clock.set("2026-04-13 10:00")
    last = visit(third, 136, 84)

    assert (last.judged.outcome_class, last.next.due_on if last.next else None) == (1, date(2026, 7, 13))


@pytest.mark.parametrize(("result", "rule"), [("attended", "H2"), ("admitted", "H2"), ("refused", "H4"), (None, "H4")])
def test_only_a_completed_referral_begins_the_count_anew(result: str | None, rule: str, clock: Clock) -> None:
    first = visit(make.followup(), 152, 96)
    assert first.next is not None
    clock.set("2026-03-16 10:00")
    second = visit(first.next, 152, 96)
    if result:
        answer(checks()[0], result)
    clock.set("2026-03-30 10:00")
    assert second.next is not None

    assert visit(fresh(second.next), 152, 96).judged.rule == rule


def test_t26_two_programmes_in_one_encounter_write_both_records_and_come_next_together() -> None:
    agreement = make.agreement()
    make.entitlement(agreement=agreement, kind="followup", promised=4)
    rows = [
        make.followup(programme=one, resident=agreement.resident, team=agreement.team)
        for one in (Programme.HTN, Programme.DM)
    ]
    forms = [{"systolic": 138, "diastolic": 84}, {"systolic": 138, "diastolic": 84, "fasting_glucose": "7.4"}]
    parts = [followups.Part(row, form | make.CHRONIC) for row, form in zip(rows, forms, strict=True)]

    htn, dm = followups.complete(parts, followups.Encounter(TODAY, "clinic"), by=doctor(rows[0]), policy=MIANYANG)

    assert (htn.judged.outcome_class, dm.judged.outcome_class) == (1, 2)
    assert htn.next is not None and dm.next is not None
    assert (htn.next.due_on, dm.next.due_on) == (date(2026, 3, 16), date(2026, 3, 16))
    assert (htn.next.rule_due_on, dm.next.rule_due_on) == (date(2026, 6, 2), None)
    assert fresh(rows[0]).encounter_id == fresh(rows[1]).encounter_id is not None
    records = list(db.session.scalars(select(ServiceRecord).order_by(ServiceRecord.id)))
    assert [one.source_key for one in records] == [f"followup:{row.id}" for row in rows]
    assert [one.entitlement_id is None for one in records] == [False, True], "one contact of the package, not two"


def test_an_emergency_in_two_programmes_alarms_once() -> None:
    row = make.followup()
    other = make.followup(programme=Programme.DM, resident=row.resident, team=row.team)
    make.user(staff=row.team.lead)
    form = {"systolic": 185, "diastolic": 95} | make.CHRONIC
    parts = [followups.Part(row, form), followups.Part(other, form | {"fasting_glucose": 8})]

    done = followups.complete(parts, followups.Encounter(TODAY, "clinic"), by=doctor(row), policy=MIANYANG)

    assert [one.is_emergency for one in done] == [True, True]
    kinds = list(db.session.scalars(select(Notification.kind)))
    assert kinds == ["followup_alarm"]
    assert [(one.reason_code, one.due_on) for one in checks()] == [("5", date(2026, 3, 16))] * 2


def test_nothing_of_an_encounter_is_written_when_one_of_its_forms_is_refused() -> None:
    row = make.followup()
    other = make.followup(programme=Programme.DM, resident=row.resident, team=row.team)
    good = {"systolic": 138, "diastolic": 84} | make.CHRONIC
    parts = [followups.Part(row, good), followups.Part(other, good | {"random_glucose": "10.2"})]

    with pytest.raises(MeasurementInvalid) as refused:  # T25
        followups.complete(parts, followups.Encounter(TODAY, "clinic"), by=doctor(row), policy=MIANYANG)

    assert [one["field"] for one in refused.value.details["problems"]] == ["fasting_glucose"]
    assert [fresh(row).status, fresh(other).status] == [S.PLANNED, S.PLANNED]
    assert db.session.scalars(select(ServiceRecord)).all() == []


def test_an_encounter_is_one_person_and_each_programme_once() -> None:
    row, stranger = make.followup(), make.followup(programme=Programme.DM)
    for parts in ([row, stranger], [row, row]):
        with pytest.raises(EncounterInvalid):
            followups.complete(
                [followups.Part(one) for one in parts], followups.Encounter(TODAY, "clinic"), by=CLOCK, policy=MIANYANG
            )


def test_unusual_values_are_taken_once_they_were_looked_at_again() -> None:
    row = make.followup()

    with pytest.raises(ConfirmationNeeded) as asked:
        visit(row, 139, 49)
    assert [(one["field"], one["hard"]) for one in asked.value.details["problems"]] == [("diastolic", False)]
    assert fresh(row).status == S.PLANNED

    visit(fresh(row), 139, 49, is_confirmed=True)
    assert fresh(row).values["diastolic"] == 49


def test_a_late_entry_keeps_the_day_of_the_visit_and_that_of_the_entry(clock: Clock) -> None:
    row = make.followup(due_on=TODAY)
    clock.set("2026-03-20 10:00")

    visit(row, visited_on=date(2026, 3, 5))

    row = fresh(row)
    assert (row.visited_on, row.entered_at.date() if row.entered_at else None) == (date(2026, 3, 5), date(2026, 3, 20))
    assert planned(Programme.HTN).due_on == date(2026, 6, 5)


# ---------------------------------------------------------------- the doctor's own day


def test_the_doctor_may_choose_an_earlier_day_freely() -> None:
    done = visit(make.followup(), next_on=date(2026, 4, 2))

    assert done.next is not None
    assert (done.next.due_on, done.next.rule_due_on, done.next.due_reason) == (date(2026, 4, 2), date(2026, 6, 2), None)


def test_a_later_day_needs_a_reason() -> None:
    row = make.followup()
    for reason in (None, "  "):
        with pytest.raises(ReasonNeeded) as asked:
            visit(row, next_on=date(2026, 6, 3), next_reason=reason)
        assert asked.value.details["latest_on"] == "2026-06-02"
    assert fresh(row).status == S.PLANNED

    done = visit(fresh(row), next_on=date(2026, 6, 3), next_reason="外出务工")
    assert done.next is not None
    assert (fresh(done.next).due_on, fresh(done.next).due_reason) == (date(2026, 6, 3), "外出务工")


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2027, 3, 5)])
def test_a_next_day_in_the_past_or_far_away_is_refused(day: date) -> None:
    with pytest.raises(DateInvalid):
        visit(make.followup(), next_on=day, next_reason="x")


def test_a_planned_follow_up_moves_earlier_freely_and_later_with_a_reason() -> None:
    row = make.followup(due_on=date(2026, 3, 20), window_end_on=date(2026, 4, 3))

    moved = followups.choose_date(row, date(2026, 3, 10), reason=None, by=CLOCK)
    assert (moved.due_on, moved.window_end_on, moved.rule_due_on) == (
        date(2026, 3, 10), date(2026, 3, 24), date(2026, 3, 20),
    )  # fmt: skip
    with pytest.raises(ReasonNeeded):
        followups.choose_date(moved, date(2026, 3, 21), reason="", by=CLOCK)
    back = followups.choose_date(moved, date(2026, 3, 20), reason=None, by=CLOCK)
    assert (back.due_on, back.rule_due_on) == (date(2026, 3, 20), None)
    assert "followup_moved" in db.session.scalars(select(AuditEvent.action)).all()


def test_a_window_is_not_left_and_a_finished_visit_does_not_move() -> None:
    window = make.followup(
        programme=Programme.CHILD, kind_key="C3", due_on=date(2026, 3, 5), window_start_on=date(2026, 3, 5),
        window_end_on=date(2026, 4, 4),
    )  # fmt: skip
    with pytest.raises(DateInvalid):
        followups.choose_date(window, date(2026, 4, 5), reason="x", by=CLOCK)
    moved = followups.choose_date(window, date(2026, 4, 1), reason="感冒", by=CLOCK)
    assert (moved.due_on, moved.window_end_on) == (date(2026, 4, 1), date(2026, 4, 4))
    done = make.followup()
    visit(done)
    with pytest.raises(IllegalMove):
        followups.choose_date(fresh(done), date(2026, 3, 9), reason=None, by=CLOCK)


# ---------------------------------------------------------------- referral checks


def test_whoever_did_not_go_may_have_gone_later_and_then_it_stands() -> None:
    row = make.followup()
    visit(row, 180, 80)
    (check,) = checks()
    mine, other = doctor(row), Actor(ActorKind.STAFF, "other")

    answer(check, "not_attended", mine)
    answer(check, "attended", mine)
    assert answer(check, "attended", mine).result == "attended"
    with pytest.raises(CheckAnswered):
        answer(check, "refused", other)
    actions = list(db.session.scalars(select(AuditEvent.action).where(AuditEvent.object_id == check.id)))
    assert actions == ["referral_check_answered"] * 2


def test_a_controlled_visit_asks_about_nothing() -> None:
    visit(make.followup())

    assert checks() == []


def test_nobody_asks_about_people_the_team_no_longer_serves() -> None:
    row = make.followup()
    visit(row, 180, 80)
    with transaction():
        end_programmes(row.resident_id, "died", by=CLOCK, at=fresh(row).entered_at or pytest.fail("no entry"))

    assert [one.result for one in checks()] == ["dropped"]
    with pytest.raises(CheckAnswered):
        answer(checks()[0], "attended")


def test_open_checks_go_with_somebody_to_another_team() -> None:
    row = make.followup()
    visit(row, 180, 80)
    other = make.team()
    with transaction() as session:
        enrolment = session.get_one(Enrolment, row.enrolment_id)
        enrolment.staff_id = row.team.lead.id
    with transaction():
        hand_over(row.resident_id, other.id, by=CLOCK, at=fresh(row).entered_at or pytest.fail("no entry"))

    assert [one.team_id for one in checks()] == [other.id]
    db.session.rollback()
    assert db.session.get_one(Enrolment, row.enrolment_id, populate_existing=True).staff_id is None


def test_a_check_is_seen_by_the_team_only_the_longest_due_first() -> None:
    visits = [make.followup(team=team) for team in [make.team()] * 2]
    late = make.referral_check(visits[0], due_on=TODAY - timedelta(days=1))
    soon = make.referral_check(visits[1])
    other = make.team().lead
    lead = visits[0].team.lead
    with transaction() as session:
        lead, other = session.get_one(Staff, lead.id), session.get_one(Staff, other.id)
        assert lead.memberships and other.memberships

    assert [one.id for one in access.checks_of_team(lead, None).items] == [late.id, soon.id]
    assert access.checks_of_team(other, None).items == []
    with pytest.raises(NotFound):
        access.check(late.id, other)


# ---------------------------------------------------------------- restricted programmes


def team_with(*roles: Role) -> tuple[Any, list[Staff]]:
    lead, nurse, public = make.staff(), make.staff(), make.staff()
    team = make.team(lead=lead)
    for who, role in ((nurse, Role.NURSE), (public, Role.PUBLIC_HEALTH)):
        make.saved(make.Membership(team_id=team.id, staff_id=who.id, role=role))
    with transaction() as session:
        people = [session.get_one(Staff, one.id, populate_existing=True) for one in (lead, nurse, public)]
        assert all(one.memberships for one in people)
    return team, people


def test_a_restricted_programme_is_seen_by_who_looks_after_the_person() -> None:
    team, (lead, nurse, public) = team_with()
    row = make.followup(team=team, programme=Programme.SMI)
    make.referral_check(row)

    def seeing() -> list[bool]:
        found = []
        for who in (lead, nurse, public):
            lists = [access.of_team(who, TODAY, None).items, access.checks_of_team(who, None).items]
            lists.append(access.enrolments(row.resident, who))
            assert len({bool(one) for one in lists}) == 1
            found.append(bool(lists[0]))
        return found

    assert seeing() == [True, False, True], "nobody is named: the leader and the public-health doctor"
    with pytest.raises(NotFound):
        access.one(row.id, nurse)
    followups.assign(access.enrolment(row.enrolment_id, lead), nurse.id, by=CLOCK)
    assert seeing() == [False, True, False]
    assert access.one(row.id, nurse).id == row.id
    for who in (lead, public):
        with pytest.raises(NotFound):
            access.one(row.id, who)
        with pytest.raises(NotFound):
            access.enrolment(row.enrolment_id, who)
    assert "followup_assigned" in db.session.scalars(select(AuditEvent.action)).all()


def test_what_a_restricted_visit_found_is_on_no_other_list() -> None:
    row = make.followup(programme=Programme.SMI)
    visit(row, None, None, values=_stable())

    assert access.last_done([row.resident_id]) == {}


def _stable() -> dict[str, Any]:
    """A stable visit: every needed answer the best one."""
    from server.policy import programmes

    table = programmes.load("smi", TODAY)
    form: dict[str, Any] = {}
    for _ in range(5):
        person = programmes.Person(date(1980, 1, 1))
        for problem in programmes.check(table, form, person, TODAY):
            field = table.by_key[problem.field]
            first = next(iter(field.options), "0")
            form[field.key] = [field.none_option or first] if field.type == "many" else first
    return form
