"""What only a date makes, line by line of the catalogue: N-01 … N-60 of domain.md §7.2. Today is Monday 2026-03-02."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from server.clock import SHANGHAI
from server.database import db, transaction
from server.models import Credential, FollowUp, FollowUpEvent, HomeVisit, Programme, ReferralCheck, Team, WechatUser
from server.policy.notices import render
from tests import make
from tests.actions.planning import NATIONAL, colleague, notes, plan, run_on, team, told, window
from tests.conftest import Clock

pytestmark = pytest.mark.usefixtures("app")
DUE = date(2026, 3, 20)
HARD = {"window_end_on": DUE}


def counts(kind: str) -> list[tuple[str, int]]:
    """Day and number of each notice to the leader of the only team."""
    leads = {user for note in notes(kind) if (user := note.user_id)}
    first = min(leads) if leads else None
    days = [note for note in notes(kind) if note.user_id == first]
    return [(day, note.facts["count"]) for day, note in zip(told(kind), days, strict=False)]


def kinds() -> list[str]:
    return [note.kind for note in notes()]


# ---------------------------------------------------------------- routine and hard follow-ups


@pytest.mark.parametrize(("days_left", "reminded"), [(8, 0), (7, 1), (1, 1), (0, 1), (-1, 0)])
def test_n01_a_routine_follow_up_is_told_7_1_and_0_days_before(days_left: int, reminded: int) -> None:
    row = make.followup(due_on=date(2026, 3, 2) + timedelta(days=days_left))

    plan()

    found = notes()
    assert [note.kind for note in found] == ["followup_due"] * reminded
    for note in found:
        assert note.facts == {"team": row.team.name, "phone": row.team.phone, "due_on": row.due_on.isoformat()}
        assert (note.team_id, note.resident_id, note.subject_id) == (row.team_id, row.resident_id, row.id)


def test_n01_each_step_once_whatever_the_programme(clock: Clock) -> None:
    for programme in (Programme.HTN, Programme.DM, Programme.SMI, Programme.COPD):
        make.followup(programme=programme, due_on=DUE)

    run_on(clock, "2026-03-12", "2026-03-13", "2026-03-14", "2026-03-19", "2026-03-20", "2026-03-21")

    assert sorted(set(told("followup_due"))) == ["03-13", "03-19", "03-20"]
    assert len(notes("followup_due")) == 12


def test_n01_after_days_without_a_clock_one_reminder_and_not_three(clock: Clock) -> None:
    row = make.followup(due_on=DUE)

    run_on(clock, "2026-03-20")

    assert [note.dedupe_key for note in notes()] == [f"N-01:{row.id}:2026-03-20:0"]


def test_n01_nothing_goes_out_before_nine(clock: Clock) -> None:
    make.followup(due_on=date(2026, 3, 9))
    clock.set("2026-03-02 08:59")

    assert plan() == 0
    clock.set("2026-03-02 09:00")
    assert plan() == 1


def test_n01_it_expires_with_the_due_day_and_the_dead_hear_nothing() -> None:
    make.followup(due_on=date(2026, 3, 2))
    make.followup(due_on=date(2026, 3, 2), resident=make.resident(died_on=date(2026, 2, 1)))

    plan()

    assert [note.expires_at.isoformat() for note in notes()] == ["2026-03-02T16:00:00+00:00"]


def test_n01_the_region_says_the_days_and_the_word(clock: Clock) -> None:
    from server.policy.parts.reminding import ReminderChange

    make.followup(due_on=DUE)
    own = NATIONAL.reminders.model_copy(update={"changes": {"N-01": ReminderChange(when=["-5"], item="慢病健康服务")}})

    run_on(clock, "2026-03-13", "2026-03-15", "2026-03-20", rules=NATIONAL.model_copy(update={"reminders": own}))

    assert told() == ["03-15"]
    assert notes()[0].facts["item"] == "慢病健康服务"


def test_n02_the_team_hears_once_a_day_how_many_are_due(clock: Clock) -> None:
    ours = team()
    for days in (0, 0, 7, 14, 9):
        make.followup(team=ours, due_on=date(2026, 3, 4) + timedelta(days=days))
    make.followup(due_on=date(2026, 3, 4))  # another team, whose members do not use WeChat

    run_on(clock, "2026-03-03", "2026-03-04")

    found = [note for note in notes("followups_waiting") if told() and note.facts["count"] == 4]
    assert len(found) == 2  # the doctor and the nurse
    assert {note.team_id for note in found} == {ours.id}


def test_n03_a_14_day_follow_up_is_told_3_and_1_days_before(clock: Clock) -> None:
    make.followup(due_on=DUE, **HARD)

    run_on(clock, "2026-03-13", "2026-03-16", "2026-03-17", "2026-03-19", "2026-03-20")

    assert told("followup_due") == ["03-17", "03-19"]


def test_n01_n03_who_is_to_come_fasting_is_told_so_and_nobody_else(clock: Clock) -> None:
    for programme in (Programme.HTN, Programme.DM, Programme.SMI, Programme.COPD):
        make.followup(programme=programme, due_on=DUE)
        make.followup(programme=programme, due_on=DUE, **HARD)

    run_on(clock, "2026-03-19")

    programmes = dict(map(tuple, db.session.execute(select(FollowUp.id, FollowUp.programme))))
    found = notes("followup_due")
    assert len(found) == 8
    for note in found:
        is_dm = programmes[note.subject_id] == Programme.DM
        assert note.facts.get("prepare") == ("fasting" if is_dm else None)
        words = render(note.kind, note.facts, datetime(2026, 3, 19, 9, tzinfo=SHANGHAI))
        assert ("空腹" in words.text, "空腹" in words.fields["hint"]) == (is_dm, is_dm)


def test_n04_a_hard_deadline_reaches_the_doctor_on_a_sunday_too(clock: Clock) -> None:
    make.followup(team=team(), due_on=date(2026, 3, 8), window_end_on=date(2026, 3, 8))

    run_on(clock, "2026-03-03", "2026-03-04", "2026-03-06", "2026-03-08")

    assert told("followups_hard") == ["03-03", "03-06", "03-08"]  # the last one is a Sunday
    assert {note.facts["count"] for note in notes("followups_hard")} == {1}


# ---------------------------------------------------------------- overdue


def test_n05_an_overdue_follow_up_is_told_after_1_and_3_days(clock: Clock) -> None:
    ours = team()
    make.followup(team=ours, due_on=date(2026, 3, 3), window_end_on=date(2026, 3, 17))
    make.followup(team=ours, due_on=date(2026, 3, 4), window_end_on=date(2026, 3, 17), status="missed")

    run_on(clock, "2026-03-17", "2026-03-18", "2026-03-19", "2026-03-20")

    assert told("followups_overdue") == ["03-18", "03-18", "03-20", "03-20"]
    assert {note.facts["count"] for note in notes("followups_overdue")} == {2}


def test_n06_the_leader_hears_after_7_days_and_of_a_hard_one_after_1(clock: Clock) -> None:
    ours = team()
    make.followup(team=ours, due_on=date(2026, 3, 3), window_end_on=date(2026, 3, 11))
    make.followup(team=ours, due_on=date(2026, 3, 10), window_end_on=date(2026, 3, 10))

    run_on(clock, "2026-03-10", "2026-03-11", "2026-03-17", "2026-03-18")

    assert told("followups_escalated") == ["03-11", "03-18"]
    assert len({note.user_id for note in notes("followups_escalated")}) == 1


@pytest.mark.parametrize("programme", ["home_visit", "special", "home_bed", "maternal", "child", "discharge", "tb"])
def test_n06_a_visit_bound_to_its_day_is_escalated_like_a_14_day_follow_up(clock: Clock, programme: str) -> None:
    make.followup(team=team(), programme=programme, due_on=date(2026, 3, 10), window_end_on=date(2026, 3, 10))

    run_on(clock, "2026-03-10", "2026-03-11", "2026-03-12")

    assert told("followups_escalated") == ["03-11"]


def test_n05_what_was_said_not_to_happen_is_not_overdue(clock: Clock) -> None:
    make.followup(
        team=team(), due_on=date(2026, 3, 17), window_end_on=date(2026, 3, 17), status="not_done", not_visited="refused"
    )

    run_on(clock, "2026-03-18", "2026-03-20")

    assert notes("followups_overdue", "followups_escalated") == []


def test_n08_a_referral_nobody_checked_is_told_and_then_escalated(clock: Clock) -> None:
    row = make.followup(team=team())
    whose = {"resident_id": row.resident_id, "team_id": row.team_id, "programme": "htn", "reason_code": "emergency"}
    make.saved(ReferralCheck(followup_id=row.id, due_on=DUE, **whose))

    run_on(clock, "2026-03-13", "2026-03-16", "2026-03-18", "2026-03-20", "2026-03-23")

    # the day after is a Saturday: the leader hears on the Friday before
    assert told("referral_unchecked") == ["03-13", "03-18", "03-20", "03-20"]


# ---------------------------------------------------------------- home visits


def test_n10_monthly_visits_are_announced_on_the_1st_and_the_20th(clock: Clock) -> None:
    make.followup(programme=Programme.HOME_VISIT, due_on=date(2026, 4, 30), window_end_on=date(2026, 4, 30))

    run_on(clock, "2026-03-31", "2026-04-01", "2026-04-19", "2026-04-20", "2026-04-30", "2026-05-01")

    assert told() == ["04-01", "04-20"]
    assert set(kinds()) == {"home_visit"}


def test_n10_two_days_before_the_month_ends_the_team_hears_what_is_left(clock: Clock) -> None:
    make.followup(
        programme=Programme.HOME_VISIT, team=team(), due_on=date(2026, 4, 30), window_end_on=date(2026, 4, 30)
    )

    run_on(clock, "2026-04-27", "2026-04-28", "2026-04-29")

    assert told("visits_waiting") == ["04-28", "04-28"]


def visit_planned(ours: Team, on: date) -> HomeVisit:
    """A visit in the morning by the nurse of a team."""
    row = make.followup(
        programme=Programme.HOME_VISIT, team=ours, due_on=date(2026, 3, 31), window_end_on=date(2026, 3, 31)
    )
    nurse = next(one.staff for one in ours.memberships if one.role == "nurse")
    return make.saved(
        HomeVisit(
            followup_id=row.id, team_id=ours.id, visitor_id=nurse.id, planned_on=on, time_window="morning",
            planned_at=datetime(2026, 3, 1, tzinfo=SHANGHAI),
        )
    )  # fmt: skip


def test_n11_the_day_before_and_the_day_itself_say_who_comes_and_when(clock: Clock) -> None:
    visit = visit_planned(team(), date(2026, 3, 13))

    run_on(clock, "2026-03-12 17:59", "2026-03-12 18:00", "2026-03-13 07:59", "2026-03-13 08:00", "2026-03-13 18:00")

    first, second = notes("visit_tomorrow", "visit_today")
    assert [first.kind, second.kind] == ["visit_tomorrow", "visit_today"]
    assert first.facts["window"] == "上午" and first.facts["due_on"] == "2026-03-13"
    assert first.facts["visitor"] and first.subject_id == visit.followup_id


def test_n11_the_visitor_hears_how_many_homes_wait(clock: Clock) -> None:
    ours = team()
    for _ in range(2):
        visit_planned(ours, date(2026, 3, 13))

    run_on(clock, "2026-03-12 18:00", "2026-03-13 08:00")

    assert [note.facts["count"] for note in notes("visits_tomorrow", "visits_today")] == [2, 2]


# ---------------------------------------------------------------- children, mothers, the elderly


def test_n34_a_vaccination_is_told_before_and_when_it_is_overdue(clock: Clock) -> None:
    window(Programme.IMMUNISATION, "MMR1", DUE - timedelta(days=5), DUE, date(2026, 6, 1))

    run_on(clock, "2026-03-13", "2026-03-19", "2026-03-20", "2026-03-27", "2026-04-19", "2026-04-20")

    assert list(zip(kinds(), told(), strict=True)) == [
        ("vaccination_due", "03-13"),
        ("vaccination_due", "03-19"),
        ("vaccination_overdue", "03-27"),
        ("vaccination_overdue", "04-19"),
    ]


def test_n35_a_childs_check_up_is_told_before_and_at_the_end_of_its_window(clock: Clock) -> None:
    window(Programme.CHILD, "C3", date(2026, 3, 1), DUE, date(2026, 3, 31))

    run_on(clock, "2026-03-06", "2026-03-17", "2026-03-30", "2026-03-31")

    assert list(zip(kinds(), told(), strict=True)) == [
        ("child_check_due", "03-06"),
        ("child_check_due", "03-17"),
        ("child_check_overdue", "03-31"),
    ]


def test_n36_a_window_is_told_when_it_opens_before_it_closes_and_after(clock: Clock) -> None:
    window(Programme.MATERNAL, "M2", date(2026, 4, 27), date(2026, 5, 31), date(2026, 5, 31), team=team())

    run_on(clock, "2026-04-27", "2026-05-22", "2026-05-24", "2026-05-31", "2026-06-01")

    mine = [(note.kind, day) for note, day in zip(notes(), told(), strict=True) if note.resident_id]
    assert mine == [("check_due", "04-27"), ("check_due", "05-24"), ("check_overdue", "06-01")]
    # when it opens, and before it ends: 24 May is a Sunday, the doctor hears on the Friday before
    assert told("followups_waiting") == ["04-27", "05-22"]


def test_n38_the_visit_after_a_birth_is_told_on_days_3_5_and_7(clock: Clock) -> None:
    ours = team()  # went home on 15 October 2026
    for programme, key in ((Programme.MATERNAL, "M6"), (Programme.CHILD, "C0")):
        window(programme, key, date(2026, 10, 15), date(2026, 10, 22), date(2026, 10, 22), team=ours)

    run_on(clock, "2026-10-17", "2026-10-18", "2026-10-20", "2026-10-22")

    assert told("followups_hard") == ["10-18", "10-20", "10-22"]
    nurse = {note.user_id for note in notes("followups_hard")}
    assert len(nurse) == 1 and {note.facts["count"] for note in notes("followups_hard")} == {2}


def test_n38_the_nurse_hears_of_the_visit_as_soon_as_it_is_planned(clock: Clock) -> None:
    clock.set("2026-03-07 22:30")  # a Saturday night: the birth was just written down
    row = window(Programme.MATERNAL, "M6", date(2026, 3, 7), date(2026, 3, 14), date(2026, 3, 14), team=team())
    plan()
    assert notes("birth_visit_due") == []
    noticed = datetime(2026, 3, 7, 22, 30, tzinfo=SHANGHAI)
    step = {"old": "", "new": "planned", "actor_kind": "clock", "actor_id": "", "at": noticed}
    make.saved(FollowUpEvent(subject_id=row.id, **step))

    plan()
    plan()

    (note,) = notes("birth_visit_due")
    nurse = next(one.staff_id for one in row.team.memberships if one.role == "nurse")
    assert (note.user_id, told("birth_visit_due")) == (user_of(nurse), ["03-07"])


def user_of(staff_id: str) -> str:
    return db.session.scalars(select(WechatUser.id).where(WechatUser.staff_id == staff_id)).one()


def test_n38_where_there_is_no_nurse_the_leader_hears(clock: Clock) -> None:
    lead = make.staff()
    make.user(staff=lead)
    window(Programme.MATERNAL, "M6", date(2026, 3, 5), DUE, DUE, team=make.team(lead=lead))

    run_on(clock, "2026-03-20")

    assert len(notes("followups_hard")) == 1


def test_n39_the_check_of_the_42nd_day_is_told_7_and_1_days_before(clock: Clock) -> None:
    window(Programme.MATERNAL, "M7", date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 30))

    run_on(clock, "2026-11-16", "2026-11-22", "2026-11-23")

    assert (set(kinds()), told()) == ({"check_due"}, ["11-16", "11-22"])


def test_n40_the_yearly_exam_is_told_60_14_and_3_days_before(clock: Clock) -> None:
    window(Programme.ELDER, "Y", date(2026, 1, 1), date(2026, 6, 30), date(2026, 12, 31))

    run_on(clock, "2026-05-01", "2026-06-16", "2026-06-27", "2026-06-30")

    assert (set(kinds()), told()) == ({"exam_due"}, ["05-01", "06-16", "06-27"])


def test_n40_on_1_october_the_doctor_hears_who_is_left_this_year(clock: Clock) -> None:
    ours = team()
    for due in (date(2026, 6, 30), date(2026, 11, 1), date(2027, 2, 1)):
        window(Programme.ELDER, "Y", date(2026, 1, 1), due, date(2027, 12, 31), team=ours)

    run_on(clock, "2026-09-29", "2026-09-30", "2026-12-01")

    assert told("exams_left") == ["09-30", "12-01"]  # 1 October is a holiday
    assert {note.facts["count"] for note in notes("exams_left")} == {2}


def test_n41_the_tcm_service_is_told_with_the_exam(clock: Clock) -> None:
    window(Programme.TCM_ELDER, "Y", date(2026, 1, 1), date(2026, 6, 30), date(2026, 12, 31))

    run_on(clock, "2026-05-01", "2026-06-27")

    assert (set(kinds()), told()) == ({"tcm_due"}, ["05-01", "06-27"])


# ---------------------------------------------------------------- tuberculosis


def test_n42_a_first_visit_is_told_by_the_hour(clock: Clock) -> None:
    clock.set("2026-03-07 10:00")  # a Saturday
    row = window(Programme.TB, "FIRST", date(2026, 3, 7), date(2026, 3, 10), date(2026, 3, 10), team=team())
    noticed = datetime(2026, 3, 7, 10, tzinfo=SHANGHAI)
    step = {"old": "", "new": "planned", "actor_kind": "clock", "actor_id": "", "at": noticed}
    make.saved(FollowUpEvent(subject_id=row.id, **step))
    for hours in range(0, 84, 12):
        clock.set(noticed + timedelta(hours=hours))
        plan()
        plan()

    assert [note.dedupe_key.rsplit(":", 1)[1] for note in notes("first_visit_due")] == ["0h", "24h", "48h", "60h"]
    (missed,) = notes("first_visit_missed")
    assert missed.dedupe_key.endswith(":72h")


def test_n43_a_return_visit_is_told_3_days_before_in_neutral_words(clock: Clock) -> None:
    window(Programme.TB, "SPUTUM2", DUE, DUE, DUE + timedelta(days=14))
    window(Programme.TB, "FIRST", DUE, DUE, DUE)

    run_on(clock, "2026-03-17", "2026-03-20")

    (note,) = notes()
    assert (note.kind, told()) == ("followup_due", ["03-17"])
    assert "结核" not in str(note.facts)


# ---------------------------------------------------------------- staff and teams


@pytest.mark.parametrize(("taken", "said"), [(1799, []), (1800, [90]), (1999, [90]), (2000, [100])])
def test_n51_a_leader_hears_at_90_and_100_percent_of_the_cap(clock: Clock, taken: int, said: list[int]) -> None:
    ours = team()
    with transaction() as session:
        session.get_one(Team, ours.id).panel_count = taken

    run_on(clock, "2026-03-03", "2026-03-04", "2026-07-01")

    assert [note.facts["percent"] for note in notes("team_near_cap")] == said


def test_n60_whose_licence_ends_hears_90_and_30_days_before(clock: Clock) -> None:
    ours = team()
    doctor = colleague(ours, "family_doctor")
    make.saved(Credential(staff_id=doctor.id, licence="clinical", valid_to=date(2026, 6, 30)))

    run_on(clock, "2026-04-01", "2026-05-31", "2026-06-30")

    # 31 May is a Sunday
    assert [(note.kind, note.facts["due_on"]) for note in notes("licence_expiring")][:1] == [
        ("licence_expiring", "2026-06-30")
    ]
    assert told("licence_expiring")[0] == "04-01"


def any_row(**fields: Any) -> FollowUp:
    """A follow-up as rows of any kind are."""
    return make.followup(**fields)


def test_what_is_done_meanwhile_is_not_told(clock: Clock) -> None:
    any_row(due_on=DUE, status="done", visited_on=date(2026, 3, 2))
    any_row(due_on=DUE, status="cancelled")

    run_on(clock, "2026-03-13", "2026-03-20")

    assert notes() == []
    db.session.rollback()
