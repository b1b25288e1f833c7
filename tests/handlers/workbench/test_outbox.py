"""Notifications, conversations, calls, jobs and the audit trail in the browser."""

from datetime import timedelta

import pytest

from server import clock
from server.access import admin as access
from server.database import db
from server.models import (
    AdminLogin,
    AuditEvent,
    Conversation,
    ConversationStatus,
    JobState,
    Message,
    NotificationStatus,
    PhoneTask,
    Team,
)
from tests import make
from tests.conftest import Clock
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


@pytest.mark.parametrize(("answer", "status", "calls"), [("yes", N.DELIVERED, 0), ("no", N.FAILED, 1)])
def test_unknown_notification_is_settled(
    browser: Browser, team: Team, answer: str, status: NotificationStatus, calls: int
) -> None:
    item = note(N.UNKNOWN, team_id=team.id)

    browser.follow(browser.post(f"/outbox/{item.id}/settle", "/outbox?status=unknown", delivered=answer))

    db.session.expire_all()
    assert item.status == status
    assert db.session.query(PhoneTask).filter_by(notification_id=item.id).count() == calls
    assert browser.post(f"/outbox/{item.id}/settle", delivered="yes").status_code == 409


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


def test_late_and_failed_jobs_are_red(browser: Browser, clock: Clock) -> None:
    from server import clock as server_clock

    at = server_clock.now()
    make.saved(JobState(job_id="daily", last_started_at=at, last_ok_at=at))
    make.saved(JobState(job_id="minutely", last_started_at=at, last_ok_at=at, last_error="boom"))
    assert access.job_health().late == {"minutely": "上次运行出错"}
    assert "异常：1 个任务异常" in browser.get("/jobs").text

    clock.advance(minutes=6)
    assert access.job_health().why == "调度进程没有运行"

    clock.advance(hours=27)
    make.saved(JobState(job_id="alive", last_started_at=server_clock.now(), last_ok_at=server_clock.now()))
    assert access.job_health().late["daily"] == "已 27 小时没有成功"


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
