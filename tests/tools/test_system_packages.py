"""apt where it may, clear words where it may not."""

import subprocess
from typing import Any

import pytest

from tools import setup, system
from tools.steps import StepFailed
from tools.system import Need

PRESENT = Need("a thing", "thing", lambda: True)
DATABASE = Need("MariaDB server", "mariadb-server", lambda: False)
BROWSER = Need("Chromium", "chromium", lambda: False)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run."""
    commands: list[list[str]] = []
    monkeypatch.setattr(system, "run_step", lambda _title, command, **_options: commands.append(list(command)))
    return commands


def test_nothing_missing_runs_nothing(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    monkeypatch.setattr(system, "missing", lambda *_needs: [])
    system.install_missing()
    assert ran == []


def test_missing_packages_are_installed_after_one_update(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    answers = iter([[DATABASE, BROWSER], []])
    monkeypatch.setattr(system, "missing", lambda *_needs: next(answers))
    monkeypatch.setattr(system, "apt_prefix", lambda: ["sudo", "-n"])
    system.install_missing()
    apt = ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    assert ran == [
        [*apt, "update"],
        [*apt, "install", "-y", "--no-install-recommends", "mariadb-server", "chromium"],
    ]


def test_what_is_still_missing_afterwards_fails(monkeypatch: pytest.MonkeyPatch, ran: list[list[str]]) -> None:
    monkeypatch.setattr(system, "missing", lambda *_needs: [BROWSER])
    monkeypatch.setattr(system, "apt_prefix", list)
    with pytest.raises(StepFailed, match="not found: Chromium"):
        system.install_missing()
    assert len(ran) == 2


def test_without_apt_the_set_up_says_exactly_what_to_install_and_fails(
    monkeypatch: pytest.MonkeyPatch, ran: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "NEEDS", (PRESENT, DATABASE, BROWSER))
    monkeypatch.setattr(system, "missing", lambda: [DATABASE, BROWSER])
    monkeypatch.setattr(system, "apt_prefix", lambda: None)
    for step in ("make_venv", "install_python_packages"):
        monkeypatch.setattr(setup, step, lambda *_arguments: None)
    monkeypatch.setattr(setup.processes, "stop_on_signals", lambda: None)

    assert setup.main(["tests"]) == 1

    message = capsys.readouterr().err
    assert "MariaDB server, Chromium" in message
    assert "apt-get update\n" in message
    assert "apt-get install -y --no-install-recommends mariadb-server chromium\n" in message
    assert ran == []


@pytest.mark.parametrize(
    ("user", "programs", "sudo_asks_nothing", "prefix"),
    [
        (0, {"apt-get"}, False, []),
        (0, set(), True, None),
        (1000, {"apt-get", "sudo"}, True, ["sudo", "-n"]),
        (1000, {"apt-get", "sudo"}, False, None),
        (1000, {"apt-get"}, True, None),
    ],
)
def test_who_may_use_apt(
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    programs: set[str],
    sudo_asks_nothing: bool,
    prefix: list[str] | None,
) -> None:
    def sudo(command: list[str], **_options: Any) -> "subprocess.CompletedProcess[str]":
        assert command == ["sudo", "-n", "true"]
        return subprocess.CompletedProcess(command, 0 if sudo_asks_nothing else 1)

    monkeypatch.setattr(system.os, "geteuid", lambda: user)
    monkeypatch.setattr(system, "program", lambda name: name if name in programs else None)
    monkeypatch.setattr(system.subprocess, "run", sudo)
    assert system.apt_prefix() == prefix


def test_only_what_is_absent_counts_as_missing() -> None:
    assert system.missing([PRESENT, DATABASE, BROWSER]) == [DATABASE, BROWSER]
