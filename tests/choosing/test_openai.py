"""The language model may name an intent and nothing else; every fault means going on without it, in time."""

import json
import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from server import clock as server_clock
from server.choosing import NoChooser, chooser_for, openai
from server.choosing.breaker import FAILURES, PAUSE_SECONDS, Breaker
from server.choosing.openai import Choice, OpenAiChooser, read
from server.config import Choosing
from tests.choosing.endpoint import BODIES, GOOD, Endpoint, said, serving

ALLOWED = {"packages_fees": "服务包和费用", "renew": "续签"}
DEADLINE = 0.4
FINE = ("ok", "fenced")
ENDLESS = ("slow", "drip")
"""Half a minute and more until the whole answer is there."""


def settings(url: str, **changes: Any) -> Choosing:
    values = {"provider": "openai", "base_url": url, "api_key": "sk-test", "model": "small", "consent": True}
    return Choosing.model_validate(values | changes)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setattr(openai, "DEADLINE_SECONDS", 10)  # a busy machine is no fault of the endpoint
    with serving() as end:
        yield end


@pytest.mark.parametrize("mode", FINE)
def test_an_id_of_the_list_is_chosen(endpoint: Endpoint, mode: str) -> None:
    endpoint.mode = mode

    assert OpenAiChooser(settings(endpoint.url)).choose("要好多钱", ALLOWED) == Choice("packages_fees", 0.9)
    (asked,) = endpoint.asked
    assert (asked["path"], asked["temperature"], asked["max_tokens"]) == ("/v1/chat/completions", 0, 40)
    assert endpoint.headers["Authorization"] == "Bearer sk-test"
    assert [message["content"] for message in asked["messages"]][1] == "要好多钱"
    assert "renew: 续签" in asked["messages"][0]["content"]


@pytest.mark.parametrize("mode", sorted(set(BODIES) - set(FINE)))
def test_every_fault_falls_back_and_frees_the_worker(
    endpoint: Endpoint, mode: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai, "DEADLINE_SECONDS", DEADLINE)
    endpoint.mode = mode
    chooser = OpenAiChooser(settings(endpoint.url))

    with caplog.at_level(logging.DEBUG):
        assert chooser.choose("要好多钱", ALLOWED) is None

    assert "要好多钱" not in caplog.text
    free = [chooser._places.acquire(timeout=20) for _ in range(openai.AT_ONCE)]
    assert all(free)
    assert mode not in ENDLESS or not endpoint.answered.is_set()  # neither we nor the worker waited for it


def test_a_refused_port_falls_back() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"

        assert OpenAiChooser(settings(url)).choose("要好多钱", ALLOWED) is None


def test_only_200_characters_are_sent(endpoint: Endpoint) -> None:
    OpenAiChooser(settings(endpoint.url)).choose("药" * 500, ALLOWED)

    assert len(endpoint.asked[0]["messages"][1]["content"]) == 200


def test_when_all_workers_wait_the_next_goes_on_at_once(endpoint: Endpoint) -> None:
    chooser = OpenAiChooser(settings(endpoint.url))
    for _ in range(openai.AT_ONCE):
        chooser._places.acquire()

    assert chooser.choose("要好多钱", ALLOWED) is None
    assert endpoint.asked == []


def test_after_three_failures_it_is_left_alone_for_a_minute(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(server_clock, "monotonic", lambda: now[0])
    chooser, endpoint.mode = OpenAiChooser(settings(endpoint.url)), "500"
    for _ in range(FAILURES + 2):
        assert chooser.choose("要好多钱", ALLOWED) is None
    assert len(endpoint.asked) == FAILURES

    now[0] += PAUSE_SECONDS + 1
    endpoint.mode = "ok"
    assert chooser.choose("要好多钱", ALLOWED) is not None
    assert chooser.choose("要好多钱", ALLOWED) is not None


def test_after_the_pause_one_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(server_clock, "monotonic", lambda: now[0])
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.lets_through()
        breaker.tell(is_good=False)

    now[0] = PAUSE_SECONDS + 1
    assert [breaker.lets_through() for _ in range(3)] == [True, False, False]
    breaker.tell(is_good=True)
    assert breaker.lets_through()


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        json.dumps([GOOD]).encode(),
        b'{"choices": []}',
        b'{"choices": [{"message": {"content": null}}]}',
        said({"intent": "renew"}),
        said({"intent": "renew", "confidence": "0.9"}),
        said({"intent": "renew", "confidence": True}),
        said({"intent": "renew", "confidence": 1.1}),
        said({"intent": ["renew"], "confidence": 0.9}),
        said('{"intent": "renew", "confidence": 1e999}'),
        said("[" * 5000),
        b"\xff\xfe",
    ],
)
def test_nothing_but_an_id_and_a_share_is_read(content: bytes) -> None:
    assert read(content, ALLOWED) is None


def test_it_is_off_by_default_and_refused_without_consent() -> None:
    off = {"provider": "none", "base_url": "", "api_key": "", "model": "", "consent": False}
    assert isinstance(chooser_for(Choosing.model_validate(off)), NoChooser)
    assert NoChooser().choose("要好多钱", ALLOWED) is None
    with pytest.raises(ValueError, match="consent"):
        settings("http://127.0.0.1:1/v1", consent=False)
    with pytest.raises(ValueError, match="api_key"):
        settings("http://127.0.0.1:1/v1", api_key="CHANGE-ME")
