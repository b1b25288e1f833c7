"""The commands people type."""

import subprocess
from pathlib import Path

from tests.tools.watching import ROOT
from tools import node, run_tests

NODE = node.Node(Path("/opt/node/bin/node"), ("npm",), "v22.1.0")


def make(*arguments: str) -> str:
    command = ["make", "--no-print-directory", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_make_alone_lists_every_command() -> None:
    listed = make()
    for target in ("demo", "test", "test-quick", "check", "setup", "clean"):
        assert f"make {target} " in listed


def test_every_command_sets_up_what_it_needs_first() -> None:
    for target, level in {"demo": "demo", "test": "tests", "test-quick": "quick", "check": "quick"}.items():
        steps = [line for line in make("--dry-run", target).splitlines() if "-m tools." in line]
        assert steps[0].endswith(f"-m tools.setup {level}")
        assert steps[1].startswith(".venv/bin/python -m tools.")


def test_demo_options_are_passed_on() -> None:
    assert ".venv/bin/python -m tools.demo --fresh --once" in make("--dry-run", "demo", "ARGS=--fresh --once")


def test_ci_runs_the_whole_test_command() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "exec make test" in script.read_text()
    subprocess.run(["bash", "-n", script], check=True)


def test_the_whole_run_is_lint_then_sqlite_then_mariadb() -> None:
    stages = run_tests.RUNS["all"](NODE)
    names = [stage.name for stage in stages]
    assert names.index("ruff check") < names.index("pytest on SQLite") < names.index("pytest on MariaDB")
    for stage in stages:
        assert not callable(stage.work)
        assert ("tools.mariadb" in stage.work) == ("MariaDB" in stage.name)
        assert stage.env is not None
        assert stage.env["PATH"].split(":")[1] == "/opt/node/bin"


def test_browser_tests_run_on_both_databases_and_never_more_than_two_at_once() -> None:
    """Two demos at once, each with all tests of its module; on MariaDB they share one database, so one at a time."""
    browser = [stage for stage in run_tests.tests(NODE) if "browser" in stage.name]
    assert len(browser) == 2
    on_sqlite, on_mariadb = (stage.work for stage in browser)
    assert not callable(on_sqlite) and not callable(on_mariadb)
    at = on_sqlite.index("-n")
    assert list(on_sqlite[at + 1 : at + 4]) == [run_tests.WORKERS, "--dist", "loadfile"]
    assert on_mariadb[on_mariadb.index("-n") + 1] == "0"


def test_the_quick_run_has_neither_lint_nor_browser_nor_mariadb_nor_a_cluster() -> None:
    (stage,) = run_tests.quick(NODE)
    assert not callable(stage.work)
    assert stage.work[-1] == "not browser and not mariadb and not galera"


def test_every_check_of_the_mini_program_is_a_stage() -> None:
    checks = run_tests.node_checks()
    assert checks
    assert [stage.name for stage in run_tests.lint(NODE)][-len(checks) :] == [f"npm run {name}" for name in checks]
