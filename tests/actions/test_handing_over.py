"""Stand-ins and transfers: who answers for whom, told by name, with an owner at every moment."""

from datetime import timedelta

import pytest
from apiflask import APIFlask
from sqlalchemy import select

from server import clock as server_clock
from server.access import conversations
from server.access.conversations import ConversationNotFound, NumberAmbiguous
from server.actions import messaging
from server.database import db
from server.models import Absence, AnswerPromise, Conversation, ConversationEvent, ConversationShift, Staff, WechatUser
from server.models.actor import Actor, ActorKind
from server.models.states import IllegalMove
from tests import make
from tests.actions.conversing import POLICY, Cast, as_staff, cast, conversation_of, notices, reply, said_in, say
from tests.conftest import Clock

ADMIN = Actor(ActorKind.ADMIN, "A")


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


@pytest.fixture
def li(people: Cast) -> Staff:
    """A doctor of another team of the same institution."""
    lead = make.staff(name="李医生", organisation_id=people.team.organisation_id)
    make.team(lead=lead, organisation_id=people.team.organisation_id)
    make.user(staff=lead)
    return lead


def absence(people: Cast, li: Staff, *, hours: float = 48, starts_in: float = 0) -> Absence:
    now = server_clock.now().replace(second=0, microsecond=0)
    return messaging.enter_absence(
        people.chen,
        li,
        from_at=now + timedelta(hours=starts_in),
        until_at=now + timedelta(hours=starts_in + hours),
        by=as_staff(people.chen),
    )


def hand() -> int:
    taken = 0
    while messaging.hand_next():
        taken += 1
    return taken


def words(people: Cast) -> list[str]:
    return [text for sender, text in said_in(conversation_of(people.lin_user)) if sender == "system"]


def give(people: Cast, to: Staff, reason: str = "您问的是用药，李医生更合适", by: Staff | None = None) -> Conversation:
    row = conversation_of(people.lin_user)
    return messaging.transfer(row, to, reason, policy=POLICY, by=as_staff(by or people.chen))


# ---------------------------------------------------------------- stand-ins


def test_new_messages_name_the_stand_in_once_and_tell_him(people: Cast, li: Staff) -> None:
    absence(people, li)

    first = say(people.lin_user, "找医生")[1]
    second = say(people.lin_user, "在吗")

    assert "陈医生现在不在（3月4日（周三）10:00回来），这段时间由李医生替他答复您。" in first.text
    assert not any("李医生" in message.text for message in second[1:])
    assert {note.user_id for note in notices("message_waiting")} == {make_user(li)}


def test_a_stand_in_of_another_team_sees_takes_and_answers_what_waits(people: Cast, li: Staff) -> None:
    say(people.lin_user, "找医生")
    row = conversation_of(people.lin_user)
    with pytest.raises(ConversationNotFound):
        conversations.of_team(row.id, li)
    absence(people, li)

    assert [found.id for found in conversations.for_staff(li, None).items] == [row.id]
    reply(conversations.of_team(row.id, li), "您好", li)

    assert conversation_of(people.lin_user).staff_id == li.id


def test_what_waited_before_is_told_when_the_absence_begins(people: Cast, li: Staff, clock: Clock) -> None:
    say(people.lin_user, "找医生")
    absence(people, li, starts_in=2)
    assert hand() == 0
    clock.advance(hours=2, minutes=1)

    assert hand() == 2  # the conversation, and nothing more
    assert hand() == 0

    assert len([text for text in words(people) if "由李医生替他答复您" in text]) == 1
    assert len(notices("answerer_changed")) == 1


def test_what_he_held_goes_to_the_stand_in_and_comes_back(people: Cast, li: Staff, clock: Clock) -> None:
    say(people.lin_user, "找医生")
    reply(conversation_of(people.lin_user), "您好", people.chen)
    row = absence(people, li, hours=5)
    hand()
    assert conversation_of(people.lin_user).staff_id == li.id
    say(people.lin_user, "谢谢")

    clock.advance(hours=5)
    hand()

    held = conversation_of(people.lin_user)
    assert (held.status, held.staff_id) == ("with_doctor", people.chen.id)
    assert words(people)[-1] == "陈医生回来了，由陈医生继续答复您。"
    db.session.refresh(row)
    assert row.returned_at is not None
    kinds = [shift.kind for shift in db.session.scalars(select(ConversationShift).order_by(ConversationShift.id))]
    assert kinds == ["stand_in", "back"]


def test_a_message_hands_over_at_once_what_the_absent_doctor_holds(people: Cast, li: Staff) -> None:
    say(people.lin_user, "找医生")
    messaging.take(conversation_of(people.lin_user), by=as_staff(people.chen))
    absence(people, li)

    said = say(people.lin_user, "在吗")

    assert conversation_of(people.lin_user).staff_id == li.id
    assert [message.sender for message in said] == ["resident", "system"]
    assert "由李医生替他答复您" in said[1].text


def test_after_the_absence_messages_go_to_the_doctor_again(people: Cast, li: Staff, clock: Clock) -> None:
    absence(people, li, hours=1)
    clock.advance(hours=1, minutes=1)

    answer = say(people.lin_user, "找医生")[1]

    assert "李医生" not in answer.text
    assert {note.user_id for note in notices("message_waiting")} == {people.chen_user.id}


def test_an_emergency_alarms_the_stand_in(people: Cast, li: Staff) -> None:
    absence(people, li)

    say(people.lin_user, "我胸口压榨样疼，喘不上气，出冷汗")

    assert {note.user_id for note in notices("emergency_alarm")} == {make_user(li)}


def test_nobody_is_promised_twice_or_by_somebody_away(people: Cast, li: Staff) -> None:
    absence(people, li)
    with pytest.raises(messaging.StandInUnsuitable, match="已经登记"):
        absence(people, li, starts_in=1)
    now = server_clock.now()
    wang = make.colleague(people.team, name="王医生")
    with pytest.raises(messaging.StandInUnsuitable, match="先换人"):
        messaging.enter_absence(li, wang, from_at=now, until_at=now + timedelta(hours=1), by=as_staff(li))
    with pytest.raises(messaging.StandInUnsuitable, match="也不在"):
        messaging.enter_absence(wang, people.chen, from_at=now, until_at=now + timedelta(hours=1), by=as_staff(wang))


def test_a_stand_in_is_a_colleague_of_the_institution(people: Cast) -> None:
    now = server_clock.now()
    for other in (people.chen, make.staff(name="外院", organisation_id=make.organisation(name="别的中心").id)):
        with pytest.raises(messaging.StandInUnsuitable):
            messaging.enter_absence(people.chen, other, from_at=now, until_at=now + timedelta(hours=1), by=ADMIN)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (2, 1), (-5, -1), (0, 24 * 400)])
def test_times_that_cannot_be_meant_are_refused(people: Cast, li: Staff, start: int, end: int) -> None:
    now = server_clock.now()

    with pytest.raises(messaging.AbsenceInvalid):
        messaging.enter_absence(
            people.chen, li, from_at=now + timedelta(hours=start), until_at=now + timedelta(hours=end), by=ADMIN
        )


def test_coming_back_early_ends_the_standing_in(people: Cast, li: Staff) -> None:
    say(people.lin_user, "找医生")
    reply(conversation_of(people.lin_user), "您好", people.chen)
    row = absence(people, li)
    hand()

    messaging.end_absence(row, by=ADMIN)
    messaging.end_absence(row, by=ADMIN)
    hand()

    assert conversation_of(people.lin_user).staff_id == people.chen.id


def test_two_residents_with_one_number_are_never_mixed_up(people: Cast, li: Staff) -> None:
    other = make.resident(name="张三丰")
    make.agreement(resident=other, team=li.team)
    say(make.user(resident=other), "找医生")
    say(people.lin_user, "找医生")
    assert conversations.numbered(1, li).team_id == li.team.id  # type: ignore[union-attr]

    absence(people, li)

    with pytest.raises(NumberAmbiguous):
        conversations.numbered(1, li)


# ---------------------------------------------------------------- transfers


def test_a_transfer_changes_the_holder_tells_both_and_keeps_the_promise(people: Cast, li: Staff) -> None:
    say(people.lin_user, "找医生")
    messaging.take(conversation_of(people.lin_user), by=as_staff(people.chen))
    due_at = db.session.scalars(select(AnswerPromise)).one().due_at

    row = give(people, li)

    assert (row.status, row.staff_id, row.team_id) == ("with_doctor", li.id, people.team.id)
    assert words(people)[-1] == "您的咨询由陈医生转给李医生，由李医生继续答复您。原因：您问的是用药，李医生更合适"
    assert [note.user_id for note in notices("conversation_given")] == [make_user(li)]
    assert [note.user_id for note in notices("answerer_changed")] == [people.lin_user.id]
    assert db.session.scalars(select(AnswerPromise)).one().due_at == due_at
    moves = select(ConversationEvent).where(
        ConversationEvent.subject_id == row.id, ConversationEvent.reason == "transfer"
    )
    assert [event.new for event in db.session.scalars(moves.order_by(ConversationEvent.id))] == [
        "waiting_doctor",
        "with_doctor",
    ]
    assert conversations.of_team(row.id, li).id == row.id


def test_whoever_was_given_it_answers_and_the_giver_no_longer(people: Cast, li: Staff) -> None:
    say(people.lin_user, "找医生")
    give(people, li)

    reply(conversation_of(people.lin_user), "您好，我是李医生", li)
    with pytest.raises(messaging.ConversationHeld):
        reply(conversation_of(people.lin_user), "我也说一句", people.chen)
    with pytest.raises(messaging.ConversationHeld):
        give(people, people.chen, by=make.colleague(people.team))


@pytest.mark.parametrize("reason", ["", "  ", "长" * 61])
def test_a_transfer_needs_a_reason_people_can_read(people: Cast, li: Staff, reason: str) -> None:
    say(people.lin_user, "找医生")

    with pytest.raises(messaging.ReasonMissing):
        give(people, li, reason)


def test_a_transfer_to_oneself_or_to_somebody_away_is_refused(people: Cast, li: Staff) -> None:
    say(people.lin_user, "找医生")
    with pytest.raises(messaging.ColleagueUnsuitable):
        give(people, people.chen)
    wang = make.colleague(people.team, name="王护士")
    now = server_clock.now()
    messaging.enter_absence(li, wang, from_at=now, until_at=now + timedelta(hours=1), by=ADMIN)

    with pytest.raises(messaging.ColleagueUnsuitable, match="王护士代班"):
        give(people, li)


def test_a_closed_conversation_is_not_given_away(people: Cast, li: Staff) -> None:
    say(people.lin_user, "找医生")
    row = conversation_of(people.lin_user)
    messaging.close(row, by=as_staff(people.chen))

    with pytest.raises(IllegalMove):
        messaging.transfer(row, li, "请看", policy=POLICY, by=as_staff(people.chen))


def make_user(staff: Staff) -> str:
    return db.session.scalars(select(WechatUser.id).where(WechatUser.staff_id == staff.id)).one()
