"""The set-up does each thing once, and again when its input changes or it failed."""

import sys
from pathlib import Path
from typing import Any

import pytest

from tools import node, setup, steps
from tools.node import Node
from tools.steps import StepFailed

NODE = Node(Path("/opt/node"), ("npm",), "v22.1.0")


@pytest.fixture
def titles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """A small repository in a folder of its own; gives the titles of the steps that ran."""
    for name in ("wechat_sandbox/phone/build.mjs", "miniprogram_stub/app.json", "package.json", "package-lock.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "requirements.txt").write_text("flask==1\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest==1\n")
    places = {"ROOT": "", "VAR": "var", "VENV": ".venv", "NODE_MODULES": "node_modules", "PHONE": "var/phone"}
    for name, place in places.items():
        monkeypatch.setattr(setup, name, tmp_path / place)
    monkeypatch.setattr(setup, "make_venv", lambda: None)
    monkeypatch.setattr(setup.system, "install_missing", lambda: ran.append("system packages"))
    monkeypatch.setattr(setup.node, "find", lambda: NODE)
    ran: list[str] = []
    monkeypatch.setattr(setup, "run_step", lambda title, _command, **_options: ran.append(title.split(" (")[0]))
    return ran


EVERYTHING = [
    "Installing Python packages of requirements.txt",
    "Installing Node packages with Node v22.1.0",
    "Building the mini-program for the sandbox's phone",
]


def test_the_second_run_does_nothing(titles: list[str]) -> None:
    setup.set_up("demo")
    assert titles == EVERYTHING
    setup.set_up("demo")
    assert titles == EVERYTHING


@pytest.mark.parametrize(
    ("file", "step"),
    [
        ("requirements.txt", EVERYTHING[0]),
        ("package.json", EVERYTHING[1]),
        ("miniprogram_stub/app.json", EVERYTHING[2]),
        ("wechat_sandbox/phone/build.mjs", EVERYTHING[2]),
    ],
)
def test_a_changed_input_repeats_its_step_only(titles: list[str], tmp_path: Path, file: str, step: str) -> None:
    setup.set_up("demo")
    titles.clear()
    (tmp_path / file).write_text("{ }")
    setup.set_up("demo")
    assert titles == [step]


def test_only_the_whole_test_run_asks_for_system_packages(titles: list[str]) -> None:
    setup.set_up("quick")
    assert titles == ["Installing Python packages of requirements-dev.txt", *EVERYTHING[1:]]
    titles.clear()
    setup.set_up("tests")
    assert titles == ["system packages"]


def test_a_failed_step_is_tried_again(titles: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_arguments: Any, **_options: Any) -> None:
        raise StepFailed("no network")

    monkeypatch.setattr(setup, "run_step", break_off)
    with pytest.raises(StepFailed):
        setup.set_up("demo")
    monkeypatch.setattr(setup, "run_step", lambda title, _command, **_options: titles.append(title.split(" (")[0]))
    setup.set_up("demo")
    assert titles == EVERYTHING


def test_node_comes_from_the_pip_package_when_the_machine_has_none(
    titles: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([None, NODE])
    monkeypatch.setattr(setup.node, "find", lambda: next(answers))
    assert setup.have_node() == NODE
    assert titles == [f"Installing Node from the Python package {node.PIP_PACKAGE}"]


def test_a_node_that_does_not_run_is_a_clear_failure(titles: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup.node, "find", lambda: None)
    with pytest.raises(StepFailed, match="Node 20 or newer is needed"):
        setup.have_node()


def test_a_failing_command_is_shown_with_its_last_lines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(steps, "LOGS", tmp_path)
    with pytest.raises(StepFailed) as failure:
        steps.run_step(
            "Doing something",
            [sys.executable, "-c", "print('the reason'); raise SystemExit(7)"],
            log="something",
            hint="What may help.",
        )
    text = str(failure.value)
    assert text.startswith("Failed: Doing something\n")
    assert "Exit code 7" in text
    assert "    the reason" in text
    assert text.endswith("What may help.")
    assert (tmp_path / "something.log").read_text() == "the reason\n"


def test_an_unknown_level_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main(["everything"]) == 2
    assert "usage: python3 -m tools.setup [demo|quick|tests]" in capsys.readouterr().err
