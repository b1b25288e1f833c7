"""The stages of `make test`, `make check` and `make test-quick`: `python -m tools.run_tests [all|check|quick]`."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from tools import node, processes, stages
from tools.paths import PYTHON, ROOT
from tools.stages import Stage
from tools.steps import StepFailed, fail

# Two workers fit the two cores of the smallest machine this runs on.
WORKERS = "2"
PYTEST: list[str | Path] = [PYTHON, "-m", "pytest"]
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def environment(with_node: node.Node) -> dict[str, str]:
    """What every stage sees: the chosen Node and the virtual environment's programs first on PATH."""
    found = with_node.environment()
    found.pop("PYTHONDONTWRITEBYTECODE", None)  # dozens of processes would compile everything anew
    return found | {"PATH": f"{PYTHON.parent}{os.pathsep}{found['PATH']}", "PYTHONUNBUFFERED": "1"}


def lint(with_node: node.Node) -> list[Stage]:
    """Formatting, style, types, import rules, the mini-program's offline checks."""
    env = environment(with_node)
    return [
        Stage("ruff format", [PYTHON, "-m", "ruff", "format", "--check", "."], env),
        Stage("ruff check", [PYTHON, "-m", "ruff", "check", "."], env),
        Stage("mypy", [PYTHON, "-m", "mypy"], env),
        Stage("import rules", [PYTHON, "-c", LINT_IMPORTS, "--no-logo"], env),
        *(Stage(f"npm run {name}", [*with_node.npm, "run", "--silent", name], env) for name in node_checks()),
    ]


def node_checks() -> list[str]:
    """The scripts of package.json that check something: those named lint:… and check:…."""
    scripts = json.loads((ROOT / "package.json").read_text())["scripts"]
    return [name for name in scripts if name.startswith(("lint:", "check:"))]


def on_mariadb(command: list[str | Path]) -> list[str | Path]:
    """The command with a private MariaDB server."""
    return [PYTHON, "-m", "tools.mariadb", "run", "--in-memory", "--", *command]


BROWSER_ON_BOTH = ("tests/browser/test_five_flows.py", "tests/browser/test_endings.py")
WECHAT_WITHOUT_ROWS = (
    "callback",
    "callback_sandbox",
    "errcodes",
    "fields",
    "gateway_login",
    "gateway_pushes",
    "passive_reply",
    "secrets",
    "wire",
)
# The benchmarks' own tests make an SQLite file each, whatever this run's database is.
TOOLS_WITHOUT_ROWS = (
    "bench",
    "commands",
    "demo_processes",
    "demo_settings",
    "galera_cluster",
    "node_choice",
    "ports",
    "setup_steps",
    "stages",
    "stamp",
    "system_packages",
)
# What touches no database of ours, or asks nothing of it but who is logged in, is the same on both, and every minute here
# is waited for. The simulated years take a quarter of an hour on MariaDB: each leap in time makes every pooled connection
# look too old, so it is opened anew.
ON_SQLITE_ONLY = (
    "sandbox",
    "policy",
    "chatbot",
    "choosing",
    "miniprogram",
    "phone",
    "sheets",
    "paper",
    "simulation",
    *(f"wechat/test_{name}.py" for name in WECHAT_WITHOUT_ROWS),
    *(f"tools/test_{name}.py" for name in TOOLS_WITHOUT_ROWS),
    "handlers/test_guards.py",
    "handlers/test_bad_input.py",
    "test_architecture.py",
    "test_clock.py",
    "test_config.py",
    "test_documents.py",
    "test_requirements.py",
    "test_wording.py",
)


def tests(with_node: node.Node) -> list[Stage]:
    """The whole suite on SQLite, then on MariaDB. Two browsers at once fit: half of their time a demo is starting.

    The phone's own tests know no database and run once.
    """
    env = environment(with_node)
    many: list[str | Path] = ["-n", WORKERS, "--dist", "worksteal"]  # no worker idles while the other has a tail
    two_demos: list[str | Path] = ["-n", WORKERS, "--dist", "loadfile"]
    alone: list[str | Path] = ["-n", "0"]
    impure = [f"--ignore=tests/{folder}" for folder in ON_SQLITE_ONLY]
    return [
        Stage("pytest on SQLite", [*PYTEST, *many, "-m", "not browser and not mariadb and not galera"], env),
        Stage("pytest on SQLite, in the browser", [*PYTEST, *two_demos, "-m", "browser and not mariadb"], env),
        Stage("pytest on MariaDB", on_mariadb([*PYTEST, *many, *impure, "-m", "not browser and not galera"]), env),
        Stage("pytest on MariaDB, in the browser", on_mariadb([*PYTEST, *BROWSER_ON_BOTH, *alone]), env),
        Stage("pytest on a Galera cluster", [*PYTEST, *alone, "-m", "galera"], env),
    ]


def quick(with_node: node.Node) -> list[Stage]:
    """For the inner loop: SQLite, no browser, no lint."""
    return [
        Stage(
            "pytest on SQLite",
            [*PYTEST, "-n", WORKERS, "-m", "not browser and not mariadb and not galera"],
            environment(with_node),
        )
    ]


RUNS: dict[str, Callable[[node.Node], list[Stage]]] = {
    "all": lambda with_node: lint(with_node) + tests(with_node),
    "check": lint,
    "quick": quick,
}


def main(arguments: list[str]) -> int:
    """0 when every stage passed."""
    kind = arguments[0] if arguments else "all"
    if kind not in RUNS or len(arguments) > 1:
        print(f"usage: python -m tools.run_tests [{'|'.join(RUNS)}]", file=sys.stderr)
        return 2
    processes.stop_on_signals()
    with_node = node.find()
    if with_node is None:
        return fail(StepFailed("Node is missing. Run `make setup` first."))
    os.chdir(ROOT)
    return stages.run_all(RUNS[kind](with_node))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
