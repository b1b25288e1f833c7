"""Who is taken into which programme, which windows are planned, what follows when nobody was met (§2.0, §2.4–2.9, §4)."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server import clock as clocks
from server import policy
from server.actions import followups
from server.actions.followups.refusals import (
    AlreadyEnrolled,
    DateInvalid,
    FactInvalid,
    GroupNeeded,
    NoAgreement,
    NothingToPlan,
    TooYoung,
)
from server.actions.populations import certifying
from server.database import db
from server.models import (
    Agreement,
    AgreementConsent,
    Enrolment,
    FollowUp,
    FollowUpStatus,
    NotVisited,
    Programme,
    Resident,
)
from server.models.actor import CLOCK, Actor, ActorKind
from server.models.states import IllegalMove
from tests import make
from tests.actions.pushing import fresh
from tests.conftest import Clock

MIANYANG = policy.load("mianyang")
TODAY = date(2026, 3, 2)
S, N = FollowUpStatus, NotVisited

pytestmark = pytest.mark.usefixtures("app")


def signed(birth_on: date = date(1950, 3, 15)) -> Resident:
    found: Resident = make.agreement(resident=make.resident(birth_on=birth_on)).resident
    return found


def enrol(who: Resident, programme: str, start_on: date = TODAY, **fields: Any) -> FollowUp:
    return followups.enrol(who, Programme(programme), start_on, by=CLOCK, policy=MIANYANG, **fields)


def plan_all() -> None:
    while followups.plan_windows_next(MIANYANG):
        pass


def tag_all() -> None:
    place: str | None = ""
    while place is not None:
        place = followups.enrol_tagged_next(MIANYANG, place)


def due(programme: str | None = None) -> dict[str, str]:
    """Planned windows: key → due day."""
    db.session.rollback()
    rows = select(FollowUp).where(FollowUp.status == S.PLANNED).order_by(FollowUp.due_on)
    return {
        row.kind_key: row.due_on.isoformat() for row in db.session.scalars(rows) if programme in (None, row.programme)
    }


def open_programmes() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(Enrolment.programme).where(Enrolment.open_key.is_not(None))))


# ---------------------------------------------------------------- windows


def test_t37_a_childs_windows_are_planned_when_they_come_near_each_once(clock: Clock) -> None:
    child = signed(date(2026, 1, 31))
    make.tag("CHILD", resident=child)

    first = enrol(child, "child")

    assert (first.kind_key, first.window_start_on, first.window_end_on) == ("C1", date(2026, 2, 28), date(2026, 3, 2))
    assert due() == {"C1": "2026-02-28", "C2": "2026-04-30"}
    c2 = db.session.scalars(select(FollowUp).where(FollowUp.kind_key == "C2")).one()
    assert (c2.window_end_on, c2.title) == (date(2026, 5, 30), "3月龄健康检查")
    assert not followups.plan_windows_next(MIANYANG)
    clock.set("2026-06-01 00:30")
    plan_all()
    plan_all()
    assert due()["C3"] == "2026-07-31"
    assert len(due()) == 3


def test_a_window_far_away_is_planned_at_once_where_it_is_the_first() -> None:
    child = signed(date(2023, 11, 15))
    make.tag("CHILD", resident=child)

    assert enrol(child, "tcm_child").kind_key == "Y30"
    assert due() == {"Y30": "2026-05-15"}


def test_a_birth_before_its_time_moves_what_follows_and_cancels_what_it_made_needless(clock: Clock) -> None:
    mother = signed(date(1998, 1, 1))
    tag = make.tag(
        "MATERNAL", resident=mother, detail='{"last_period_on": "2026-01-05", "due_on": "2026-10-12"}',
        valid_from=date(2026, 2, 1), valid_to=None,
    )  # fmt: skip
    enrol(mother, "maternal")
    assert due()["M2"] == "2026-04-27"
    clock.set("2026-09-10 10:00")
    plan_all()
    assert {"M4", "M5", "M7"} & set(due()) == {"M4", "M5"}

    certifying.delivered(tag, date(2026, 9, 9), by=CLOCK)
    plan_all()

    assert due()["M7"] == "2026-10-21"
    assert "M5" not in due()
    cancelled = select(FollowUp.kind_key).where(FollowUp.status == S.CANCELLED)
    assert "M5" in db.session.scalars(cancelled).all()


def test_t34_the_plan_of_a_tuberculosis_patient_follows_what_the_doctor_notes(clock: Clock) -> None:
    patient = signed()
    make.tag("TB", resident=patient)
    first = enrol(patient, "tb")
    assert (first.kind_key, first.window_end_on) == ("FIRST", date(2026, 3, 5))

    enrolment = db.session.get_one(Enrolment, first.enrolment_id)
    followups.note_facts(enrolment, {"start": "2026-03-10", "supervisor": "2"}, by=CLOCK, policy=MIANYANG)

    assert [day for key, day in due().items() if key.startswith("TEN")][:2] == ["2026-03-20", "2026-03-30"]
    for day in ("2026-03-21", "2026-03-31", "2026-04-10", "2026-04-20"):
        clock.set(f"{day} 00:30")
        plan_all()
    tens = [day for key, day in due().items() if key.startswith("TEN")]
    assert tens == ["2026-03-20", "2026-03-30", "2026-04-09", "2026-04-19", "2026-04-29", "2026-05-09"]


def test_facts_the_plan_does_not_ask_for_are_refused() -> None:
    row = enrol(signed(), "htn")
    enrolment = db.session.get_one(Enrolment, row.enrolment_id)
    for facts in ({"lmp": "2026-01-05"}, {"target_systolic": ""}, {"target_systolic": "1" * 30}):
        with pytest.raises(FactInvalid):
            followups.note_facts(enrolment, facts, by=CLOCK, policy=MIANYANG)
    mother = signed(date(1998, 1, 1))
    make.tag("MATERNAL", resident=mother)
    with pytest.raises(FactInvalid):
        enrol(mother, "maternal", facts={"lmp": "last spring"})

    followups.note_facts(enrolment, {"target_systolic": "130"}, by=CLOCK, policy=MIANYANG)
    assert make.visited(fresh(row), 132, 80, policy=MIANYANG).judged.outcome_class == 2, "his own, lower limit"


def test_the_yearly_examination_comes_again_the_next_year(clock: Clock) -> None:
    elder = signed()
    make.tag("ELDER", resident=elder)
    first = enrol(elder, "elder")
    assert (first.kind_key, first.due_on) == ("EXAM-2026", date(2026, 12, 31))

    followups.end(db.session.get_one(Enrolment, first.enrolment_id), by=CLOCK)
    assert due() == {}


def test_whose_windows_are_over_has_nothing_to_plan() -> None:
    child = signed(date(2019, 3, 3))
    make.tag("CHILD", resident=child)

    with pytest.raises(NothingToPlan):
        enrol(child, "tcm_child")
    assert open_programmes() == set()


# ---------------------------------------------------------------- enrolling


@pytest.mark.parametrize("programme", ["smi", "tb", "maternal", "child", "elder", "disabled"])
def test_programmes_of_certified_groups_need_the_group(programme: str) -> None:
    with pytest.raises(GroupNeeded):
        enrol(signed(), programme)


@pytest.mark.parametrize(("programme", "group"), [("dm", "DM"), ("copd", "COPD")])
def test_enrolling_in_a_chronic_programme_certifies_the_group(programme: str, group: str) -> None:
    from server.models import PopulationTag

    enrol(signed(), programme)

    assert db.session.scalars(select(PopulationTag.group)).all() == [group]
    with pytest.raises(TooYoung):
        enrol(signed(date(2000, 1, 1)), programme)


def test_ending_a_programme_cancels_what_was_planned_and_is_not_undone_by_the_job() -> None:
    row = enrol(signed(), "dm")
    enrolment = db.session.get_one(Enrolment, row.enrolment_id)

    followups.end(enrolment, by=CLOCK)
    followups.end(enrolment, by=CLOCK)
    tag_all()

    assert fresh(row).status == S.CANCELLED
    assert open_programmes() == set()
    with pytest.raises(NoAgreement):
        followups.note_facts(enrolment, {"target_fasting_glucose": "6.5"}, by=CLOCK, policy=MIANYANG)


def test_groups_enrol_by_themselves_whoever_is_served() -> None:
    elder, child, young, stranger = signed(), signed(date(2025, 6, 1)), signed(date(2000, 1, 1)), make.resident()
    for who, group in ((elder, "ELDER"), (elder, "DM"), (child, "CHILD"), (young, "HTN"), (stranger, "HTN")):
        make.tag(group, resident=who)

    tag_all()
    tag_all()

    rows = db.session.execute(select(Enrolment.resident_id, Enrolment.programme)).all()
    assert sorted((row[0], row[1]) for row in rows) == sorted(
        [(elder.id, "dm"), (elder.id, "elder"), (elder.id, "tcm_elder")]
        + [(child.id, one) for one in ("child", "immunisation", "tcm_child")]
    )
    assert due("dm") == {"": "2026-03-16"}


def test_a_group_that_waits_for_its_certificate_enrols_nobody() -> None:
    from server.models import TagSource, TagStatus

    make.tag("DISABLED", resident=signed(), status=TagStatus.WAITING, source=TagSource.RESIDENT_DECLARED)

    tag_all()

    assert open_programmes() == set()


def test_whoever_took_back_his_consent_is_not_enrolled_by_the_job() -> None:
    elder = signed()
    make.tag("ELDER", resident=elder)
    agreement = db.session.scalars(select(Agreement).where(Agreement.active_key == elder.id)).one()
    at = clocks.now()
    make.saved(
        AgreementConsent(
            agreement_id=agreement.id, key="health_data", wording="x", version="1", is_withdrawable=True,
            given_at=at, given_by="x", withdrawn_at=at, withdrawn_by="x",
        )
    )  # fmt: skip

    tag_all()

    assert open_programmes() == set()


def test_asking_again_returns_the_window_that_is_planned() -> None:
    elder = signed()
    make.tag("ELDER", resident=elder)
    first = enrol(elder, "elder")

    assert enrol(elder, "elder").id == first.id
    make.visited(enrol(elder, "dm"), policy=MIANYANG, values={"fasting_glucose": "6.0"})
    with pytest.raises(AlreadyEnrolled):
        enrol(elder, "dm", TODAY + timedelta(days=3))


# ---------------------------------------------------------------- nobody was met


def absent(row: FollowUp, reason: NotVisited, on: date = TODAY, **fields: Any) -> followups.Absence:
    by = Actor(ActorKind.STAFF, row.team.lead.id)
    told = {"note": None, "next_on": None} | fields
    return followups.not_visited(row, reason, on, by=by, policy=MIANYANG, **told)


@pytest.mark.parametrize(
    ("reason", "status", "again"),
    [(N.LOST, S.LOST, date(2026, 3, 16)), (N.NOT_MET, S.NOT_DONE, date(2026, 3, 16)),
     (N.REFUSED, S.NOT_DONE, date(2026, 6, 2))],
)  # fmt: skip
def test_whoever_was_not_met_is_tried_again(reason: NotVisited, status: FollowUpStatus, again: date) -> None:
    row = make.followup()

    done = absent(row, reason, note="电话停机")

    assert (fresh(row).status, fresh(row).not_visited, fresh(row).visited_on) == (status, reason, None)
    assert fresh(row).judgement == {"tried_on": "2026-03-02", "note": "电话停机"}
    assert done.next is not None
    assert (done.next.due_on, done.next.status, done.ending_hint) == (again, S.PLANNED, None)


@pytest.mark.parametrize(("reason", "hint"), [(N.DEAD, "death"), (N.MOVED, "moved")])
def test_death_and_moving_away_end_every_programme_and_point_to_the_agreement(reason: NotVisited, hint: str) -> None:
    row = make.followup()
    other = make.followup(programme=Programme.DM, resident=row.resident, team=row.team)

    done = absent(row, reason)

    assert (done.next, done.ending_hint) == (None, hint)
    assert (fresh(row).status, fresh(other).status) == (S.CLOSED, S.CANCELLED)
    assert open_programmes() == set()


def test_a_missed_visit_may_be_explained_later_and_a_new_day_is_not_planned_twice(clock: Clock) -> None:
    row = make.followup(due_on=TODAY)
    clock.set("2026-03-17 00:10")
    assert followups.mark_missed_next(MIANYANG)

    done = absent(fresh(row), N.NOT_MET, date(2026, 3, 5))

    assert done.next is not None
    assert done.next.due_on == date(2026, 3, 31)
    planned = select(FollowUp.id).where(FollowUp.status == S.PLANNED)
    assert len(db.session.scalars(planned).all()) == 1
    with pytest.raises(IllegalMove):
        absent(fresh(row), N.LOST)


def test_a_window_is_tried_again_only_while_it_is_open() -> None:
    window = {"kind_key": "C3", "due_on": TODAY, "window_start_on": TODAY}
    open_one = make.followup(programme=Programme.CHILD, window_end_on=date(2026, 3, 10), **window)
    closing = make.followup(programme=Programme.CHILD, window_end_on=TODAY, **window)
    refused = make.followup(programme=Programme.CHILD, window_end_on=date(2026, 3, 10), **window)

    again = absent(open_one, N.NOT_MET).next

    assert again is not None
    assert (again.kind_key, again.due_on, again.window_end_on) == ("C3", date(2026, 3, 10), date(2026, 3, 10))
    assert absent(closing, N.NOT_MET).next is None
    assert absent(refused, N.REFUSED).next is None


def test_the_team_may_say_when_to_try_again_and_nothing_is_tried_in_the_future() -> None:
    done = absent(make.followup(), N.NOT_MET, next_on=date(2026, 3, 6))

    assert done.next is not None
    assert done.next.due_on == date(2026, 3, 6)
    with pytest.raises(DateInvalid):
        absent(make.followup(), N.NOT_MET, date(2026, 3, 3))
