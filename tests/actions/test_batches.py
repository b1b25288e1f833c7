"""Many notices decided at once: what is reserved but not called goes out all the same, and nothing of it twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import event, select, text, update

from server import clock as now
from server import policy
from server.actions import notifications
from server.actions.notifications import claiming
from server.config import Settings
from server.database import db, transaction
from server.models import Attempt, Conversation, Message, NoticeSetting, Notification, PhoneTask, WechatAccount
from server.models import NotificationStatus as N
from server.models.notice_setting import own_rows, take_places
from server.wechat.errcodes import Outcome
from tests import make
from tests.actions.pushing import Line, fresh, queued, reachable_resident
from tests.conftest import Clock

POLICY = policy.load("mianyang")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def deliver(app: APIFlask, settings: Settings, line: Line) -> Any:
    return lambda **options: notifications.deliver_many(line, settings, POLICY, budget=1000, **options)  # type: ignore[arg-type]


def several(count: int) -> list[Notification]:
    return [queued(resident_id=reachable_resident(followup=1)[0].id) for _ in range(count)]


def reserved(rows: list[Notification]) -> claiming.Reserved:
    with transaction():
        return claiming.reserve([row.id for row in rows], POLICY, now.now())


def statuses() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.scalars(select(Notification.status)))


@pytest.fixture
def statements(app: APIFlask) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_what_a_dead_sender_had_only_reserved_is_sent_by_the_next(
    app: APIFlask, clock: Clock, deliver: Any, line: Line
) -> None:
    rows = several(5)
    assert len(reserved(rows).claims) == 5
    assert deliver() == 0  # for some seconds they are somebody else's

    clock.advance(seconds=11)

    assert deliver() == 5
    assert notifications.recover_next(POLICY) is False
    assert statuses() == {N.SENT: 5}
    assert set(Counter(db.session.scalars(select(Attempt.notification_id))).values()) == {1}
    assert db.session.scalars(select(NoticeSetting.told_count)).all() == [1] * 5, "counted once, though decided twice"


def test_a_reservation_that_ran_out_starts_no_call(app: APIFlask, clock: Clock) -> None:
    claims = reserved(several(2)).claims
    clock.advance(seconds=11)

    with transaction():
        assert claiming.start(claims, now.now()) == []

    assert statuses() == {N.CREATED: 2}


def test_what_is_cancelled_after_it_was_decided_is_not_sent(deliver: Any, line: Line) -> None:
    rows = several(4)

    def cancel_the_last() -> None:
        with transaction() as session:
            session.execute(update(Notification).where(Notification.id == rows[3].id).values(status=N.CANCELLED))

    line.during = cancel_the_last
    assert deliver() == 3
    assert statuses() == {N.SENT: 3, N.CANCELLED: 1}
    assert len(line.pushed) == 3


def test_no_more_are_being_sent_than_there_are_hands(app: APIFlask, deliver: Any, line: Line) -> None:
    several(30)
    most = []

    def look() -> None:
        with db.engine.connect() as connection:
            most.append(connection.scalar(text("SELECT count(*) FROM notification WHERE status = 'sending'")))

    line.during = look
    threads = []

    def spawn(calls: Callable[[], None]) -> None:
        def run() -> None:
            with app.app_context():
                calls()

        threads.append(threading.Thread(target=run))
        threads[-1].start()

    assert deliver(threads=3, spawn=spawn) == 30

    for thread in threads:
        thread.join(timeout=10)
    assert not any(thread.is_alive() for thread in threads)
    assert statuses() == {N.SENT: 30}
    assert len(line.pushed) == 30
    assert max(most) <= 3


def test_one_accept_serves_one_of_two(deliver: Any, line: Line) -> None:
    _, user, team = reachable_resident(followup=1)
    for _ in range(2):
        queued(user_id=user.id, team_id=team.id, is_urgent=True)

    deliver()

    assert line.channels == ["subscribe:sbx_followup", "template:sbx_oa_notice"]


def test_whoever_has_no_accept_left_in_the_batch_is_phoned_once(deliver: Any, line: Line) -> None:
    resident = make.resident()
    user = make.user(resident=resident, openids=False)
    make.saved(WechatAccount(app="miniprogram", openid="oOnly", user_id=user.id, created_at=now.now()))
    make.push_consent(user, "followup", left=1)
    team = make.team()
    for _ in range(2):
        queued(resident_id=resident.id, team_id=team.id, is_urgent=True)

    deliver()

    assert line.channels == ["subscribe:sbx_followup"]
    assert statuses() == {N.SENT: 1, N.FAILED: 1}
    assert len(db.session.scalars(select(PhoneTask)).all()) == 1


def test_results_of_one_step_are_each_noted(deliver: Any, line: Line, app: APIFlask) -> None:
    line.will(Outcome.OK, Outcome.UNKNOWN, Outcome.RETRY, Outcome.OK)
    several(4)

    deliver()

    assert statuses() == {N.SENT: 2, N.UNKNOWN: 1, N.CREATED: 1}


def test_a_sender_that_stops_gives_back_what_it_reserved(deliver: Any, line: Line) -> None:
    due = [row.next_attempt_at for row in several(6)]

    deliver(keep_going=lambda: len(line.pushed) < 2)

    db.session.rollback()
    waiting = select(Notification.next_attempt_at).where(Notification.status == N.CREATED)
    assert sorted(db.session.scalars(waiting)) == sorted(due)[2:]
    assert deliver() == 4


def test_a_row_that_cannot_even_be_read_stops_no_other(app: APIFlask, deliver: Any, line: Line) -> None:
    rows = several(5)
    with transaction() as session:  # a kind of damage that a JSON column refuses on a server
        value = "{" if db.engine.dialect.name == "sqlite" else "[]"
        session.execute(
            text("UPDATE notification SET facts = :value WHERE id = :id"), {"value": value, "id": rows[2].id}
        )
    db.session.expunge_all()

    deliver()

    assert len(line.pushed) == 4


def test_a_person_full_for_today_keeps_his_reminder_for_tomorrow_among_many(deliver: Any, line: Line) -> None:
    rows = several(3)
    today = now.today()
    full = rows[1].resident_id
    make.saved(NoticeSetting(resident_id=full, told_on=today, told_count=2, opted_out=[], updated_at=now.now()))

    deliver()

    assert [fresh(row).status for row in rows] == [N.SENT, N.CREATED, N.SENT]
    assert now.local(fresh(rows[1]).next_attempt_at).date() == today + timedelta(days=1)


def test_places_of_a_day_are_counted_for_many_at_once(app: APIFlask) -> None:
    one, other = make.resident().id, make.resident().id
    day, at = date(2026, 3, 2), now.now()
    with transaction():
        own_rows([one, other], at)
        assert take_places([one, other], day, 2, at) == [True, True]
        assert take_places([one, one, other], day, 2, at) == [True, False, True]
    db.session.rollback()
    assert db.session.scalars(select(NoticeSetting.told_count)).all() == [2, 2]


def test_many_cost_few_statements(deliver: Any, line: Line, statements: list[str]) -> None:
    several(60)
    statements.clear()

    deliver()

    assert len(line.pushed) == 60
    assert len(statements) < 60 * 8, "one at a time: a few for the step, and none for the decision"


def bot_answers(count: int) -> tuple[Conversation, list[Notification]]:
    """Answers of the bot to somebody whose chat with the service account is open."""
    user, at = make.user(), now.now()
    account = user.account("service_account")
    with transaction() as session:
        session.get_one(WechatAccount, account.id).open_window(at, messages=5, minutes=60)
    talk = make.saved(
        Conversation(user_id=user.id, open_key=user.id, status="bot", short_no=0, created_at=at, last_message_at=at)
    )
    said = [
        make.saved(Message(conversation_id=talk.id, sender="bot", text=f"第{number}句", via="service_account", at=at))
        for number in range(count)
    ]
    rows = [queued("bot_answer", user_id=user.id, subject_id=one.id, facts={}) for one in said]
    for row in rows:
        make.saved_change(row, tried_channels=["kefu"])
    return talk, rows


def test_what_is_said_in_one_chat_keeps_its_order(deliver: Any, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.actions.notifications.chats.ways_of", lambda _: ("customer_service",))
    _, rows = bot_answers(3)

    assert len(reserved(rows).claims) == 1, "the next is decided when this one was sent"
    for row in rows:
        make.saved_change(fresh(row), next_attempt_at=now.now())
    deliver()

    assert [said for _, _, said in line.pushed] == ["第0句", "第1句", "第2句"]


def test_a_doctor_who_takes_over_after_the_decision_is_not_interrupted(
    app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.actions.notifications.chats.ways_of", lambda _: ("customer_service",))
    talk, rows = bot_answers(1)
    claims = reserved(rows).claims
    make.saved_change(talk, status="with_doctor", staff_id=make.staff().id, short_no=1)

    with transaction():
        assert claiming.start(claims, now.now()) == []

    assert (fresh(rows[0]).status, fresh(rows[0]).reason) == (N.CANCELLED, "doctor_has_it")


def test_an_allowance_that_somebody_else_used_up_lets_it_wait(app: APIFlask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.actions.notifications.chats.ways_of", lambda _: ("customer_service",))
    _, rows = bot_answers(1)
    claims = reserved(rows).claims
    make.saved_change(
        db.session.scalars(select(WechatAccount).where(WechatAccount.window_left > 0)).one(), window_left=0
    )

    with transaction():
        assert claiming.start(claims, now.now()) == []

    row = fresh(rows[0])
    assert (row.status, row.attempts, row.next_attempt_at <= now.now()) == (N.CREATED, 0, True)
