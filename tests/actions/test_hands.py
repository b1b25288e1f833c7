"""How many calls are waited for before the next step."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from server.actions.notifications import hands


class Calls:
    """Four calls that end when they are let go."""

    def __init__(self) -> None:
        self.gates = {number: threading.Event() for number in range(4)}
        self.hands = hands.Hands(self._send, 4, self._spawn)
        for number in self.gates:
            self.hands.take(SimpleNamespace(number=number))  # type: ignore[arg-type]

    def _send(self, claimed: Any) -> Any:
        assert self.gates[claimed.number].wait(30)
        return claimed.number

    def _spawn(self, calls: Callable[[], None]) -> None:
        threading.Thread(target=calls, daemon=True).start()

    def let_go(self, *numbers: int) -> None:
        for number in numbers:
            self.gates[number].set()


def test_as_many_calls_as_a_step_wants_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "GATHER_SECONDS", 30)
    calls = Calls()
    calls.let_go(1)
    threading.Timer(0.05, calls.let_go, [3]).start()
    assert sorted(calls.hands.results(2)) == [1, 3]  # type: ignore[type-var]
    calls.let_go(0)
    assert calls.hands.results(1) == [0]  # type: ignore[comparison-overlap]
    calls.let_go(2)
    assert calls.hands.results(0) == [2]  # type: ignore[comparison-overlap]
    calls.hands.close()


def test_slow_calls_hold_up_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hands, "GATHER_SECONDS", 0)
    calls = Calls()
    calls.let_go(2)
    assert calls.hands.results(4) == [2]  # type: ignore[comparison-overlap]
    calls.let_go(0, 1, 3)
    found: list[Any] = []
    while len(found) < 3:
        found += calls.hands.results(3)
    assert sorted(found) == [0, 1, 3]
    calls.hands.close()
