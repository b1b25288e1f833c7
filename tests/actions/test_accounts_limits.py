"""Accounts: guessing bind codes, and the same event twice at the same instant."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from server import clock as clocks
from server import sealing
from server.actions import accounts
from server.database import db
from server.errors import AppError
from server.models import AuditEvent, Staff, WechatAccount, WechatCallback, WechatUser
from server.models.actor import Actor, ActorKind
from tests import make
from tests.conftest import Clock
from tests.handlers.problem import refused

RIGHT = "12345678"
KEY = "service_account:event:1"


@pytest.fixture(autouse=True)
def _app(app: APIFlask) -> None:
    """Every test here writes to a database."""


def with_code() -> Staff:
    hashed = sealing.current().index(RIGHT, accounts.BIND_CODE_PURPOSE)
    return make.staff(bind_code_hash=hashed, bind_code_expires_at=clocks.now() + timedelta(days=7))


def guess(user: WechatUser, code: str) -> str:
    """What came of it: "joined" or the error's code."""
    try:
        accounts.join_staff(user, code, by=Actor(ActorKind.RESIDENT, user.id, "127.0.0.1"))
    except AppError as error:
        return error.code
    return "joined"


def refusals() -> int:
    db.session.rollback()
    found = select(func.count(AuditEvent.id)).where(AuditEvent.action == "staff_join_refused")
    return db.session.scalar(found) or 0


def test_after_five_wrong_codes_even_the_right_one_waits_an_hour(clock: Clock) -> None:
    with_code()
    user = make.user()

    assert [guess(user, f"0000000{number}") for number in range(5)] == ["bind_code_invalid"] * 5
    clock.advance(minutes=59)
    assert guess(user, RIGHT) == "too_many_attempts"
    assert guess(user, "00000009") == "too_many_attempts"
    assert refusals() == 5
    clock.advance(minutes=1, seconds=1)
    assert guess(user, RIGHT) == "joined"


def test_four_wrong_codes_and_then_the_right_one_are_fine() -> None:
    with_code()
    user = make.user()

    assert [guess(user, code) for code in ["1", "2", "3", "4", RIGHT]] == ["bind_code_invalid"] * 4 + ["joined"]


def test_another_person_is_not_held_up() -> None:
    with_code()
    guesser = make.user()
    for number in range(6):
        guess(guesser, str(number))

    assert guess(make.user(), RIGHT) == "joined"


def test_the_refusal_is_a_429_a_person_can_read(client: FlaskClient) -> None:
    headers = make.session_of(make.user())
    for number in range(5):
        refused(client.post("/api/me/staff", json={"code": str(number)}, headers=headers), 400, "bind_code_invalid")

    refused(client.post("/api/me/staff", json={"code": RIGHT}, headers=headers), 429, "too_many_attempts")


def at_once(app: APIFlask, times: int, action: Callable[[int], Any]) -> tuple[list[Any], list[Exception]]:
    """Run an action in so many threads that start together; returns its answers and errors."""
    gate = threading.Barrier(times)
    answers: list[Any] = []
    errors: list[Exception] = []

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                answers.append(action(number))
            except Exception as error:
                errors.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers, errors


def test_guessing_at_once_does_not_allow_more(app: APIFlask) -> None:
    user_id = make.user().id
    db.session.remove()

    answers, errors = at_once(app, 8, lambda n: guess(db.session.get_one(WechatUser, user_id), str(n)))

    assert errors == []
    assert sorted(answers) == ["bind_code_invalid"] * 5 + ["too_many_attempts"] * 3
    assert refusals() == 5


def follow() -> str | None:
    return accounts.followed("service_account", "oF", "uF", dedupe_key=KEY, at=clocks.now())


def unfollow() -> str | None:
    accounts.unfollowed("service_account", "oF", dedupe_key=KEY, at=clocks.now())
    return None


@pytest.mark.parametrize(("event", "answer"), [(follow, accounts.WELCOME), (unfollow, None)])
def test_the_same_event_twice_at_once_counts_once(app: APIFlask, event: Callable[[], Any], answer: str | None) -> None:
    answers, errors = at_once(app, 4, lambda _: event())

    assert errors == []
    assert answers == [answer] * 4
    assert db.session.scalar(select(func.count(WechatCallback.id))) == 1
    assert db.session.scalar(select(func.count(WechatAccount.id))) == 1


@pytest.mark.parametrize(("event", "answer"), [(follow, accounts.WELCOME), (unfollow, None)])
def test_an_event_that_meets_its_twin_is_answered_like_it(
    monkeypatch: pytest.MonkeyPatch, event: Callable[[], Any], answer: str | None
) -> None:
    """As on a database where both look before either adds."""
    event()
    looks: list[str] = []
    look = accounts._seen

    def blind_once(key: str) -> bool:
        looks.append(key)
        return look(key) if len(looks) > 1 else False

    monkeypatch.setattr(accounts, "_seen", blind_once)

    assert event() == answer
    assert len(looks) == 2
    assert db.session.scalar(select(func.count(WechatCallback.id))) == 1
