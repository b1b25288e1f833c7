"""What people say, as tables: said.txt."""

from datetime import date

import pytest

from server.chatbot.slots import extract
from server.chatbot.slots.scoring import USED, same
from tests.chatbot.slots.tables import expected, rows

TODAY = date(2026, 11, 21)
"""A Saturday."""


@pytest.mark.parametrize(("text", "flow", "asked", "said"), rows("said.txt"), ids=lambda value: value[:24])
def test_what_is_said_is_found_and_nothing_else(text: str, flow: str, asked: str, said: str) -> None:
    wanted = expected(said)

    found = extract(text, TODAY, asked=asked or None, flow=flow)

    found = {("date" if name == "date_range" else name): value for name, value in found.items()}
    counted = (USED[flow] | {asked} | wanted.keys()) & (found.keys() | wanted.keys())
    wrong = {name: found.get(name) for name in counted if not _right(name, wanted, found)}
    assert wrong == {}, wanted


def _right(name: str, wanted: dict[str, object], found: dict[str, object]) -> bool:
    return name in wanted and name in found and same(name, wanted, found)
