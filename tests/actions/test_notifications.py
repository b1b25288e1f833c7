"""Delivering the outbox: channels in order, results, quiet hours, receipts, recovery, many senders at once."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text, update

from server import clock, policy
from server.actions import notifications
from server.actions.notifications import claiming
from server.config import Settings
from server.database import db, transaction
from server.models import Attempt, Message, Notification, PhoneTask, PushConsent, WechatCallback
from server.models import NotificationStatus as N
from server.models.delivery import shift
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
    return lambda: notifications.deliver_next(line, settings, POLICY)  # type: ignore[arg-type]


def balance(user: Any, template: str) -> int | None:
    db.session.rollback()
    return db.session.scalar(
        select(PushConsent.one_time_left).where(PushConsent.user_id == user.id, PushConsent.template == template)
    )


def tasks() -> list[PhoneTask]:
    db.session.rollback()
    return list(db.session.scalars(select(PhoneTask)))


def test_nothing_due_is_false(deliver: Any, line: Line) -> None:
    assert deliver() is False
    assert line.pushed == []


def test_an_accepted_push_is_sent_with_its_reference_and_uses_up_one_accept(deliver: Any, line: Line) -> None:
    resident, user, team = reachable_resident(followup=2)
    row = queued(resident_id=resident.id, team_id=team.id)

    assert deliver() is True

    row = fresh(row)
    assert (row.status, row.provider_ref, row.channel) == (N.SENT, "msg1", "subscribe:followup")
    assert row.sent_at is not None
    assert line.channels == ["subscribe:sbx_followup"]
    assert line.pushed[0][2]["item"] == "健康随访"
    assert balance(user, "followup") == 1
    assert deliver() is False


def test_a_long_term_consent_comes_first_and_is_not_used_up(deliver: Any, line: Line) -> None:
    resident, user, _ = reachable_resident(followup=1, followup_long=0)
    queued(resident_id=resident.id)

    deliver()

    assert line.channels == ["subscribe:sbx_followup_long"]
    assert balance(user, "followup") == 1


def test_a_balance_known_to_be_zero_costs_no_call(deliver: Any, line: Line) -> None:
    resident, _, _ = reachable_resident(followup=0)
    queued(resident_id=resident.id)

    deliver()

    assert line.channels == ["template:sbx_oa_notice"]


def test_no_consent_sets_the_balance_to_zero_and_tries_the_next_channel_at_once(deliver: Any, line: Line) -> None:
    line.will(Outcome.NO_CONSENT)
    resident, user, _ = reachable_resident(followup=3)
    row = queued(resident_id=resident.id)

    assert deliver() and deliver()

    assert line.channels == ["subscribe:sbx_followup", "template:sbx_oa_notice"]
    assert balance(user, "followup") == 0
    assert fresh(row).status == N.SENT
    assert fresh(row).tried_channels == ["subscribe:followup"]


def test_a_template_nobody_ever_accepted_costs_no_call(deliver: Any, line: Line) -> None:
    resident, user, _ = reachable_resident()
    row = queued(resident_id=resident.id)

    deliver()

    assert line.channels == ["template:sbx_oa_notice"]
    assert fresh(row).status == N.SENT
    assert balance(user, "followup") is None


def test_no_channel_left_fails_and_the_team_phones(deliver: Any, line: Line) -> None:
    line.will(Outcome.NO_CONSENT, Outcome.PERMANENT)
    resident, _, team = reachable_resident(followup=1)
    row = queued(resident_id=resident.id, team_id=team.id)

    assert deliver() and deliver() and deliver()
    assert deliver() is False

    assert fresh(row).status == N.FAILED
    assert fresh(row).reason == "permanent"
    (task,) = tasks()
    assert (task.team_id, task.resident_id, task.about, task.status) == (team.id, resident.id, "followup_due", "open")


def test_a_resident_without_wechat_is_phoned_and_the_line_goes_on(deliver: Any, line: Line) -> None:
    team = make.team()
    alone = queued(resident_id=make.resident().id, team_id=team.id)
    resident, _, _ = reachable_resident(followup=1)
    other = queued(resident_id=resident.id)

    while deliver():
        pass

    assert fresh(alone).reason == "no_wechat"
    assert len(tasks()) == 1
    assert fresh(other).status == N.SENT


def test_the_phone_task_goes_to_the_team_of_the_agreement_when_nobody_is_named(deliver: Any) -> None:
    agreement = make.agreement()
    queued(resident_id=agreement.resident_id)

    deliver()

    assert [task.team_id for task in tasks()] == [agreement.team_id]


def test_a_confirmation_seen_on_the_screen_is_not_worth_a_call(deliver: Any) -> None:
    agreement = make.agreement()
    row = queued("appointment_booked", resident_id=agreement.resident_id, team_id=agreement.team_id)

    deliver()

    assert fresh(row).status == N.FAILED
    assert tasks() == []


@pytest.mark.parametrize(
    "damage",
    [
        {"facts": '{"team": 1}'},
        {"facts": "[]"},
        {"kind": "no_such_kind"},
        {"tried_channels": "5"},
    ],
)
def test_one_bad_row_never_stops_the_line(deliver: Any, line: Line, damage: dict[str, str]) -> None:
    resident, _, team = reachable_resident(followup=1)
    bad = queued(resident_id=resident.id, team_id=team.id)
    good = queued(resident_id=reachable_resident(followup=1)[0].id, team_id=team.id)
    bad_id, good_id = bad.id, good.id
    with transaction() as session:
        for column, value in damage.items():
            session.execute(
                text(f"UPDATE notification SET {column} = :value WHERE id = :id"),  # noqa: S608 - our own columns
                {"value": value, "id": bad_id},
            )
    db.session.expunge_all()

    for _ in range(3):
        deliver()

    assert db.session.scalar(select(Notification.status).where(Notification.id == good_id)) == N.SENT
    assert len(line.pushed) == 1
    status, later = db.session.execute(
        select(Notification.status, Notification.next_attempt_at).where(Notification.id == bad_id)
    ).one()
    assert status == N.FAILED or later > clock.now()


def test_urgent_goes_first_then_the_oldest(deliver: Any, line: Line, clock: Clock) -> None:
    old, new, urgent = (reachable_resident(followup=1)[0].id for _ in range(3))
    old = queued(resident_id=old)
    clock.advance(seconds=1)
    new = queued(resident_id=new)
    clock.advance(seconds=1)
    urgent = queued(resident_id=urgent, is_urgent=True)

    order = []
    for _ in range(3):
        deliver()
        order += [row.id for row in (old, new, urgent) if fresh(row).status == N.SENT and row.id not in order]

    assert order == [urgent.id, old.id, new.id]


def test_at_night_a_resident_is_not_woken_but_told_in_the_morning(deliver: Any, line: Line, clock: Clock) -> None:
    clock.set("2026-03-02 21:30")
    resident, _, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)

    assert deliver() is True
    assert deliver() is False
    assert (fresh(row).status, fresh(row).attempts, line.pushed) == (N.CREATED, 0, [])

    clock.set("2026-03-03 07:59")
    assert deliver() is False
    clock.set("2026-03-03 08:30")
    assert deliver() is True
    assert fresh(row).status == N.SENT


def test_at_night_staff_and_emergencies_and_answers_go_out(deliver: Any, line: Line, clock: Clock) -> None:
    clock.set("2026-03-02 23:00")
    doctor = make.user(staff=make.staff())
    _, user, _ = reachable_resident(followup=1, reply=1)
    queued("emergency_alarm", user_id=doctor.id, facts={"sender": "张*明", "short_no": 3}, is_urgent=True)
    queued("message_waiting", user_id=doctor.id, facts={"sender": "张*明", "short_no": 3})
    queued("doctor_reply", user_id=user.id, facts={"sender": "陈医生"})

    while deliver():
        pass

    assert line.channels == ["template:sbx_oa_waiting", "template:sbx_oa_waiting", "subscribe:sbx_reply"]


def test_an_expired_notice_is_never_sent(deliver: Any, line: Line, clock: Clock) -> None:
    from server import clock as now

    resident, _, team = reachable_resident(followup=1)
    row = queued(resident_id=resident.id, team_id=team.id, expires_at=now.now() + timedelta(hours=1))
    clock.advance(hours=2)

    assert deliver() is True

    assert (fresh(row).status, fresh(row).reason, line.pushed, tasks()) == (N.FAILED, "expired", [], [])


def test_retry_backs_off_and_then_takes_the_next_channel(deliver: Any, line: Line, clock: Clock) -> None:
    line.will(Outcome.RETRY, Outcome.RETRY, Outcome.RETRY)
    resident, user, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)

    deliver()
    assert deliver() is False
    clock.advance(seconds=61)
    deliver()
    clock.advance(minutes=29)
    assert deliver() is False
    clock.advance(minutes=2)
    deliver()
    assert deliver() is True

    assert line.channels == ["subscribe:sbx_followup"] * 3 + ["template:sbx_oa_notice"]
    assert fresh(row).status == N.SENT
    assert balance(user, "followup") == 1
    outcomes = db.session.scalars(select(Attempt.outcome).order_by(Attempt.number)).all()
    assert outcomes == ["retry", "retry", "retry", "ok"]


def test_over_quota_waits_for_the_next_day(deliver: Any, line: Line, clock: Clock) -> None:
    line.will(Outcome.OVER_QUOTA)
    resident, _, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)

    deliver()
    assert deliver() is False
    clock.set("2026-03-03 09:00")
    deliver()

    assert fresh(row).status == N.SENT


def test_a_lost_answer_stays_visible_and_is_never_sent_again(deliver: Any, line: Line, clock: Clock) -> None:
    line.will(Outcome.UNKNOWN)
    resident, _, _ = reachable_resident(followup=2)
    row = queued(resident_id=resident.id)

    deliver()
    clock.advance(hours=2)

    assert deliver() is False
    assert fresh(row).status == N.UNKNOWN
    assert len(line.pushed) == 1


def test_a_lost_answer_of_a_template_message_is_repeated_under_the_same_id(
    deliver: Any, line: Line, clock: Clock
) -> None:
    line.will(Outcome.UNKNOWN)
    resident, _, _ = reachable_resident(followup=0)
    row = queued(resident_id=resident.id)

    deliver()
    clock.advance(seconds=31)
    deliver()

    assert line.client_ids == [row.id, row.id]
    assert fresh(row).status == N.SENT


def test_a_gateway_that_breaks_counts_as_a_lost_answer(deliver: Any, line: Line) -> None:
    line.answers.append(RuntimeError("broken"))
    resident, _, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)

    assert deliver() is True

    assert fresh(row).status == N.UNKNOWN


def test_the_network_call_is_outside_any_transaction(deliver: Any, line: Line) -> None:
    resident, _, _ = reachable_resident(followup=1)
    queued(resident_id=resident.id)
    seen = []
    line.during = lambda: seen.append(bool(db.session.info.get("writing")) or db.session().in_transaction())

    deliver()

    assert seen == [False]


def test_a_doctors_reply_is_his_own_words_while_the_window_is_open(deliver: Any, line: Line) -> None:
    _, user, team = reachable_resident()
    from server.models import Conversation

    conversation = make.saved(
        Conversation(
            user_id=user.id,
            open_key=user.id,
            status="with_doctor",
            staff_id=team.lead.id,
            team_id=team.id,
            short_no=1,
            created_at=clock.now(),
            last_message_at=clock.now(),
        )
    )
    message = make.saved(
        Message(
            conversation_id=conversation.id, sender="doctor", text="明天上午来复查", via="miniprogram", at=clock.now()
        )
    )
    account = user.account("service_account")
    with transaction() as session:
        fetched = session.get(type(account), account.id)
        fetched.open_window(clock.now(), messages=5, minutes=60)
    row = queued("doctor_reply", user_id=user.id, subject_id=message.id, facts={"sender": "陈医生"})

    deliver()

    assert line.pushed[0][0] == "text"
    assert line.pushed[0][2] == "陈医生：明天上午来复查"
    assert fresh(row).status == N.SENT
    assert fresh(account).window_left == 4


# ---------------------------------------------------------------- receipts


def sent_row(deliver: Any) -> tuple[Notification, Any]:
    resident, _, team = reachable_resident(followup=1)
    row = queued(resident_id=resident.id, team_id=team.id)
    deliver()
    return fresh(row), team


def receipt(ref: str, errcode: int = 0, key: str = "miniprogram:event:1") -> bool:
    status = "success" if errcode == 0 else "failed"
    return notifications.record_receipt(ref, errcode, status, dedupe_key=key, kind="subscribe", at=clock.now())


def test_a_receipt_marks_it_delivered_once(deliver: Any) -> None:
    row, _ = sent_row(deliver)

    assert receipt(row.provider_ref) is True
    assert receipt(row.provider_ref) is False
    assert fresh(row).status == N.DELIVERED


def test_a_bad_receipt_fails_it_and_the_team_phones(deliver: Any) -> None:
    row, team = sent_row(deliver)

    receipt(row.provider_ref, errcode=-1)

    assert (fresh(row).status, fresh(row).reason) == (N.FAILED, "receipt_failed")
    assert [task.team_id for task in tasks()] == [team.id]


def test_a_late_receipt_changes_nothing_any_more(deliver: Any) -> None:
    row, _ = sent_row(deliver)
    receipt(row.provider_ref)

    receipt(row.provider_ref, errcode=-1, key="miniprogram:event:2")

    assert fresh(row).status == N.DELIVERED


def test_a_receipt_faster_than_our_own_note_is_matched_later(deliver: Any, line: Line) -> None:
    resident, _, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)
    line.during = lambda: receipt("msg1") and None

    deliver()
    assert fresh(row).status == N.SENT

    assert notifications.recover_next(POLICY) is True
    assert fresh(row).status == N.DELIVERED
    assert notifications.recover_next(POLICY) is False
    assert db.session.scalars(select(WechatCallback.is_matched)).all() == [True]


# ---------------------------------------------------------------- recovery and several senders


def stuck(kind: str, clock: Clock, **fields: Any) -> Notification:
    """One whose sender died after claiming it."""
    row = queued(kind, **fields)
    claimed, _ = claimed_now(row)
    assert claimed is not None
    clock.advance(seconds=61)
    return row


def claimed_now(row: Notification) -> Any:
    from server import clock as now

    with transaction():
        return claiming.decide_safely(row.id, POLICY, now.now())


def test_a_dead_senders_reminder_becomes_unknown(app: APIFlask, clock: Clock) -> None:
    resident, _, _ = reachable_resident(followup=1)
    row = stuck("followup_due", clock, resident_id=resident.id)

    assert notifications.recover_next(POLICY) is True
    assert notifications.recover_next(POLICY) is False
    assert (fresh(row).status, fresh(row).reason) == (N.UNKNOWN, "lease_expired")


def test_a_dead_senders_alarm_is_sent_again(app: APIFlask, clock: Clock, deliver: Any, line: Line) -> None:
    doctor = make.user(staff=make.staff())
    row = stuck("emergency_alarm", clock, user_id=doctor.id, facts={"sender": "张*明", "short_no": 3})

    assert notifications.recover_next(POLICY) is True
    assert deliver() is True

    assert fresh(row).status == N.SENT
    assert len(line.pushed) == 1


def test_a_lease_that_still_runs_is_left_alone(app: APIFlask) -> None:
    resident, _, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)
    claimed_now(row)

    assert notifications.recover_next(POLICY) is False
    assert fresh(row).status == N.SENDING


def test_a_result_after_the_lease_still_teaches_us_the_reference(
    app: APIFlask, settings: Settings, clock: Clock, line: Line
) -> None:
    resident, _, _ = reachable_resident(followup=1)
    row = queued(resident_id=resident.id)

    def dawdle() -> None:
        clock.advance(seconds=120)
        assert notifications.recover_next(POLICY)

    line.during = dawdle
    notifications.deliver_next(line, settings, POLICY)  # type: ignore[arg-type]

    assert (fresh(row).status, fresh(row).provider_ref) == (N.UNKNOWN, "msg1")
    assert receipt("msg1")
    assert fresh(row).status == N.DELIVERED


def many(count: int) -> None:
    for _ in range(count):
        queued(resident_id=reachable_resident(followup=1)[0].id)


def deliver_in_threads(app: APIFlask, settings: Settings, line: Line, senders: int = 4) -> int:
    handled = []

    def send() -> None:
        with app.app_context():
            handled.append(notifications.deliver_many(line, settings, POLICY, budget=1000))  # type: ignore[arg-type]

    threads = [threading.Thread(target=send) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(handled)


def test_several_senders_send_each_once(app: APIFlask, settings: Settings, line: Line) -> None:
    many(40)

    assert deliver_in_threads(app, settings, line) == 40

    db.session.rollback()
    assert set(db.session.scalars(select(Notification.status))) == {N.SENT}
    assert len(line.pushed) == 40
    numbers = Counter(db.session.scalars(select(Attempt.notification_id)))
    assert set(numbers.values()) == {1}


def both_read_then(app: APIFlask, row_id: str, write: Callable[[], None]) -> None:
    """Two senders see the row waiting before either of them writes."""
    both_read = threading.Barrier(2)

    def sender() -> None:
        with app.app_context():
            seen = db.session.scalar(select(Notification.status).where(Notification.id == row_id))
            assert seen == N.CREATED
            db.session.rollback()
            both_read.wait(timeout=10)
            write()

    threads = [threading.Thread(target=sender) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_without_the_guard_two_senders_send_twice(app: APIFlask, line: Line) -> None:
    """The control: the same claim, written without asking whether the row still waits."""
    row_id = queued(resident_id=make.resident().id).id

    def unguarded() -> None:
        lease = clock.now() + timedelta(seconds=60)
        with transaction() as session:
            values = {"status": N.SENDING, "attempts": 1, "lease_until_at": lease}
            session.execute(update(Notification).where(Notification.id == row_id).values(**values))
        line.push_text("o", "健康随访")

    both_read_then(app, row_id, unguarded)

    assert len(line.pushed) == 2


def test_with_the_guard_only_one_of_two_that_read_at_once_sends(app: APIFlask, line: Line) -> None:
    row_id = queued(resident_id=make.resident().id).id

    def guarded() -> None:
        lease = clock.now() + timedelta(seconds=60)
        with transaction():
            won = shift(row_id, N.CREATED, N.SENDING, number=0, attempts=1, lease_until_at=lease)
        if won:
            line.push_text("o", "健康随访")

    both_read_then(app, row_id, guarded)

    assert len(line.pushed) == 1


def test_a_stopped_sender_leaves_the_rest_waiting(app: APIFlask, settings: Settings, line: Line) -> None:
    many(10)

    handled = notifications.deliver_many(
        line,  # type: ignore[arg-type]
        settings,
        POLICY,
        budget=100,
        keep_going=lambda: len(line.pushed) < 3,
    )

    assert handled == 3
    db.session.rollback()
    assert Counter(db.session.scalars(select(Notification.status))) == {N.SENT: 3, N.CREATED: 7}


def test_an_arrow_that_is_not_drawn_is_refused(app: APIFlask) -> None:
    with transaction(), pytest.raises(ValueError, match="no arrow"):
        shift("x" * 26, N.DELIVERED, N.CREATED)
