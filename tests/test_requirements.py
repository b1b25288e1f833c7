"""docs/requirements.md: every requirement has a test that exists, or a reason why it is not met."""

import ast
import functools
import re

import pytest

from tests import source

IDS = [
    *(f"SG-{number:02}" for number in range(1, 26)),
    *(f"TM-{number:02}" for number in range(1, 21)),
    *(f"PK-{number:02}" for number in range(1, 35)),
    *(f"AG-{number:02}" for number in range(1, 25)),
    *(f"CA-{number:02}" for number in range(1, 22)),
    *(f"DA-{number:02}" for number in range(6, 11)),
]
MOVES = [f"L{number}" for number in range(1, 23)]
CONFLICTS = [f"C-{number:02}" for number in range(1, 21)]
REFERRAL = [f"RF-{number:02}" for number in range(1, 17)]
REMINDERS = [f"N-{number:02}" for number in range(1, 61)]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
STATES = ("met", "in part", "not met")


def rows() -> dict[str, tuple[str, str, str]]:
    """Id → what it asks, whether it is met, and the tests or the reason."""
    found = {}
    for row in source.table_rows("docs/requirements.md", columns=4):
        if re.fullmatch(r"(SG|TM|PK|AG|CA|DA|C|RF|N)-\d\d|L\d+", row[0]):
            assert row[0] not in found, f"{row[0]} stands there twice"
            found[row[0]] = (row[1], row[2], row[3])
    return found


@functools.cache
def named_in(path: str) -> frozenset[str]:
    tree = ast.parse((source.REPOSITORY / path).read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return frozenset(node.name for node in functions if node.name.startswith(("test_", "Test")))


def test_every_requirement_stands_there_once() -> None:
    assert list(rows()) == [*IDS, *MOVES, *CONFLICTS, *REFERRAL, *REMINDERS]


@pytest.mark.parametrize("requirement", [*IDS, *MOVES, *CONFLICTS, *REFERRAL, *REMINDERS])
def test_a_requirement_is_held_by_tests_or_says_why_not(requirement: str) -> None:
    asks, state, held_by = rows()[requirement]
    named = NAMED.findall(held_by)

    assert asks
    assert state in STATES
    assert [f"{path}::{name}" for path, name in named if name not in named_in(path)] == []
    assert named or state == "not met"
    assert state == "met" or len(NAMED.sub("", held_by)) > 20, "says why"


def test_every_test_named_anywhere_exists() -> None:
    """Also in tables whose rows have no id."""
    text = (source.REPOSITORY / "docs/requirements.md").read_text(encoding="utf-8")

    assert [f"{path}::{name}" for path, name in NAMED.findall(text) if name not in named_in(path)] == []
