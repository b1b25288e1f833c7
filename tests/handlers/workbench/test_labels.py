"""Every action that is put on record has a Chinese word in the workbench."""

import ast

from server.handlers.workbench import labels
from server.policy.identity import Warned
from server.verifying import Outcome
from tests import source


def recorded() -> set[str]:
    """The literal actions of every ``record("…", …)`` in the server."""
    found = set()
    for path in source.python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            if name == "record" and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def test_every_recorded_action_has_a_chinese_word() -> None:
    actions = recorded()

    assert {"followup_enrolled", "followup_completed", "phone_task_done", "phone_revealed"} <= actions
    assert actions - set(labels.ACTIONS) == set()


def test_no_two_actions_read_the_same() -> None:
    assert len(set(labels.ACTIONS.values())) == len(labels.ACTIONS)


def test_actions_named_by_a_warning_or_an_outcome_have_one_too() -> None:
    made = {f"identity_warned.{warned}" for warned in Warned} | {f"identity_{outcome}" for outcome in Outcome}

    assert made - set(labels.ACTIONS) == set()
