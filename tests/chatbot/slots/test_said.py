"""What people say, as tables: said.txt."""

from datetime import date
from pathlib import Path

import pytest

from server.chatbot.slots import extract
from server.chatbot.slots.scoring import USED, same

TODAY = date(2026, 11, 21)
"""A Saturday."""


def _rows() -> list[list[str]]:
    lines = (Path(__file__).parent / "said.txt").read_text(encoding="utf-8").splitlines()
    return [[part.strip() for part in line.split("|")] for line in lines if line and not line.startswith("#")]


def _expected(said: str) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in (each.split("=") for each in said.split()):
        if name == "bp":
            found[name] = dict(zip(("sys", "dia", "pulse"), map(int, value.split("/")), strict=False))
        elif name == "glucose":
            number, timing = value.split("@")
            unit = "mg/dL" if number.endswith("mg") else "mmol/L"
            found[name] = {"value": float(number.removesuffix("mg")), "unit": unit, "timing": timing}
        elif name == "shift":
            found[name] = int(value)
        else:
            found[name] = value.split("~") if "~" in value else value
    return found


@pytest.mark.parametrize(("text", "flow", "asked", "said"), _rows(), ids=lambda value: value[:24])
def test_what_is_said_is_found_and_nothing_else(text: str, flow: str, asked: str, said: str) -> None:
    expected = _expected(said)

    found = extract(text, TODAY, asked=asked or None, flow=flow)

    found = {("date" if name == "date_range" else name): value for name, value in found.items()}
    counted = (USED[flow] | {asked} | expected.keys()) & (found.keys() | expected.keys())
    wrong = {name: found.get(name) for name in counted if not _right(name, expected, found)}
    assert wrong == {}, expected


def _right(name: str, expected: dict[str, object], found: dict[str, object]) -> bool:
    return name in expected and name in found and same(name, expected, found)
