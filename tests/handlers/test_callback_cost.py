"""What one message in WeChat's chat asks of the database: an upper bound that fails when somebody adds a query."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.engine import Engine

from server.database import db
from server.handlers import wechat_callback
from server.models import ConversationStatus
from tests import make
from tests.actions.conversing import Cast, cast, conversation_of, receive, said_in
from tests.handlers.test_wechat_callback import answer_of, openid_of, post, text

FIRST, FOLLOWING, WITH_DOCTOR, LIST = 11, 7, 18, 12
PLAIN = ("服务包一年好多钱", "签约了看病能多报多少", "外地户口能不能签", "卫生院几点开门", "你好", "谢谢")


@pytest.fixture
def people(client: FlaskClient) -> Cast:
    return cast()


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """What the database was asked, the beginning of a transaction not counted: only SQLite says it."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)


@pytest.fixture(autouse=True)
def _nobody_else_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.access.learning.keep_up", lambda: None)  # once a minute, whoever writes then
    monkeypatch.setitem(wechat_callback._asking, "from", 0.0)


def test_a_plain_message_asks_little(client: FlaskClient, people: Cast, statements: list[str]) -> None:
    openid, asked = openid_of(people.lin_user), []
    db.session.remove()
    for number, words in enumerate(PLAIN):
        statements.clear()
        assert answer_of(post(client, openid, text(words, number)))
        asked.append(len(statements))

    assert asked[0] <= FIRST, statements
    assert max(asked[1:]) <= FOLLOWING, statements
    assert [sender for sender, _ in said_in(conversation_of(people.lin_user))] == ["resident", "bot"] * len(PLAIN)


def test_it_asks_no_more_in_a_team_with_many_open_conversations(
    client: FlaskClient, people: Cast, statements: list[str]
) -> None:
    for number in range(1, 6):
        make.conversation(make.user(), team=people.team, status="bot", short_no=number)
    openid = openid_of(people.lin_user)
    db.session.remove()
    statements.clear()

    assert answer_of(post(client, openid, text("你好")))

    assert len(statements) <= FIRST, statements
    assert conversation_of(people.lin_user).short_no == 6


def test_while_a_doctor_has_it_a_message_asks_little(client: FlaskClient, people: Cast, statements: list[str]) -> None:
    openid = openid_of(people.lin_user)
    receive(people.lin_user, "找医生")
    db.session.remove()
    asked = []
    for number in range(3):
        statements.clear()
        post(client, openid, text("还要等多久", number))
        asked.append(len(statements))

    assert asked[2] <= WITH_DOCTOR, statements
    assert conversation_of(people.lin_user).status == ConversationStatus.WAITING_DOCTOR


def test_a_doctors_list_asks_the_same_however_many_wait(
    client: FlaskClient, people: Cast, statements: list[str]
) -> None:
    chen, asked = openid_of(people.chen_user), []
    for waiting in (1, 12):
        for number in range(waiting):
            who = make.user(resident=make.resident())
            make.conversation(who, team=people.team, short_no=waiting + number)
        db.session.remove()
        statements.clear()
        assert f"待回复 {waiting if waiting == 1 else waiting + 1} 位" in answer_of(
            post(client, chen, text("列表", waiting))
        )
        asked.append(len(statements))

    assert asked[0] == asked[1] <= LIST, statements
