"""Sessions: a token opens one person's session until it ends, and nothing else opens it."""

from datetime import timedelta
from typing import Any

import pytest

from server import clock as clocks
from server.access import accounts as access
from server.errors import NotLoggedIn
from server.models import AdminLogin, LoginToken, WorkbenchSession
from tests import make
from tests.conftest import Clock


@pytest.fixture(autouse=True)
def _app(app: Any) -> None:
    """Every test here writes to a database."""


def session(token: str, user: Any, **fields: Any) -> None:
    values = {
        "token_hash": access.token_hash(token),
        "user_id": user.id,
        "created_at": clocks.now(),
        "expires_at": clocks.now() + timedelta(days=30),
    }
    make.saved(LoginToken(**(values | fields)))


def test_bearer_of_tells_people_apart() -> None:
    lin, wang = make.user(), make.user()
    session("a", lin)
    session("b", wang)

    assert (access.bearer_of("a").user_id, access.bearer_of("b").user_id) == (lin.id, wang.id)


@pytest.mark.parametrize("token", ["", "A", "a ", "a\x00", "é", "😀", "\udcff"])
def test_another_token_opens_nothing(token: str) -> None:
    session("a", make.user())

    with pytest.raises(NotLoggedIn):
        access.bearer_of(token)


def test_a_session_ends_to_the_second(clock: Clock) -> None:
    clock.set("2026-03-02 10:00:00")
    session("a", make.user(), expires_at=clocks.now() + timedelta(seconds=60))

    clock.set("2026-03-02 10:00:55")
    access.bearer_of("a")
    clock.set("2026-03-02 10:01:01")
    with pytest.raises(NotLoggedIn):
        access.bearer_of("a")


def test_a_revoked_session_is_over() -> None:
    session("a", make.user(), revoked_at=clocks.now())

    with pytest.raises(NotLoggedIn):
        access.bearer_of("a")


def test_the_two_kinds_of_session_do_not_open_each_other() -> None:
    admin = make.saved(
        AdminLogin(
            organisation_id=make.organisation().id,
            username="lin",
            name="林主任",
            password_hash="x",
            created_at=clocks.now(),
        )
    )
    make.saved(
        WorkbenchSession(
            token_hash=access.token_hash("w"),
            admin_id=admin.id,
            created_at=clocks.now(),
            expires_at=clocks.now() + timedelta(hours=8),
        )
    )
    session("a", make.user())

    assert access.admin_of("w").id == admin.id
    with pytest.raises(NotLoggedIn):
        access.admin_of("a")
    with pytest.raises(NotLoggedIn):
        access.bearer_of("w")
