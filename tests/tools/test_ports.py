"""Choosing ports."""

import socket

import pytest

from tools import demo, ports


@pytest.fixture
def taken() -> "socket.socket":
    """A port somebody listens on, with a free one above it."""
    while True:
        listener = socket.create_server(("127.0.0.1", 0))
        number = listener.getsockname()[1]
        if number < 65000 and ports.is_free(number + 1):
            return listener
        listener.close()


def test_the_wanted_port_is_used_when_it_is_free() -> None:
    (port,) = ports.not_outgoing(1)
    assert ports.is_free(port)
    assert ports.choose(port) == port


def test_a_taken_port_gives_the_next_free_one(taken: socket.socket) -> None:
    with taken:
        number = taken.getsockname()[1]
        assert not ports.is_free(number)
        assert ports.choose(number) > number


def test_a_port_spoken_for_is_passed_over() -> None:
    (port,) = ports.not_outgoing(1)
    assert ports.choose(port, taken={port}) > port


def test_no_free_port_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda _port: False)
    with pytest.raises(RuntimeError, match="no free port between 8600 and 8799"):
        ports.choose(8600)


def test_the_demo_notes_a_taken_port(taken: socket.socket, capsys: pytest.CaptureFixture[str]) -> None:
    with taken:
        number = taken.getsockname()[1]
        sandbox, web = demo.chosen_ports(number)
    assert sandbox > number
    assert web not in (number, sandbox)
    assert f"Port {number} is taken; the sandbox uses {sandbox}" in capsys.readouterr().out
