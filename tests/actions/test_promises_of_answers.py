"""Promised answers: counted in working time, told at 50, 80 and 100 %, settled by the answer."""

from datetime import datetime, timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server.access import answering as access
from server.access import conversations
from server.actions import messaging
from server.database import db, transaction
from server.models import AnswerPromise, AuditEvent, NotificationStatus, PromiseStep, TeamHours
from server.models.actor import Actor, ActorKind
from server.policy.business_hours import HERE
from tests import make
from tests.actions.conversing import POLICY, Cast, as_staff, cast, conversation_of, notices, reply, said_in, say
from tests.conftest import Clock

ADMIN = Actor(ActorKind.ADMIN, "A")


@pytest.fixture
def people(app: APIFlask, clock: Clock) -> Cast:
    clock.set(local("2026-03-02T10:00"))  # a Monday; promised are 240 minutes of 08:00-12:00, 14:00-17:30
    return cast()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HERE)


def promise_of(people: Cast) -> AnswerPromise:
    db.session.expire_all()
    return db.session.scalars(select(AnswerPromise).order_by(AnswerPromise.id.desc())).first()  # type: ignore[return-value]


def escalate() -> int:
    taken = 0
    while messaging.escalate_next(POLICY):
        taken += 1
    return taken


def steps_of(row: AnswerPromise) -> list[tuple[int, str]]:
    found = select(PromiseStep).where(PromiseStep.promise_id == row.id).order_by(PromiseStep.percent)
    return [(step.percent, step.outcome) for step in db.session.scalars(found)]


def test_who_waits_is_told_by_when(people: Cast) -> None:
    answer = say(people.lin_user, "找医生")[1]

    row = promise_of(people)
    assert row.due_at == local("2026-03-02T16:00")
    assert answer.text.endswith("最迟今天 16:00前答复您。")
    assert not row.is_urgent


def test_the_promise_is_said_once_in_a_time_of_waiting(people: Cast) -> None:
    say(people.lin_user, "找医生")

    later = say(people.lin_user, "在吗")

    assert not any("最迟" in message.text for message in later)
    assert len(db.session.scalars(select(AnswerPromise)).all()) == 1


def test_at_night_the_promise_counts_from_the_morning(people: Cast, clock: Clock) -> None:
    clock.set(local("2026-03-06T20:00"))  # a Friday

    answer = say(people.lin_user, "找医生")[1]

    assert promise_of(people).due_at == local("2026-03-09T12:00")
    assert "现在不是工作时间，最迟3月9日（周一）12:00前答复您。" in answer.text


def test_a_team_answers_in_its_own_hours(people: Cast) -> None:
    messaging.set_hours(people.team, workday="09:00-11:00 13:00-20:00", restday="", by=ADMIN)

    say(people.lin_user, "找医生")

    assert promise_of(people).due_at == local("2026-03-02T16:00")
    assert promise_of(people).next_at == local("2026-03-02T14:00")


def test_setting_no_hours_is_having_the_regions(people: Cast) -> None:
    messaging.set_hours(people.team, workday="09:00-11:00", restday="09:00-10:00", by=ADMIN)
    assert len(db.session.scalars(select(TeamHours)).all()) == 2

    messaging.set_hours(people.team, workday="", restday="", by=ADMIN)

    assert str(access.hours_of(people.team.id, POLICY).workday[0]) == "08:00-12:00"


@pytest.mark.parametrize("text", ["8点到12点", "08:00-12:00 11:00-13:00", "12:00-08:00"])
def test_hours_nobody_can_read_are_refused(people: Cast, text: str) -> None:
    with pytest.raises(messaging.HoursInvalid):
        messaging.set_hours(people.team, workday=text, restday="", by=ADMIN)

    assert db.session.scalars(select(TeamHours)).all() == []


def test_half_the_time_tells_the_doctor_then_the_leader_then_the_institution_each_once(
    people: Cast, clock: Clock
) -> None:
    say(people.lin_user, "找医生")
    row = promise_of(people)

    clock.set(local("2026-03-02T13:59"))
    assert escalate() == 0
    clock.set(local("2026-03-02T14:00"))
    assert escalate() == 1
    assert [note.user_id for note in notices("answer_half")] == [people.chen_user.id]
    clock.set(local("2026-03-02T15:12"))
    assert (escalate(), escalate()) == (1, 0)
    assert [note.user_id for note in notices("answer_soon")] == [people.chen_user.id]
    clock.set(local("2026-03-02T16:00"))
    assert (escalate(), escalate()) == (1, 0)

    assert steps_of(row) == [(50, "told"), (80, "told"), (100, "listed")]
    assert promise_of(people).next_at is None
    assert db.session.scalar(select(AuditEvent).where(AuditEvent.action == "answer_escalated")) is not None


def test_after_an_outage_every_step_is_taken_once(people: Cast, clock: Clock) -> None:
    say(people.lin_user, "找医生")
    clock.set(local("2026-03-04T10:00"))

    assert escalate() == 3

    assert (len(notices("answer_half")), len(notices("answer_soon"))) == (1, 1)


def test_a_step_that_reaches_nobody_says_so(people: Cast, clock: Clock) -> None:
    with transaction():
        people.chen_user.staff_id = None
    say(people.lin_user, "找医生")
    clock.set(local("2026-03-02T16:00"))

    escalate()

    assert steps_of(promise_of(people)) == [(50, "unreachable"), (80, "unreachable"), (100, "listed")]


def test_whoever_holds_it_hears_first(people: Cast, clock: Clock) -> None:
    nurse = make.colleague(people.team, name="李护士")
    nurse_user = make.user(staff=nurse)
    say(people.lin_user, "找医生")
    messaging.take(conversation_of(people.lin_user), by=as_staff(nurse))
    clock.set(local("2026-03-02T15:12"))

    escalate()

    assert [note.user_id for note in notices("answer_half")] == [nurse_user.id]
    assert [note.user_id for note in notices("answer_soon")] == [people.chen_user.id]


def test_an_answer_ends_the_promise_and_what_was_to_be_told(people: Cast, clock: Clock) -> None:
    say(people.lin_user, "找医生")
    clock.set(local("2026-03-02T14:30"))
    escalate()

    reply(conversation_of(people.lin_user), "您好", people.chen)

    row = promise_of(people)
    assert (row.outcome, row.ended_by, row.next_at, row.open_key) == ("answered", people.chen.id, None, None)
    assert [note.status for note in notices("answer_half")] == [NotificationStatus.CANCELLED]
    clock.set(local("2026-03-03T16:00"))
    assert escalate() == 0
    assert messaging.count_next(POLICY)
    assert promise_of(people).took_minutes == 150
    assert not messaging.count_next(POLICY)


def test_a_further_question_is_promised_anew(people: Cast, clock: Clock) -> None:
    say(people.lin_user, "找医生")
    reply(conversation_of(people.lin_user), "您好", people.chen)
    clock.set(local("2026-03-02T11:00"))

    say(people.lin_user, "还有一个问题")

    assert promise_of(people).due_at == local("2026-03-02T17:00")
    assert not any("最迟" in text for _, text in said_in(conversation_of(people.lin_user))[3:])


def test_closing_without_an_answer_is_no_answer(people: Cast) -> None:
    say(people.lin_user, "找医生")

    messaging.close(conversation_of(people.lin_user), by=as_staff(people.chen))

    assert promise_of(people).outcome == "closed"


def test_an_emergency_counts_plain_minutes_and_replaces_a_running_promise(people: Cast, clock: Clock) -> None:
    say(people.lin_user, "找医生")
    clock.set(local("2026-03-02T20:00"))

    answers = say(people.lin_user, "我胸口压榨样疼，喘不上气，出冷汗")

    rows = db.session.scalars(select(AnswerPromise).order_by(AnswerPromise.id)).all()
    assert [row.outcome for row in rows] == ["urgent", None]
    assert timedelta() <= rows[1].due_at - local("2026-03-02T20:15") < timedelta(seconds=30)
    assert not any("最迟" in message.text for message in answers)
    clock.set(local("2026-03-02T20:16"))
    assert escalate() == 3


def test_who_waits_without_a_promise_gets_one(people: Cast) -> None:
    say(people.lin_user, "找医生")
    row = promise_of(people)
    with transaction() as session:
        session.delete(row)

    assert messaging.promise_next(POLICY)

    assert promise_of(people).due_at == local("2026-03-02T16:00")
    assert not messaging.promise_next(POLICY)


def test_the_queue_is_emergencies_then_the_longest_waiting(people: Cast, clock: Clock) -> None:
    users = [people.lin_user]
    for name in ("甲", "乙"):
        resident = make.resident(name=f"王{name}")
        make.agreement(resident=resident, team=people.team)
        users.append(make.user(resident=resident))
    for user in users:
        say(user, "找医生")
        clock.advance(minutes=5)
    say(users[2], "我胸口压榨样疼，喘不上气，出冷汗")

    rows = conversations.for_staff(people.chen, None).items

    assert [row.user_id for row in rows] == [users[2].id, users[0].id, users[1].id]
    assert set(access.promises([row.id for row in rows])) == {row.id for row in rows}
