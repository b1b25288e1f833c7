"""Who talks with the bot: Lin with her team, and a chat in which each sentence is understood as a test says."""

import pytest
from apiflask import APIFlask

from tests.actions.conversing import Cast, cast
from tests.conversing.chatting import Talk


@pytest.fixture
def people(app: APIFlask) -> Cast:
    return cast()


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    return Talk(monkeypatch)
