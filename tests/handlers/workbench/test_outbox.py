"""Notifications, conversations, calls, jobs and the audit trail in the browser."""

from datetime import timedelta

import pytest

from server import clock
from server.access.jobs import LEASE
from server.database import db
from server.handlers.workbench import labels
from server.jobs.schedule import JOBS
from server.models import (
    AdminLogin,
    AuditEvent,
    Conversation,
    ConversationStatus,
    JobState,
    Lease,
    Message,
    NotificationStatus,
    PhoneTask,
    Team,
)
from tests import make
from tests.handlers.workbench.browser import Browser
from tests.handlers.workbench.rows import note

N = NotificationStatus


@pytest.fixture
def team(me: AdminLogin) -> Team:
    return make.team(lead=make.staff(organisation=me.organisation_id))


def test_tabs_show_each_status(browser: Browser, team: Team) -> None:
    found = {status: note(status, team_id=team.id) for status in N}

    def listed(tab: str) -> set[NotificationStatus]:
        text = browser.get(f"/outbox?status={tab}").text
        return {status for status, item in found.items() if item.id in text}

    assert listed("") == set(N)
    assert listed("waiting") == {N.CREATED, N.SENDING}
    assert listed("unknown") == {N.UNKNOWN}
    assert listed("cancelled") == {N.CANCELLED}


def test_strangers_notifications_are_not_listed(browser: Browser) -> None:
    theirs = note(N.FAILED, team_id=make.team().id)
    nobodys = note(N.FAILED)

    text = browser.get("/outbox").text

    assert theirs.id not in text and nobodys.id in text
    assert browser.post(f"/outbox/{theirs.id}/settle", delivered="yes").status_code == 404


@pytest.mark.parametrize(
    ("kind", "answer", "status", "calls"),
    [
        ("followup_due", "yes", N.DELIVERED, 0),
        ("followup_due", "no", N.FAILED, 1),
        ("appointment_booked", "no", N.FAILED, 0),  # he sees it in the mini-program: not worth a call
    ],
)
def test_unknown_notification_is_settled(
    browser: Browser, team: Team, kind: str, answer: str, status: NotificationStatus, calls: int
) -> None:
    item = note(N.UNKNOWN, team_id=team.id, kind=kind)

    browser.follow(browser.post(f"/outbox/{item.id}/settle", "/outbox?status=unknown", delivered=answer))

    db.session.expire_all()
    assert item.status == status
    assert db.session.query(PhoneTask).filter_by(notification_id=item.id).count() == calls
    assert browser.post(f"/outbox/{item.id}/settle", delivered="yes").status_code == 409


def test_settling_without_an_answer_changes_nothing(browser: Browser, team: Team) -> None:
    item = note(N.UNKNOWN, team_id=team.id)

    assert browser.post(f"/outbox/{item.id}/settle", "/outbox").status_code == 400
    assert browser.post(f"/outbox/{item.id}/settle", "/outbox", delivered="maybe").status_code == 400

    db.session.expire_all()
    assert item.status == N.UNKNOWN


def talk(team_id: str | None, *, urgent: bool, short_no: int) -> Conversation:
    who, at = make.user(), clock.now()
    made = make.saved(
        Conversation(
            user_id=who.id,
            open_key=who.id,
            status=ConversationStatus.WAITING_DOCTOR,
            team_id=team_id,
            is_urgent=urgent,
            short_no=short_no,
            created_at=at,
            last_message_at=at,
        )
    )
    make.saved(Message(conversation_id=made.id, sender="resident", text="胸口疼得厉害", via="miniprogram", at=at))
    return made


def test_conversations_needing_somebody_are_listed_without_their_text(browser: Browser, team: Team) -> None:
    talk(None, urgent=False, short_no=101)
    talk(team.id, urgent=True, short_no=102)
    talk(team.id, urgent=False, short_no=103)
    talk(make.team().id, urgent=True, short_no=104)

    text = browser.get("/conversations").text

    assert "#101" in text and "#102" in text and "#103" not in text and "#104" not in text
    assert text.index("#102") < text.index("#101")
    assert "胸口疼" not in text


def test_calls_of_ones_own_teams_are_listed_masked(browser: Browser, team: Team) -> None:
    for with_team in (team, make.team()):
        who = make.resident(name=f"王{'小' if with_team is team else '大'}明")
        make.saved(
            PhoneTask(
                notification_id=note(N.FAILED, team_id=with_team.id, resident_id=who.id).id,
                team_id=with_team.id,
                resident_id=who.id,
                reason="no_consent",
                about="followup_due",
                created_at=clock.now(),
            )
        )

    text = browser.get("/tasks").text

    assert text.count("138****0000") == 1
    assert "健康随访提醒" in text and "王小明" not in text
    assert "138****0000" not in browser.get("/tasks?status=done").text


def run_jobs(**changed: dict[str, object]) -> None:
    """Every job of the schedule has just run under a living lease."""
    at = clock.now()
    make.saved(Lease(name=LEASE, holder="host:1", epoch=1, expires_at=at + timedelta(days=9)))
    for job in JOBS:
        values = {"last_started_at": at, "last_ok_at": at, "runs": 1}
        make.saved(JobState(job_id=job.id, **(values | changed.get(job.id, {}))))


def test_jobs_that_never_ran_are_red(browser: Browser) -> None:
    assert "定时任务：调度进程没有运行" in browser.get("/").text
    assert browser.get("/jobs").text.count("已超时") == len(JOBS)


def test_jobs_on_time_are_green(browser: Browser) -> None:
    run_jobs()

    assert "<b>正常</b>" in browser.get("/").text
    text = browser.get("/jobs").text
    assert text.count("按时") == len(JOBS)
    assert "发送通知" in text and "每天 09:00" in text


def test_late_and_failing_jobs_are_red(browser: Browser) -> None:
    run_jobs(
        deliver_notifications={"last_ok_at": clock.now() - timedelta(hours=1)}, housekeeping={"last_error": "boom"}
    )

    text = browser.get("/jobs").text

    assert "异常：2 个任务异常" in text
    assert text.count("已超时") == text.count("上次运行出错") == 1
    assert "boom" not in text


def test_every_job_has_a_chinese_name() -> None:
    assert set(labels.JOBS) == {job.id for job in JOBS}


def event(action: str, actor_id: str, kind: str = "admin", **fields: object) -> AuditEvent:
    values = {"at": clock.now(), "actor_kind": kind, "object_kind": "team", "object_id": "0" * 26, "source": "10.1.2.3"}
    return make.saved(AuditEvent(action=action, actor_id=actor_id, **(values | fields)))


def test_audit_trail_shows_ones_own_people_newest_first(browser: Browser, me: AdminLogin) -> None:
    event("team_created", me.id, at=clock.now() - timedelta(days=1))
    event("hospital_created", me.id)
    event("shift_created", "0" * 26)

    rows = browser.get("/audit").text.split("<tbody>")[1]

    assert rows.index("添加医院") < rows.index("创建团队")
    assert "添加排班" not in rows and me.name in rows
    filtered = browser.get("/audit?action=team_created").text.split("<tbody>")[1]
    assert "创建团队" in filtered and "添加医院" not in filtered


def test_the_log_is_filtered_by_kind_and_day(browser: Browser, team: Team) -> None:
    yesterday = clock.now() - timedelta(days=1)
    old = note(N.SENT, team_id=team.id, created_at=yesterday)
    visit = note(N.SENT, team_id=team.id, kind="home_visit")
    both = {old.id, visit.id}

    def listed(query: str) -> set[str]:
        text = browser.get(f"/outbox?{query}").text
        return {item for item in both if item in text}

    assert listed("kind=home_visit") == {visit.id}
    assert listed(f"day={clock.local(yesterday).date()}") == {old.id}
    assert listed("status=sent&kind=appointment_booked") == {old.id}
    assert listed("day=nonsense&kind=nonsense") == both


def test_whom_nobody_reaches_is_listed_masked_with_the_reason(browser: Browser, team: Team) -> None:
    today = clock.today()
    lost = make.resident(name="张小明", phone=None)
    make.agreement(resident=lost, team=team, start_on=today - timedelta(days=300), end_on=today + timedelta(days=10))
    make.agreement(start_on=today - timedelta(days=300), end_on=today + timedelta(days=10))

    text = browser.get("/unreachable").text

    assert '<strong id="unreachable-count">1</strong>' in text
    assert "张*明" in text and "没有使用小程序" in text and "没有登记电话" in text
    assert lost.name not in text
