"""Private notes, replies kept ready, ratings: who may what, once, and who never sees it."""

import pytest
from apiflask import APIFlask
from sqlalchemy import select, text

from server import clock as server_clock
from server.access import desk
from server.actions import messaging
from server.database import db
from server.models import AuditEvent, CannedReply, Conversation, ConversationNote, ConversationRating
from server.models.actor import Actor, ActorKind
from server.policy.canned import VariableMissing, VariableUnknown, fill
from tests import make
from tests.actions.conversing import MOST, POLICY, Cast, as_resident, as_staff, cast, conversation_of, reply, say
from tests.conftest import Clock

ADMIN = Actor(ActorKind.ADMIN, "A")


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


@pytest.fixture
def asked(people: Cast) -> Conversation:
    say(people.lin_user, "找医生")
    return conversation_of(people.lin_user)


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)))


# ---------------------------------------------------------------- notes


def test_a_note_is_kept_once_sealed_and_audited(people: Cast, asked: Conversation) -> None:
    rows = [messaging.note(asked, "上次血压偏高", "n1", by=as_staff(people.chen), most=MOST) for _ in range(2)]

    assert rows[0].id == rows[1].id
    assert [row.text for row in desk.notes(asked)] == ["上次血压偏高"]
    stored = db.session.execute(text("SELECT text FROM conversation_note")).scalar_one()
    assert "血压" not in stored
    assert actions().count("conversation_noted") == 1


def test_a_note_is_no_message_and_needs_no_hold(people: Cast, asked: Conversation) -> None:
    messaging.note(asked, "内部备注", "n1", by=as_staff(people.chen), most=MOST)

    assert conversation_of(people.lin_user).status == "waiting_doctor"
    assert not any("内部备注" in message.text for message in say(people.lin_user, "在吗"))


@pytest.mark.parametrize(
    ("words", "refusal"), [(" ", messaging.MessageEmpty), ("长" * (MOST + 1), messaging.MessageTooLong)]
)
def test_a_note_has_words(people: Cast, asked: Conversation, words: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        messaging.note(asked, words, "n1", by=as_staff(people.chen), most=MOST)

    assert db.session.scalars(select(ConversationNote)).all() == []


# ---------------------------------------------------------------- replies kept ready


def test_a_team_shares_its_replies_and_a_doctor_has_his_own(people: Cast) -> None:
    nurse = make.colleague(people.team)
    messaging.keep_reply(people.team, "团队", "{name}您好，我们的电话是{phone}", by=ADMIN)
    messaging.keep_reply(people.chen, "我的", "我是{doctor}", by=as_staff(people.chen))

    assert [row.title for row in desk.replies(people.chen)] == ["团队", "我的"]
    assert [row.title for row in desk.replies(nurse)] == ["团队"]
    assert desk.replies(people.zhou) == []


def test_the_variables_of_a_reply_mean_this_resident(people: Cast, asked: Conversation) -> None:
    values = desk.values_for(asked, people.chen)

    said = fill("{name}您好，我是{doctor}。{team}{phone}。今天是{date}。", values)

    assert said == f"林小月您好，我是陈医生。{people.team.name}{people.team.phone}。今天是3月2日（周一）。"
    with pytest.raises(VariableMissing, match="下次随访日期"):
        fill("下次随访：{next_visit}", values)
    make.followup(resident=asked.user.resident, team=people.team)
    assert fill("{next_visit}", desk.values_for(asked, people.chen)) != ""


def test_an_unknown_variable_is_refused_on_saving(people: Cast) -> None:
    with pytest.raises(VariableUnknown):
        messaging.keep_reply(people.chen, "错", "{nmae}您好", by=as_staff(people.chen))

    assert db.session.scalars(select(CannedReply)).all() == []


def test_a_reply_in_which_a_variable_still_stands_is_refused_on_sending(people: Cast, asked: Conversation) -> None:
    with pytest.raises(VariableMissing):
        reply(asked, "{name}您好", people.chen)

    assert people.chen_says("1 {name}您好") == "{name} 还没有填上，请改写后再发"
    assert conversation_of(people.lin_user).status == "waiting_doctor"


@pytest.mark.parametrize(("title", "words"), [("", "您好"), ("长" * 21, "您好"), ("好", ""), ("好", "长" * 501)])
def test_a_reply_has_a_short_title_and_words(people: Cast, title: str, words: str) -> None:
    with pytest.raises(messaging.CannedInvalid):
        messaging.keep_reply(people.chen, title, words, by=as_staff(people.chen))


def test_only_the_leader_takes_a_teams_reply_away(people: Cast) -> None:
    nurse = make.colleague(people.team)
    row = messaging.keep_reply(people.team, "团队", "您好", by=ADMIN)
    with pytest.raises(desk.NotFound):
        desk.own_reply(row.id, nurse)
    with pytest.raises(desk.NotFound):
        desk.own_reply(row.id, people.zhou)

    messaging.remove_reply(desk.own_reply(row.id, people.chen), by=as_staff(people.chen))
    messaging.remove_reply(row, by=as_staff(people.chen))

    assert desk.replies(people.chen) == []
    assert actions().count("canned_reply_removed") == 1


# ---------------------------------------------------------------- ratings


@pytest.fixture
def over(people: Cast, asked: Conversation, clock: Clock) -> Conversation:
    clock.advance(minutes=30)
    reply(asked, "您好", people.chen)
    return messaging.close(asked, by=as_staff(people.chen))


def rate(people: Cast, row: Conversation, stars: int = 5, words: str = "谢谢") -> ConversationRating:
    return messaging.rate(row, stars, words, by=as_resident(people.lin_user))


def test_a_conversation_that_is_over_is_rated_once(people: Cast, over: Conversation) -> None:
    assert desk.to_rate(people.lin_user, over.last_message_at) is not None

    first, again = rate(people, over), rate(people, over)

    assert (first.id, first.stars, first.team_id) == (again.id, 5, people.team.id)
    with pytest.raises(messaging.RatingNotNow):
        rate(people, over, stars=1)
    assert desk.to_rate(people.lin_user, over.last_message_at) is None
    assert "谢谢" not in db.session.execute(text("SELECT words FROM conversation_rating")).scalar_one()


def test_what_is_open_or_was_never_answered_is_not_rated(people: Cast, asked: Conversation) -> None:
    with pytest.raises(messaging.RatingNotNow):
        rate(people, asked)
    messaging.close(asked, by=as_staff(people.chen))

    with pytest.raises(messaging.RatingNotNow):
        rate(people, asked)
    assert desk.to_rate(people.lin_user, asked.last_message_at) is None


@pytest.mark.parametrize(("stars", "words"), [(0, ""), (6, ""), (5, "长" * 201)])
def test_a_rating_has_one_to_five_stars(people: Cast, over: Conversation, stars: int, words: str) -> None:
    with pytest.raises(messaging.RatingInvalid):
        rate(people, over, stars, words)


def test_after_a_week_nobody_is_asked_any_more(people: Cast, over: Conversation, clock: Clock) -> None:
    clock.advance(days=7, minutes=1)

    assert desk.to_rate(people.lin_user, server_clock.now()) is None


def test_the_time_of_an_answer_is_working_time(people: Cast, over: Conversation) -> None:
    assert [messaging.took(row, POLICY) for row in desk.answered(over)] == [30]


def test_figures_of_a_team_count_answers_in_time_and_stars(people: Cast, over: Conversation, clock: Clock) -> None:
    rate(people, over, 4)
    while messaging.count_next(POLICY):
        pass
    say(people.lin_user, "找医生")
    clock.advance(days=1)

    found = desk.figures([people.team, people.zhou.team], server_clock.now())  # type: ignore[list-item]

    assert (found[0].answered, found[0].in_time, found[0].percent, found[0].minutes) == (1, 1, 100, 30)
    assert (found[0].waiting, found[0].late, found[0].ratings, found[0].stars) == (1, 1, 1, 4)
    assert (found[1].answered, found[1].percent, found[1].minutes, found[1].stars) == (0, None, None, None)
