"""Who sees which conversation: resident Lin, doctor Chen of her team, doctor Zhou of another."""

from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask

from server import clock as server_clock
from server.access import conversations
from server.access.paging import CursorInvalid
from server.errors import NotFound
from server.models import Conversation, ConversationStatus
from tests import make
from tests.actions.conversing import Cast, cast, conversation_of, reply
from tests.conftest import Clock


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


@pytest.fixture
def waiting(people: Cast) -> Conversation:
    people.lin_says("找医生")
    return conversation_of(people.lin_user)


def row(people: Cast, minutes: int | None, *, urgent: bool = False, quiet: int = 0) -> Conversation:
    """A conversation whose resident has waited so long; None: answered."""
    at = server_clock.now()
    user = make.user()
    waits = minutes is not None
    fields: dict[str, Any] = {
        "status": ConversationStatus.WAITING_DOCTOR if waits else ConversationStatus.WITH_DOCTOR,
        "staff_id": None if waits else people.chen.id,
        "waiting_since_at": at - timedelta(minutes=minutes) if minutes is not None else None,
        "last_message_at": at - timedelta(minutes=quiet),
    }
    return make.saved(
        Conversation(
            user_id=user.id,
            open_key=user.id,
            team_id=people.team.id,
            short_no=9,
            is_urgent=urgent,
            created_at=at,
            **fields,
        )
    )


def test_owner_sees_her_own(people: Cast, waiting: Conversation) -> None:
    found = conversations.own_open(people.lin_user)

    assert found is not None and found.id == waiting.id
    assert [message.sender for message in conversations.own_messages(people.lin_user, None).items] == [
        "bot",
        "resident",
    ]


def test_doctor_of_the_team_sees_it(people: Cast, waiting: Conversation) -> None:
    assert conversations.of_team(waiting.id, people.chen).id == waiting.id
    assert conversations.numbered(waiting.short_no, people.chen).id == waiting.id
    assert [found.id for found in conversations.for_staff(people.chen, None).items] == [waiting.id]


def test_strangers_see_nothing(people: Cast, waiting: Conversation) -> None:
    without_team = make.staff()

    for stranger in (people.zhou, without_team):
        with pytest.raises(NotFound):
            conversations.of_team(waiting.id, stranger)
        with pytest.raises(NotFound):
            conversations.numbered(waiting.short_no, stranger)
        assert conversations.for_staff(stranger, None).items == []
        assert conversations.held_by(stranger) == []
    assert conversations.own_open(people.zhou_user) is None
    assert conversations.own_messages(people.zhou_user, None).items == []


def test_what_the_bot_handles_alone_is_not_in_the_doctors_list(people: Cast) -> None:
    people.lin_says("我的签约")

    assert conversations.for_staff(people.chen, None).items == []


def test_for_staff_is_urgent_first_then_oldest_then_the_answered(people: Cast) -> None:
    answered_late, answered_early = row(people, None, quiet=1), row(people, None, quiet=9)
    young, old = row(people, 5), row(people, 50)
    urgent_young, urgent_old = row(people, 1, urgent=True), row(people, 3, urgent=True)

    found = conversations.for_staff(people.chen, None).items

    expected = [urgent_old, urgent_young, old, young, answered_early, answered_late]
    assert [item.id for item in found] == [item.id for item in expected]


@pytest.mark.parametrize(
    ("urgent", "waits", "answered"), [(25, 20, 3), (20, 20, 0), (3, 30, 10), (0, 0, 21), (20, 0, 0)]
)
def test_for_staff_pages_show_each_row_once(people: Cast, urgent: int, waits: int, answered: int) -> None:
    rows = [row(people, number, urgent=True) for number in range(urgent)]
    rows += [row(people, number) for number in range(waits)] + [row(people, None) for _ in range(answered)]
    seen, cursor = [], None

    for _ in range(10):
        page = conversations.for_staff(people.chen, cursor)
        assert len(page.items) <= 20
        seen += page.items
        cursor = page.next
        if cursor is None:
            break

    assert len(seen) == len(rows)
    assert {item.id for item in seen} == {item.id for item in rows}
    assert [item.is_urgent for item in seen] == [True] * urgent + [False] * (waits + answered)


@pytest.mark.parametrize("cursor", ["x", "9.", "0.x", "-1.", "1"])
def test_for_staff_refuses_a_cursor_that_is_not_ours(people: Cast, cursor: str) -> None:
    with pytest.raises(CursorInvalid):
        conversations.for_staff(people.chen, cursor)


def test_deliveries_follow_the_notification(people: Cast, waiting: Conversation, clock: Clock) -> None:
    message = reply(waiting, "您好", people.chen)

    assert conversations.deliveries([message]) == {message.id: "waiting"}
    assert conversations.deliveries([]) == {}


def test_last_messages_has_the_newest_of_each(people: Cast, waiting: Conversation) -> None:
    reply(waiting, "您好", people.chen)

    assert {key: found.text for key, found in conversations.last_messages([waiting]).items()} == {waiting.id: "您好"}


def test_last_messages_of_people_leave_out_what_the_bot_added(people: Cast, waiting: Conversation) -> None:
    (last,) = conversations.last_messages([waiting]).values()
    (said,) = conversations.last_messages([waiting], of_people=True).values()

    assert (last.sender, said.sender) == ("bot", "resident")
