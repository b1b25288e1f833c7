"""What keeps a resident's notice back, and to whom it goes instead: wishes, digest, the day's limit, guardians, chain."""

from datetime import date, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as now
from server import policy
from server.actions import notifications, tasks
from server.actions.tasks import CallOutcome
from server.config import Settings
from server.database import db, transaction
from server.models import Authority, AuthorityKind, NoticeSetting, Notification, PhoneCheck, PhoneTask
from server.models import NotificationStatus as N
from server.models.notice_setting import give_place_back, take_place
from server.models.notification import cancel_for
from server.wechat.errcodes import Outcome
from tests import make
from tests.actions.families import STAFF
from tests.actions.pushing import Line, fresh, queued, reachable_resident
from tests.conftest import Clock

POLICY = policy.load("mianyang")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def deliver_all(app: APIFlask, settings: Settings, line: Line) -> Any:
    def run() -> None:
        while notifications.deliver_next(line, settings, POLICY):  # type: ignore[arg-type]
            pass

    return run


def wishes(who: Any, **fields: Any) -> NoticeSetting:
    values = {"resident_id": who.id, "opted_out": [], "updated_at": now.now()}
    return make.saved(NoticeSetting(**(values | fields)))


def outcome(row: Any) -> tuple[str, str | None]:
    row = fresh(row)
    return row.status, row.reason


def digest_of(row: Any) -> Notification:
    return db.session.get_one(Notification, fresh(row).merged_into)


# ---------------------------------------------------------------- wishes


def test_what_somebody_turned_off_is_not_sent_and_says_why(deliver_all: Any, line: Line) -> None:
    resident, _, _ = reachable_resident(followup=2)
    wishes(resident, opted_out=["followup"])
    off = queued(resident_id=resident.id)
    other = queued("home_visit", resident_id=resident.id)

    deliver_all()

    assert outcome(off) == (N.CANCELLED, "opted_out")
    assert fresh(other).status == N.SENT
    assert db.session.scalars(select(PhoneTask)).all() == []


def test_what_may_not_be_turned_off_comes_all_the_same(deliver_all: Any) -> None:
    resident, _, _ = reachable_resident()
    wishes(resident, opted_out=["followup", "visit", "renewal", "card"])
    row = queued("agreement_decided", resident_id=resident.id, facts={"team": "城北团队", "result": "已通过"})

    deliver_all()

    assert fresh(row).status == N.SENT


@pytest.mark.parametrize(
    ("day", "status"), [("03-01", N.SENT), ("03-02", N.CANCELLED), ("03-04", N.CANCELLED), ("03-05", N.SENT)]
)
def test_during_a_hospital_stay_no_reminder_comes(deliver_all: Any, clock: Clock, day: str, status: N) -> None:
    clock.set(f"2026-{day} 10:00")
    resident, _, _ = reachable_resident()
    wishes(resident, muted_from=date(2026, 3, 2), muted_until=date(2026, 3, 4))
    row = queued(resident_id=resident.id)

    deliver_all()

    assert outcome(row) == (status, "muted" if status == N.CANCELLED else None)


def test_urgent_news_and_answers_come_during_a_hospital_stay(deliver_all: Any) -> None:
    resident, _, _ = reachable_resident()
    today = now.today()
    wishes(resident, muted_from=today, muted_until=today)
    urgent = queued(resident_id=resident.id, is_urgent=True)
    answer = queued("agreement_decided", resident_id=resident.id, facts={"team": "城北团队", "result": "已通过"})

    deliver_all()

    assert (fresh(urgent).status, fresh(answer).status) == (N.SENT, N.SENT)


def test_a_reminder_much_too_late_is_not_told_any_more(deliver_all: Any, line: Line, clock: Clock) -> None:
    resident, _, _ = reachable_resident()
    row = queued(resident_id=resident.id)
    clock.advance(hours=96)

    deliver_all()

    assert (outcome(row), line.pushed) == ((N.FAILED, "too_old"), [])


def test_after_a_short_outage_reminders_still_go_out(deliver_all: Any, clock: Clock) -> None:
    resident, _, _ = reachable_resident()
    row = queued(resident_id=resident.id)
    clock.advance(hours=72)

    deliver_all()

    assert fresh(row).status == N.SENT


# ---------------------------------------------------------------- one message, two a day


def test_reminders_that_wait_together_travel_in_one_message(deliver_all: Any, line: Line) -> None:
    resident, _, team = reachable_resident(followup=3)
    rows = [queued(kind, resident_id=resident.id, team_id=team.id) for kind in ("followup_due", "home_visit")]

    deliver_all()

    assert [fresh(row).status for row in rows] == [N.MERGED, N.MERGED]
    digest = digest_of(rows[0])
    assert (digest.id, digest.status, digest.kind) == (digest_of(rows[1]).id, N.SENT, "digest")
    assert line.channels == ["subscribe:sbx_followup"]
    assert line.pushed[0][2]["item"] == "2项健康提醒"


def test_reminders_of_the_night_travel_together_in_the_morning(deliver_all: Any, line: Line, clock: Clock) -> None:
    clock.set("2026-03-02 22:00")
    resident, _, _ = reachable_resident()
    for _ in range(5):
        queued(resident_id=resident.id)
        clock.advance(minutes=7)
        deliver_all()
    assert line.pushed == []

    clock.set("2026-03-03 09:00")
    deliver_all()

    assert len(line.pushed) == 1


def test_only_two_reminders_a_day_and_the_third_comes_in_the_morning(
    deliver_all: Any, line: Line, clock: Clock
) -> None:
    resident, _, _ = reachable_resident()
    rows = []
    for _ in range(3):
        rows.append(queued(resident_id=resident.id))
        deliver_all()
        clock.advance(minutes=30)

    assert [fresh(row).status for row in rows] == [N.SENT, N.SENT, N.CREATED]
    assert len(line.pushed) == 2
    assert "08:00" <= f"{now.local(fresh(rows[2]).next_attempt_at):%H:%M}" < "09:00"

    clock.set("2026-03-03 09:00")
    deliver_all()
    assert fresh(rows[2]).status == N.SENT


def test_what_cannot_wait_till_tomorrow_is_told_by_phone(deliver_all: Any, line: Line) -> None:
    resident, _, team = reachable_resident()
    for _ in range(2):
        queued(resident_id=resident.id)
        deliver_all()
    row = queued(resident_id=resident.id, team_id=team.id, expires_at=now.now() + timedelta(hours=3))

    deliver_all()

    assert outcome(row) == (N.FAILED, "day_full")
    assert [task.notification_id for task in db.session.scalars(select(PhoneTask))] == [row.id]
    assert len(line.pushed) == 2


def test_urgent_news_and_appointments_are_not_counted(deliver_all: Any, line: Line) -> None:
    resident, _, _ = reachable_resident(appointment=9)
    for _ in range(2):
        queued(resident_id=resident.id)
        deliver_all()
    facts = {"hospital": "市中心医院", "department": "眼科", "starts_at": "2026-03-03T09:00:00+08:00"}
    urgent = queued(resident_id=resident.id, is_urgent=True)
    visit = queued("appointment_reminder", resident_id=resident.id, facts=facts)

    deliver_all()

    assert (fresh(urgent).status, fresh(visit).status) == (N.SENT, N.SENT)


def test_a_reminder_that_reached_nobody_leaves_its_place_to_another(deliver_all: Any, line: Line) -> None:
    line.will(Outcome.PERMANENT)
    resident, _, _ = reachable_resident()
    lost = queued(resident_id=resident.id)
    deliver_all()
    assert fresh(lost).status == N.FAILED

    rows = []
    for _ in range(2):
        rows.append(queued(resident_id=resident.id))
        deliver_all()

    assert [fresh(row).status for row in rows] == [N.SENT, N.SENT]


def test_the_next_channel_of_one_reminder_is_no_second_reminder(deliver_all: Any, line: Line) -> None:
    line.will(Outcome.NO_CONSENT)
    resident, _, _ = reachable_resident(followup=1)
    queued(resident_id=resident.id)

    deliver_all()

    setting = db.session.scalars(select(NoticeSetting)).one()
    assert (len(line.pushed), setting.told_count) == (2, 1)


def test_the_limit_holds_and_begins_again_each_day(app: APIFlask) -> None:
    resident = make.resident()
    today, at = now.today(), now.now()
    with transaction():
        assert [take_place(resident.id, today, 2, at) for _ in range(3)] == [True, True, False]
        give_place_back(resident.id, today)
        assert take_place(resident.id, today, 2, at)
        assert [take_place(resident.id, today + timedelta(days=1), 2, at) for _ in range(3)] == [True, True, False]
        give_place_back(resident.id, today)  # a day that is over: nothing to take back
        assert not take_place(resident.id, today + timedelta(days=1), 2, at)


def test_without_a_way_nothing_is_merged_and_each_is_a_call(deliver_all: Any) -> None:
    agreement = make.agreement()
    rows = [queued(kind, resident_id=agreement.resident_id) for kind in ("followup_due", "home_visit")]

    deliver_all()

    assert [fresh(row).status for row in rows] == [N.FAILED, N.FAILED]
    assert len(db.session.scalars(select(PhoneTask)).all()) == 2


# ---------------------------------------------------------------- guardians and the chain


def ward(years: int, kind: AuthorityKind = AuthorityKind.MINOR) -> tuple[Any, Any, Any]:
    """A child of this age, his guardian and the guardian's user."""
    guardian, user, _ = reachable_resident()
    born = now.today().replace(year=now.today().year - years, day=1)
    child = make.resident(name="张小宝", birth_on=born)
    make.authority(guardian, child, kind)
    return child, guardian, user


def openids(line: Line) -> list[str]:
    return [openid for _, openid, _ in line.pushed]


def test_below_14_the_guardian_is_told_whom_it_is_about(deliver_all: Any, line: Line) -> None:
    child, guardian, user = ward(6)
    make.user(resident=child)
    row = queued(resident_id=child.id)

    deliver_all()

    row = fresh(row)
    assert (row.status, row.resident_id, row.about_id) == (N.SENT, guardian.id, child.id)
    assert openids(line) == [user.account("service_account").openid]
    assert line.pushed[0][2]["item"] == "张*宝：健康随访"


def test_from_14_on_both_are_told(deliver_all: Any, line: Line) -> None:
    child, _, user = ward(15)
    own = make.user(resident=child)
    queued(resident_id=child.id)

    deliver_all()

    expected = {who.account("service_account").openid for who in (user, own)}
    assert (set(openids(line)), len(line.pushed)) == (expected, 2)


def test_a_young_person_nobody_reaches_is_one_call_not_two(deliver_all: Any) -> None:
    guardian = make.resident()
    team = make.team()
    child = make.resident(birth_on=now.today().replace(year=now.today().year - 15, day=1))
    make.authority(guardian, child, AuthorityKind.MINOR)
    queued(resident_id=child.id, team_id=team.id)

    deliver_all()

    assert [task.resident_id for task in db.session.scalars(select(PhoneTask))] == [child.id]


def test_an_adult_is_told_himself_though_somebody_may_sign_for_him(deliver_all: Any, line: Line) -> None:
    resident, user, _ = reachable_resident()
    agent, _, _ = reachable_resident()
    make.authority(agent, resident)
    queued(resident_id=resident.id)

    deliver_all()

    assert openids(line) == [user.account("service_account").openid]


def test_who_has_no_wechat_is_told_through_his_delegate(deliver_all: Any, line: Line) -> None:
    resident = make.resident(name="张老山")
    agent, user, _ = reachable_resident()
    make.authority(agent, resident)
    row = queued(resident_id=resident.id)

    deliver_all()

    assert openids(line) == [user.account("service_account").openid]
    assert (fresh(row).about_id, fresh(row).passed_to) == (resident.id, [agent.id])


def test_an_ended_delegation_is_none(deliver_all: Any, line: Line) -> None:
    resident, team = make.resident(), make.team()
    agent, _, _ = reachable_resident()
    yesterday = now.today() - timedelta(days=1)
    held = make.authority(agent, resident)
    make.saved_change(db.session.get(Authority, held.id), valid_from=yesterday, valid_to=yesterday)
    row = queued(resident_id=resident.id, team_id=team.id)

    deliver_all()

    assert (line.pushed, fresh(row).status) == ([], N.FAILED)


def at_home_with_contact(*, together: bool = True) -> tuple[Any, Any]:
    resident, contact = make.resident(name="王秀兰"), reachable_resident()[0]
    home = make.household(resident)
    make.member(home if together else make.household(make.resident()), contact, "20")
    wishes(resident, contact_id=contact.id, contact_agreed_at=now.now())
    return resident, contact


def test_then_the_contact_at_home_whom_he_agreed_to(deliver_all: Any, line: Line) -> None:
    resident, contact = at_home_with_contact()
    row = queued(resident_id=resident.id)

    deliver_all()

    assert (fresh(row).status, fresh(row).resident_id) == (N.SENT, contact.id)
    assert line.pushed[0][2]["item"].startswith("王*兰：")


def test_a_contact_who_moved_out_is_not_told(deliver_all: Any, line: Line) -> None:
    resident, _ = at_home_with_contact(together=False)
    queued(resident_id=resident.id)

    deliver_all()

    assert line.pushed == []


def test_at_the_end_of_the_chain_the_team_phones_the_person_himself(deliver_all: Any) -> None:
    resident, agent, team = make.resident(), make.resident(), make.team()
    make.authority(agent, resident)
    row = queued(resident_id=resident.id, team_id=team.id)

    deliver_all()

    assert outcome(row) == (N.FAILED, "no_wechat")
    assert [task.resident_id for task in db.session.scalars(select(PhoneTask))] == [resident.id]


def test_a_death_stops_what_others_would_be_told_about_the_person(deliver_all: Any, line: Line, clock: Clock) -> None:
    clock.set("2026-03-02 22:00")
    child, guardian, _ = ward(6)
    row = queued(resident_id=child.id)
    deliver_all()
    assert fresh(row).resident_id == guardian.id

    make.saved_change(child, died_on=now.today())
    clock.set("2026-03-03 09:00")
    deliver_all()

    assert (fresh(row).status, line.pushed) == (N.CANCELLED, [])


def test_when_a_service_ends_what_others_would_be_told_ends_too(deliver_all: Any, clock: Clock) -> None:
    clock.set("2026-03-02 22:00")
    child, _, _ = ward(6)
    row = queued(resident_id=child.id)
    deliver_all()

    with transaction():
        assert cancel_for(child.id) == 1

    assert fresh(row).status == N.CANCELLED


# ---------------------------------------------------------------- what a call led to


def call(deliver_all: Any) -> tuple[Any, PhoneTask]:
    agreement = make.agreement()
    row = queued(resident_id=agreement.resident_id)
    deliver_all()
    return row, db.session.scalars(select(PhoneTask)).one()


@pytest.mark.parametrize(
    ("heard", "status"),
    [
        (CallOutcome.REACHED, N.PHONED),
        (CallOutcome.FAMILY_TOLD, N.PHONED),
        (CallOutcome.UNREACHABLE, N.FAILED),
        (CallOutcome.WRONG_NUMBER, N.FAILED),
    ],
)
def test_who_was_reached_by_phone_was_told(deliver_all: Any, heard: CallOutcome, status: N) -> None:
    row, task = call(deliver_all)

    tasks.finish(task, outcome=heard, note=None, by=STAFF)

    assert fresh(row).status == status


def test_a_wrong_number_is_checked_and_gets_no_sms(deliver_all: Any) -> None:
    _, task = call(deliver_all)

    tasks.finish(task, outcome=CallOutcome.WRONG_NUMBER, note=None, by=STAFF)

    resident = task.resident
    check = db.session.scalars(select(PhoneCheck)).one()
    setting = db.session.scalars(select(NoticeSetting)).one()
    assert (check.resident_id, setting.bad_phone_hash) == (resident.id, resident.phone_hash)
