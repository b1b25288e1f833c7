"""What the application does when it starts depends on who starts it."""

from collections.abc import Iterator

import click
import pytest

from server import chatbot
from server.app import create_app
from tests import configured


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Says how often the chatbot's model was asked for."""
    calls: list[str] = []
    monkeypatch.setattr(chatbot, "warm_up", lambda: calls.append("trained"))
    yield calls


def test_a_web_server_trains_the_chatbot_before_the_first_message(trained: list[str]) -> None:
    create_app(configured.settings("sqlite://"))
    assert trained == ["trained"]


def test_a_command_answers_nobody_and_does_not_wait_for_that(trained: list[str]) -> None:
    with click.Context(click.Command("jobs")):
        create_app(configured.settings("sqlite://"))
    assert trained == []
